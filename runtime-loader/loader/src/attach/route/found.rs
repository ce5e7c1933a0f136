//! Routes as the kernel lists them (rtnetlink(7)).

use std::fmt::Write as _;
use std::net::IpAddr;

use crate::interface::Interface;
use crate::netlink::{Message, Refusal, Socket, attribute, number, without};
use crate::prefix::Prefix;
use crate::sys;

const RTM_NEWROUTE: u16 = 24;
const RTM_GETROUTE: u16 = 26;
/// Bytes of `struct rtmsg`.
const RTMSG: usize = 12;
const RTA_DST: u16 = 1;
const RTA_OIF: u16 = 4;
const RTA_GATEWAY: u16 = 5;
const RTA_PRIORITY: u16 = 6;
const RTA_MULTIPATH: u16 = 9;
const RTA_CACHEINFO: u16 = 12;
const RTA_TABLE: u16 = 15;
const RTA_ENCAP_TYPE: u16 = 21;
const RTA_ENCAP: u16 = 22;
const RTA_NH_ID: u16 = 30;
const LWT_BPF_PROG_NAME: u16 = 2;
const ENCAP_BPF: u16 = 6;
/// `RTNH_F_ONLINK`: of the flags the only one that is set, the others are what the kernel found.
const ONLINK: u32 = 4;
const TABLE_MAIN: u32 = 254;
const TABLE_LOCAL: u32 = 255;
const UNICAST: u8 = 1;
const LOCAL: u8 = 2;

/// A route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    header: [u8; RTMSG],
    attributes: Vec<u8>,
    /// The name of the program that it has.
    program: Option<String>,
}

/// Every route of a prefix's family, in every table.
pub(super) fn all(socket: &mut Socket, prefix: Prefix) -> Result<Vec<Found>, Refusal> {
    let mut header = [0; RTMSG];
    header[0] = family(prefix.address);
    let answers = socket.dump(RTM_GETROUTE, Message::new(&header))?;
    let routes = answers.iter().filter(|(kind, _)| *kind == RTM_NEWROUTE);
    Ok(routes.filter_map(|(_, body)| Found::parse(body)).collect())
}

fn family(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => libc::AF_INET as u8,
        IpAddr::V6(_) => libc::AF_INET6 as u8,
    }
}

impl Found {
    /// What follows `struct nlmsghdr`.
    pub(super) fn parse(body: &[u8]) -> Option<Self> {
        let header = body.get(..RTMSG)?.try_into().ok()?;
        let attributes = body.get(RTMSG..)?.to_vec();
        let is_bpf = attribute(&attributes, RTA_ENCAP_TYPE)
            .is_some_and(|kind| kind == ENCAP_BPF.to_ne_bytes().as_slice());
        let program = attribute(&attributes, RTA_ENCAP).filter(|_| is_bpf).and_then(|encap| {
            let hooks = [1, 2, 3].into_iter().filter_map(|hook| attribute(encap, hook));
            hooks.filter_map(|hook| attribute(hook, LWT_BPF_PROG_NAME)).map(sys::text).next()
        });
        Some(Self { header, attributes, program })
    }

    /// As [`Found::parse`] takes them.
    pub(super) fn bytes(&self) -> Vec<u8> {
        [self.header.as_slice(), &self.attributes].concat()
    }

    /// A request for this route without encapsulation.
    pub(super) fn message(&self) -> Message {
        let mut header = self.header;
        let flags = number(&header[8..]).unwrap_or(0) & ONLINK;
        header[8..].copy_from_slice(&flags.to_ne_bytes());
        let ours = [RTA_CACHEINFO, RTA_ENCAP_TYPE, RTA_ENCAP];
        Message::new(&header).with_written(&without(&self.attributes, &ours))
    }

    fn number(&self, kind: u16) -> Option<u32> {
        attribute(&self.attributes, kind).and_then(number)
    }

    /// The interface that it goes through.
    pub(super) fn interface(&self) -> Option<u32> {
        self.number(RTA_OIF)
    }

    fn table(&self) -> u32 {
        self.number(RTA_TABLE).unwrap_or(u32::from(self.header[4]))
    }

    /// Whether it is of the table that is meant if none is named.
    pub(super) fn is_main(&self) -> bool {
        self.table() == TABLE_MAIN
    }

    /// The name of the program that it has.
    pub(super) fn program(&self) -> Option<&String> {
        self.program.as_ref()
    }

    fn prefix(&self) -> Option<Prefix> {
        let is_v4 = i32::from(self.header[0]) == libc::AF_INET;
        let bytes = attribute(&self.attributes, RTA_DST);
        let address = if is_v4 {
            IpAddr::from(bytes.map_or(Some([0_u8; 4]), |bytes| bytes.try_into().ok())?)
        } else {
            IpAddr::from(bytes.map_or(Some([0_u8; 16]), |bytes| bytes.try_into().ok())?)
        };
        Some(Prefix { address, length: self.header[1] })
    }

    /// Whether it is for this prefix, from everywhere.
    pub(super) fn leads_to(&self, prefix: Prefix) -> bool {
        self.prefix() == Some(prefix) && self.header[2] == 0
    }

    /// Whether the kernel takes one for the other when replacing: same table, TOS and metric.
    pub(super) fn is_replaced_with(&self, other: &Self) -> bool {
        let key = |route: &Self| {
            (
                route.prefix(),
                route.table(),
                route.header[3],
                route.number(RTA_PRIORITY).unwrap_or(0),
            )
        };
        key(self) == key(other)
    }

    /// Why it cannot be replaced and restored without loss.
    pub(super) fn obstacle(&self) -> Option<String> {
        let has = |kind| attribute(&self.attributes, kind).is_some();
        // `struct rta_cacheinfo`: the third number is the time that is left.
        let cache = attribute(&self.attributes, RTA_CACHEINFO).and_then(|info| info.get(8..));
        if has(RTA_MULTIPATH) {
            Some("it has several next hops, each of which has an encapsulation of its own".into())
        } else if has(RTA_NH_ID) {
            Some("its next hop is an object (ip nexthop), which has the encapsulation".into())
        } else if !matches!(self.header[7], UNICAST | LOCAL) {
            Some("it leads nowhere (blackhole, unreachable, broadcast or such)".into())
        } else if self.interface().is_none() {
            Some("it goes through no interface".into())
        } else if cache.and_then(number).is_some_and(|left| left != 0) {
            Some("a router announced it for a time, which could not be restored".into())
        } else {
            None
        }
    }

    /// The encapsulation that it has, in words.
    pub(super) fn encapsulation(&self) -> Option<String> {
        let kind = attribute(&self.attributes, RTA_ENCAP_TYPE)?;
        Some(match &self.program {
            Some(program) => format!("the program {program:?}"),
            None => format!("an encapsulation of type {}", kind.first().copied().unwrap_or(0)),
        })
    }

    /// Such as `10.9.0.0/24 via 10.9.0.1 dev eth0 table local metric 7`.
    pub(super) fn describe(&self) -> String {
        let mut text = self.prefix().map_or_else(String::new, |prefix| prefix.to_string());
        if let Some(gateway) = attribute(&self.attributes, RTA_GATEWAY) {
            let v4 = <[u8; 4]>::try_from(gateway).map(IpAddr::from);
            let v6 = <[u8; 16]>::try_from(gateway).map(IpAddr::from);
            if let Ok(gateway) = v4.or(v6) {
                let _ = write!(text, " via {gateway}");
            }
        }
        if let Some(index) = self.interface() {
            let _ = write!(text, " dev {}", Interface::name_of(index));
        }
        match self.table() {
            TABLE_MAIN => {}
            TABLE_LOCAL => text.push_str(" table local"),
            table => {
                let _ = write!(text, " table {table}");
            }
        }
        if let Some(metric) = self.number(RTA_PRIORITY) {
            let _ = write!(text, " metric {metric}");
        }
        text
    }
}
