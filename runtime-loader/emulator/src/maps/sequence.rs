//! Queues and stacks.

use std::collections::VecDeque;

use super::{EXIST, Errno, MapSpec};

/// Values in the order in which they were put in.
#[derive(Clone, Debug)]
pub(super) struct Sequence {
    values: VecDeque<Vec<u8>>,
    most: usize,
    /// Whether the newest comes out first.
    newest_first: bool,
    size: usize,
}

impl Sequence {
    /// First in, first out.
    pub(super) fn queue(spec: &MapSpec) -> Self {
        let (most, size) = (spec.max_entries as usize, spec.value_size as usize);
        Self { values: VecDeque::new(), most, newest_first: false, size }
    }

    /// Last in, first out.
    pub(super) fn stack(spec: &MapSpec) -> Self {
        Self { newest_first: true, ..Self::queue(spec) }
    }

    /// Puts a value in; with `BPF_EXIST` the oldest makes room for it.
    pub(super) fn push(&mut self, value: &[u8], flags: u64) -> Result<(), Errno> {
        if value.len() != self.size || !matches!(flags, 0 | EXIST) {
            return Err(Errno::EINVAL);
        }
        if self.values.len() >= self.most {
            if flags != EXIST {
                return Err(Errno::E2BIG);
            }
            self.values.pop_front();
        }
        self.values.push_back(value.to_vec());
        Ok(())
    }

    pub(super) fn pop(&mut self) -> Option<Vec<u8>> {
        if self.newest_first { self.values.pop_back() } else { self.values.pop_front() }
    }

    pub(super) fn peek(&self) -> Option<Vec<u8>> {
        let next = if self.newest_first { self.values.back() } else { self.values.front() };
        next.cloned()
    }

    /// All values in the order in which they come out.
    pub(super) fn values(&self) -> Vec<Vec<u8>> {
        let mut values: Vec<_> = self.values.iter().cloned().collect();
        if self.newest_first {
            values.reverse();
        }
        values
    }
}
