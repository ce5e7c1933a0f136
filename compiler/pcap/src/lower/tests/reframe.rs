//! Other link headers in front of what Ethernet frames carry.

use super::packets::Captured;
use crate::lower::LinkType;
use crate::lower::link::{Prefix, Start, TypeField};

/// Behind the link header of `link`, what an Ethernet frame carries; the frame's own bytes fill
/// what nothing else is known of. `None` of Ethernet itself and of link types without payload.
pub(super) fn reframed(frame: &Captured, link: LinkType) -> Option<Captured> {
    let (&kind, payload) = frame.data.get(12..)?.split_first_chunk::<2>()?;
    let row = link.row();
    if link == LinkType::Ethernet || row.types == TypeField::Unknown {
        return None;
    }
    let filling = |length| frame.data.iter().copied().cycle().take(length).collect::<Vec<u8>>();
    let mut header = match row.header {
        Start::At(at) => filling(at as usize),
        Start::Behind(prefix) => radio(prefix, frame.data[0]),
    };
    let base = header.len();
    let behind = match row.payload {
        Start::At(at) if at < 100 => at as usize,
        Start::Behind(Prefix::Pflog) => 48 + usize::from(frame.data[0] & 31),
        Start::Behind(_) => base + 24,
        Start::At(_) => 12,
    };
    header.extend(filling(behind.saturating_sub(base)));
    let kind = u16::from_be_bytes(kind);
    let at = row.type_at as usize;
    match row.types {
        TypeField::Ethernet | TypeField::EtherType | TypeField::Hdlc => {
            write(&mut header, at, &kind.to_be_bytes());
        }
        TypeField::Cooked => {
            write(&mut header, 0, &[0, frame.data[0] & 4]);
            let kind = if kind <= 1500 { 4 } else { kind };
            write(&mut header, at, &kind.to_be_bytes());
        }
        TypeField::HostFamily | TypeField::Family => {
            let family = u32::from(family(kind, frame.data[0]));
            let swap = row.types == TypeField::HostFamily && frame.data[1] & 1 == 0;
            let family = if swap { family.to_le_bytes() } else { family.to_be_bytes() };
            write(&mut header, at, &family);
        }
        TypeField::ByteFamily => {
            write(&mut header, at, &family(kind, frame.data[0]).to_be_bytes()[1..]);
            write(&mut header, 0, &[48 + (frame.data[0] & 31)]);
            write(&mut header, 60, &[frame.data[1] & 3]);
        }
        TypeField::SolarisFamily => {
            write(&mut header, at, &[if kind == 0x86dd { 26 } else { 2 }, 0, 1 + (kind as u8 & 1)]);
        }
        TypeField::Ppp | TypeField::PppCompressed => {
            let number: u16 = match kind {
                0x0800 => [0x21, 0x21, 0x2d, 0x2f][usize::from(frame.data[0] & 3)],
                0x86dd => 0x57,
                0x8847 => 0x0281,
                other => other,
            };
            write(&mut header, at, &number.to_be_bytes());
        }
        TypeField::Arcnet => {
            let code = match kind {
                0x0800 => 212,
                0x0806 => 213,
                0x86dd => 196,
                0x809b => 221,
                _ => 214,
            };
            write(&mut header, at, &[code]);
        }
        TypeField::FrameRelay => {
            let nlpid = match kind {
                0x0800 => 0xcc,
                0x86dd => 0x8e,
                _ => 0x81 + (frame.data[0] & 3),
            };
            header.extend([0x18, 0x41, 3, nlpid]);
        }
        TypeField::Juniper => write(&mut header, 0, &[0x4d, 0x47, 0x43, frame.data[0] & 1]),
        TypeField::Llc => snap(&mut header, kind),
        TypeField::WlanData => {
            let control = [0x08, 0x88, 0x00, 0x80, 0x04, 0xd4, 0xc4, 0x0c];
            header[base] = control[usize::from(frame.data[0] & 7)];
            header[base + 1] = frame.data[1] & 3;
            if header[base] == 0x88 {
                header.extend([0, 0]);
            }
            snap(&mut header, kind);
        }
        TypeField::AtmLlc => {
            write(&mut header, 0, &[frame.data[0] & 3, frame.data[1] & 1, 0, frame.data[2] & 7]);
            if frame.data[0] & 3 == 1 {
                header.extend([0, frame.data[3]]);
                header.extend(&frame.data[..14]);
            } else {
                snap(&mut header, kind);
            }
        }
        TypeField::Version | TypeField::Always(_) | TypeField::Unknown => {}
    }
    let length = frame.length.checked_sub(14)? + header.len() as u32;
    Some(Captured { data: [header.as_slice(), payload].concat(), length })
}

/// Writes over what is there.
fn write(bytes: &mut Vec<u8>, at: usize, over: &[u8]) {
    if bytes.len() < at + over.len() {
        bytes.resize(at + over.len(), 0);
    }
    bytes[at..at + over.len()].copy_from_slice(over);
}

/// An LLC header with SNAP; lengths have an LLC header behind them already.
fn snap(header: &mut Vec<u8>, kind: u16) {
    if kind > 1500 {
        header.extend([0xaa, 0xaa, 3, 0, 0, 0]);
        header.extend(kind.to_be_bytes());
    }
}

fn family(kind: u16, choice: u8) -> u16 {
    match kind {
        0x0800 => 2,
        0x86dd => [10, 24, 28, 30][usize::from(choice & 3)],
        other => other,
    }
}

/// Something in front of an 802.11 frame.
fn radio(prefix: Prefix, choice: u8) -> Vec<u8> {
    match prefix {
        Prefix::Prism if choice & 1 == 0 => vec![0; 144],
        Prefix::Prism | Prefix::Avs => {
            let mut header = vec![0x80, 0x21, 0x10, 1, 0, 0, 0, 64];
            header.resize(64, choice);
            header
        }
        Prefix::Ppi => vec![0, 0, 8, 0, if choice & 3 == 3 { 1 } else { 105 }, 0, 0, 0],
        // Flags with and without a time before them, with and without padding.
        _ if choice & 1 == 0 => vec![0, 0, 9, 0, 2, 0, 0, 0, choice & 0x20],
        _ => {
            let mut header = vec![0, 0, 17, 0, 3, 0, 0, choice & 0x80];
            header.resize(16, 0);
            header.push(choice & 0x20);
            header
        }
    }
}
