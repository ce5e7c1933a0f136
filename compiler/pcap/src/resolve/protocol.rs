//! Protocols by number and by name.

use nbpfc_source::{Code, Span};

use super::error::Fail;
use super::{Qualifiers, Resolver};
use crate::tree::{Layer, Proto, Test};

/// IS-IS packet types have five bits.
const ISIS_TYPE_MAX: u32 = 0x1f;

impl Resolver<'_> {
    /// `ip proto 17`.
    pub(super) fn payload_protocol(
        &self,
        span: Span,
        number: u32,
        q: Qualifiers,
    ) -> Result<Test, Fail> {
        let (layer, what, maximum) = match q.proto {
            None => (Layer::Any, "protocol number", 0xff),
            Some(Proto::Ip) => (Layer::Ip, "protocol number", 0xff),
            Some(Proto::Ip6) => (Layer::Ip6, "protocol number", 0xff),
            // How wide the field is depends on the link type.
            Some(Proto::Link) => (Layer::Link, "protocol number", u32::MAX),
            Some(Proto::Iso) => (Layer::Iso, "ISO protocol", 0xff),
            Some(Proto::Isis) => (Layer::Isis, "IS-IS PDU type", ISIS_TYPE_MAX),
            Some(proto) => {
                return Err(Box::new(self.bad_qualifier(proto.word(), "proto", &q, span)));
            }
        };
        self.at_most(what, span, number, maximum)?;
        Ok(Test::PayloadProtocol { layer, number })
    }

    /// `ip6 protochain 58`.
    pub(super) fn protocol_chain(
        &self,
        span: Span,
        number: u32,
        q: Qualifiers,
    ) -> Result<Test, Fail> {
        let layer = match q.proto {
            None => Layer::Any,
            Some(Proto::Ip) => Layer::Ip,
            Some(Proto::Ip6) => Layer::Ip6,
            Some(proto) => {
                return Err(Box::new(self.bad_qualifier(proto.word(), "protochain", &q, span)));
            }
        };
        self.at_most("protocol number", span, number, 0xff)?;
        Ok(Test::ProtocolChain { layer, number })
    }

    /// The number of a protocol's name at the layer that the qualifiers speak of.
    pub(super) fn protocol_name(
        &self,
        span: Span,
        name: &str,
        q: &Qualifiers,
    ) -> Result<u32, Fail> {
        let number = match q.proto {
            None | Some(Proto::Ip | Proto::Ip6) => {
                self.names.protocol(name).map(u32::from).or_else(|| find(IP_PROTOCOLS, name))
            }
            Some(Proto::Link) => find(ETHERTYPES, name).or_else(|| find(LLC_SAPS, name)),
            Some(Proto::Iso) => find(NLPIDS, name),
            Some(_) => None,
        };
        number.ok_or_else(|| {
            let kind = q.kind().word();
            let words =
                q.proto.map_or_else(|| kind.to_owned(), |proto| format!("{} {kind}", proto.word()));
            let fail =
                self.fail(Code::UnknownName, span, format!("unknown '{words}' value '{name}'"));
            Box::new(fail.help("write the number of the protocol"))
        })
    }
}

fn find(table: &[(&str, u32)], name: &str) -> Option<u32> {
    table.iter().find(|(known, _)| *known == name).map(|(_, number)| *number)
}

/// The words of the language that are protocols over IP, for systems without /etc/protocols.
const IP_PROTOCOLS: &[(&str, u32)] = &[
    ("icmp", 1),
    ("igmp", 2),
    ("tcp", 6),
    ("igrp", 9),
    ("udp", 17),
    ("esp", 50),
    ("ah", 51),
    ("icmp6", 58),
    ("pim", 103),
    ("vrrp", 112),
    ("carp", 112),
    ("sctp", 132),
];

/// Names of `EtherType`s, from pcap-filter(7).
const ETHERTYPES: &[(&str, u32)] = &[
    ("aarp", 0x80f3),
    ("arp", 0x0806),
    ("atalk", 0x809b),
    ("decnet", 0x6003),
    ("ip", 0x0800),
    ("ip6", 0x86dd),
    ("lat", 0x6004),
    ("lldp", 0x88cc),
    ("loopback", 0x9000),
    ("mopdl", 0x6001),
    ("moprc", 0x6002),
    ("rarp", 0x8035),
    ("sca", 0x6007),
    ("slow", 0x8809),
];

/// Names of LLC service access points, from pcap-filter(7).
const LLC_SAPS: &[(&str, u32)] = &[("iso", 0xfe), ("stp", 0x42), ("ipx", 0xe0), ("netbeui", 0xf0)];

/// Names of OSI network layer protocol identifiers (ISO/IEC TR 9577).
const NLPIDS: &[(&str, u32)] = &[("clnp", 0x81), ("esis", 0x82), ("isis", 0x83)];
