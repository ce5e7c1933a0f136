//! Reading what may have no end, such as a device or a pipe.

use std::io::{self, ErrorKind, Read};

/// All that is there, if that is at most so many bytes; no more than one beyond them is read.
///
/// # Errors
/// What the system says, and [`ErrorKind::FileTooLarge`] if there is more.
pub fn read_bounded(from: impl Read, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(most as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > most {
        let message = format!("longer than {most} bytes");
        return Err(io::Error::new(ErrorKind::FileTooLarge, message));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::{ErrorKind, repeat};

    use super::read_bounded;

    #[test]
    fn what_has_no_end_is_left() {
        assert_eq!(read_bounded(&b"four"[..], 4).expect("four bytes"), b"four");
        let error = read_bounded(repeat(0), 4).expect_err("more than four bytes");
        assert_eq!(error.kind(), ErrorKind::FileTooLarge);
        assert_eq!(error.to_string(), "longer than 4 bytes");
    }
}
