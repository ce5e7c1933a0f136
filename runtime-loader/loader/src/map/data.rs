//! Global data: parts of the one value of an array.

use super::Map;
use crate::error::Error;

/// The key of the one value.
const KEY: [u8; 4] = [0; 4];

impl Map {
    /// Bytes of the value of global data.
    ///
    /// # Errors
    /// The kernel's refusal; [`Error::Argument`] for bytes that are outside.
    pub(crate) fn read_data(&self, offset: usize, len: usize) -> Result<Vec<u8>, Error> {
        let value = self.lookup(&KEY)?.unwrap_or_default();
        value.get(offset..).and_then(|rest| rest.get(..len)).map(<[u8]>::to_vec).ok_or(OUTSIDE)
    }

    /// Changes bytes of the value of global data.
    ///
    /// # Errors
    /// The kernel's refusal, `EPERM` for data that is frozen; [`Error::Argument`] for bytes that
    /// are outside.
    pub(crate) fn write_data(&self, offset: usize, bytes: &[u8]) -> Result<(), Error> {
        let mut value = self.lookup(&KEY)?.unwrap_or_default();
        let place = value.get_mut(offset..).and_then(|rest| rest.get_mut(..bytes.len()));
        place.ok_or(OUTSIDE)?.copy_from_slice(bytes);
        self.update(&KEY, &value, 0)
    }
}

const OUTSIDE: Error = Error::Argument("the variable is outside of its map");
