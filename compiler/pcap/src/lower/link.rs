//! Link types: what a packet begins with, and where things are in it.
//!
//! A link type is a [`Row`] of the table at the end. What its type field means is the row's
//! [`TypeField`]; everything else follows from the row.

mod table;

pub use table::LinkType;

/// What is known about a link type. Offsets are in bytes from the start of the packet, or, where
/// the link header begins at a place that only the packet tells, from there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// The name, without `LINKTYPE_` or `DLT_`.
    pub(super) name: &'static str,
    /// `LINKTYPE_` number, <https://www.tcpdump.org/linktypes.html>.
    pub(super) number: u32,
    /// Where the link header begins.
    pub(super) header: Start,
    /// What the type field means.
    pub(super) types: TypeField,
    /// Offset of the type field; [`NOWHERE`] where there is none.
    pub(super) type_at: u32,
    /// Where the link layer's payload begins.
    pub(super) payload: Start,
    /// From the payload to the network header.
    pub(super) network: u32,
    /// The same behind an LLC header without SNAP.
    pub(super) network_behind_llc: u32,
    /// The hardware addresses in the link header.
    pub(super) stations: Stations,
    /// How a packet says that an LLC header follows.
    pub(super) llc: LlcHeader,
    /// VLAN tags may follow the link header.
    pub(super) tags: bool,
    /// The number that announces an MPLS label, as `EtherType` or PPP protocol.
    pub(super) labels: Option<u32>,
    /// How a packet says which way it went.
    pub(super) direction: Direction,
    /// Offset of the interface's index, 4 bytes.
    pub(super) interface: Option<u32>,
    /// The fields of an ATM cell or a signal unit.
    pub(super) signalling: Signalling,
}

/// The offset of something that is not there. It is what libpcap calculates with: 0xffffffff, on
/// which further bytes are added modulo 2^32.
pub(super) const NOWHERE: u32 = u32::MAX;

/// Where a header begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// Always here.
    At(u32),
    /// Behind something whose length the packet tells.
    Behind(Prefix),
}

/// Something whose length is in the packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prefix {
    /// A Prism monitor header, or an AVS header in its place.
    Prism,
    /// An AVS header.
    Avs,
    /// A radiotap header.
    Radiotap,
    /// A per-packet information header, which says what follows it.
    Ppi,
    /// The header of an 802.11 frame.
    Wlan,
    /// The record of a packet filter's log.
    Pflog,
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
    /// An LLC header, always.
    Llc,
    /// An LLC header, if it is an 802.11 data frame.
    WlanData,
    /// An LLC header, if the cell's traffic type says so.
    AtmLlc,
    /// The version nibble of an IP header where the link header should be.
    Version,
    /// Nothing says it: all packets are of this `EtherType`.
    Always(u32),
    /// The address family in 4 bytes, in the capturing machine's byte order.
    HostFamily,
    /// The address family in 4 bytes, big-endian.
    Family,
    /// The address family in one byte.
    ByteFamily,
    /// Solaris' address family in one byte.
    SolarisFamily,
    /// A PPP protocol number.
    Ppp,
    /// A PPP protocol number; of IP also those of compressed headers.
    PppCompressed,
    /// Cisco's HDLC: an `EtherType`, with a number of its own for OSI.
    Hdlc,
    /// Frame relay's unnumbered information with a network layer identifier.
    FrameRelay,
    /// `ARCnet`'s system code.
    Arcnet,
    /// Not understood; it is looked only whether the packet is one of Juniper's.
    Juniper,
    /// Not known.
    Unknown,
}

/// The hardware addresses of a link layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stations {
    /// None that are known.
    None,
    /// Of 6 bytes, at these offsets.
    Six(Ends<u32>),
    /// Of one byte.
    One {
        /// Their offsets.
        at: Ends<u32>,
        /// The address of all stations.
        broadcast: u8,
        /// That of several, if there is one.
        multicast: Option<u8>,
    },
    /// Up to four of 6 bytes; the frame control says which is what.
    Wlan,
}

/// How a packet says that an LLC header follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LlcHeader {
    /// It has none, or cannot say.
    None,
    /// All packets have one.
    Always,
    /// By a length instead of a type.
    IfLength,
    /// It is an 802.11 data frame.
    IfWlanData,
    /// By the cell's traffic type.
    IfAtm,
}

/// How a packet says which way it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// It does not; the kernel may know.
    Kernel,
    /// A number of packet(7) in one or two bytes.
    PacketType { at: u32, width: u32 },
    /// A field: (mask, value) of what comes in and of what goes out.
    Field { at: u32, width: u32, inbound: (u32, u32), outbound: (u32, u32) },
}

/// Fields that only telephone networks have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signalling {
    None,
    /// The pseudo-header of `SunATM`.
    Atm,
    /// Signal units of SS7 that begin at this offset.
    Ss7(u32),
}

/// Something that a packet has for its sender and for its receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ends<T> {
    /// The sender's.
    pub(super) source: T,
    /// The receiver's.
    pub(super) destination: T,
}

impl<T> Ends<T> {
    /// What `f` makes of both.
    pub(super) fn map<U>(self, mut f: impl FnMut(T) -> U) -> Ends<U> {
        Ends { source: f(self.source), destination: f(self.destination) }
    }
}
