//! What a capture consists of: one header, then packets.

use crate::link_type::LinkType;

/// The unit of [`Packet::fraction`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// Microseconds: what tcpdump reads and writes unless told otherwise.
    #[default]
    Micro,
    /// Nanoseconds.
    Nano,
}

impl Precision {
    /// Units in one second.
    pub const fn per_second(self) -> u64 {
        match self {
            Self::Micro => 1_000_000,
            Self::Nano => 1_000_000_000,
        }
    }
}

/// What holds for every packet of a capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// What the packets' first bytes are.
    pub link_type: LinkType,
    /// The upper six bits of a pcap file's link-type word, in place: the length of the
    /// frame check sequence and whether it is known. Zero for pcapng.
    pub link_flags: u32,
    /// No packet has more than this many bytes of data; 1 to `i32::MAX`. Where the file
    /// says zero or more than that, it is the most that the link type allows.
    pub snapshot_length: u32,
    /// The unit in which packets have their time.
    pub precision: Precision,
}

/// One packet, lent from the reader's buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Seconds since 1970-01-01 UTC.
    pub seconds: i64,
    /// Part of the second, in [`Header::precision`]; in a malformed capture it can be
    /// negative or a second and more, and is handed on as it stands.
    pub fraction: i64,
    /// Length in bytes on the wire. Usually at least `data.len()`, but that is not
    /// checked: captures exist in which it is less.
    pub original_length: u32,
    /// The captured bytes, from the link layer on.
    pub data: &'a [u8],
}

/// Where a packet lies in the input, as the format's reader found it.
///
/// Offsets count from the first byte that the input has not yet given away.
pub(crate) struct Record {
    pub(crate) seconds: i64,
    pub(crate) fraction: i64,
    pub(crate) original_length: u32,
    /// Offset of the first data byte.
    pub(crate) data_at: usize,
    /// Data bytes; `data_at + data_length <= length`.
    pub(crate) data_length: usize,
    /// Bytes of the whole record, all of them buffered.
    pub(crate) length: usize,
}
