//! What filters ask for and packets carry.

pub(crate) const MACS: &[[u8; 6]] = &[
    [0x02, 0, 0, 0, 0, 0x01],
    [0x02, 0, 0, 0, 0, 0x02],
    [0x01, 0x00, 0x5e, 0, 0, 0x05],
    [0x33, 0x33, 0, 0, 0, 0x01],
    [0xff; 6],
];

pub(crate) const V4: &[[u8; 4]] = &[
    [10, 0, 0, 1],
    [10, 0, 0, 2],
    [192, 168, 1, 1],
    [224, 0, 0, 5],
    [255, 255, 255, 255],
    [0, 0, 0, 0],
];

pub(crate) const V6: &[[u16; 8]] = &[
    [0x2001, 0xdb8, 0, 0, 0, 0, 0, 1],
    [0x2001, 0xdb8, 0, 0, 0, 0, 0, 2],
    [0xfe80, 0, 0, 0, 0, 0xff, 0xfe00, 1],
    [0xff02, 0, 0, 0, 0, 0, 0, 1],
    [0; 8],
];

pub(crate) const PORTS: &[u16] = &[0, 22, 53, 80, 443, 8080, 4789, 6081, 0xffff];

/// TCP, UDP, ICMP, `ICMPv6`, SCTP, IGMP, ESP, AH, hop-by-hop, routing, fragment, destination
/// options, no next header, PIM, VRRP.
pub(crate) const PROTOCOLS: &[u8] = &[6, 17, 1, 58, 132, 2, 50, 51, 0, 43, 44, 60, 59, 103, 112];

pub(crate) const ETHER_TYPES: &[u16] = &[
    0x0800, 0x86dd, 0x0806, 0x8035, 0x8100, 0x88a8, 0x9100, 0x8847, 0x8863, 0x8864, 0x6003, 0x80f3,
    0x809b, 0x8137, 0x0026, 0x0042, 0x05dd, 0xffff,
];

/// VLAN ids, MPLS labels, session and network identifiers.
pub(crate) const IDS: &[u32] = &[0, 1, 5, 7, 4095];
