//! What can be wrong with a capture, and where.

use std::{error, fmt, io};

use crate::link_type::LinkType;

/// Why a capture could not be read or written.
#[derive(Debug)]
pub enum Error {
    /// The input is not a capture, or one that breaks its format's rules.
    Malformed {
        /// Offset in bytes into the (decompressed) input: of the record or block at fault,
        /// or of the field where that says more.
        offset: u64,
        /// What is wrong there.
        fault: Fault,
    },
    /// The input could not be read.
    Read {
        /// Offset in bytes into the (decompressed) input.
        offset: u64,
        /// What the stream said.
        source: io::Error,
    },
    /// The gzip data around the capture are damaged or cut short.
    Gzip {
        /// Bytes that could be decompressed before.
        offset: u64,
        /// What the decompressor said.
        source: io::Error,
    },
    /// The output could not be written; what was written before may be incomplete.
    Write {
        /// What the stream said.
        source: io::Error,
    },
    /// A pcap file has no number for packets of this link type.
    NotStorable(LinkType),
}

/// What is wrong with an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Neither pcap nor pcapng.
    UnknownFormat,
    /// The input ends too early.
    Truncated {
        /// What was being read.
        part: Part,
        /// Its length in bytes.
        wanted: u64,
        /// Bytes that were there.
        found: u64,
    },
    /// A version of the format that nobody reads.
    Version {
        /// Major number.
        major: u16,
        /// Minor number.
        minor: u16,
    },
    /// A packet with more data than there can be.
    CapturedLength {
        /// Bytes that it claims.
        length: u32,
        /// Bytes that it may have.
        limit: u32,
    },
    /// A pcapng block of a length that no block of its kind can have.
    BlockLength {
        /// Bytes that it claims.
        length: u32,
        /// Bytes that it must have at least.
        least: u32,
        /// Bytes that it may have at most.
        most: u32,
    },
    /// A pcapng block whose length is not a multiple of four.
    UnalignedBlock {
        /// Bytes that it claims.
        length: u32,
    },
    /// A pcapng block that gives two lengths.
    BlockTrailer {
        /// Bytes according to its beginning.
        header: u32,
        /// Bytes according to its end.
        trailer: u32,
    },
    /// A pcapng block that is too short for what it says it contains.
    ShortBlock {
        /// The block's type.
        kind: u32,
    },
    /// A section that does not begin with the byte-order magic.
    ByteOrderMagic {
        /// What is in its place.
        found: u32,
    },
    /// A section in another byte order than the first.
    ByteOrderChange,
    /// A pcapng file without a description of an interface.
    NoInterface,
    /// A packet before the first description of an interface.
    PacketBeforeInterface,
    /// A packet of an interface that is not described in its section.
    UnknownInterface {
        /// The number that the packet gives.
        interface: u32,
        /// Interfaces described so far.
        described: usize,
    },
    /// An interface with another link type than the first.
    LinkTypeChange {
        /// The first interface's.
        first: LinkType,
        /// LINKTYPE number of this one.
        linktype: u16,
    },
    /// An interface with another snapshot length than the first.
    SnapshotLengthChange {
        /// The first interface's, in bytes.
        first: u32,
        /// This one's, in bytes.
        now: u32,
    },
    /// An interface option of the wrong length.
    OptionLength {
        /// The option's name in the pcapng specification.
        option: &'static str,
        /// Bytes that it has.
        length: u16,
        /// Bytes that it must have.
        wanted: u16,
    },
    /// An interface option that may occur once occurs again.
    RepeatedOption {
        /// The option's name in the pcapng specification.
        option: &'static str,
    },
    /// A unit of time too small to count with 64 bits.
    Resolution {
        /// 2 or 10.
        base: u8,
        /// The unit is `base` to the power of minus this many seconds.
        exponent: u8,
    },
}

/// A part of a capture, in [`Fault::Truncated`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The first four bytes, which tell the format.
    Magic,
    /// The header of a pcap file.
    FileHeader,
    /// The header of a packet in a pcap file.
    RecordHeader,
    /// A packet in a pcap file with its header.
    Record,
    /// The type and the length of a pcapng block.
    BlockHeader,
    /// A whole pcapng block.
    Block,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Magic => "the magic number",
            Self::FileHeader => "the file header",
            Self::RecordHeader => "a packet's header",
            Self::Record => "a packet and its header",
            Self::BlockHeader => "a block's header",
            Self::Block => "a block",
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownFormat => f.write_str("this is neither a pcap nor a pcapng file"),
            Self::Truncated { part, wanted, found } => {
                write!(f, "the input ends inside {part}: {found} of {wanted} bytes are there")
            }
            Self::Version { major, minor } => {
                write!(f, "version {major}.{minor} of the format is not supported")
            }
            Self::CapturedLength { length, limit } => {
                write!(f, "a packet claims {length} captured bytes, and the limit is {limit}")
            }
            Self::BlockLength { length, least, most } => {
                write!(f, "a block claims {length} bytes, and {least} to {most} are possible")
            }
            Self::UnalignedBlock { length } => {
                write!(f, "a block claims {length} bytes, which is not a multiple of 4")
            }
            Self::BlockTrailer { header, trailer } => {
                write!(f, "a block claims {header} bytes at its beginning and {trailer} at its end")
            }
            Self::ShortBlock { kind } => {
                write!(f, "a block of type {kind:#x} is too short for its contents")
            }
            Self::ByteOrderMagic { found } => {
                write!(f, "a section begins with {found:#010x} instead of the byte-order magic")
            }
            Self::ByteOrderChange => f.write_str("a section has another byte order than the first"),
            Self::NoInterface => f.write_str("the file describes no interface"),
            Self::PacketBeforeInterface => {
                f.write_str("a packet comes before the first description of an interface")
            }
            Self::UnknownInterface { interface, described } => write!(
                f,
                "a packet is from interface {interface}, but its section describes {described}"
            ),
            Self::LinkTypeChange { first, linktype } => write!(
                f,
                "an interface has the link type number {linktype}, and the first one is {first}: \
                 one file of one link type is needed"
            ),
            Self::SnapshotLengthChange { first, now } => write!(
                f,
                "an interface has the snapshot length {now}, and the first one has {first}"
            ),
            Self::OptionLength { option, length, wanted } => {
                write!(f, "the option {option} has {length} bytes instead of {wanted}")
            }
            Self::RepeatedOption { option } => {
                write!(f, "an interface has the option {option} twice")
            }
            Self::Resolution { base, exponent } => {
                write!(f, "time in units of {base}^-{exponent} s is too fine for 64 bits")
            }
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed { offset, fault } => write!(f, "at byte {offset}: {fault}"),
            Self::Read { offset, source } => {
                write!(f, "cannot read on after {offset} bytes: {source}")
            }
            Self::Gzip { offset, source } => write!(
                f,
                "the gzip data are damaged or cut short after {offset} decompressed bytes: {source}"
            ),
            Self::Write { source } => write!(f, "cannot write: {source}"),
            Self::NotStorable(link_type) => {
                write!(f, "packets of link type {link_type} cannot be stored in a pcap file")
            }
        }
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Read { source, .. } | Self::Gzip { source, .. } | Self::Write { source } => {
                Some(source)
            }
            Self::Malformed { .. } | Self::NotStorable(_) => None,
        }
    }
}
