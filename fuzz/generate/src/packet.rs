//! Random packets: plausible header stacks, now and then cut short or damaged.

use crate::choices::Choices;
use crate::pool::{ETHER_TYPES, IDS, MACS, PORTS, PROTOCOLS, V4, V6};

/// A random packet that begins with an Ethernet header (`ethernet`) or with an IP header.
pub fn packet(choices: &mut Choices<'_>, ethernet: bool) -> Vec<u8> {
    let c = choices;
    let mut bytes = Vec::with_capacity(128);
    if ethernet {
        frame(c, &mut bytes, 2);
    } else if c.one_in(12) {
        garbage(c, &mut bytes, 40);
    } else {
        network(c, &mut bytes, 2);
    }
    damage(c, &mut bytes);
    bytes
}

fn garbage(c: &mut Choices<'_>, bytes: &mut Vec<u8>, most: u32) {
    for _ in 0..c.below(most) {
        bytes.push(c.word() as u8);
    }
}

fn damage(c: &mut Choices<'_>, bytes: &mut Vec<u8>) {
    if c.one_in(3) {
        bytes.truncate(c.below(bytes.len() as u32 + 1) as usize);
    }
    if c.one_in(3) && !bytes.is_empty() {
        let at = c.below(bytes.len() as u32) as usize;
        bytes[at] = c.word() as u8;
    }
}

fn frame(c: &mut Choices<'_>, bytes: &mut Vec<u8>, nesting: u32) {
    bytes.extend(c.pick(MACS));
    bytes.extend(c.pick(MACS));
    // Bounded, since a fuzzer's choices run out into zeros.
    for _ in 0..3 {
        if !c.one_in(4) {
            break;
        }
        bytes.extend(c.pick(&[0x8100u16, 0x88a8, 0x9100]).to_be_bytes());
        let id = c.pick(IDS) as u16 | (c.below(16) as u16) << 12;
        bytes.extend(id.to_be_bytes());
    }
    match c.below(12) {
        0 => {
            bytes.extend([0x08, 0x06]);
            arp(c, bytes);
        }
        1 => {
            bytes.extend([0x88, 0x47]);
            for depth in 0..4 {
                let bottom = depth == 3 || !c.one_in(3);
                let entry = c.pick(IDS) << 12 | u32::from(bottom) << 8 | 64;
                bytes.extend(entry.to_be_bytes());
                if bottom {
                    break;
                }
            }
            network(c, bytes, nesting);
        }
        2 => {
            bytes.extend([0x88, 0x64, 0x11, 0x00]);
            bytes.extend((c.pick(IDS) as u16).to_be_bytes());
            bytes.extend([0, 40]);
            let inner = c.pick(&[0x0021u16, 0x0057, 0xc021]);
            bytes.extend(inner.to_be_bytes());
            network(c, bytes, nesting);
        }
        3 => {
            // 802.3 with LLC, sometimes SNAP.
            bytes.extend((c.below(1600) as u16).to_be_bytes());
            let sap = c.pick(&[0xaau8, 0xfe, 0x42, 0xf0, 0xe0, 0xff]);
            bytes.extend([sap, sap, c.pick(&[0x03, 0x00, 0x01, 0x7f])]);
            let oui = c.pick(&[[0u8, 0, 0], [8, 0, 7]]);
            bytes.extend(oui);
            bytes.extend(c.pick(ETHER_TYPES).to_be_bytes());
            garbage(c, bytes, 40);
        }
        4 => {
            bytes.extend(c.pick(ETHER_TYPES).to_be_bytes());
            garbage(c, bytes, 60);
        }
        5..=7 => {
            bytes.extend([0x86, 0xdd]);
            ipv6(c, bytes, nesting);
        }
        _ => {
            bytes.extend([0x08, 0x00]);
            ipv4(c, bytes, nesting);
        }
    }
}

fn arp(c: &mut Choices<'_>, bytes: &mut Vec<u8>) {
    bytes.extend([0, 1, 8, 0, 6, 4, 0, 1 + c.below(4) as u8]);
    bytes.extend(c.pick(MACS));
    bytes.extend(c.pick(V4));
    bytes.extend(c.pick(MACS));
    bytes.extend(c.pick(V4));
}

fn network(c: &mut Choices<'_>, bytes: &mut Vec<u8>, nesting: u32) {
    if c.one_in(3) { ipv6(c, bytes, nesting) } else { ipv4(c, bytes, nesting) }
}

fn ipv4(c: &mut Choices<'_>, bytes: &mut Vec<u8>, nesting: u32) {
    let ihl = if c.one_in(4) { c.below(16) as u8 } else { 5 };
    let version = if c.one_in(20) { 6 } else { 4 };
    let protocol = c.pick(PROTOCOLS);
    let fragment: u16 = c.pick(&[0, 0, 0, 0x4000, 0x2000, 0x2001, 0x1fff, 0x0001]);
    bytes.extend([version << 4 | ihl, 0]);
    bytes.extend((20 + c.below(1500) as u16).to_be_bytes());
    bytes.extend((c.word() as u16).to_be_bytes());
    bytes.extend(fragment.to_be_bytes());
    bytes.extend([64, protocol, 0, 0]);
    bytes.extend(c.pick(V4));
    bytes.extend(c.pick(V4));
    for _ in 5..ihl {
        bytes.extend([1, 1, 1, c.below(2) as u8]);
    }
    transport(c, bytes, protocol, nesting);
}

fn ipv6(c: &mut Choices<'_>, bytes: &mut Vec<u8>, nesting: u32) {
    let mut next = c.pick(PROTOCOLS);
    bytes.extend([0x60, 0, 0, 0]);
    bytes.extend((c.below(1500) as u16).to_be_bytes());
    bytes.extend([next, 64]);
    for _ in 0..2 {
        bytes.extend(c.pick(V6).iter().flat_map(|word| word.to_be_bytes()));
    }
    for _ in 0..3 {
        if !matches!(next, 0 | 43 | 44 | 51 | 60) {
            break;
        }
        let here = std::mem::replace(&mut next, c.pick(PROTOCOLS));
        let units = if here == 44 { 0 } else { c.below(3) as u8 };
        bytes.extend([next, units]);
        let length =
            if here == 51 { 4 * (usize::from(units) + 2) } else { 8 * (usize::from(units) + 1) };
        bytes.extend(std::iter::repeat_n(0, length - 2));
    }
    transport(c, bytes, next, nesting);
}

fn transport(c: &mut Choices<'_>, bytes: &mut Vec<u8>, protocol: u8, nesting: u32) {
    let (source, target) = (c.pick(PORTS), c.pick(PORTS));
    match protocol {
        6 => {
            bytes.extend(source.to_be_bytes());
            bytes.extend(target.to_be_bytes());
            bytes.extend([0, 0, 0, 1, 0, 0, 0, 2, 0x50, c.word() as u8, 0x20, 0, 0, 0, 0, 0]);
        }
        17 => {
            bytes.extend(source.to_be_bytes());
            bytes.extend(target.to_be_bytes());
            bytes.extend([0, 40, 0, 0]);
            match target {
                6081 => {
                    bytes.extend([0, 0, 0x65, 0x58]);
                    bytes.extend((c.pick(IDS) << 8).to_be_bytes());
                }
                4789 => {
                    bytes.extend([8, 0, 0, 0]);
                    bytes.extend((c.pick(IDS) << 8).to_be_bytes());
                }
                _ => {}
            }
            if matches!(target, 6081 | 4789) && nesting > 0 {
                frame(c, bytes, nesting - 1);
            }
        }
        132 => {
            bytes.extend(source.to_be_bytes());
            bytes.extend(target.to_be_bytes());
            bytes.extend([0; 8]);
        }
        _ => bytes.extend([c.below(20) as u8, 0, 0, 0]),
    }
    garbage(c, bytes, 40);
}
