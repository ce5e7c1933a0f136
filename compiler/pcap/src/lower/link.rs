//! Link types: what a packet begins with, and where things are in it.
//!
//! A link type is a row of [`LinkType::row`]. What the type field means is the
//! row's [`TypeField`]; everything else follows from the row.

use super::numbers::ether_type;

/// What the packets of a capture, or of a hook, begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LinkType {
    /// Ethernet.
    Ethernet,
    /// IPv4 or IPv6 without a link header; the first nibble tells which.
    Raw,
    /// IPv4 without a link header.
    Ipv4,
    /// IPv6 without a link header.
    Ipv6,
    /// Linux cooked capture, version 1: 16 bytes instead of the link header.
    LinuxSll,
    /// Linux cooked capture, version 2: 20 bytes.
    LinuxSll2,
    /// BSD loopback: a 4-byte address family, in the byte order of the machine that captured.
    Null,
    /// OpenBSD loopback: a 4-byte address family in network byte order.
    Loop,
    /// PPP in HDLC-like framing; also what `pppoes` steps into.
    Ppp,
    /// One that this compiler knows nothing about but its number.
    Other(u32),
}

/// What is known about a link type.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// The name, without `LINKTYPE_` or `DLT_`.
    pub(super) name: &'static str,
    /// `LINKTYPE_` number, <https://www.tcpdump.org/linktypes.html>.
    pub(super) number: u32,
    /// What the type field means.
    pub(super) types: TypeField,
    /// Offset of the type field, in bytes; 0 where there is none.
    pub(super) type_at: u32,
    /// Offset of the link layer's payload.
    pub(super) payload_at: u32,
    /// Length of the LLC header, for payloads that have one behind `payload_at`.
    pub(super) llc_length: u32,
    /// Offsets of the hardware addresses in the link header, if there are any of 6 bytes.
    pub(super) mac: Option<Ends<u32>>,
}

/// How a packet says which protocol its payload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TypeField {
    /// An `EtherType`, or a length and then an LLC header.
    Ethernet,
    /// As [`Self::Ethernet`], but special values stand in for lengths.
    Cooked,
    /// Always an `EtherType`.
    EtherType,
    /// The version nibble of an IP header.
    Version,
    /// Nothing says it: all packets are of this `EtherType`.
    Always(u32),
    /// The address family, in the capturing machine's byte order.
    HostFamily,
    /// The address family, big-endian.
    Family,
    /// A PPP protocol number.
    Ppp,
    /// Not known.
    Unknown,
}

/// Something that a packet has for its sender and for its receiver.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends<T> {
    /// The sender's.
    pub(super) source: T,
    /// The receiver's.
    pub(super) destination: T,
}

const fn row(
    name: &'static str,
    number: u32,
    types: TypeField,
    type_at: u32,
    payload_at: u32,
) -> Row {
    Row { name, number, types, type_at, payload_at, llc_length: 0, mac: None }
}

impl LinkType {
    /// Those that have a row.
    pub const ALL: &'static [Self] = &[
        Self::Ethernet,
        Self::Raw,
        Self::Ipv4,
        Self::Ipv6,
        Self::LinuxSll,
        Self::LinuxSll2,
        Self::Null,
        Self::Loop,
        Self::Ppp,
    ];

    pub(super) const fn row(self) -> Row {
        match self {
            Self::Ethernet => Row {
                llc_length: 3,
                mac: Some(Ends { source: 6, destination: 0 }),
                ..row("EN10MB", 1, TypeField::Ethernet, 12, 14)
            },
            Self::Raw => row("RAW", 101, TypeField::Version, 0, 0),
            Self::Ipv4 => row("IPV4", 228, TypeField::Always(ether_type::IPV4), 0, 0),
            Self::Ipv6 => row("IPV6", 229, TypeField::Always(ether_type::IPV6), 0, 0),
            Self::LinuxSll => row("LINUX_SLL", 113, TypeField::Cooked, 14, 16),
            Self::LinuxSll2 => row("LINUX_SLL2", 276, TypeField::EtherType, 0, 20),
            Self::Null => row("NULL", 0, TypeField::HostFamily, 0, 4),
            Self::Loop => row("LOOP", 108, TypeField::Family, 0, 4),
            Self::Ppp => row("PPP", 9, TypeField::Ppp, 2, 4),
            Self::Other(number) => row("unknown", number, TypeField::Unknown, 0, 0),
        }
    }

    /// The link type with a `LINKTYPE_` number, as capture files have it.
    pub fn from_number(number: u32) -> Self {
        let known = Self::ALL.iter().find(|link| link.row().number == number);
        known.copied().unwrap_or(Self::Other(number))
    }

    /// The link type with a name as `EN10MB`, without `LINKTYPE_` or `DLT_`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|link| link.row().name == name)
    }

    /// The `LINKTYPE_` number.
    pub const fn number(self) -> u32 {
        self.row().number
    }

    /// The name, without `LINKTYPE_` or `DLT_`; `unknown` for [`Self::Other`].
    pub const fn name(self) -> &'static str {
        self.row().name
    }
}

impl std::fmt::Display for LinkType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Other(number) => write!(f, "{number}"),
            known => f.write_str(known.name()),
        }
    }
}
