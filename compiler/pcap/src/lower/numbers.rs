//! Assigned numbers that the language's words stand for.

/// `EtherType` values, IEEE 802 Numbers at IANA.
pub(super) mod ether_type {
    use nbpfc_kernel::ether_type as kernel;

    pub(crate) const IPV4: u32 = kernel::IPV4 as u32;
    pub(crate) const ARP: u32 = 0x0806;
    pub(crate) const XNS: u32 = 0x0600;
    pub(crate) const MOP_DUMP_LOAD: u32 = 0x6001;
    pub(crate) const MOP_REMOTE_CONSOLE: u32 = 0x6002;
    pub(crate) const DECNET: u32 = 0x6003;
    pub(crate) const LAT: u32 = 0x6004;
    pub(crate) const SCA: u32 = 0x6007;
    /// Transparent Ethernet bridging: an Ethernet frame follows.
    pub(crate) const TEB: u32 = 0x6558;
    pub(crate) const RARP: u32 = 0x8035;
    pub(crate) const APPLETALK: u32 = 0x809b;
    pub(crate) const AARP: u32 = 0x80f3;
    pub(crate) const VLAN: u32 = kernel::VLAN as u32;
    pub(crate) const IPX: u32 = 0x8137;
    pub(crate) const IPV6: u32 = kernel::IPV6 as u32;
    pub(crate) const MPLS: u32 = 0x8847;
    pub(crate) const PPPOE_DISCOVERY: u32 = 0x8863;
    pub(crate) const PPPOE_SESSION: u32 = 0x8864;
    pub(crate) const VLAN_SERVICE: u32 = kernel::VLAN_SERVICE as u32;
    pub(crate) const VLAN_STACKED: u32 = kernel::VLAN_STACKED as u32;
}

/// The greatest value of the field behind the addresses of an Ethernet frame that is a length;
/// greater ones are types (IEEE 802.3, 3.2.6).
pub(super) const LENGTH_MAX: u32 = 1500;

/// Service access points of IEEE 802.2.
pub(super) mod sap {
    pub(crate) const IP: u32 = 0x06;
    pub(crate) const SPANNING_TREE: u32 = 0x42;
    pub(crate) const SNAP: u8 = 0xaa;
    pub(crate) const IPX: u32 = 0xe0;
    pub(crate) const NETBEUI: u32 = 0xf0;
    pub(crate) const OSI: u32 = 0xfe;
}

/// PPP data link layer protocol numbers, at IANA.
pub(super) mod ppp {
    pub(crate) const IPV4: u32 = 0x0021;
    pub(crate) const OSI: u32 = 0x0023;
    pub(crate) const XNS: u32 = 0x0025;
    pub(crate) const DECNET: u32 = 0x0027;
    pub(crate) const APPLETALK: u32 = 0x0029;
    pub(crate) const IPX: u32 = 0x002b;
    /// Van Jacobson's header compression: headers that are compressed, and that are not yet.
    pub(crate) const COMPRESSED_TCP: u32 = 0x002d;
    pub(crate) const UNCOMPRESSED_TCP: u32 = 0x002f;
    pub(crate) const BRIDGING: u32 = 0x0031;
    pub(crate) const IPV6: u32 = 0x0057;
    pub(crate) const MPLS: u32 = 0x0281;
}

/// Protocol numbers of IPv4 and IPv6, at IANA.
pub(super) mod ip {
    pub(crate) const HOP_BY_HOP: u32 = 0;
    pub(crate) const ICMP: u32 = 1;
    pub(crate) const IGMP: u32 = 2;
    pub(crate) const TCP: u32 = 6;
    pub(crate) const IGRP: u32 = 9;
    pub(crate) const UDP: u32 = 17;
    pub(crate) const ROUTING: u32 = 43;
    pub(crate) const FRAGMENT: u32 = 44;
    pub(crate) const ESP: u32 = 50;
    pub(crate) const AH: u32 = 51;
    pub(crate) const ICMP6: u32 = 58;
    pub(crate) const NO_NEXT_HEADER: u32 = 59;
    pub(crate) const DESTINATION_OPTIONS: u32 = 60;
    pub(crate) const PIM: u32 = 103;
    /// VRRP and CARP share it.
    pub(crate) const VRRP: u32 = 112;
    pub(crate) const SCTP: u32 = 132;
}

/// Network layer protocol identifiers, ISO/IEC TR 9577.
pub(super) mod nlpid {
    pub(crate) const CLNP: u32 = 0x81;
    pub(crate) const ESIS: u32 = 0x82;
    pub(crate) const ISIS: u32 = 0x83;
    pub(crate) const IPV6: u32 = 0x8e;
    pub(crate) const IPV4: u32 = 0xcc;
}

/// IS-IS packet types, ISO/IEC 10589, clause 9.
pub(super) mod isis {
    pub(crate) const L1_HELLO: u32 = 15;
    pub(crate) const L2_HELLO: u32 = 16;
    pub(crate) const POINT_TO_POINT_HELLO: u32 = 17;
    pub(crate) const L1_LSP: u32 = 18;
    pub(crate) const L2_LSP: u32 = 20;
    pub(crate) const L1_CSNP: u32 = 24;
    pub(crate) const L2_CSNP: u32 = 25;
    pub(crate) const L1_PSNP: u32 = 26;
    pub(crate) const L2_PSNP: u32 = 27;
    /// The bits of the byte that hold the type.
    pub(crate) const MASK: u32 = 0x1f;
}

/// `sll_protocol` values of Linux cooked captures that are not `EtherType`s, `linux/if_ether.h`.
pub(super) mod cooked {
    pub(crate) const IEEE_802_3: u32 = 0x0001;
    pub(crate) const IEEE_802_2: u32 = 0x0004;
}

/// `PACKET_OUTGOING`, packet(7).
pub(super) const PACKET_OUTGOING: u32 = 4;

/// UDP ports of the tunnels, RFC 8926 and RFC 7348.
pub(super) const GENEVE_PORT: u16 = 6081;
pub(super) const VXLAN_PORT: u16 = 4789;

/// System codes of `ARCnet` (RFC 1201, RFC 2497; ATA 878.1).
pub(super) mod arcnet {
    pub(crate) const IPV6: u32 = 196;
    pub(crate) const IPV4: u32 = 212;
    pub(crate) const ARP: u32 = 213;
    pub(crate) const RARP: u32 = 214;
    pub(crate) const APPLETALK: u32 = 221;
}

/// Bits of the frame control of 802.11 frames (IEEE 802.11, 9.2.4.1).
pub(super) mod wlan {
    /// First byte: the type, and its values.
    pub(crate) const TYPE: u32 = 0x0c;
    pub(crate) const CONTROL: u32 = 0x04;
    pub(crate) const DATA: u32 = 0x08;
    /// First byte: the subtype, of data frames the bit for quality of service, and two of control
    /// frames.
    pub(crate) const SUBTYPE: u32 = 0xf0;
    pub(crate) const QOS: u32 = 0x80;
    pub(crate) const CTS: u32 = 0xc0;
    pub(crate) const ACK: u32 = 0xd0;
    /// Second byte: to and from the distribution system.
    pub(crate) const TO_DS: u32 = 0x01;
    pub(crate) const FROM_DS: u32 = 0x02;
    pub(crate) const DS: u32 = 0x03;
}

/// Offsets in a record of OpenBSD's packet filter, pflog(4).
pub(super) struct Pflog {
    pub(super) family: u32,
    pub(super) action: u32,
    pub(super) reason: u32,
    pub(super) interface: u32,
    pub(super) ruleset: u32,
    pub(super) rule: u32,
    pub(super) subrule: u32,
    pub(super) direction: u32,
}

pub(super) const PFLOG: Pflog = Pflog {
    family: 1,
    action: 2,
    reason: 3,
    interface: 4,
    ruleset: 20,
    rule: 36,
    subrule: 40,
    direction: 60,
};

/// Names in a record of the packet filter have one byte less than this.
pub(super) const PFLOG_NAME: usize = 16;

/// Length of the pseudo-header of `SunATM`.
pub(super) const SUNATM_PAYLOAD: u32 = 4;
