//! Which fields are turned around, and which are left.

use super::{to_host_order, usb_original_length};
use crate::link_type::LinkType;
use crate::order::Order;

/// The packet 0, 1, 2 … of `length` bytes with `set` bytes replaced, after the conversion.
fn turned(link_type: LinkType, length: u8, set: &[(usize, u8)], original: u32) -> Vec<u8> {
    let mut data = plain(length, set);
    to_host_order(link_type, &mut data, original);
    data
}

fn plain(length: u8, set: &[(usize, u8)]) -> Vec<u8> {
    let mut data: Vec<u8> = (0..length).collect();
    for &(at, value) in set {
        data[at] = value;
    }
    data
}

/// The same packet with the fields at (offset, length) reversed.
fn reversed(length: u8, set: &[(usize, u8)], fields: &[(usize, usize)]) -> Vec<u8> {
    let mut data = plain(length, set);
    for &(at, length) in fields {
        data[at..at + length].reverse();
    }
    data
}

#[test]
fn packet_filter_log() {
    let ids = [(44, 4), (48, 4), (52, 4), (56, 4)];
    // (header length in the header, captured, on the wire, fields turned)
    let rows =
        [(61, 64, 64, 4), (52, 64, 64, 2), (61, 50, 64, 1), (61, 64, 47, 0), (61, 64, 56, 3)];
    for (header, captured, original, count) in rows {
        let set = [(0, header)];
        assert_eq!(
            turned(LinkType::PFLOG, captured, &set, original),
            reversed(captured, &set, &ids[..count])
        );
    }
    assert!(turned(LinkType::PFLOG, 0, &[], 0).is_empty());
}

#[test]
fn can_frames_in_cooked_captures() {
    for (link_type, protocol, header) in
        [(LinkType::LINUX_SLL, 14, 16), (LinkType::LINUX_SLL2, 0, 20)]
    {
        for (number, captured, original, is_turned) in [
            (0x0c, 40, 40, true),
            (0x0d, 40, 40, true),
            (0x0e, 40, 40, false),
            (0x0c, header as u8 + 3, 40, false),
            (0x0c, 40, header as u32 + 3, false),
        ] {
            let set = [(protocol, 0), (protocol + 1, number)];
            let fields: &[_] = if is_turned { &[(header, 4)] } else { &[] };
            assert_eq!(
                turned(link_type, captured, &set, original),
                reversed(captured, &set, fields),
                "{link_type} {number:#x} {captured} {original}"
            );
        }
    }
    assert_eq!(turned(LinkType::LINUX_SLL, 13, &[], 40), plain(13, &[]));
}

#[test]
fn usb_headers() {
    let common = [(0, 8), (12, 2), (16, 8), (24, 4), (28, 4), (32, 4), (36, 4)];
    let iso = [(40, 4), (44, 4)];
    let second = [(48, 4), (52, 4), (56, 4), (60, 4)];
    let bulk = [(9, 3)];
    assert_eq!(turned(LinkType::USB_LINUX, 70, &bulk, 70), reversed(70, &bulk, &common));
    let set = [(9, 0)];
    let fields = [&common[..], &iso].concat();
    assert_eq!(turned(LinkType::USB_LINUX, 70, &set, 70), reversed(70, &set, &fields));
    assert_eq!(turned(LinkType::USB_LINUX, 43, &set, 70), reversed(43, &set, &common));
    assert_eq!(turned(LinkType::USB_LINUX, 20, &set, 70), reversed(20, &set, &common[..2]));

    let fields = [&common[..], &second].concat();
    assert_eq!(turned(LinkType::USB_LINUX_MMAPPED, 90, &bulk, 90), reversed(90, &bulk, &fields));

    // Two descriptors, as the other byte order writes it; the second is cut.
    let count = if Order::HOST == Order::Little { [0, 0, 0, 2] } else { [2, 0, 0, 0] };
    let set = [(9, 0), (60, count[0]), (61, count[1]), (62, count[2]), (63, count[3])];
    let descriptors = [(64, 4), (68, 4), (72, 4), (80, 4)];
    let fields = [&common[..], &iso, &second, &descriptors].concat();
    assert_eq!(turned(LinkType::USB_LINUX_MMAPPED, 87, &set, 90), reversed(87, &set, &fields));
}

#[test]
fn netfilter_log() {
    let swapped = |value: u16| {
        let [a, b] = value.to_ne_bytes();
        (b, a)
    };
    let (a, b) = swapped(7);
    // version, then an attribute of 7 (padded 8) bytes and one that is cut
    let set = [(1, 0), (4, a), (5, b), (12, a), (13, b)];
    let fields = [(4, 2), (6, 2), (12, 2), (14, 2)];
    assert_eq!(turned(LinkType::NFLOG, 18, &set, 18), reversed(18, &set, &fields));
    assert_eq!(turned(LinkType::NFLOG, 18, &set, 11), reversed(18, &set, &fields[..2]));
    assert_eq!(turned(LinkType::NFLOG, 18, &[], 18), plain(18, &[]), "unknown version");
    for length in [0, 65_533, u16::MAX] {
        let (a, b) = swapped(length);
        let set = [(1, 0), (4, a), (5, b)];
        assert_eq!(turned(LinkType::NFLOG, 18, &set, 18), reversed(18, &set, &fields[..2]));
    }
}

#[test]
fn other_link_types_are_left_alone() {
    assert_eq!(turned(LinkType::EN10MB, 80, &[], 80), plain(80, &[]));
}

/// A finished incoming isochronous transfer with descriptors of (offset, length), and the
/// size of its buffer.
fn transfer(buffer: u32, descriptors: &[(u32, u32)]) -> Vec<u8> {
    let mut data = vec![0; 64];
    data[8] = b'C';
    data[10] = 0x80;
    data[32..36].copy_from_slice(&buffer.to_ne_bytes());
    data[60..64].copy_from_slice(&(descriptors.len() as u32).to_ne_bytes());
    for (offset, length) in descriptors {
        data.extend([0; 4]);
        data.extend(offset.to_ne_bytes());
        data.extend(length.to_ne_bytes());
        data.extend([0; 4]);
    }
    data
}

#[test]
fn length_of_isochronous_transfers() {
    let link_type = LinkType::USB_LINUX_MMAPPED;
    let data = transfer(3000, &[(0, 100), (1000, 20), (2000, 0)]);
    let by_buffer = 64 + 3 * 16 + 3000;
    assert_eq!(usb_original_length(link_type, &data, by_buffer), 64 + 3 * 16 + 1020);
    assert_eq!(usb_original_length(link_type, &data, by_buffer + 1), by_buffer + 1);
    assert_eq!(usb_original_length(LinkType::USB_LINUX, &data, by_buffer), by_buffer);
    assert_eq!(usb_original_length(link_type, &data[..63], by_buffer), by_buffer);
    for (at, value) in [(8, b'S'), (9, 1), (10, 0), (15, 1)] {
        let mut other = data.clone();
        other[at] = value;
        assert_eq!(usb_original_length(link_type, &other, by_buffer), by_buffer, "byte {at}");
    }
    // More was captured than the descriptors account for.
    let mut data = transfer(0, &[(0, 1)]);
    data.extend([0; 50]);
    assert_eq!(usb_original_length(link_type, &data, 64 + 16), 130);
}
