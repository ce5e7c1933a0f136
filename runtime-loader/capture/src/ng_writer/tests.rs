//! What is written as pcapng is read back, and other programs read it.

use super::{Direction, InterfaceDescription, InterfaceStatistics, NgWriter};
use crate::error::Error;
use crate::link_type::LinkType;
use crate::packet::{Packet, Precision};
use crate::reader::Reader;

const ETHERNET: InterfaceDescription<'_> = InterfaceDescription {
    link_type: LinkType::EN10MB,
    snapshot_length: 65_535,
    name: "eth0",
    filter: "tcp port 80",
    comment: "xdp",
};

fn packet(data: &[u8]) -> Packet<'_> {
    Packet { seconds: 1_700_000_000, fraction: 123_456_789, original_length: 1500, data }
}

fn written(packets: &[Packet<'_>]) -> Vec<u8> {
    let mut writer = NgWriter::new(Vec::new(), "nbpfc", &ETHERNET).expect("a writer");
    let directions = [None, Some(Direction::Inbound), Some(Direction::Outbound)];
    for (packet, direction) in packets.iter().zip(directions.into_iter().cycle()) {
        writer.write(packet, direction).expect("room");
    }
    let counts = InterfaceStatistics { accepted: 5, dropped: 1, delivered: 4 };
    writer.statistics(1_700_000_001_000_000_000, &counts).expect("room");
    writer.finish().expect("room")
}

#[test]
fn packets_are_read_back() {
    // Each remainder of a length by four.
    let packets: Vec<_> = (0..5).map(|length| packet(&b"abcde"[..length])).collect();
    let file = written(&packets);
    let mut reader = Reader::with_precision(&file[..], Precision::Nano).expect("a header");
    assert_eq!(reader.header().link_type, LinkType::EN10MB);
    assert_eq!(reader.header().snapshot_length, 65_535);
    for expected in &packets {
        assert_eq!(reader.next().expect("a packet").as_ref(), Some(expected));
    }
    assert_eq!(reader.next().expect("the end"), None);
}

#[test]
fn link_type_without_a_number() {
    let description =
        InterfaceDescription { link_type: LinkType::from_linktype(1 << 20), ..ETHERNET };
    let result = NgWriter::new(Vec::new(), "nbpfc", &description);
    assert!(matches!(result, Err(Error::NotStorable(_))));
}

/// A stream that remembers how much it was given at a time.
struct Pieces(Vec<Vec<u8>>);

impl std::io::Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.push(bytes.to_vec());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_is_handed_on_is_whole_blocks() {
    let mut writer = NgWriter::new(Pieces(Vec::new()), "nbpfc", &ETHERNET).expect("a writer");
    let bytes = vec![7; 60_001];
    for length in (0..20).map(|n| n * 3000) {
        writer.write(&packet(&bytes[..length]), None).expect("room");
    }
    let pieces = writer.finish().expect("room").0;
    assert!(pieces.len() > 1, "more than the buffer takes");
    for mut piece in pieces.iter().map(Vec::as_slice) {
        while let Some(length) = piece.get(4..8) {
            let length = u32::from_ne_bytes(length.try_into().expect("four bytes"));
            piece = piece.get(length as usize..).expect("a whole block");
        }
        assert!(piece.is_empty());
    }
}

/// A stream that takes nothing.
struct Full;

impl std::io::Write for Full {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn no_room() {
    let mut writer = NgWriter::new(Full, "nbpfc", &ETHERNET).expect("a buffer takes it");
    assert!(matches!(writer.flush(), Err(Error::Write { .. })));
}
