//! Primitives without an id, and the words that only some link types know.

use nbpfc_source::{Code, Span};

use super::Resolver;
use super::error::Fail;
use crate::syntax::{At, NumberOrName, Word};
use crate::tree::{
    AtmField, Comparison, LlcTest, Mtp3Field, PfTest, Proto, Test, Tunnel, WlanTest,
};

impl Resolver<'_> {
    pub(super) fn word(&self, span: Span, word: &Word<'_>) -> Result<Test, Fail> {
        Ok(match *word {
            Word::Protocol(proto) => self.protocol(span, proto)?,
            Word::Broadcast(proto) => match proto.map(|proto| proto.value) {
                None | Some(Proto::Link) => Test::LinkBroadcast,
                Some(Proto::Ip) => Test::IpBroadcast,
                Some(other) => return Err(self.no_cast(span, other, "broadcast")),
            },
            Word::Multicast(proto) => match proto.map(|proto| proto.value) {
                None | Some(Proto::Link) => Test::LinkMulticast,
                Some(Proto::Ip) => Test::IpMulticast,
                Some(Proto::Ip6) => Test::Ip6Multicast,
                Some(other) => return Err(self.no_cast(span, other, "multicast")),
            },
            Word::Less(length) => Test::Less(length),
            Word::Greater(length) => Test::Greater(length),
            Word::Byte(offset, op, value) => {
                self.at_most("byte argument", value.span, value.value, 0xff)?;
                Test::Byte { offset, op, value: value.value as u8 }
            }
            Word::Inbound => Test::Inbound,
            Word::Outbound => Test::Outbound,
            Word::Ifindex(index) => Test::Ifindex(index),
            Word::Tunnel(tunnel, id) => {
                if let Some(id) = id {
                    let (what, maximum) = tunnel_id(tunnel);
                    self.at_most(what, id.span, id.value, maximum)?;
                }
                Test::Tunnel { tunnel, id: id.map(|id| id.value) }
            }
            Word::PfInterface(name) => Test::Pf(PfTest::Interface(name.to_owned())),
            Word::PfRuleset(name) => Test::Pf(PfTest::Ruleset(name.to_owned())),
            Word::PfRule(number) => Test::Pf(PfTest::Rule(number)),
            Word::PfSubrule(number) => Test::Pf(PfTest::Subrule(number)),
            Word::PfReason(reason) => Test::Pf(PfTest::Reason(self.reason(reason)?)),
            Word::PfAction(name) => {
                let action = find(PF_ACTIONS, name.value);
                Test::Pf(PfTest::Action(
                    action
                        .ok_or_else(|| {
                            self.unknown(name.span, "PF action", name.value, &[PF_ACTIONS])
                        })?
                        .into(),
                ))
            }
            Word::WlanType(kind, subtype) => Test::Wlan(self.wlan_type(kind, subtype)?),
            Word::WlanSubtype(name) => {
                let all = [(WLAN_MANAGEMENT, 0x00), (WLAN_CONTROL, 0x04), (WLAN_DATA, 0x08)];
                let bits =
                    all.into_iter().find_map(|(table, kind)| Some(find(table, name.value)? | kind));
                let bits = bits.ok_or_else(|| {
                    self.unknown(
                        name.span,
                        "802.11 subtype",
                        name.value,
                        &[WLAN_MANAGEMENT, WLAN_CONTROL, WLAN_DATA],
                    )
                })?;
                Test::Wlan(WlanTest::Subtype(bits))
            }
            Word::WlanDirection(direction) => {
                let bits = self.bits(direction, WLAN_DIRECTIONS, 0x03, "802.11 direction")?;
                Test::Wlan(WlanTest::Direction(bits))
            }
            Word::Llc(name) => Test::Llc(self.llc(name)?),
            Word::Atm(word) => Test::Atm(word),
            Word::AtmField(field, ref values) => {
                let (what, maximum) = match field {
                    AtmField::Vpi => ("VPI", 0xff),
                    AtmField::Vci => ("VCI", 0xffff),
                };
                self.all_at_most(what, values, maximum)?;
                Test::AtmField { field, values: values.clone() }
            }
            Word::Mtp2(word) => Test::Mtp2(word),
            Word::Mtp3Field(field, ref values) => {
                self.all_at_most(field.word(), values, mtp3_maximum(field))?;
                Test::Mtp3Field { field, values: values.clone() }
            }
            Word::Relation(ref left, op, ref right) => {
                Test::Relation { left: self.arith(left)?, op, right: self.arith(right)? }
            }
        })
    }

    fn protocol(&self, span: Span, proto: Proto) -> Result<Test, Fail> {
        let help = match proto {
            Proto::Link => {
                "add what of it to test, as in `ether host 02:00:00:00:00:01` or `ether proto 0x88cc`"
            }
            Proto::Radio => "add an index, as in `radio[0] = 0`",
            _ => return Ok(Test::Protocol(proto)),
        };
        let message = format!("'{}' alone is no test", self.source(span));
        Err(Box::new(self.fail(Code::BadQualifier, span, message).help(help)))
    }

    fn no_cast(&self, span: Span, proto: Proto, word: &str) -> Fail {
        let message = format!("'{}' is not a valid qualifier for '{word}'", proto.word());
        Box::new(self.fail(Code::BadQualifier, span, message))
    }

    fn all_at_most(&self, what: &str, values: &[Comparison], maximum: u32) -> Result<(), Fail> {
        values.iter().try_for_each(|value| self.at_most(what, value.span, value.value, maximum))
    }

    fn unknown(&self, span: Span, what: &str, name: &str, tables: &[&[(&str, u8)]]) -> Fail {
        let known: Vec<&str> = tables.iter().copied().flatten().map(|(name, _)| *name).collect();
        let fail = self.fail(Code::UnknownName, span, format!("unknown {what} \"{name}\""));
        Box::new(fail.note(format!("known: {}", known.join(", "))))
    }

    fn reason(&self, reason: At<NumberOrName<'_>>) -> Result<u32, Fail> {
        match reason.value {
            NumberOrName::Number(number) => Ok(number),
            NumberOrName::Name(name) => find(PF_REASONS, name)
                .map(u32::from)
                .ok_or_else(|| self.unknown(reason.span, "PF reason", name, &[PF_REASONS])),
        }
    }

    /// A number within `mask`, or a name of a table.
    fn bits(
        &self,
        at: At<NumberOrName<'_>>,
        table: &[(&str, u8)],
        mask: u8,
        what: &str,
    ) -> Result<u8, Fail> {
        match at.value {
            NumberOrName::Name(name) => {
                find(table, name).ok_or_else(|| self.unknown(at.span, what, name, &[table]))
            }
            NumberOrName::Number(number) if number & !u32::from(mask) == 0 => Ok(number as u8),
            NumberOrName::Number(number) => {
                let message = format!("invalid {what} value {number:#04x}");
                let fail = self.fail(Code::BadValue, at.span, message);
                Err(Box::new(
                    fail.note(format!(
                        "the field has the bits {mask:#04x}; the value is not shifted"
                    )),
                ))
            }
        }
    }

    fn wlan_type(
        &self,
        kind: At<NumberOrName<'_>>,
        subtype: Option<At<NumberOrName<'_>>>,
    ) -> Result<WlanTest, Fail> {
        let kind = self.bits(kind, WLAN_TYPES, 0x0c, "802.11 type")?;
        let Some(subtype) = subtype else { return Ok(WlanTest::Type(kind)) };
        let table = match kind {
            0x00 => WLAN_MANAGEMENT,
            0x04 => WLAN_CONTROL,
            0x08 => WLAN_DATA,
            _ => &[],
        };
        Ok(WlanTest::Subtype(kind | self.bits(subtype, table, 0xf0, "802.11 subtype")?))
    }

    fn llc(&self, name: Option<At<&str>>) -> Result<LlcTest, Fail> {
        let Some(name) = name else { return Ok(LlcTest::Any) };
        let format = match find(LLC_FORMATS, name.value) {
            Some(0) => Some(LlcTest::I),
            Some(1) => Some(LlcTest::S),
            Some(_) => Some(LlcTest::U),
            None => None,
        };
        format
            .or_else(|| find(LLC_SUPERVISORY, name.value).map(LlcTest::Supervisory))
            .or_else(|| find(LLC_UNNUMBERED, name.value).map(LlcTest::Unnumbered))
            .ok_or_else(|| {
                self.unknown(
                    name.span,
                    "LLC type name",
                    name.value,
                    &[LLC_FORMATS, LLC_SUPERVISORY, LLC_UNNUMBERED],
                )
            })
    }
}

/// What the id of an encapsulation is called, and the most it can be.
fn tunnel_id(tunnel: Tunnel) -> (&'static str, u32) {
    match tunnel {
        Tunnel::Vlan => ("VLAN tag", 0xfff),
        Tunnel::Mpls => ("MPLS label", 0xf_ffff),
        Tunnel::Pppoed | Tunnel::Pppoes => ("PPPoE session number", 0xffff),
        Tunnel::Geneve => ("Geneve VNI", 0xff_ffff),
        Tunnel::Vxlan => ("VXLAN VNI", 0xff_ffff),
    }
}

fn mtp3_maximum(field: Mtp3Field) -> u32 {
    match field {
        Mtp3Field::Sio | Mtp3Field::Hsio => 0xff,
        Mtp3Field::Opc | Mtp3Field::Hopc | Mtp3Field::Dpc | Mtp3Field::Hdpc => 0x3fff,
        Mtp3Field::Sls | Mtp3Field::Hsls => 0xf,
    }
}

/// Names in these tables are known in any case.
fn find(table: &[(&str, u8)], name: &str) -> Option<u8> {
    table.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
}

/// Types of 802.11 frames, in place (IEEE 802.11, frame control field).
const WLAN_TYPES: &[(&str, u8)] =
    &[("mgt", 0x00), ("management", 0x00), ("ctl", 0x04), ("control", 0x04), ("data", 0x08)];

/// Which way an 802.11 frame crosses the distribution system.
const WLAN_DIRECTIONS: &[(&str, u8)] = &[("nods", 0), ("tods", 1), ("fromds", 2), ("dstods", 3)];

/// Subtypes of management frames, in place.
const WLAN_MANAGEMENT: &[(&str, u8)] = &[
    ("assocreq", 0x00),
    ("assoc-req", 0x00),
    ("assocresp", 0x10),
    ("assoc-resp", 0x10),
    ("reassocreq", 0x20),
    ("reassoc-req", 0x20),
    ("reassocresp", 0x30),
    ("reassoc-resp", 0x30),
    ("probereq", 0x40),
    ("probe-req", 0x40),
    ("proberesp", 0x50),
    ("probe-resp", 0x50),
    ("beacon", 0x80),
    ("atim", 0x90),
    ("disassoc", 0xa0),
    ("disassociation", 0xa0),
    ("auth", 0xb0),
    ("authentication", 0xb0),
    ("deauth", 0xc0),
    ("deauthentication", 0xc0),
];

/// Subtypes of control frames, in place.
const WLAN_CONTROL: &[(&str, u8)] = &[
    ("bar", 0x80),
    ("ba", 0x90),
    ("ps-poll", 0xa0),
    ("rts", 0xb0),
    ("cts", 0xc0),
    ("ack", 0xd0),
    ("cf-end", 0xe0),
    ("cf-end-ack", 0xf0),
];

/// Subtypes of data frames, in place.
const WLAN_DATA: &[(&str, u8)] = &[
    ("data", 0x00),
    ("data-cf-ack", 0x10),
    ("data-cf-poll", 0x20),
    ("data-cf-ack-poll", 0x30),
    ("null", 0x40),
    ("cf-ack", 0x50),
    ("cf-poll", 0x60),
    ("cf-ack-poll", 0x70),
    ("qos-data", 0x80),
    ("qos-data-cf-ack", 0x90),
    ("qos-data-cf-poll", 0xa0),
    ("qos-data-cf-ack-poll", 0xb0),
    ("qos", 0xc0),
    ("qos-cf-poll", 0xe0),
    ("qos-cf-ack-poll", 0xf0),
];

/// Formats of IEEE 802.2 control fields: information, supervisory, unnumbered.
const LLC_FORMATS: &[(&str, u8)] = &[("i", 0), ("s", 1), ("u", 3)];

/// Supervisory functions of IEEE 802.2.
pub(crate) const LLC_SUPERVISORY: &[(&str, u8)] = &[("rr", 0x01), ("rnr", 0x05), ("rej", 0x09)];

/// Unnumbered functions of IEEE 802.2, without the poll/final bit.
pub(crate) const LLC_UNNUMBERED: &[(&str, u8)] = &[
    ("ui", 0x03),
    ("ua", 0x63),
    ("disc", 0x43),
    ("dm", 0x0f),
    ("sabme", 0x6f),
    ("test", 0xe3),
    ("xid", 0xaf),
    ("frmr", 0x87),
];

/// Why the packet filter logged a packet. The last ones are of one system each, where others mean something else.
const PF_REASONS: &[(&str, u8)] = &[
    ("match", 0),
    ("bad-offset", 1),
    ("fragment", 2),
    ("short", 3),
    ("normalize", 4),
    ("memory", 5),
    ("bad-timestamp", 6),
    ("congestion", 7),
    ("ip-option", 8),
    ("proto-cksum", 9),
    ("state-mismatch", 10),
    ("state-insert", 11),
    ("state-limit", 12),
    ("src-limit", 13),
    ("synproxy", 14),
    ("map-failed", 15),
    ("state-locked", 15),
    ("translate", 15),
    ("no-route", 16),
    ("dummynet", 15),
];

/// What the packet filter did with a packet. The last ones are of one system each, where others mean something else.
pub(crate) const PF_ACTIONS: &[(&str, u8)] = &[
    ("pass", 0),
    ("accept", 0),
    ("drop", 1),
    ("block", 1),
    ("scrub", 2),
    ("noscrub", 3),
    ("nat", 4),
    ("nonat", 5),
    ("binat", 6),
    ("nobinat", 7),
    ("rdr", 8),
    ("nordr", 9),
    ("synproxy-drop", 10),
    ("defer", 11),
    ("match", 12),
    ("divert", 13),
    ("rt", 14),
    ("afrt", 15),
    ("dummynet", 11),
    ("nodummynet", 12),
    ("nat64", 13),
    ("nonat64", 14),
];
