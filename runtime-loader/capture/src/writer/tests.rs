//! The bytes of a file, and streams that do not take them.

use std::io::{self, ErrorKind, Write};

use super::Writer;
use crate::error::Error;
use crate::link_type::LinkType;
use crate::order::Order;
use crate::packet::{Header, Packet, Precision};
use crate::samples::Bytes;

fn header(link_type: LinkType, precision: Precision) -> Header {
    Header { link_type, link_flags: 0x1400_0000, snapshot_length: 96, precision }
}

const PACKET: Packet<'_> =
    Packet { seconds: 0x1_0000_0007, fraction: -1, original_length: 70, data: b"data" };

#[test]
fn header_and_packet() {
    for (precision, magic) in [(Precision::Micro, 0xa1b2_c3d4), (Precision::Nano, 0xa1b2_3c4d)] {
        let header = header(LinkType::RAW, precision);
        let mut writer = Writer::new(Vec::new(), &header).expect("memory takes everything");
        writer.write(&PACKET).expect("memory takes everything");
        let expected = Bytes::new(Order::HOST).pcap(magic, 96, 0x1400_0065);
        let expected = expected.u32(7).u32(u32::MAX).u32(4).u32(70).raw(b"data");
        assert_eq!(writer.finish().expect("memory takes everything"), expected.bytes);
    }
}

#[test]
fn link_types_that_files_cannot_hold() {
    let header = header(LinkType::from_dlt(400), Precision::Micro);
    let error = Writer::new(Vec::new(), &header).expect_err("no number for it");
    assert!(matches!(error, Error::NotStorable(link_type) if link_type.dlt() == 400));
}

/// A disk with room for so many bytes.
#[derive(Debug)]
struct Disk(usize);

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(ErrorKind::StorageFull.into());
        }
        let taken = bytes.len().min(self.0);
        self.0 -= taken;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn is_full(error: &Error) -> bool {
    matches!(error, Error::Write { source } if source.kind() == ErrorKind::StorageFull)
}

#[test]
fn a_full_disk_is_an_error() {
    let header = header(LinkType::EN10MB, Precision::Micro);
    for room in 0..44 {
        let mut writer = Writer::new(Disk(room), &header).expect("buffered");
        writer.write(&PACKET).expect("buffered");
        let error = writer.finish().expect_err("the disk is full");
        assert!(is_full(&error), "{error}");
    }
    let mut writer = Writer::new(Disk(44), &header).expect("buffered");
    writer.write(&PACKET).expect("buffered");
    writer.finish().expect("it just fits");

    let mut writer = Writer::new(Disk(1000), &header).expect("buffered");
    let data = vec![0; 300_000];
    let packet = Packet { data: &data, ..PACKET };
    assert!(is_full(&writer.write(&packet).expect_err("the disk is full")));
}
