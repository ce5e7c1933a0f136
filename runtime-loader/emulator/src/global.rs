//! Global data: the one value of an array, in which programs have addresses of their own.

/// Global data as programs see it before the first run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Global {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Whether programs may write them. What a run wrote, the next one reads.
    pub writable: bool,
}

impl Global {
    /// Bytes that programs only read, such as constant tables.
    pub fn constant(bytes: Vec<u8>) -> Self {
        Self { bytes, writable: false }
    }

    /// The place of an access that begins `offset` bytes from the beginning, if it is inside.
    pub(crate) fn place(&self, offset: i64, size: usize) -> Option<std::ops::Range<usize>> {
        let first = usize::try_from(offset).ok()?;
        let end = first.checked_add(size).filter(|end| *end <= self.bytes.len())?;
        Some(first..end)
    }
}
