//! Programs, maps, interfaces, processors or sockets, each by a number of this run.

use std::collections::BTreeMap;

use super::{Errno, MapSpec, index};

/// What keys refer to.
#[derive(Clone, Debug)]
pub(super) struct References {
    entries: BTreeMap<Vec<u8>, u32>,
    most: u32,
    /// Keys are indexes below [`References::most`].
    indexed: bool,
}

impl References {
    pub(super) fn by_index(spec: &MapSpec) -> Self {
        Self { entries: BTreeMap::new(), most: spec.max_entries, indexed: true }
    }

    pub(super) fn by_key(spec: &MapSpec) -> Self {
        Self { indexed: false, ..Self::by_index(spec) }
    }

    pub(super) fn get(&self, key: &[u8]) -> Option<u32> {
        self.entries.get(key).copied()
    }

    pub(super) fn set(&mut self, key: &[u8], number: u32) -> Result<(), Errno> {
        let full = self.entries.len() >= self.most as usize && !self.entries.contains_key(key);
        if full || self.indexed && index(key, self.most).is_none() {
            return Err(Errno::E2BIG);
        }
        self.entries.insert(key.to_vec(), number);
        Ok(())
    }

    pub(super) fn remove(&mut self, key: &[u8]) -> Result<(), Errno> {
        if self.indexed && index(key, self.most).is_none() {
            return Err(Errno::EINVAL);
        }
        self.entries.remove(key).map(drop).ok_or(Errno::ENOENT)
    }

    /// Keys and numbers, by key.
    pub(super) fn entries(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let entries = self.entries.iter();
        entries.map(|(key, number)| (key.clone(), number.to_ne_bytes().to_vec())).collect()
    }
}
