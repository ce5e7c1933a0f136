//! What is written as pcapng is read back, and other programs read it.

use super::{InterfaceDescription, InterfaceStatistics, NgWriter};
use crate::error::Error;
use crate::link_type::LinkType;
use crate::packet::{Packet, Precision};
use crate::reader::Reader;

const ETHERNET: InterfaceDescription<'_> = InterfaceDescription {
    link_type: LinkType::EN10MB,
    snapshot_length: 65_535,
    name: "eth0",
    filter: "tcp port 80",
};

fn packet(data: &[u8]) -> Packet<'_> {
    Packet { seconds: 1_700_000_000, fraction: 123_456_789, original_length: 1500, data }
}

fn written(packets: &[Packet<'_>]) -> Vec<u8> {
    let mut writer = NgWriter::new(Vec::new(), "nbpfc", &ETHERNET).expect("a writer");
    for packet in packets {
        writer.write(packet).expect("room");
    }
    let counts = InterfaceStatistics { received: 9, accepted: 5, dropped: 1 };
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
