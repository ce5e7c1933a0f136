//! Global data: parts of the one value of an array, in memory shared with the programs where the
//! kernel has that.

use std::os::fd::AsFd;

use super::Map;
use crate::error::Error;
use crate::sys::mapping::{Mapping, page_size};

/// The key of the one value.
const KEY: [u8; 4] = [0; 4];
/// `BPF_F_MMAPABLE`
const MAPPABLE: u32 = 1 << 10;

const OUTSIDE: Error = Error::Argument("the variable is outside of its map");

impl Map {
    /// Bytes of the value of global data.
    ///
    /// # Errors
    /// The kernel's refusal; [`Error::Argument`] for bytes that are outside.
    pub(crate) fn read_data(&self, offset: usize, len: usize) -> Result<Vec<u8>, Error> {
        self.check_data(offset, len)?;
        if let Some(memory) = self.memory(false)? {
            return Ok(memory.copy(offset, len));
        }
        let value = self.lookup(&KEY)?.unwrap_or_default();
        value.get(offset..).and_then(|rest| rest.get(..len)).map(<[u8]>::to_vec).ok_or(OUTSIDE)
    }

    /// Changes bytes of the value of global data. Where it is no shared memory, what programs
    /// write beside them meanwhile is lost.
    ///
    /// # Errors
    /// The kernel's refusal; [`Error::Argument`] for bytes that are outside.
    pub(crate) fn write_data(&self, offset: usize, bytes: &[u8]) -> Result<(), Error> {
        self.check_data(offset, bytes.len())?;
        if let Some(memory) = self.memory(true)? {
            memory.set(offset, bytes);
            return Ok(());
        }
        let mut value = self.lookup(&KEY)?.unwrap_or_default();
        let place = value.get_mut(offset..).and_then(|rest| rest.get_mut(..bytes.len()));
        place.ok_or(OUTSIDE)?.copy_from_slice(bytes);
        self.update(&KEY, &value, 0)
    }

    fn check_data(&self, offset: usize, len: usize) -> Result<(), Error> {
        let end = offset.checked_add(len).ok_or(OUTSIDE)?;
        if end <= self.value_size { Ok(()) } else { Err(OUTSIDE) }
    }

    /// The value's memory; `None` if the map has none to share.
    fn memory(&self, writable: bool) -> Result<Option<Mapping>, Error> {
        if self.info()?.flags & MAPPABLE == 0 {
            return Ok(None);
        }
        let len = self.value_size.next_multiple_of(page_size());
        Mapping::new(self.fd.as_fd(), 0, len, writable)
            .map(Some)
            .map_err(|errno| Error::from_errno("share a map's memory", errno, "CAP_BPF"))
    }
}
