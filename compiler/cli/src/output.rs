//! Text for standard output.

use std::io::{self, Write};

use crate::failure::Failure;

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
