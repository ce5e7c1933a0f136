//! Headers: which there are, their fields, and values that are likely in them.

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::ty::{Type, U8, U16, U32, literal};
use crate::choices::Choices;
use crate::pool::{MACS, PORTS, V4, V6};

/// A field, its type, and whether it can be assigned.
pub(super) type Field = (&'static str, Type, Assigned);

/// Who may assign a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Assigned {
    /// Nobody: it says how long something is.
    Never,
    /// Whoever writes packets at all.
    Freely,
    /// The same, if it is there.
    IfThere,
}

use Assigned::{Freely, IfThere, Never};

/// A header of the library, or of the module.
#[derive(Clone, Debug)]
pub(super) struct Header {
    pub(super) name: &'static str,
    /// Of the link layer.
    pub(super) link: bool,
    pub(super) fields: Cow<'static, [Field]>,
}

pub(super) const HEADERS: &[Header] = &[
    Header {
        name: "ipv4",
        link: false,
        fields: Cow::Borrowed(&[
            ("version", Type::int(4), Never),
            ("ihl", Type::int(4), Never),
            ("dscp", Type::int(6), Freely),
            ("ecn", Type::int(2), Freely),
            ("total_length", U16, Never),
            ("id", U16, Freely),
            ("df", Type::Bool, Freely),
            ("mf", Type::Bool, Freely),
            ("fragment_offset", Type::int(13), Freely),
            ("ttl", U8, Freely),
            ("protocol", U8, Freely),
            ("checksum", U16, Never),
            ("src", Type::V4, Freely),
            ("dst", Type::V4, Freely),
        ]),
    },
    Header {
        name: "ipv6",
        link: false,
        fields: Cow::Borrowed(&[
            ("dscp", Type::int(6), Freely),
            ("ecn", Type::int(2), Freely),
            ("flow_label", Type::int(20), Freely),
            ("payload_length", U16, Never),
            ("next_header", U8, Freely),
            ("hop_limit", U8, Freely),
            ("src", Type::V6, Freely),
            ("dst", Type::V6, Freely),
        ]),
    },
    Header {
        name: "tcp",
        link: false,
        fields: Cow::Borrowed(&[
            ("src_port", U16, Freely),
            ("dst_port", U16, Freely),
            ("seq", U32, Freely),
            ("ack_number", U32, Freely),
            ("data_offset", Type::int(4), Never),
            ("ack", Type::Bool, Freely),
            ("syn", Type::Bool, Freely),
            ("fin", Type::Bool, Freely),
            ("window", U16, Freely),
            ("urgent", U16, Freely),
        ]),
    },
    Header {
        name: "udp",
        link: false,
        fields: Cow::Borrowed(&[
            ("src_port", U16, Freely),
            ("dst_port", U16, Freely),
            ("length", U16, Never),
            ("checksum", U16, Never),
        ]),
    },
    Header {
        name: "icmp",
        link: false,
        fields: Cow::Borrowed(&[("type", U8, Freely), ("code", U8, Freely), ("rest", U32, Freely)]),
    },
    Header {
        name: "icmpv6",
        link: false,
        fields: Cow::Borrowed(&[
            ("type", U8, Freely),
            ("code", U8, Never),
            ("checksum", U16, Never),
        ]),
    },
    Header {
        name: "vxlan",
        link: false,
        fields: Cow::Borrowed(&[("valid", Type::Bool, Freely), ("vni", Type::int(24), Freely)]),
    },
    Header {
        name: "gre",
        link: false,
        fields: Cow::Borrowed(&[
            ("version", Type::int(3), Freely),
            ("protocol", U16, Freely),
            ("has_key", Type::Bool, Freely),
            ("key", U32, IfThere),
            ("sequence", U32, IfThere),
        ]),
    },
    Header {
        name: "sctp",
        link: false,
        fields: Cow::Borrowed(&[("src_port", U16, Freely), ("tag", U32, Freely)]),
    },
    Header {
        name: "ah",
        link: false,
        fields: Cow::Borrowed(&[("spi", U32, Freely), ("sequence", U32, Freely)]),
    },
    Header {
        name: "ipv6_fragment",
        link: false,
        fields: Cow::Borrowed(&[("more", Type::Bool, Freely), ("id", U32, Freely)]),
    },
    Header {
        name: "geneve",
        link: false,
        fields: Cow::Borrowed(&[("critical", Type::Bool, Freely), ("vni", Type::int(24), Freely)]),
    },
    Header {
        name: "mpls",
        link: true,
        fields: Cow::Borrowed(&[("label", Type::int(20), Freely), ("ttl", U8, Freely)]),
    },
    Header {
        name: "ethernet",
        link: true,
        fields: Cow::Borrowed(&[
            ("dst", Type::Mac, Freely),
            ("src", Type::Mac, Freely),
            ("ethertype", U16, Freely),
        ]),
    },
    Header {
        name: "vlan",
        link: true,
        fields: Cow::Borrowed(&[
            ("priority", Type::int(3), Freely),
            ("dei", Type::Bool, Freely),
            ("vid", Type::int(12), Freely),
            ("ethertype", U16, Freely),
        ]),
    },
    Header {
        name: "arp",
        link: true,
        fields: Cow::Borrowed(&[
            ("operation", U16, Freely),
            ("sender_mac", Type::Mac, Freely),
            ("sender", Type::V4, Freely),
            ("target", Type::V4, Freely),
        ]),
    },
];

pub(super) fn ipv4(c: &mut Choices<'_>) -> String {
    Ipv4Addr::from(c.pick(V4)).to_string()
}

pub(super) fn ipv6(c: &mut Choices<'_>) -> String {
    Ipv6Addr::from(c.pick(V6)).to_string()
}

pub(super) fn mac(c: &mut Choices<'_>) -> String {
    c.pick(MACS).map(|byte| format!("{byte:02x}")).join(":")
}

/// A number that packets are likely to have.
pub(super) fn likely(c: &mut Choices<'_>, bits: u32, signed: bool) -> String {
    if bits >= 16 && !signed && c.one_in(2) {
        return c.pick(PORTS).to_string();
    }
    if bits == 64 && !signed && c.one_in(8) {
        return c.pick(&["5us", "1ms", "2KiB", "10Mbit", "3kpps"]).to_owned();
    }
    literal(c, bits, signed)
}
