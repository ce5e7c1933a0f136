//! Random filter expressions. Most are valid on the link type; all are made of the language's
//! words.

use std::fmt::Write as _;

use crate::choices::Choices;
use crate::pool::{ETHER_TYPES, IDS, MACS, PORTS, PROTOCOLS, V4, V6};

/// A random expression for packets that begin with an Ethernet header (`ethernet`) or with an IP
/// header.
pub fn expression(choices: &mut Choices<'_>, ethernet: bool) -> String {
    let depth = choices.below(4);
    any(choices, ethernet, depth)
}

fn any(c: &mut Choices<'_>, ethernet: bool, depth: u32) -> String {
    if depth == 0 {
        return primitive(c, ethernet);
    }
    let depth = depth - 1;
    match c.below(6) {
        0 => format!("not {}", group(c, ethernet, depth)),
        1 | 2 => format!("{} and {}", any(c, ethernet, depth), group(c, ethernet, depth)),
        3 | 4 => format!("{} or {}", any(c, ethernet, depth), group(c, ethernet, depth)),
        _ => primitive(c, ethernet),
    }
}

fn group(c: &mut Choices<'_>, ethernet: bool, depth: u32) -> String {
    let inner = any(c, ethernet, depth);
    if depth == 0 { inner } else { format!("({inner})") }
}

fn primitive(c: &mut Choices<'_>, ethernet: bool) -> String {
    match c.below(if ethernet { 15 } else { 10 }) {
        // What is false of every packet, as ARP is behind an IP header, libpcap 1.10 tests and
        // 1.11 does not.
        0 if ethernet && c.one_in(4) => c.pick(&["arp", "rarp"]).to_owned(),
        0 => c
            .pick(&[
                "ip", "ip6", "tcp", "udp", "icmp", "icmp6", "sctp", "igmp", "ah", "esp", "pim",
                "vrrp", "igrp",
            ])
            .to_owned(),
        1 | 2 => host(c, ethernet),
        3 => net(c),
        4 | 5 => port(c),
        6 => format!("{} {}", c.pick(&["ip proto", "ip6 proto", "proto"]), c.pick(PROTOCOLS)),
        7 | 8 => relation(c, ethernet),
        9 => length(c),
        10 => mac(c),
        11 => format!("ether proto 0x{:04x}", c.pick(ETHER_TYPES)),
        12 => tunnel(c),
        13 => c
            .pick(&[
                "broadcast",
                "multicast",
                "ip6 multicast",
                "ether broadcast",
                "stp",
                "ipx",
                "atalk",
                "aarp",
                "netbeui",
                "iso",
                "decnet",
                "lat",
                "llc",
            ])
            .to_owned(),
        _ => format!(
            "{} {}",
            c.pick(&["ip protochain", "ip6 protochain", "protochain"]),
            c.pick(PROTOCOLS)
        ),
    }
}

pub(crate) fn direction(c: &mut Choices<'_>) -> &'static str {
    c.pick(&["", "", "src ", "dst ", "src or dst ", "src and dst "])
}

fn host(c: &mut Choices<'_>, ethernet: bool) -> String {
    if c.one_in(3) {
        let proto = c.pick(&["", "ip6 "]);
        format!("{proto}{}host {}", direction(c), v6(c))
    } else {
        let proto = if ethernet { c.pick(&["", "", "ip ", "arp "]) } else { c.pick(&["", "ip "]) };
        format!("{proto}{}host {}", direction(c), v4(c))
    }
}

fn v4(c: &mut Choices<'_>) -> String {
    c.pick(V4).map(|b| b.to_string()).join(".")
}

fn v6(c: &mut Choices<'_>) -> String {
    let [a, b, ..] = c.pick(V6);
    let last = c.pick(V6)[7];
    format!("{a:x}:{b:x}::{last:x}")
}

/// The prefixes leave no word of an address out: libpcap 1.10 loads it all the same, 1.11 does not.
fn net(c: &mut Choices<'_>) -> String {
    if c.one_in(3) {
        let [a, b, ..] = c.pick(V6);
        format!("{}net {a:x}:{b:x}::/{}", direction(c), c.pick(&[97, 112, 128]))
    } else {
        let prefix = c.pick(&[8u32, 16, 24, 31, 32, 4]);
        let word = u32::from_be_bytes(c.pick(V4)) & !u32::MAX.checked_shr(prefix).unwrap_or(0);
        let dotted = word.to_be_bytes().map(|b| b.to_string()).join(".");
        format!("{}net {dotted}/{prefix}", direction(c))
    }
}

fn port(c: &mut Choices<'_>) -> String {
    let proto = c.pick(&["", "tcp ", "udp ", "sctp "]);
    let direction = direction(c);
    if c.one_in(3) {
        let (a, b) = (c.pick(PORTS), c.pick(PORTS));
        format!("{proto}{direction}portrange {}-{}", a.min(b), a.max(b))
    } else {
        format!("{proto}{direction}port {}", c.pick(PORTS))
    }
}

fn mac(c: &mut Choices<'_>) -> String {
    let address = c.pick(MACS).map(|b| format!("{b:02x}")).join(":");
    format!(
        "ether {} {address}",
        c.pick(&["host", "src", "dst", "src or dst host", "src and dst host"])
    )
}

fn length(c: &mut Choices<'_>) -> String {
    let bound = c.pick(&[0u32, 14, 20, 34, 42, 54, 60, 64, 100, 1500, 0xffff_ffff]);
    match c.below(3) {
        0 => format!("less {bound}"),
        1 => format!("greater {bound}"),
        _ => format!("len {} {bound}", relop(c)),
    }
}

fn tunnel(c: &mut Choices<'_>) -> String {
    let mut text = c.pick(&["vlan", "vlan", "mpls", "pppoes", "pppoed", "geneve"]).to_owned();
    if text != "pppoed" && c.one_in(2) {
        let _ = write!(text, " {}", c.pick(IDS));
    }
    text
}

fn relop(c: &mut Choices<'_>) -> &'static str {
    c.pick(&["=", "!=", "<", "<=", ">", ">="])
}

fn relation(c: &mut Choices<'_>, ethernet: bool) -> String {
    let depth = c.below(3);
    // A relation of constants alone libpcap 1.10 evaluates on the packet, and 1.11 at once.
    let mut left = accessor(c, ethernet, 0);
    if depth > 0 {
        let op = c.pick(&["+", "-", "*", "&", "|", "^"]);
        left = format!("({left} {op} {})", arithmetic(c, ethernet, depth - 1));
    }
    // libpcap 1.10 and 1.11 ask for the protocols of both sides in different orders, which shows
    // on short packets: the right side here asks for none.
    let right = match c.below(4) {
        0 => "len".to_owned(),
        1 if ethernet => format!("ether[{}:{}]", c.below(20), c.pick(&[1, 2, 4])),
        _ => number(c),
    };
    format!("{left} {} {right}", relop(c))
}

fn arithmetic(c: &mut Choices<'_>, ethernet: bool, depth: u32) -> String {
    match if depth == 0 { c.below(2) } else { c.below(6) } {
        0 => number(c),
        1 => accessor(c, ethernet, 0),
        2 => accessor(c, ethernet, depth - 1),
        3 => "len".to_owned(),
        _ => {
            let left = arithmetic(c, ethernet, depth - 1);
            let op = c.pick(&["+", "-", "*", "/", "&", "|", "<<", ">>", "%", "^"]);
            // A constant zero divisor and a constant shift of 32 or more do not compile.
            let right = match op {
                "/" | "%" | "<<" | ">>" if c.one_in(2) => (1 + c.below(31)).to_string(),
                "/" | "%" | "<<" | ">>" => accessor(c, ethernet, 0),
                _ => arithmetic(c, ethernet, depth - 1),
            };
            format!("({left} {op} {right})")
        }
    }
}

fn number(c: &mut Choices<'_>) -> String {
    match c.below(4) {
        0 => c.below(16).to_string(),
        1 => format!("0x{:x}", c.below(256)),
        2 => c.pick(PORTS).to_string(),
        _ => {
            c.pick(&["0xffffffff", "0x80000000", "0x7fffffff", "0x0a000001", "6", "17"]).to_owned()
        }
    }
}

fn accessor(c: &mut Choices<'_>, ethernet: bool, depth: u32) -> String {
    let proto = if ethernet && c.one_in(4) {
        c.pick(&["ether", "arp", "link"])
    } else {
        c.pick(&["ip", "ip6", "tcp", "udp", "icmp", "icmp6", "sctp", "igmp"])
    };
    let index = if depth == 0 {
        match c.below(8) {
            0 => "tcpflags".to_owned(),
            1 => c.below(2000).to_string(),
            _ => c.below(40).to_string(),
        }
    } else if c.one_in(4) {
        // What lies behind a header whose length is here.
        format!("(({} & 0xf) << 2) + {}", accessor(c, ethernet, depth - 1), c.below(4))
    } else {
        arithmetic(c, ethernet, depth)
    };
    let size = c.pick(&["", "", ":1", ":2", ":4"]);
    format!("{proto}[{index}{size}]")
}
