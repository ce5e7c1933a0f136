//! The pcap format: a header of 24 bytes, then records of 16 or 24 bytes and data.
//!
//! Source: pcap-savefile(5), draft-ietf-opsawg-pcap, and what libpcap 1.10 accepts.

use std::io::Read;

use crate::error::{Error, Fault, Part};
use crate::input::Input;
use crate::link_type::LinkType;
use crate::order::Order;
use crate::packet::{Header, Precision, Record};

/// Bytes of the file header.
pub(crate) const FILE_HEADER: usize = 24;

/// Bytes of a record header.
pub(crate) const RECORD_HEADER: usize = 16;

/// Bytes of a record header in the format of Kuznetzov's patched libpcap, which adds
/// interface index, protocol and packet type.
const PATCHED_RECORD_HEADER: usize = 24;

/// Version of the format as it is written today.
pub(crate) const VERSION: (u16, u16) = (2, 4);

/// First four bytes of a file with microseconds.
pub(crate) const MAGIC_MICRO: u32 = 0xa1b2_c3d4;

/// First four bytes of a file with nanoseconds.
pub(crate) const MAGIC_NANO: u32 = 0xa1b2_3c4d;

/// First four bytes of a file by Kuznetzov's patched libpcap.
const MAGIC_PATCHED: u32 = 0xa1b2_cd34;

/// The lower bits of the link-type word are the link type, the others flags.
const LINKTYPE_MASK: u32 = 0x03ff_ffff;

/// In which order a record header has its two lengths.
#[derive(Clone, Copy)]
enum Lengths {
    CapturedFirst,
    OriginalFirst,
    /// Version 2.3 was written both ways; the captured length is the lesser one.
    Guess,
}

/// From the file's unit of time to the reader's.
#[derive(Clone, Copy)]
enum Scale {
    Same,
    Up,
    Down,
}

/// What is needed to read the records of one file.
pub(crate) struct Classic {
    pub(crate) order: Order,
    record_header: usize,
    lengths: Lengths,
    scale: Scale,
    snapshot_length: u32,
    largest_packet: u32,
}

/// The order in which `first` is the first word of a pcap file, and that word.
pub(crate) fn recognise(first: [u8; 4]) -> Option<(Order, u32)> {
    [Order::Little, Order::Big]
        .map(|order| (order, order.u32(&first, 0)))
        .into_iter()
        .find(|(_, magic)| [MAGIC_MICRO, MAGIC_NANO, MAGIC_PATCHED].contains(magic))
}

impl Classic {
    /// Reads the file header; `order` and `magic` are what [`recognise`] found.
    pub(crate) fn open<R: Read>(
        input: &mut Input<R>,
        (order, magic): (Order, u32),
        precision: Precision,
    ) -> Result<(Self, Header), Error> {
        let bytes = input.require(FILE_HEADER, Part::FileHeader)?;
        let version = (order.u16(bytes, 4), order.u16(bytes, 6));
        let snapshot_length = order.u32(bytes, 16);
        let link_word = order.u32(bytes, 20);
        let lengths = match version {
            (2, 0..=2) | (543, 0) => Lengths::OriginalFirst,
            (2, 3) => Lengths::Guess,
            VERSION => Lengths::CapturedFirst,
            (major, minor) => {
                return Err(Error::Malformed { offset: 4, fault: Fault::Version { major, minor } });
            }
        };
        input.take(FILE_HEADER);

        let link_type = LinkType::from_linktype(link_word & LINKTYPE_MASK);
        let mut snapshot_length = usable_snapshot_length(link_type, snapshot_length);
        let patched = magic == MAGIC_PATCHED;
        if patched && link_type == LinkType::EN10MB {
            // The patched library put an Ethernet header in front of cooked packets
            // without counting it in the snapshot length.
            snapshot_length = snapshot_length.saturating_add(14).min(i32::MAX as u32);
        }
        let scale = match (magic == MAGIC_NANO, precision) {
            (true, Precision::Micro) => Scale::Down,
            (false, Precision::Nano) => Scale::Up,
            _ => Scale::Same,
        };
        let file = Self {
            order,
            record_header: if patched { PATCHED_RECORD_HEADER } else { RECORD_HEADER },
            lengths,
            scale,
            snapshot_length,
            largest_packet: link_type.largest_packet(),
        };
        let link_flags = link_word & !LINKTYPE_MASK;
        Ok((file, Header { link_type, link_flags, snapshot_length, precision }))
    }

    /// Finds the next record and buffers it; `None` at the end of the file.
    pub(crate) fn next<R: Read>(&self, input: &mut Input<R>) -> Result<Option<Record>, Error> {
        if input.fill(self.record_header)?.is_empty() {
            return Ok(None);
        }
        let bytes = input.require(self.record_header, Part::RecordHeader)?;
        let seconds = self.time_word(bytes, 0);
        let fraction = match (self.time_word(bytes, 4), self.scale) {
            (fraction, Scale::Same) => fraction,
            (fraction, Scale::Up) => fraction * 1000,
            (fraction, Scale::Down) => fraction / 1000,
        };
        let (first, second) = (self.order.u32(bytes, 8), self.order.u32(bytes, 12));
        let (captured, original_length) = match self.lengths {
            Lengths::CapturedFirst => (first, second),
            Lengths::Guess if first <= second => (first, second),
            Lengths::OriginalFirst | Lengths::Guess => (second, first),
        };
        if captured > self.largest_packet {
            let fault = Fault::CapturedLength { length: captured, limit: self.largest_packet };
            return Err(Error::Malformed { offset: input.offset(), fault });
        }
        let length = self.record_header + captured as usize;
        input.require(length, Part::Record)?;
        Ok(Some(Record {
            seconds,
            fraction,
            original_length,
            data_at: self.record_header,
            // A longer packet is cut, not refused: some old systems wrote a snapshot
            // length that they did not keep to.
            data_length: captured.min(self.snapshot_length) as usize,
            length,
        }))
    }

    /// A word of the time stamp. libpcap takes it as signed, except in files of the other
    /// byte order; that shows when it is scaled.
    fn time_word(&self, bytes: &[u8], at: usize) -> i64 {
        let word = self.order.u32(bytes, at);
        if self.order == Order::HOST { i64::from(word as i32) } else { i64::from(word) }
    }
}

/// The snapshot length that a reader goes by when the file says `stated`.
pub(crate) fn usable_snapshot_length(link_type: LinkType, stated: u32) -> u32 {
    if stated == 0 || stated > i32::MAX as u32 { link_type.largest_packet() } else { stated }
}

#[cfg(test)]
mod tests;
