//! Text for standard output.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::FileTypeExt;

use crate::failure::Failure;

/// What became of what was there to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// All is told.
    All,
    /// There may be more.
    Some,
    /// Nobody listens any more.
    Unheard,
}

/// Standard output, if it is a pipe: poll(2) tells of it when nobody reads any more, and of nothing
/// else.
pub(crate) fn pipe() -> Option<OwnedFd> {
    let file = File::from(io::stdout().as_fd().try_clone_to_owned().ok()?);
    file.metadata().ok()?.file_type().is_fifo().then(|| file.into())
}

/// Prints text; a reader that has seen enough and closed the pipe is no error.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    write(text.as_bytes())
}

/// As [`print`], for bytes.
pub(crate) fn write(bytes: &[u8]) -> Result<(), Failure> {
    send(bytes).map(drop)
}

/// As [`write`]; `false` if nobody reads any more.
pub(crate) fn send(bytes: &[u8]) -> Result<bool, Failure> {
    let mut stdout = io::stdout();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        other => other.map(|()| true).map_err(|error| Failure::file(&"standard output", &error)),
    }
}
