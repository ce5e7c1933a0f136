//! pcap files of every magic, order and version.

use super::{MAGIC_MICRO, MAGIC_NANO, MAGIC_PATCHED};
use crate::error::{Fault, Part};
use crate::link_type::LinkType;
use crate::order::Order;
use crate::packet::Precision::{Micro, Nano};
use crate::reader::Reader;
use crate::samples::{Bytes, ORDERS, Owned, fault, read_all, read_one};

#[test]
fn both_orders_both_precisions() {
    // (magic, precision asked for, fraction that comes out of 123456789)
    let rows = [
        (MAGIC_MICRO, Micro, 123_456_789),
        (MAGIC_MICRO, Nano, 123_456_789_000),
        (MAGIC_NANO, Micro, 123_456),
        (MAGIC_NANO, Nano, 123_456_789),
    ];
    for order in ORDERS {
        for (magic, precision, fraction) in rows {
            let file =
                Bytes::new(order).pcap(magic, 65535, 1).record(1_700_000_000, 123_456_789, b"abc");
            let expected = Owned {
                seconds: 1_700_000_000,
                fraction,
                original_length: 3,
                data: b"abc".to_vec(),
            };
            assert_eq!(read_one(&file.bytes, precision), expected, "{order:?} {magic:#x}");
        }
    }
}

#[test]
fn time_is_signed_only_in_this_machines_order() {
    for order in ORDERS {
        let file = Bytes::new(order).pcap(MAGIC_NANO, 65535, 1).record(u32::MAX, u32::MAX, b"");
        let packet = read_one(&file.bytes, Micro);
        let expected = if order == Order::HOST { (-1, 0) } else { (0xffff_ffff, 4_294_967) };
        assert_eq!((packet.seconds, packet.fraction), expected);
    }
}

#[test]
fn header_fields() {
    // (magic, snapshot length, link word) and what is made of them
    let rows = [
        (MAGIC_MICRO, 96, 1, (LinkType::EN10MB, 0, 96)),
        (MAGIC_MICRO, 0, 1, (LinkType::EN10MB, 0, 262_144)),
        (MAGIC_MICRO, 0x8000_0000, 231, (LinkType::DBUS, 0, 128 << 20)),
        (MAGIC_MICRO, 0x7fff_ffff, 1, (LinkType::EN10MB, 0, 0x7fff_ffff)),
        (MAGIC_MICRO, 96, 0x1400_0065, (LinkType::RAW, 0x1400_0000, 96)),
        (MAGIC_PATCHED, 96, 1, (LinkType::EN10MB, 0, 110)),
        (MAGIC_PATCHED, 0x7fff_ffff, 1, (LinkType::EN10MB, 0, 0x7fff_ffff)),
        (MAGIC_PATCHED, 96, 101, (LinkType::RAW, 0, 96)),
    ];
    for order in ORDERS {
        for (magic, snapshot_length, link_word, expected) in rows {
            let file = Bytes::new(order).pcap(magic, snapshot_length, link_word);
            let reader = Reader::new(&file.bytes[..]).expect("a header");
            let header = reader.header();
            let found = (header.link_type, header.link_flags, header.snapshot_length);
            assert_eq!(found, expected, "{magic:#x} {snapshot_length} {link_word:#x}");
        }
    }
}

#[test]
fn patched_records_are_longer() {
    let file = Bytes::new(Order::Big).pcap(MAGIC_PATCHED, 96, 101);
    let file = file.u32(7).u32(8).u32(2).u32(9).u32(0).u32(0).raw(b"ab");
    let expected = Owned { seconds: 7, fraction: 8, original_length: 9, data: b"ab".to_vec() };
    assert_eq!(read_one(&file.bytes, Micro), expected);
}

#[test]
fn versions_have_the_lengths_in_different_order() {
    // (version, first length, second length) and (captured, on the wire)
    let rows = [
        ((2, 4), (2, 5), (2, 5)),
        ((2, 3), (2, 5), (2, 5)),
        ((2, 3), (5, 2), (2, 5)),
        ((2, 2), (5, 2), (2, 5)),
        ((2, 0), (5, 2), (2, 5)),
        ((543, 0), (5, 2), (2, 5)),
    ];
    for (version, (first, second), (captured, original_length)) in rows {
        let file = Bytes::new(Order::Little).pcap_version(MAGIC_MICRO, version, 96, 1);
        let file = file.u64(0).u32(first).u32(second).raw(b"ab");
        let packet = read_one(&file.bytes, Micro);
        assert_eq!((packet.data.len(), packet.original_length), (captured, original_length));
    }
    for (major, minor) in [(1, 4), (2, 5), (3, 0), (543, 1), (0, 0)] {
        let file = Bytes::new(Order::Little).pcap_version(MAGIC_MICRO, (major, minor), 96, 1);
        assert_eq!(fault(&file.bytes), (0, 4, Fault::Version { major, minor }));
    }
}

#[test]
fn a_packet_longer_than_the_snapshot_length_is_cut() {
    let file = Bytes::new(Order::Little).pcap(MAGIC_MICRO, 4, 1);
    let file = file.record(1, 2, b"0123456789").record(3, 4, b"abc");
    let (packets, error) = read_all(&file.bytes, Micro);
    assert!(error.is_none());
    assert_eq!(packets[0].data, b"0123");
    assert_eq!(packets[0].original_length, 10);
    assert_eq!(packets[1].data, b"abc");
}

#[test]
fn absurd_lengths_are_refused_after_the_packets_before() {
    for (linktype, limit) in [(1, 262_144), (249, 1 << 20), (279, 8 << 20), (231, 128 << 20)] {
        for length in [limit + 1, u32::MAX] {
            let file = Bytes::new(Order::Little).pcap(MAGIC_MICRO, 65535, linktype);
            let file = file.record(1, 2, b"good").u64(0).u32(length).u32(length).raw(&[0; 64]);
            let expected = Fault::CapturedLength { length, limit };
            assert_eq!(fault(&file.bytes), (1, 44, expected));
        }
    }
}

#[test]
fn truncation_anywhere() {
    let file = Bytes::new(Order::Little).pcap(MAGIC_MICRO, 65535, 1);
    let file = file.record(1, 2, b"good").record(3, 4, b"more").bytes;
    assert_eq!(file.len(), 64);
    for length in 0..file.len() {
        let truncated = |part, wanted, found| Fault::Truncated { part, wanted, found };
        let expected = match length as u64 {
            found @ 0..4 => (0, 0, truncated(Part::Magic, 4, found)),
            found @ 4..24 => (0, 0, truncated(Part::FileHeader, 24, found)),
            24 | 44 => {
                let (packets, error) = read_all(&file[..length], Micro);
                assert!(error.is_none());
                assert_eq!(packets.len(), (length - 24) / 20);
                continue;
            }
            at @ 25..40 => (0, 24, truncated(Part::RecordHeader, 16, at - 24)),
            at @ 40..44 => (0, 24, truncated(Part::Record, 20, at - 24)),
            at @ 45..60 => (1, 44, truncated(Part::RecordHeader, 16, at - 44)),
            at => (1, 44, truncated(Part::Record, 20, at - 44)),
        };
        assert_eq!(fault(&file[..length]), expected, "{length} bytes");
    }
}
