//! Random long lists: many terms that differ in little, which become sets.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::choices::Choices;
use crate::expression::expression;
use crate::pool::{MACS, PORTS, V4, V6};
use crate::set::{v4, v6};

/// What the terms of a list are.
const KINDS: &[fn(&mut Choices<'_>) -> String] =
    &[host, host6, net, net6, port, range, mac, any_host, any_net, anything];

/// The kinds without hardware addresses, for packets that have none.
const NETWORK: &[fn(&mut Choices<'_>) -> String] =
    &[host, host6, net, net6, port, range, any_host, any_net];

/// A list of 20 to 500 terms joined by `or`, or of their negations joined by `and`; now and then
/// with something else around it.
pub fn expression_with_list(choices: &mut Choices<'_>, ethernet: bool) -> String {
    let count = choices.pick(&[20, 21, 33, 60, 120, 500]);
    let kind = choices.pick(if ethernet { KINDS } else { NETWORK });
    let dir = choices.pick(&["", "", "src ", "dst ", "src or dst "]);
    let (not, op) = choices.pick(&[("", " or "), ("", " or "), ("not ", " and ")]);
    // A term that differs from the others ends a list, and begins another.
    let other = choices.one_in(4).then(|| choices.below(count));
    let terms: Vec<String> = (0..count)
        .map(|index| {
            let other = other == Some(index);
            let dir = if other { choices.pick(&["src ", "dst "]) } else { dir };
            let kind = if other { port } else { kind };
            format!("{not}{dir}{}", kind(choices))
        })
        .collect();
    let list = terms.join(op);
    match choices.below(4) {
        0 => format!("({list}) and ({})", expression(choices, ethernet)),
        1 => format!("({}) or ({list})", expression(choices, ethernet)),
        _ => list,
    }
}

fn host(c: &mut Choices<'_>) -> String {
    let address = if c.one_in(8) { Ipv4Addr::from(c.pick(V4)) } else { v4(c) };
    format!("host {address}")
}

fn host6(c: &mut Choices<'_>) -> String {
    let address = if c.one_in(8) { Ipv6Addr::from(c.pick(V6)) } else { v6(c) };
    format!("host {address}")
}

fn net(c: &mut Choices<'_>) -> String {
    let length = c.pick(&[9, 16, 20, 24, 28, 31, 32]);
    let moved = v4(c).to_bits().wrapping_add(c.below(2000) << 20);
    format!("net {}/{length}", Ipv4Addr::from_bits(moved & u32::MAX << (32 - length)))
}

/// The prefixes leave no word of an address out: libpcap 1.10 loads it all the same, 1.11 does not.
fn net6(c: &mut Choices<'_>) -> String {
    let length = c.pick(&[97, 104, 112, 120, 124, 127, 128]);
    let moved = v6(c).to_bits() ^ u128::from(c.below(1 << 20)) << c.pick(&[0, 8, 40, 64]);
    format!("net {}/{length}", Ipv6Addr::from_bits(moved & u128::MAX << (128 - length)))
}

fn number(c: &mut Choices<'_>) -> u16 {
    c.pick(PORTS).wrapping_add(c.below(300) as u16)
}

fn port(c: &mut Choices<'_>) -> String {
    format!("port {}", number(c))
}

fn range(c: &mut Choices<'_>) -> String {
    let (low, more) = (number(c), c.below(40) as u16);
    format!("portrange {low}-{}", low.saturating_add(more))
}

fn mac(c: &mut Choices<'_>) -> String {
    let mut address = c.pick(MACS);
    address[5] = address[5].wrapping_add(c.below(200) as u8);
    format!("ether host {}", address.map(|byte| format!("{byte:02x}")).join(":"))
}

fn any_host(c: &mut Choices<'_>) -> String {
    if c.one_in(2) { host(c) } else { host6(c) }
}

fn any_net(c: &mut Choices<'_>) -> String {
    if c.one_in(2) { net(c) } else { net6(c) }
}

fn anything(c: &mut Choices<'_>) -> String {
    let kind = c.pick(&[host, host6, net, net6, port, range, mac]);
    kind(c)
}
