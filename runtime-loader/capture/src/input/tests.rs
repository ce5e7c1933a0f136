//! The stream: piecewise, failing, compressed.

use std::io::{self, ErrorKind, Read, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{BUFFER, Input};
use crate::error::{Error, Fault, Part};

/// Gives one byte at a time, is interrupted before each, and fails at the end if told to.
struct Slow {
    bytes: Vec<u8>,
    at: usize,
    interrupt: bool,
    failure: Option<ErrorKind>,
}

fn slow(bytes: &[u8], failure: Option<ErrorKind>) -> Slow {
    Slow { bytes: bytes.to_vec(), at: 0, interrupt: false, failure }
}

impl Read for Slow {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.interrupt = !self.interrupt;
        if self.interrupt {
            return Err(ErrorKind::Interrupted.into());
        }
        let Some(byte) = self.bytes.get(self.at) else {
            return self.failure.map_or(Ok(0), |kind| Err(kind.into()));
        };
        self.at += 1;
        buffer[0] = *byte;
        Ok(1)
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory takes everything");
    encoder.finish().expect("memory takes everything")
}

#[test]
fn pieces_are_put_together() {
    let bytes: Vec<u8> = (0..100).collect();
    let mut input = Input::new(slow(&bytes, None)).expect("readable");
    assert_eq!(input.fill(3).expect("readable"), &bytes[..3]);
    assert_eq!(input.take(3), &bytes[..3]);
    assert_eq!(input.offset(), 3);
    assert_eq!(input.fill(97).expect("readable"), &bytes[3..]);
    assert_eq!(input.fill(98).expect("readable").len(), 97);
    assert_eq!(input.bytes_read(), 100);
}

#[test]
fn more_than_the_buffer() {
    let bytes: Vec<u8> = (0..3 * BUFFER + 5).map(|n| (n % 251) as u8).collect();
    let mut input = Input::new(&bytes[..]).expect("readable");
    input.fill(10).expect("readable");
    input.take(10);
    let wanted = 2 * BUFFER + 1;
    assert_eq!(
        input.require(wanted, Part::Block).expect("there")[..wanted],
        bytes[10..10 + wanted]
    );
    input.take(wanted);
    assert_eq!(input.fill(wanted).expect("readable"), &bytes[10 + wanted..]);
}

#[test]
fn a_claimed_length_does_not_take_memory() {
    let mut input = Input::new(&[1, 2, 3][..]).expect("readable");
    match input.require(1 << 30, Part::Block) {
        Err(Error::Malformed { offset: 0, fault }) => {
            assert_eq!(fault, Fault::Truncated { part: Part::Block, wanted: 1 << 30, found: 3 });
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(input.buffer.len(), BUFFER);
}

#[test]
fn bytes_before_a_failure_are_usable() {
    let mut input = Input::new(slow(b"abcdef", Some(ErrorKind::BrokenPipe))).expect("readable");
    assert_eq!(input.fill(6).expect("readable"), b"abcdef");
    input.take(4);
    match input.fill(3) {
        Err(Error::Read { offset: 6, source }) => assert_eq!(source.kind(), ErrorKind::BrokenPipe),
        other => panic!("{other:?}"),
    }
}

#[test]
fn gzip_members_are_one_stream() {
    let mut bytes = gzip(b"one ");
    bytes.extend(gzip(b"two"));
    let length = bytes.len() as u64;
    for stream in [slow(&bytes, None), slow(&bytes, Some(ErrorKind::Other))] {
        let failing = stream.failure.is_some();
        let mut input = Input::new(stream).expect("readable");
        assert_eq!(input.fill(7).expect("readable"), b"one two");
        assert_eq!(matches!(input.fill(8), Err(Error::Read { .. })), failing);
        assert_eq!(input.bytes_read(), length);
    }
}

#[test]
fn damaged_gzip() {
    let whole = gzip(b"0123456789");
    let cut = &whole[..whole.len() - 8];
    let mut with_rubbish = whole.clone();
    with_rubbish.extend(b"rubbish behind");
    let mut wrong_sum = whole.clone();
    wrong_sum[whole.len() - 8] ^= 1;
    for bytes in [cut, &with_rubbish, &wrong_sum] {
        let mut input = Input::new(bytes).expect("readable");
        assert_eq!(input.fill(10).expect("the data are whole"), b"0123456789");
        input.take(10);
        match input.fill(1) {
            Err(Error::Gzip { offset: 10, .. }) => {}
            other => panic!("{other:?}"),
        }
    }
    assert!(matches!(
        Input::new(&[0x1f, 0x8b][..]).expect("readable").fill(4),
        Err(Error::Gzip { .. })
    ));
}
