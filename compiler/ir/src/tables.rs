//! Constant tables: numbers that a function looks up.

use std::fmt;
use std::sync::Arc;

use crate::types::Width;

/// The bytes of a constant table. There are a power of two of them and at least 8, so that an
/// index taken modulo the number of elements, whatever their width, is always inside.
///
/// Cheap to clone: functions that look up the same numbers share them.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TableData(Arc<[u8]>);

impl TableData {
    /// A table that begins with these bytes; zeros fill it up.
    pub fn new(mut bytes: Vec<u8>) -> Self {
        bytes.resize(bytes.len().next_power_of_two().max(8), 0);
        Self(bytes.into())
    }

    /// A table of numbers of this width, of each of which only as many low bits are kept.
    pub fn of(width: Width, numbers: impl IntoIterator<Item = u64>) -> Self {
        let size = width.bytes() as usize;
        let bytes = numbers.into_iter().flat_map(|n| n.to_le_bytes().into_iter().take(size));
        Self::new(bytes.collect())
    }

    /// The bytes, as they lie in memory.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// How many elements of this width there are: a power of two.
    pub fn count(&self, width: Width) -> u64 {
        self.0.len() as u64 / u64::from(width.bytes())
    }

    /// The element at an index modulo their number, as the little-endian machine reads it.
    pub fn get(&self, width: Width, index: u64) -> u64 {
        let size = width.bytes() as usize;
        let start = (index & (self.count(width) - 1)) as usize * size;
        let mut number = [0; 8];
        number[..size].copy_from_slice(&self.0[start..start + size]);
        u64::from_le_bytes(number)
    }
}

/// How long, not what: tables are large.
impl fmt::Debug for TableData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TableData({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests;
