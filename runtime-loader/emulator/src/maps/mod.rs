//! Maps as the kernel has them: what operations do, and the codes that they fail with.
//!
//! There is one processor, so a map with a value for each has one. What the kernel leaves to
//! chance is fixed here: a hash that drops what was not used for long drops the element that was
//! used longest ago, and a Bloom filter never says yes wrongly.

mod errno;

mod keyed;
mod references;
mod sequence;
mod ring;
mod trie;

use std::collections::BTreeSet;

use nbpfc_kernel::MapKind;

use self::keyed::Keyed;
use self::references::References;
use self::ring::Ring;
use self::sequence::Sequence;
use self::trie::Trie;

pub(crate) use errno::Errno;

/// `BPF_NOEXIST`: create only.
const NO_EXIST: u64 = 1;
/// `BPF_EXIST`: replace only; of a queue or stack that is full, drop the oldest element.
const EXIST: u64 = 2;
/// `BPF_F_NO_PREALLOC` and the like do not change what operations do; this one does: programs do
/// not write.
const READ_ONLY_PROGRAM: u32 = 1 << 7;

/// What a map is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapSpec {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: MapKind,
    /// Bytes of a key; 0 where the type has none.
    pub key_size: u32,
    /// Bytes of a value; 0 where the type has none.
    pub value_size: u32,
    /// The greatest number of elements; of a ring buffer its size in bytes.
    pub max_entries: u32,
    /// `BPF_F_*` of its creation.
    pub flags: u32,
}

/// A place where a value of a map is kept.
pub(crate) type Slot = usize;

/// A map and what is in it.
#[derive(Clone, Debug)]
pub struct Map {
    spec: MapSpec,
    store: Store,
}

#[derive(Clone, Debug)]
enum Store {
    /// Values by number, all there from the beginning.
    Array(Vec<u8>),
    Keyed(Keyed),
    Trie(Trie),
    Sequence(Sequence),
    Ring(Ring),
    Bloom(BTreeSet<Vec<u8>>),
    /// What programs wrote for each processor's reader.
    Events(Vec<Vec<u8>>),
    /// Programs, maps, interfaces, processors or sockets.
    References(References),
}

impl Map {
    /// An empty map; an array is full of zeros. `None` for a type that is not emulated, or sizes
    /// that the kernel refuses.
    pub fn new(spec: MapSpec) -> Option<Self> {
        let entries = spec.max_entries as usize;
        let bytes = entries.checked_mul(spec.value_size as usize).filter(|n| *n <= MOST_BYTES);
        let store = match spec.kind {
            MapKind::Array | MapKind::PerCpuArray if spec.key_size == 4 => {
                Store::Array(vec![0; bytes?])
            }
            MapKind::Hash | MapKind::PerCpuHash => Store::Keyed(Keyed::new(&spec, false)),
            // By the number of the socket: there are no more than sockets.
            MapKind::SkStorage => {
                let spec = MapSpec { max_entries: 1 << 16, ..spec.clone() };
                Store::Keyed(Keyed::new(&spec, false))
            }
            // One control group.
            MapKind::CgroupStorage | MapKind::PerCpuCgroupStorage => {
                Store::Array(vec![0; spec.value_size as usize])
            }
            MapKind::LruHash | MapKind::LruPerCpuHash => Store::Keyed(Keyed::new(&spec, true)),
            MapKind::LpmTrie if spec.key_size > 4 => Store::Trie(Trie::new(&spec)),
            MapKind::Queue => Store::Sequence(Sequence::queue(&spec)),
            MapKind::Stack => Store::Sequence(Sequence::stack(&spec)),
            MapKind::RingBuf if spec.max_entries.is_power_of_two() => {
                Store::Ring(Ring::new(spec.max_entries))
            }
            MapKind::BloomFilter => Store::Bloom(BTreeSet::new()),
            MapKind::PerfEventArray => Store::Events(Vec::new()),
            MapKind::ProgArray
            | MapKind::DevMap
            | MapKind::CpuMap
            | MapKind::XskMap
            | MapKind::SockMap
            | MapKind::CgroupArray
            | MapKind::ArrayOfMaps => Store::References(References::by_index(&spec)),
            MapKind::DevMapHash | MapKind::HashOfMaps | MapKind::SockHash => {
                Store::References(References::by_key(&spec))
            }
            _ => return None,
        };
        Some(Self { spec, store })
    }

    /// What it is.
    pub fn spec(&self) -> &MapSpec {
        &self.spec
    }

    /// Whether programs may write its values.
    pub(crate) fn is_written(&self) -> bool {
        self.spec.flags & READ_ONLY_PROGRAM == 0
    }

    /// The place of the value at a key.
    pub(crate) fn find(&mut self, key: &[u8]) -> Option<Slot> {
        match &mut self.store {
            Store::Array(_) => index(key, self.spec.max_entries),
            Store::Keyed(keyed) => keyed.find(key),
            Store::Trie(trie) => trie.find(key),
            Store::References(references) => references.find(key),
            _ => None,
        }
    }

    /// The bytes of the value at a place; empty if there is none.
    pub(crate) fn value(&self, slot: Slot) -> &[u8] {
        let size = self.spec.value_size as usize;
        let of = |bytes: &'_ [u8]| -> Option<std::ops::Range<usize>> {
            let first = slot.checked_mul(size)?;
            (first + size <= bytes.len()).then_some(first..first + size)
        };
        match &self.store {
            Store::Array(bytes) => of(bytes).and_then(|range| bytes.get(range)).unwrap_or_default(),
            Store::Keyed(keyed) => keyed.values().value(slot),
            Store::Trie(trie) => trie.values().value(slot),
            Store::Ring(ring) => ring.record(slot),
            Store::References(references) => references.value(slot),
            _ => &[],
        }
    }

    /// As [`Map::value`], to write.
    pub(crate) fn value_mut(&mut self, slot: Slot) -> &mut [u8] {
        let size = self.spec.value_size as usize;
        match &mut self.store {
            Store::Array(bytes) => {
                let first = slot.saturating_mul(size);
                bytes.get_mut(first..first.saturating_add(size)).unwrap_or_default()
            }
            Store::Keyed(keyed) => keyed.values_mut().value_mut(slot),
            Store::Trie(trie) => trie.values_mut().value_mut(slot),
            Store::Ring(ring) => ring.record_mut(slot),
            _ => &mut [],
        }
    }

    /// A copy of the value at a key, as user space gets it; of a queue or a stack the next one.
    pub fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        // A look-up by a program is a use; a look from outside is none.
        match &self.store {
            Store::Array(_) => index(key, self.spec.max_entries).map(|s| self.value(s).to_vec()),
            Store::Keyed(keyed) => keyed.peek(key).map(|slot| self.value(slot).to_vec()),
            Store::Trie(trie) => trie.find(key).map(|slot| self.value(slot).to_vec()),
            Store::References(references) => {
                references.get(key).map(|number| number.to_ne_bytes().to_vec())
            }
            Store::Sequence(sequence) => sequence.peek(),
            _ => None,
        }
    }

    /// Whether a Bloom filter has a value; `false` of others.
    pub fn has(&self, value: &[u8]) -> bool {
        matches!(&self.store, Store::Bloom(set) if set.contains(value))
    }

    /// Sets the value at a key; `flags` are `BPF_ANY` 0, `BPF_NOEXIST` 1, `BPF_EXIST` 2.
    ///
    /// # Errors
    /// The code that the kernel's operation fails with, negative.
    pub fn update(&mut self, key: &[u8], value: &[u8], flags: u64) -> Result<(), i64> {
        self.set(key, value, flags).map_err(Errno::code)
    }

    pub(crate) fn set(&mut self, key: &[u8], value: &[u8], flags: u64) -> Result<(), Errno> {
        let sizes = (self.spec.key_size as usize, self.spec.value_size as usize);
        if (key.len(), value.len()) != sizes || flags > EXIST {
            return Err(Errno::EINVAL);
        }
        match &mut self.store {
            Store::Array(bytes) => {
                let slot = index(key, self.spec.max_entries).ok_or(Errno::E2BIG)?;
                if flags == NO_EXIST {
                    return Err(Errno::EEXIST);
                }
                bytes[slot * value.len()..][..value.len()].copy_from_slice(value);
                Ok(())
            }
            Store::Keyed(keyed) => keyed.set(key, value, flags),
            Store::Trie(trie) => trie.set(key, value, flags),
            Store::References(references) => {
                let number = value.first_chunk().map(|bytes| u32::from_ne_bytes(*bytes));
                references.set(key, number.ok_or(Errno::EINVAL)?, flags)
            }
            _ => Err(Errno::EINVAL),
        }
    }

    /// Removes the element at a key.
    ///
    /// # Errors
    /// The code that the kernel's operation fails with, negative.
    pub fn delete(&mut self, key: &[u8]) -> Result<(), i64> {
        self.remove(key).map_err(Errno::code)
    }

    pub(crate) fn remove(&mut self, key: &[u8]) -> Result<(), Errno> {
        match &mut self.store {
            Store::Keyed(keyed) => keyed.remove(key),
            Store::Trie(trie) => trie.remove(key),
            Store::References(references) => references.remove(key),
            _ => Err(Errno::EINVAL),
        }
    }

    /// Puts a value into a queue, a stack or a Bloom filter.
    pub(crate) fn push(&mut self, value: &[u8], flags: u64) -> Result<(), Errno> {
        match &mut self.store {
            Store::Sequence(sequence) => sequence.push(value, flags),
            Store::Bloom(set) if flags == 0 => {
                set.insert(value.to_vec());
                Ok(())
            }
            _ => Err(Errno::EINVAL),
        }
    }

    /// Takes the next value out of a queue or a stack.
    pub(crate) fn pop(&mut self) -> Result<Vec<u8>, Errno> {
        match &mut self.store {
            Store::Sequence(sequence) => sequence.pop().ok_or(Errno::ENOENT),
            _ => Err(Errno::EINVAL),
        }
    }

    /// The next value of a queue or a stack; of a Bloom filter, whether `value` is in it.
    pub(crate) fn peek(&self, value: &[u8]) -> Result<Vec<u8>, Errno> {
        match &self.store {
            Store::Sequence(sequence) => sequence.peek().ok_or(Errno::ENOENT),
            Store::Bloom(set) if set.contains(value) => Ok(value.to_vec()),
            Store::Bloom(_) => Err(Errno::ENOENT),
            _ => Err(Errno::EINVAL),
        }
    }

    /// A record of `size` bytes in a ring buffer, zeroed.
    pub(crate) fn reserve(&mut self, size: u64) -> Option<Slot> {
        match &mut self.store {
            Store::Ring(ring) => ring.reserve(size),
            _ => None,
        }
    }

    /// Ends the writing of a record: it is handed on, or thrown away.
    pub(crate) fn commit(&mut self, slot: Slot, discard: bool) {
        if let Store::Ring(ring) = &mut self.store {
            ring.commit(slot, discard);
        }
    }

    /// What `bpf_ringbuf_query` says of a ring buffer.
    pub(crate) fn query(&self, what: u64) -> u64 {
        match &self.store {
            Store::Ring(ring) => ring.query(what),
            _ => 0,
        }
    }

    /// Whether a record is still the program's.
    pub(crate) fn is_reserved(&self, slot: Slot) -> bool {
        matches!(&self.store, Store::Ring(ring) if ring.is_reserved(slot))
    }

    /// Whether there is a record that nobody submitted or discarded.
    pub(crate) fn is_busy(&self) -> bool {
        matches!(&self.store, Store::Ring(ring) if ring.is_busy())
    }

    /// Discards the records that nobody submitted.
    pub(crate) fn abandon(&mut self) {
        if let Store::Ring(ring) = &mut self.store {
            ring.abandon();
        }
    }

    /// Hands a record on to the reader of a perf event array.
    pub(crate) fn event(&mut self, bytes: Vec<u8>) {
        if let Store::Events(events) = &mut self.store {
            events.push(bytes);
        }
    }

    /// What a key refers to.
    pub(crate) fn reference(&self, key: &[u8]) -> Option<u32> {
        match &self.store {
            Store::References(references) => references.get(key),
            _ => None,
        }
    }

    /// Keys and values, by key; of a queue or stack the values in the order in which they come
    /// out, of a Bloom filter its values, without keys.
    pub fn entries(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let alone = |values: Vec<Vec<u8>>| values.into_iter().map(|v| (Vec::new(), v)).collect();
        match &self.store {
            Store::Array(_) => (0..self.spec.max_entries)
                .map(|i| (i.to_ne_bytes().to_vec(), self.value(i as usize).to_vec()))
                .collect(),
            Store::Keyed(keyed) => keyed.entries(),
            Store::Trie(trie) => trie.entries(),
            Store::Sequence(sequence) => alone(sequence.values()),
            Store::Bloom(set) => alone(set.iter().cloned().collect()),
            Store::References(references) => references.entries(),
            Store::Ring(_) | Store::Events(_) => Vec::new(),
        }
    }

    /// As [`Map::entries`], of an array without the elements that are zero: it may have more than
    /// anybody looks at.
    pub fn filled(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let Store::Array(bytes) = &self.store else { return self.entries() };
        let size = (self.spec.value_size as usize).max(1);
        let mut found: Vec<usize> = Vec::new();
        // Most of it was never written: that is passed by page by page.
        for (page, part) in bytes.chunks(PAGE).enumerate() {
            if part == &[0; PAGE][..part.len()] {
                continue;
            }
            let first = page * PAGE;
            let of = |at: usize| at / size;
            let next = found.last().map_or(0, |last| last + 1);
            let slots = of(first).max(next)..=of(first + part.len() - 1);
            found.extend(slots.filter(|slot| self.value(*slot).iter().any(|byte| *byte != 0)));
        }
        let key = |slot: usize| match self.spec.kind {
            MapKind::CgroupStorage => Vec::new(),
            _ => (slot as u32).to_ne_bytes().to_vec(),
        };
        let entry = |slot: usize| (key(slot), self.value(slot).to_vec());
        found.into_iter().map(entry).collect()
    }

    /// Takes out the records that were handed on since the last time, oldest first.
    pub fn take_records(&mut self) -> Vec<Vec<u8>> {
        match &mut self.store {
            Store::Ring(ring) => ring.take(),
            Store::Events(events) => std::mem::take(events),
            _ => Vec::new(),
        }
    }
}

/// How many bytes of an array are asked at once whether they are zero.
const PAGE: usize = 4096;

/// The most bytes of values that an array may have here.
const MOST_BYTES: usize = 1 << 30;

/// An array's index from a key.
fn index(key: &[u8], max_entries: u32) -> Option<usize> {
    let index = u32::from_ne_bytes(*key.first_chunk()?);
    (index < max_entries).then_some(index as usize)
}

#[cfg(test)]
mod tests;
