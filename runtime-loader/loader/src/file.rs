//! Files that are read whole: objects, and types of kernels.

use std::fmt::Display;
use std::fs::File;
use std::path::Path;

use nbpfc_source::read_bounded;

use crate::error::Error;

/// The longest, in bytes.
const LONGEST: usize = 1 << 28;

/// What a file says.
///
/// # Errors
/// [`Error::File`] if it cannot be read, or does not say that.
pub(crate) fn read<T, E: Display>(
    path: &Path,
    decode: impl FnOnce(&[u8]) -> Result<T, E>,
) -> Result<T, Error> {
    let read = File::open(path).and_then(|file| read_bounded(file, LONGEST));
    let said = read
        .map_err(|error| error.to_string())
        .and_then(|bytes| decode(&bytes).map_err(|error| error.to_string()));
    said.map_err(|what| Error::File { path: path.display().to_string(), what })
}
