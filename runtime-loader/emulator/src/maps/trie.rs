//! Values by the longest prefix that fits (`BPF_MAP_TYPE_LPM_TRIE`).

use std::collections::BTreeMap;

use super::keyed::Values;
use super::{EXIST, Errno, MapSpec, NO_EXIST, Slot};

/// Bytes of the prefix's length in front of a key.
const LENGTH: usize = 4;

/// Prefixes and their values.
#[derive(Clone, Debug)]
pub(super) struct Trie {
    values: Values,
    /// By length, then by the bits of the prefix, the others zero; with the bytes that the prefix was
    /// set by last, which user space sees.
    slots: BTreeMap<(u32, Vec<u8>), (Slot, Vec<u8>)>,
    most: usize,
    /// Bits of a key.
    bits: u32,
}

impl Trie {
    pub(super) fn new(spec: &MapSpec) -> Self {
        let bits = (spec.key_size - LENGTH as u32).saturating_mul(8);
        let most = spec.max_entries as usize;
        Self { values: Values::new(spec.value_size), slots: BTreeMap::new(), most, bits }
    }

    pub(super) fn values(&self) -> &Values {
        &self.values
    }

    pub(super) fn values_mut(&mut self) -> &mut Values {
        &mut self.values
    }

    /// The prefix that a key is; `None` if it says that it is longer than a key.
    fn prefix(&self, key: &[u8]) -> Option<(u32, Vec<u8>)> {
        let (length, data) = key.split_first_chunk::<LENGTH>()?;
        let length = u32::from_ne_bytes(*length);
        (length <= self.bits).then(|| (length, masked(data, length)))
    }

    /// The value of the longest prefix of a key, no longer than the key says.
    pub(super) fn find(&self, key: &[u8]) -> Option<Slot> {
        let (most, data) = self.prefix(key)?;
        // Only lengths that occur are looked at.
        let mut limit = most;
        loop {
            let below = ..=(limit, vec![u8::MAX; data.len()]);
            let (length, _) = self.slots.range(below).next_back()?.0;
            if let Some((slot, _)) = self.slots.get(&(*length, masked(&data, *length))) {
                return Some(*slot);
            }
            limit = length.checked_sub(1)?;
        }
    }

    pub(super) fn set(&mut self, key: &[u8], value: &[u8], flags: u64) -> Result<(), Errno> {
        let prefix = self.prefix(key).ok_or(Errno::EINVAL)?;
        let full = self.slots.len() >= self.most;
        match self.slots.get_mut(&prefix) {
            Some(_) if flags == NO_EXIST => Err(Errno::EEXIST),
            Some((slot, written)) => {
                self.values.value_mut(*slot).copy_from_slice(value);
                key[LENGTH..].clone_into(written);
                Ok(())
            }
            None if flags == EXIST => Err(Errno::ENOENT),
            None if full => Err(Errno::ENOSPC),
            None => {
                let slot = self.values.add(value);
                self.slots.insert(prefix, (slot, key[LENGTH..].to_vec()));
                Ok(())
            }
        }
    }

    pub(super) fn remove(&mut self, key: &[u8]) -> Result<(), Errno> {
        let prefix = self.prefix(key).ok_or(Errno::EINVAL)?;
        let (slot, _) = self.slots.remove(&prefix).ok_or(Errno::ENOENT)?;
        self.values.drop(slot);
        Ok(())
    }

    /// Keys and values, shortest prefixes first.
    pub(super) fn entries(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let entries = self.slots.iter().map(|((length, _), (slot, written))| {
            let key = [&length.to_ne_bytes()[..], written].concat();
            (key, self.values.value(*slot).to_vec())
        });
        entries.collect()
    }
}

/// The first `length` bits, the others zero.
fn masked(data: &[u8], length: u32) -> Vec<u8> {
    let mut left = length;
    data.iter()
        .map(|byte| {
            let bits = left.min(8);
            left -= bits;
            byte & !(0xff_u16 >> bits) as u8
        })
        .collect()
}
