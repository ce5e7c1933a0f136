//! Programs, maps, interfaces, processors or sockets, each by a number of this run.

use std::collections::BTreeMap;

use super::{EXIST, Errno, MapSpec, NO_EXIST, Slot, index};

/// What keys refer to.
#[derive(Clone, Debug)]
pub(super) struct References {
    entries: BTreeMap<Vec<u8>, [u8; 4]>,
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
        self.entries.get(key).map(|number| u32::from_ne_bytes(*number))
    }

    /// Which of the entries has a key. Programs only read what they find, and it stays as long as they run.
    pub(super) fn find(&self, key: &[u8]) -> Option<Slot> {
        self.entries.keys().position(|other| other == key)
    }

    /// The bytes of an entry's number.
    pub(super) fn value(&self, slot: Slot) -> &[u8] {
        self.entries.values().nth(slot).map_or(&[], |number| number.as_slice())
    }

    pub(super) fn set(&mut self, key: &[u8], number: u32, flags: u64) -> Result<(), Errno> {
        let there = self.entries.contains_key(key);
        if self.indexed && index(key, self.most).is_none() {
            return Err(Errno::E2BIG);
        }
        match flags {
            NO_EXIST if there => return Err(Errno::EEXIST),
            EXIST if !there => return Err(Errno::ENOENT),
            _ if !there && self.entries.len() >= self.most as usize => return Err(Errno::E2BIG),
            _ => {}
        }
        self.entries.insert(key.to_vec(), number.to_ne_bytes());
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
        entries.map(|(key, number)| (key.clone(), number.to_vec())).collect()
    }
}
