//! Small captures, built in code for the tests.

use crate::error::Error;
use crate::ng::{BYTE_ORDER_MAGIC, EPB, IDB, SHB, SPB};
use crate::order::Order;
use crate::packet::Precision;
use crate::reader::Reader;

pub(crate) const ORDERS: [Order; 2] = [Order::Little, Order::Big];

/// Appends numbers in one byte order.
pub(crate) struct Bytes {
    pub(crate) order: Order,
    pub(crate) bytes: Vec<u8>,
}

impl Bytes {
    pub(crate) fn new(order: Order) -> Self {
        Self { order, bytes: Vec::new() }
    }

    pub(crate) fn u16(mut self, value: u16) -> Self {
        self.bytes.extend(match self.order {
            Order::Little => value.to_le_bytes(),
            Order::Big => value.to_be_bytes(),
        });
        self
    }

    pub(crate) fn u32(mut self, value: u32) -> Self {
        self.bytes.extend(match self.order {
            Order::Little => value.to_le_bytes(),
            Order::Big => value.to_be_bytes(),
        });
        self
    }

    pub(crate) fn u64(mut self, value: u64) -> Self {
        self.bytes.extend(match self.order {
            Order::Little => value.to_le_bytes(),
            Order::Big => value.to_be_bytes(),
        });
        self
    }

    pub(crate) fn raw(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend(bytes);
        self
    }

    /// A pcap file header of version 2.4.
    pub(crate) fn pcap(self, magic: u32, snapshot_length: u32, link_word: u32) -> Self {
        self.pcap_version(magic, (2, 4), snapshot_length, link_word)
    }

    pub(crate) fn pcap_version(
        self,
        magic: u32,
        (major, minor): (u16, u16),
        snapshot_length: u32,
        link_word: u32,
    ) -> Self {
        self.u32(magic).u16(major).u16(minor).u64(0).u32(snapshot_length).u32(link_word)
    }

    /// A pcap record that says the truth about `data`, captured whole.
    pub(crate) fn record(self, seconds: u32, fraction: u32, data: &[u8]) -> Self {
        let length = data.len() as u32;
        self.u32(seconds).u32(fraction).u32(length).u32(length).raw(data)
    }

    /// A pcapng block around contents, padded.
    pub(crate) fn block(self, kind: u32, contents: impl FnOnce(Self) -> Self) -> Self {
        let mut inner = contents(Self::new(self.order)).bytes;
        inner.resize(inner.len().next_multiple_of(4), 0);
        let length = inner.len() as u32 + 12;
        self.u32(kind).u32(length).raw(&inner).u32(length)
    }

    pub(crate) fn section(self) -> Self {
        self.block(SHB, |b| b.u32(BYTE_ORDER_MAGIC).u16(1).u16(0).u64(u64::MAX))
    }

    /// An interface with options as (code, value).
    pub(crate) fn interface(self, linktype: u16, snapshot: u32, options: &[(u16, &[u8])]) -> Self {
        self.block(IDB, |mut b| {
            b = b.u16(linktype).u16(0).u32(snapshot);
            for (code, value) in options {
                b = b.u16(*code).u16(value.len() as u16).raw(value);
                b.bytes.resize(b.bytes.len().next_multiple_of(4), 0);
            }
            b
        })
    }

    pub(crate) fn enhanced(self, interface: u32, stamp: u64, data: &[u8]) -> Self {
        let length = data.len() as u32;
        self.block(EPB, |b| {
            b.u32(interface)
                .u32((stamp >> 32) as u32)
                .u32(stamp as u32)
                .u32(length)
                .u32(length)
                .raw(data)
        })
    }

    pub(crate) fn simple(self, original: u32, data: &[u8]) -> Self {
        self.block(SPB, |b| b.u32(original).raw(data))
    }
}

/// A packet that no longer lends.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Owned {
    pub(crate) seconds: i64,
    pub(crate) fraction: i64,
    pub(crate) original_length: u32,
    pub(crate) data: Vec<u8>,
}

/// All packets of a capture, and the error after them if there is one.
pub(crate) fn read_all(bytes: &[u8], precision: Precision) -> (Vec<Owned>, Option<Error>) {
    let mut packets = Vec::new();
    let mut reader = match Reader::with_precision(bytes, precision) {
        Ok(reader) => reader,
        Err(error) => return (packets, Some(error)),
    };
    loop {
        match reader.next() {
            Ok(Some(packet)) => packets.push(Owned {
                seconds: packet.seconds,
                fraction: packet.fraction,
                original_length: packet.original_length,
                data: packet.data.to_vec(),
            }),
            Ok(None) => return (packets, None),
            Err(error) => return (packets, Some(error)),
        }
    }
}

/// The one packet of a capture that has no fault.
pub(crate) fn read_one(bytes: &[u8], precision: Precision) -> Owned {
    let (mut packets, error) = read_all(bytes, precision);
    assert!(error.is_none(), "{error:?}");
    assert_eq!(packets.len(), 1);
    packets.remove(0)
}

/// Where and how a capture is malformed, and how many packets come before.
pub(crate) fn fault(bytes: &[u8]) -> (usize, u64, crate::error::Fault) {
    match read_all(bytes, Precision::Micro) {
        (packets, Some(Error::Malformed { offset, fault })) => (packets.len(), offset, fault),
        (packets, other) => panic!("{} packets, then {other:?}", packets.len()),
    }
}
