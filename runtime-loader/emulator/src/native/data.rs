//! Global data where machine code reads it.

use std::sync::Arc;

use crate::global::Global;

/// The bytes of all global data, one behind the other at addresses that do not change.
#[derive(Debug)]
pub(crate) struct Data {
    pub(crate) bytes: Arc<[u8]>,
    /// By number, where it begins in the bytes, and how many they are.
    places: Vec<(usize, usize)>,
}

impl Data {
    pub(crate) fn new(globals: &[Global]) -> Self {
        let mut bytes = Vec::new();
        let mut places = Vec::new();
        for global in globals {
            places.push((bytes.len(), global.bytes.len()));
            bytes.extend_from_slice(&global.bytes);
        }
        Self { bytes: bytes.into(), places }
    }

    fn place(&self, index: u32) -> (usize, usize) {
        self.places.get(index as usize).copied().unwrap_or_default()
    }

    /// The address of its first byte.
    pub(crate) fn start(&self, index: u32) -> u64 {
        self.bytes.as_ptr().expose_provenance() as u64 + self.place(index).0 as u64
    }

    /// How many bytes there are; 0 for a number that none has.
    pub(crate) fn len(&self, index: u32) -> u64 {
        self.place(index).1 as u64
    }
}
