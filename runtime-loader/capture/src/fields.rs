//! Taking a pcapng block apart without reading past its end.

use crate::error::Fault;

/// What is left to read of a block's contents.
pub(crate) struct Fields<'a> {
    kind: u32,
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(crate) fn new(kind: u32, contents: &'a [u8]) -> Self {
        Self { kind, rest: contents }
    }

    /// The block's type.
    pub(crate) fn kind(&self) -> u32 {
        self.kind
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next `length` bytes.
    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8], Fault> {
        let short = Fault::ShortBlock { kind: self.kind };
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(short)?;
        self.rest = rest;
        Ok(taken)
    }
}
