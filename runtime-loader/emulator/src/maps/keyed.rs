//! Hashes: values by any key, a fixed number of them.

use std::collections::{BTreeMap, HashMap};

use super::{EXIST, Errno, MapSpec, NO_EXIST, Slot};

/// Values of one size, in slots that are used again.
#[derive(Clone, Debug)]
pub(super) struct Values {
    bytes: Vec<u8>,
    size: usize,
    free: Vec<Slot>,
}

impl Values {
    pub(super) fn new(size: u32) -> Self {
        Self { bytes: Vec::new(), size: size as usize, free: Vec::new() }
    }

    /// A slot with this value.
    pub(super) fn add(&mut self, value: &[u8]) -> Slot {
        let slot = self.free.pop().unwrap_or_else(|| {
            let slot = self.bytes.len().checked_div(self.size).unwrap_or(0);
            self.bytes.resize(self.bytes.len() + self.size, 0);
            slot
        });
        self.value_mut(slot).copy_from_slice(value);
        slot
    }

    /// Gives a slot back; what points there still reads the old value until the next is added.
    pub(super) fn drop(&mut self, slot: Slot) {
        self.free.push(slot);
    }

    pub(super) fn value(&self, slot: Slot) -> &[u8] {
        self.bytes.get(slot * self.size..(slot + 1) * self.size).unwrap_or_default()
    }

    pub(super) fn value_mut(&mut self, slot: Slot) -> &mut [u8] {
        self.bytes.get_mut(slot * self.size..(slot + 1) * self.size).unwrap_or_default()
    }
}

/// A hash.
#[derive(Clone, Debug)]
pub(super) struct Keyed {
    values: Values,
    slots: HashMap<Vec<u8>, (Slot, u64)>,
    /// Keys by when they were used last, for a hash that drops them.
    uses: Option<BTreeMap<u64, Vec<u8>>>,
    clock: u64,
    most: usize,
}

impl Keyed {
    pub(super) fn new(spec: &MapSpec, drops: bool) -> Self {
        Self {
            values: Values::new(spec.value_size),
            slots: HashMap::new(),
            uses: drops.then(BTreeMap::new),
            clock: 0,
            most: spec.max_entries as usize,
        }
    }

    pub(super) fn values(&self) -> &Values {
        &self.values
    }

    pub(super) fn values_mut(&mut self) -> &mut Values {
        &mut self.values
    }

    /// The slot at a key, without using it.
    pub(super) fn peek(&self, key: &[u8]) -> Option<Slot> {
        self.slots.get(key).map(|(slot, _)| *slot)
    }

    /// The slot at a key, which is thereby used.
    pub(super) fn find(&mut self, key: &[u8]) -> Option<Slot> {
        let (slot, used) = self.slots.get_mut(key)?;
        if let Some(uses) = &mut self.uses {
            self.clock += 1;
            if let Some(key) = uses.remove(used) {
                uses.insert(self.clock, key);
            }
            *used = self.clock;
        }
        Some(*slot)
    }

    pub(super) fn set(&mut self, key: &[u8], value: &[u8], flags: u64) -> Result<(), Errno> {
        match self.find(key) {
            Some(_) if flags == NO_EXIST => return Err(Errno::EEXIST),
            Some(slot) => {
                self.values.value_mut(slot).copy_from_slice(value);
                return Ok(());
            }
            None if flags == EXIST => return Err(Errno::ENOENT),
            None => {}
        }
        if self.slots.len() >= self.most {
            let oldest = self.uses.as_ref().and_then(|uses| uses.first_key_value());
            let oldest = oldest.map(|(_, key)| key.clone()).ok_or(Errno::E2BIG)?;
            self.remove(&oldest)?;
        }
        let slot = self.values.add(value);
        self.clock += 1;
        self.slots.insert(key.to_vec(), (slot, self.clock));
        if let Some(uses) = &mut self.uses {
            uses.insert(self.clock, key.to_vec());
        }
        Ok(())
    }

    pub(super) fn remove(&mut self, key: &[u8]) -> Result<(), Errno> {
        let (slot, used) = self.slots.remove(key).ok_or(Errno::ENOENT)?;
        if let Some(uses) = &mut self.uses {
            uses.remove(&used);
        }
        self.values.drop(slot);
        Ok(())
    }

    /// Keys and values, by key.
    pub(super) fn entries(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let sorted: BTreeMap<_, _> = self.slots.iter().collect();
        let entry = |(key, (slot, _)): (&Vec<u8>, &(Slot, u64))| {
            (key.clone(), self.values.value(*slot).to_vec())
        };
        sorted.into_iter().map(entry).collect()
    }
}
