//! Random expressions in which sets occur: words beyond libpcap's.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::choices::Choices;
use crate::expression::{direction, expression};
use crate::pool::{MACS, PORTS, V4, V6};

/// As [`expression`], with a set in it.
pub fn expression_with_set(choices: &mut Choices<'_>, ethernet: bool) -> String {
    let set = set(choices, ethernet);
    match choices.below(4) {
        0 => set,
        1 => format!("{set} and ({})", expression(choices, ethernet)),
        2 => format!("({}) or {set}", expression(choices, ethernet)),
        _ => format!("not ({set}) and not ({})", expression(choices, ethernet)),
    }
}

fn set(c: &mut Choices<'_>, ethernet: bool) -> String {
    // Few enough for comparisons, and enough for tables.
    let count = c.pick(&[1, 2, 6, 40, 120]);
    let (words, member): (_, fn(&mut Choices<'_>) -> String) = match c.below(6) {
        0 => (c.pick(&["host", "ip host"]), |c| v4(c).to_string()),
        1 => ("net", |c| {
            let length = c.pick(&[8, 16, 20, 24, 28, 32]);
            let network = u32::from(v4(c)) & u32::MAX << (32 - length);
            format!("{}/{length}", Ipv4Addr::from(network))
        }),
        2 => (c.pick(&["host", "ip6 host"]), |c| v6(c).to_string()),
        3 => ("net", |c| {
            let length = c.pick(&[16, 32, 48, 64, 112, 128]);
            let network = u128::from(v6(c)) & u128::MAX << (128 - length);
            format!("{}/{length}", Ipv6Addr::from(network))
        }),
        4 if ethernet => ("ether host", |c| {
            let mut address = c.pick(MACS);
            address[5] = address[5].wrapping_add(c.below(8) as u8);
            address.map(|byte| format!("{byte:02x}")).join(":")
        }),
        _ => (c.pick(&["port", "tcp port", "udp port"]), |c| {
            c.pick(PORTS).saturating_add(c.below(80) as u16).to_string()
        }),
    };
    let members: Vec<String> = (0..count).map(|_| member(c)).collect();
    let (before, last) = words.rsplit_once(' ').map_or(("", words), |(a, b)| (a, b));
    let space = if before.is_empty() { "" } else { " " };
    let not = c.pick(&["", "", "not "]);
    format!("{before}{space}{}{last} {not}in {{{}}}", direction(c), members.join(", "))
}

/// An address of the pool, or one near it.
pub(crate) fn v4(c: &mut Choices<'_>) -> Ipv4Addr {
    Ipv4Addr::from(u32::from_be_bytes(c.pick(V4)).wrapping_add(c.below(64)))
}

pub(crate) fn v6(c: &mut Choices<'_>) -> Ipv6Addr {
    let near = c.below(64);
    Ipv6Addr::from(u128::from(Ipv6Addr::from(c.pick(V6))).wrapping_add(u128::from(near)))
}
