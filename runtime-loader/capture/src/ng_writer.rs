//! Writing a capture as pcapng.
//!
//! Source: draft-ietf-opsawg-pcapng §4.1 to §4.3 and §4.6, this machine's byte order.

use std::io::{self, BufWriter, ErrorKind, Write};

use crate::error::Error;
use crate::link_type::LinkType;
use crate::ng::{BYTE_ORDER_MAGIC, EPB, IDB, ISB, SHB};
use crate::packet::Packet;

/// Bytes collected before they are written.
const BUFFER: usize = 256 * 1024;

/// Options of the blocks that are written.
mod option {
    pub(super) const END: u16 = 0;
    pub(super) const COMMENT: u16 = 1;
    pub(super) const EPB_FLAGS: u16 = 2;
    pub(super) const SHB_USER_APPLICATION: u16 = 4;
    pub(super) const IF_NAME: u16 = 2;
    pub(super) const IF_TSRESOL: u16 = 9;
    pub(super) const IF_FILTER: u16 = 11;
    pub(super) const ISB_FILTER_ACCEPT: u16 = 6;
    pub(super) const ISB_OS_DROP: u16 = 7;
    pub(super) const ISB_USER_DELIVERED: u16 = 8;
}

/// Times are in nanoseconds: ten to the power of minus this.
const NANOSECONDS: u8 = 9;

/// What packets are captured from.
#[derive(Clone, Copy, Debug)]
pub struct InterfaceDescription<'a> {
    /// What the packets' first bytes are.
    pub link_type: LinkType,
    /// Most bytes that are kept of a packet; 0 for no limit.
    pub snapshot_length: u32,
    /// The interface's name; empty if there is none.
    pub name: &'a str,
    /// The filter expression; empty if there is none.
    pub filter: &'a str,
    /// What else is to be said; empty if there is nothing.
    pub comment: &'a str,
}

/// The way of a packet, as its interface sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// It came in.
    Inbound,
    /// It goes out.
    Outbound,
}

/// What became of the packets of an interface until a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InterfaceStatistics {
    /// Packets that the filter accepted.
    pub accepted: u64,
    /// Accepted packets that are not in the file for want of room on the way.
    pub dropped: u64,
    /// Accepted packets that came to the one who writes the file.
    pub delivered: u64,
}

/// Writes a pcapng file with one section and one interface, times in nanoseconds.
///
/// Call [`NgWriter::finish`] at the end: dropping a writer also writes what is left, but cannot
/// say whether that worked.
#[derive(Debug)]
pub struct NgWriter<W: Write> {
    output: BufWriter<W>,
    block: Vec<u8>,
}

impl<W: Write> NgWriter<W> {
    /// Begins a file of packets of an interface; `application` is the program that writes it.
    ///
    /// # Errors
    /// [`Error::NotStorable`] if captures have no number for the link type, [`Error::Write`] if
    /// writing fails.
    pub fn new(
        stream: W,
        application: &str,
        interface: &InterfaceDescription<'_>,
    ) -> Result<Self, Error> {
        let number = interface.link_type.to_linktype().and_then(|n| u16::try_from(n).ok());
        let Some(number) = number else { return Err(Error::NotStorable(interface.link_type)) };
        let mut writer =
            Self { output: BufWriter::with_capacity(BUFFER, stream), block: Vec::new() };

        writer.begin(SHB);
        writer.put(&BYTE_ORDER_MAGIC.to_ne_bytes());
        writer.put(&[1u16.to_ne_bytes(), 0u16.to_ne_bytes()].concat());
        // The section's length is not known yet.
        writer.put(&u64::MAX.to_ne_bytes());
        writer.option(option::SHB_USER_APPLICATION, application.as_bytes());
        writer.option(option::END, &[]);
        writer.end()?;

        writer.begin(IDB);
        writer.put(&[number.to_ne_bytes(), 0u16.to_ne_bytes()].concat());
        writer.put(&interface.snapshot_length.to_ne_bytes());
        if !interface.comment.is_empty() {
            writer.option(option::COMMENT, interface.comment.as_bytes());
        }
        if !interface.name.is_empty() {
            writer.option(option::IF_NAME, interface.name.as_bytes());
        }
        writer.option(option::IF_TSRESOL, &[NANOSECONDS]);
        if !interface.filter.is_empty() {
            // A filter's first byte tells its kind; 0 is a string of libpcap's.
            let filter = [&[0], interface.filter.as_bytes()].concat();
            writer.option(option::IF_FILTER, &filter);
        }
        writer.option(option::END, &[]);
        writer.end()?;
        Ok(writer)
    }

    /// Writes one packet, whose `fraction` is in nanoseconds, and its way if that is known.
    ///
    /// # Errors
    /// [`Error::Write`] if writing fails, or if the packet has 4 GiB or more.
    pub fn write(
        &mut self,
        packet: &Packet<'_>,
        direction: Option<Direction>,
    ) -> Result<(), Error> {
        let captured = u32::try_from(packet.data.len())
            .map_err(|error| write_error(io::Error::new(ErrorKind::InvalidInput, error)))?;
        let time = (packet.seconds as u64)
            .wrapping_mul(1_000_000_000)
            .wrapping_add(packet.fraction as u64);
        self.begin(EPB);
        self.put(&0u32.to_ne_bytes());
        self.time(time);
        self.put(&captured.to_ne_bytes());
        self.put(&packet.original_length.to_ne_bytes());
        self.put(packet.data);
        self.align();
        if let Some(direction) = direction {
            let flags: u32 = match direction {
                Direction::Inbound => 1,
                Direction::Outbound => 2,
            };
            self.option(option::EPB_FLAGS, &flags.to_ne_bytes());
            self.option(option::END, &[]);
        }
        self.end()
    }

    /// Writes what became of the packets until `time`, nanoseconds since 1970-01-01 UTC.
    ///
    /// # Errors
    /// [`Error::Write`] if writing fails.
    pub fn statistics(&mut self, time: u64, counts: &InterfaceStatistics) -> Result<(), Error> {
        self.begin(ISB);
        self.put(&0u32.to_ne_bytes());
        self.time(time);
        self.option(option::ISB_FILTER_ACCEPT, &counts.accepted.to_ne_bytes());
        self.option(option::ISB_OS_DROP, &counts.dropped.to_ne_bytes());
        self.option(option::ISB_USER_DELIVERED, &counts.delivered.to_ne_bytes());
        self.option(option::END, &[]);
        self.end()
    }

    /// Hands on what was written, so that whoever reads the file now sees all of it.
    ///
    /// # Errors
    /// [`Error::Write`] if writing fails.
    pub fn flush(&mut self) -> Result<(), Error> {
        self.output.flush().map_err(write_error)
    }

    /// Writes what is left in the buffer, flushes the stream and gives it back.
    ///
    /// # Errors
    /// [`Error::Write`] if either fails: then the file is incomplete.
    pub fn finish(mut self) -> Result<W, Error> {
        self.flush()?;
        self.output.into_inner().map_err(|error| write_error(error.into_error()))
    }

    fn put(&mut self, bytes: &[u8]) {
        self.block.extend_from_slice(bytes);
    }

    fn align(&mut self) {
        self.block.resize(self.block.len().next_multiple_of(4), 0);
    }

    /// A time stamp, its upper half first in both byte orders.
    fn time(&mut self, stamp: u64) {
        self.put(&((stamp >> 32) as u32).to_ne_bytes());
        self.put(&(stamp as u32).to_ne_bytes());
    }

    /// An option; what is beyond the 65,535 bytes that its length can tell is left out.
    fn option(&mut self, code: u16, value: &[u8]) {
        let value = &value[..value.len().min(usize::from(u16::MAX))];
        self.put(&code.to_ne_bytes());
        self.put(&(value.len() as u16).to_ne_bytes());
        self.put(value);
        self.align();
    }

    /// Begins a block of this type; its length comes when that is known.
    fn begin(&mut self, kind: u32) {
        self.block.clear();
        self.put(&kind.to_ne_bytes());
        self.put(&0u32.to_ne_bytes());
    }

    /// Writes the block in one piece, so that whatever is handed on ends with a whole block.
    fn end(&mut self) -> Result<(), Error> {
        let length = u32::try_from(self.block.len() + 4)
            .map_err(|error| write_error(io::Error::new(ErrorKind::InvalidInput, error)))?
            .to_ne_bytes();
        self.block[4..8].copy_from_slice(&length);
        self.put(&length);
        self.output.write_all(&self.block).map_err(write_error)
    }
}

fn write_error(source: io::Error) -> Error {
    Error::Write { source }
}

#[cfg(test)]
mod tests;
