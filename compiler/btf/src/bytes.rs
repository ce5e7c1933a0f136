//! Reading little-endian numbers from bytes, and the string section.

use std::collections::HashMap;

use crate::error::Error;

/// Bytes not yet read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bytes<'a>(pub(crate) &'a [u8]);

impl<'a> Bytes<'a> {
    pub(crate) fn take(&mut self, len: usize) -> Result<&'a [u8], Error> {
        let (head, rest) = self.0.split_at_checked(len).ok_or(Error::Truncated)?;
        self.0 = rest;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (head, rest) = self.0.split_first_chunk().ok_or(Error::Truncated)?;
        self.0 = rest;
        Ok(*head)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Error> {
        Ok(u8::from_le_bytes(self.array()?))
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Error> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Error> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// The part of a section that a header names by offset and length.
    pub(crate) fn part(self, offset: u32, len: u32) -> Result<Self, Error> {
        let mut bytes = self;
        bytes.take(offset as usize).map_err(|_| Error::Header)?;
        bytes.take(len as usize).map(Self).map_err(|_| Error::Header)
    }

    /// The NUL-terminated string at an offset of a string section.
    pub(crate) fn string(self, offset: u32) -> Result<&'a str, Error> {
        let tail = self.0.get(offset as usize..).ok_or(Error::String(offset))?;
        let len = tail.iter().position(|&byte| byte == 0).ok_or(Error::String(offset))?;
        std::str::from_utf8(&tail[..len]).map_err(|_| Error::String(offset))
    }
}

/// A string section in the making: each string once, each with a NUL behind it.
#[derive(Clone, Debug)]
pub struct Strings {
    bytes: Vec<u8>,
    offsets: HashMap<String, u32>,
}

impl Default for Strings {
    fn default() -> Self {
        // The format wants the empty string at offset 0.
        Self { bytes: vec![0], offsets: HashMap::from([(String::new(), 0)]) }
    }
}

impl Strings {
    /// The offset of a string in the section. What follows a NUL in it is not kept: the format
    /// has no way to say it.
    pub fn intern(&mut self, string: &str) -> u32 {
        let string = string.split('\0').next().unwrap_or_default();
        if let Some(&offset) = self.offsets.get(string) {
            return offset;
        }
        let offset = self.bytes.len() as u32;
        self.bytes.extend_from_slice(string.as_bytes());
        self.bytes.push(0);
        self.offsets.insert(string.to_owned(), offset);
        offset
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}
