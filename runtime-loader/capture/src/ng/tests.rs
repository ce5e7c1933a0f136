//! pcapng files: blocks, clocks, sections, faults.

use super::{BYTE_ORDER_MAGIC, EPB, IDB, LARGEST_BLOCK, LARGEST_SECTION_HEADER, PB, SHB};
use crate::error::{Fault, Part};
use crate::link_type::LinkType;
use crate::order::Order::{self, Big, Little};
use crate::packet::Precision::{self, Micro, Nano};
use crate::reader::Reader;
use crate::samples::{Bytes, ORDERS, Owned, fault, read_all, read_one};

const TSRESOL: u16 = 9;
const TSOFFSET: u16 = 14;

/// A section and one Ethernet interface.
fn ethernet(order: Order) -> Bytes {
    Bytes::new(order).section().interface(1, 65535, &[])
}

fn owned(seconds: i64, fraction: i64, original_length: u32, data: &[u8]) -> Owned {
    Owned { seconds, fraction, original_length, data: data.to_vec() }
}

#[test]
fn the_three_packet_blocks() {
    for order in ORDERS {
        let file = ethernet(order)
            .enhanced(0, 5_000_000_000_000_007, b"enhanced")
            .simple(6, b"simple")
            .block(PB, |b| b.u16(0).u16(9).u32(0).u32(3_000_001).u32(3).u32(99).raw(b"old"));
        let expected = [
            owned(5_000_000_000, 7, 8, b"enhanced"),
            owned(0, 0, 6, b"simple"),
            owned(3, 1, 99, b"old"),
        ];
        let (packets, error) = read_all(&file.bytes, Micro);
        assert!(error.is_none(), "{error:?}");
        assert_eq!(packets, expected, "{order:?}");
    }
}

#[test]
fn header_is_the_first_interfaces() {
    for order in ORDERS {
        let file = Bytes::new(order).section().interface(101, 0, &[]);
        let reader = Reader::new(&file.bytes[..]).expect("a header");
        assert_eq!(reader.header().link_type, LinkType::RAW);
        assert_eq!(reader.header().snapshot_length, 262_144);
    }
}

#[test]
fn clocks() {
    // (if_tsresol, time stamp, precision asked for, seconds, fraction)
    let rows: [(u8, u64, Precision, i64, i64); 14] = [
        (6, 12_345_678, Micro, 12, 345_678),
        (6, 12_345_678, Nano, 12, 345_678_000),
        (9, 12_345_678_999, Micro, 12, 345_678),
        (9, 12_345_678_999, Nano, 12, 345_678_999),
        (0, 7, Micro, 7, 0),
        (3, 7_001, Micro, 7, 1_000),
        (12, 7_000_001_999_999, Micro, 7, 1),
        (19, u64::MAX, Nano, 1, 844_674_407),
        (0x80, 7, Nano, 7, 0),
        (0x81, 7, Micro, 3, 500_000),
        (0x94, (7 << 20) + 1, Micro, 7, 0),
        (0x94, (7 << 20) + 1, Nano, 7, 953),
        (0xa0, (7 << 32) + (1 << 31), Nano, 7, 500_000_000),
        // 2^62 units times 10^6 overflows 64 bits, and libpcap lets it.
        (0xbf, 1 << 62, Micro, 0, 0),
    ];
    for order in ORDERS {
        for (resolution, stamp, precision, seconds, fraction) in rows {
            let file = Bytes::new(order).section();
            let file =
                file.interface(1, 65535, &[(2, b"eth0"), (TSRESOL, &[resolution]), (0, b"")]);
            let packet = read_one(&file.enhanced(0, stamp, b"").bytes, precision);
            let found = (packet.seconds, packet.fraction);
            assert_eq!(found, (seconds, fraction), "{resolution:#x} {stamp} {precision:?}");
        }
    }
}

#[test]
fn clock_offset() {
    for (order, offset) in [(Little, (-5i64).to_le_bytes()), (Big, (-5i64).to_be_bytes())] {
        let file = Bytes::new(order).section().interface(1, 65535, &[(TSOFFSET, &offset)]);
        assert_eq!(read_one(&file.enhanced(0, 8_000_000, b"").bytes, Micro).seconds, 3);
    }
}

#[test]
fn a_simple_packet_is_as_long_as_the_snapshot_length() {
    let file = Bytes::new(Little).section().interface(1, 4, &[]).simple(60, b"0123");
    assert_eq!(read_one(&file.bytes, Micro), owned(0, 0, 60, b"0123"));
}

#[test]
fn unknown_blocks_are_skipped_and_sections_begin_anew() {
    let file = Bytes::new(Big)
        .section()
        .block(5, |b| b.raw(b"statistics"))
        .interface(1, 65535, &[])
        .interface(1, 65535, &[(TSRESOL, &[0])])
        .block(0x8000_0001, |b| b.raw(b"private"))
        .enhanced(1, 3, b"seconds")
        .section()
        .interface(1, 65535, &[])
        .enhanced(0, 3, b"microseconds");
    let (packets, error) = read_all(&file.bytes, Micro);
    assert!(error.is_none(), "{error:?}");
    assert_eq!(packets, [owned(3, 0, 7, b"seconds"), owned(0, 3, 12, b"microseconds")]);

    let file = file.section().enhanced(0, 3, b"without interface");
    let expected = Fault::UnknownInterface { interface: 0, described: 0 };
    assert_eq!(fault(&file.bytes).2, expected);
}

#[test]
fn no_section_header() {
    let text = b"\n\r\r\nThis is a text file of many lines";
    assert_eq!(fault(text), (0, 0, Fault::UnknownFormat));
    assert_eq!(fault(&text[..8]), (0, 0, Fault::UnknownFormat));
    for (length, least, most) in [(24, 28, LARGEST_SECTION_HEADER), (1 << 21, 28, 1 << 20)] {
        let file = Bytes::new(Little).u32(SHB).u32(length).u32(BYTE_ORDER_MAGIC);
        assert_eq!(fault(&file.bytes), (0, 4, Fault::BlockLength { length, least, most }));
    }
    let file = Bytes::new(Big).block(SHB, |b| b.u32(BYTE_ORDER_MAGIC).u16(1).u16(1).u64(0));
    assert_eq!(fault(&file.bytes), (0, 12, Fault::Version { major: 1, minor: 1 }));
}

/// What is appended to [`ethernet`], and the fault.
fn faults() -> Vec<(Bytes, Fault)> {
    let good = || ethernet(Little);
    let option = |code: u16, value: &[u8]| good().interface(1, 65535, &[(code, value)]);
    let length = |option, length, wanted| Fault::OptionLength { option, length, wanted };
    let version = Fault::Version { major: 2, minor: 0 };
    let most = LARGEST_BLOCK;
    vec![
        (good().u32(7).u32(8), Fault::BlockLength { length: 8, least: 12, most }),
        (good().u32(7).u32(u32::MAX), Fault::BlockLength { length: u32::MAX, least: 12, most }),
        (good().u32(7).u32(14), Fault::UnalignedBlock { length: 14 }),
        (good().u32(7).u32(12).u32(16), Fault::BlockTrailer { header: 12, trailer: 16 }),
        (good().u32(7), Fault::Truncated { part: Part::BlockHeader, wanted: 8, found: 4 }),
        (good().u32(7).u32(16), Fault::Truncated { part: Part::Block, wanted: 16, found: 8 }),
        (good().block(EPB, |b| b.u64(0)), Fault::ShortBlock { kind: EPB }),
        (
            good().block(EPB, |b| b.u32(0).u64(0).u32(5).u32(5).raw(b"abc")),
            Fault::ShortBlock { kind: EPB },
        ),
        (
            good().block(EPB, |b| b.u32(0).u64(0).u32(65536).u32(65536)),
            Fault::CapturedLength { length: 65536, limit: 65535 },
        ),
        (good().enhanced(1, 0, b""), Fault::UnknownInterface { interface: 1, described: 1 }),
        (
            good().interface(101, 65535, &[]),
            Fault::LinkTypeChange { first: LinkType::EN10MB, linktype: 101 },
        ),
        (good().interface(1, 96, &[]), Fault::SnapshotLengthChange { first: 65535, now: 96 }),
        (good().block(IDB, |b| b.u32(1)), Fault::ShortBlock { kind: IDB }),
        (good().block(IDB, |b| b.u32(1).u32(65535).u16(1).u16(9)), Fault::ShortBlock { kind: IDB }),
        (option(0, b"x"), length("opt_endofopt", 1, 0)),
        (option(TSRESOL, b""), length("if_tsresol", 0, 1)),
        (option(TSOFFSET, b"1234"), length("if_tsoffset", 4, 8)),
        (option(TSRESOL, &[20]), Fault::Resolution { base: 10, exponent: 20 }),
        (option(TSRESOL, &[0xc0]), Fault::Resolution { base: 2, exponent: 64 }),
        (
            good().interface(1, 65535, &[(TSRESOL, &[6]), (TSRESOL, &[6])]),
            Fault::RepeatedOption { option: "if_tsresol" },
        ),
        (good().block(SHB, |b| b.u64(0).u64(0)), Fault::ByteOrderMagic { found: 0 }),
        (
            good().block(SHB, |b| b.u32(BYTE_ORDER_MAGIC.swap_bytes()).u32(0).u64(0)),
            Fault::ByteOrderChange,
        ),
        (good().block(SHB, |b| b.u32(BYTE_ORDER_MAGIC).u16(2).u16(0).u64(0)), version),
    ]
}

#[test]
fn faults_are_found_at_their_block() {
    let before = ethernet(Little).bytes.len() as u64;
    for (file, expected) in faults() {
        assert_eq!(fault(&file.bytes), (0, before, expected.clone()), "{expected}");
    }
}

#[test]
fn faults_before_the_first_interface() {
    let section = Bytes::new(Little).section();
    let at = section.bytes.len() as u64;
    assert_eq!(fault(&section.bytes), (0, at, Fault::NoInterface));
    let packet = section.enhanced(0, 0, b"");
    assert_eq!(fault(&packet.bytes), (0, at, Fault::PacketBeforeInterface));
}

#[test]
fn a_second_raw_interface_must_be_numbered_as_libpcap_wants() {
    let file = |linktype| {
        let file = Bytes::new(Little).section().interface(101, 65535, &[]);
        file.interface(linktype, 65535, &[]).enhanced(1, 0, b"")
    };
    assert_eq!(read_all(&file(12).bytes, Micro).0.len(), 1);
    let expected = Fault::LinkTypeChange { first: LinkType::RAW, linktype: 101 };
    assert_eq!(fault(&file(101).bytes).2, expected);
}

#[test]
fn large_blocks_where_packets_are_large() {
    let length = 16 + (17 << 20);
    let block = |linktype| {
        let file = Bytes::new(Little).section().interface(linktype, 0, &[]).u32(EPB).u32(length);
        fault(&file.bytes).2
    };
    assert!(matches!(block(1), Fault::BlockLength { .. }));
    assert!(matches!(block(231), Fault::Truncated { .. }));
}
