//! The pcapng format: blocks, each with its type and length, in sections.
//!
//! Source: draft-ietf-opsawg-pcapng, and what libpcap 1.10 accepts of it: one byte
//! order, one link type and one snapshot length in the whole file.

use std::io::Read;

use crate::classic::usable_snapshot_length;
use crate::error::{Error, Fault, Part};
use crate::fields::Fields;
use crate::input::Input;
use crate::interface::Interface;
use crate::link_type::LinkType;
use crate::order::Order;
use crate::packet::{Header, Precision, Record};

/// Section Header Block; the number is the same in both byte orders.
pub(crate) const SHB: u32 = 0x0a0d_0d0a;
/// Interface Description Block.
pub(crate) const IDB: u32 = 1;
/// Packet Block, obsolete.
pub(crate) const PB: u32 = 2;
/// Simple Packet Block.
pub(crate) const SPB: u32 = 3;
/// Interface Statistics Block.
pub(crate) const ISB: u32 = 5;
/// Enhanced Packet Block.
pub(crate) const EPB: u32 = 6;

/// First field of a Section Header Block.
pub(crate) const BYTE_ORDER_MAGIC: u32 = 0x1a2b_3c4d;

/// Bytes of type and length, before a block's contents.
const BLOCK_HEADER: usize = 8;
/// Bytes of the length's repetition, behind a block's contents.
const BLOCK_TRAILER: usize = 4;
/// Bytes of the fixed fields of a Section Header Block.
const SECTION_FIELDS: usize = 16;
/// Most bytes of the first Section Header Block.
const LARGEST_SECTION_HEADER: u32 = 1 << 20;
/// Most bytes of any other block, unless packets of the link type can be larger.
const LARGEST_BLOCK: u32 = 16 << 20;
/// Most bytes of a packet block besides the packet: its fields and 128 KiB of options.
const AROUND_PACKET: u32 = 32 + (128 << 10);

/// What is needed to read the blocks of one file.
pub(crate) struct Ng {
    pub(crate) order: Order,
    precision: Precision,
    link_type: LinkType,
    snapshot_length: u32,
    largest_block: u32,
    /// Of the current section. As in libpcap there may be any number: at most one for
    /// each 20 bytes of the input.
    interfaces: Vec<Interface>,
}

/// The fields that the three kinds of packet block have in common.
struct PacketFields {
    interface: u32,
    stamp: u64,
    captured: u32,
    original: u32,
    /// Bytes of the fixed fields.
    length: usize,
}

/// The order of the section whose header the input begins with, and that header's
/// length in bytes.
///
/// `None` if it does not begin with one. Such a text file is possible, because the block
/// type consists of line ends.
pub(crate) fn recognise(first: &[u8]) -> Option<(Order, u32)> {
    if first.len() < BLOCK_HEADER + 4 || Order::Big.u32(first, 0) != SHB {
        return None;
    }
    [Order::Little, Order::Big]
        .into_iter()
        .find(|order| order.u32(first, BLOCK_HEADER) == BYTE_ORDER_MAGIC)
        .map(|order| (order, order.u32(first, 4)))
}

impl Ng {
    /// Reads up to the first interface, which says what holds for the whole file; `order`
    /// and `length` are what [`recognise`] found.
    pub(crate) fn open<R: Read>(
        input: &mut Input<R>,
        (order, length): (Order, u32),
        precision: Precision,
    ) -> Result<(Self, Header), Error> {
        let least = (BLOCK_HEADER + SECTION_FIELDS + BLOCK_TRAILER) as u32;
        if !(least..=LARGEST_SECTION_HEADER).contains(&length) {
            let fault = Fault::BlockLength { length, least, most: LARGEST_SECTION_HEADER };
            return Err(Error::Malformed { offset: 4, fault });
        }
        // That the length is repeated at the end is not checked, because libpcap does not.
        let bytes = input.require(length as usize, Part::Block)?;
        let version = (order.u16(bytes, 12), order.u16(bytes, 14));
        if !matches!(version, (1, 0 | 2)) {
            let (major, minor) = version;
            return Err(Error::Malformed { offset: 12, fault: Fault::Version { major, minor } });
        }
        input.take(length as usize);

        let mut file = Self {
            order,
            precision,
            link_type: LinkType::NULL,
            snapshot_length: 0,
            largest_block: LARGEST_BLOCK,
            interfaces: Vec::new(),
        };
        loop {
            let offset = input.offset();
            let at = |fault| Error::Malformed { offset, fault };
            let Some((mut fields, length)) = file.block(input)? else {
                return Err(at(Fault::NoInterface));
            };
            match fields.kind() {
                IDB => {
                    let fixed = fields.take(8).map_err(at)?;
                    let link_type = LinkType::from_linktype(u32::from(order.u16(fixed, 0)));
                    let stated = order.u32(fixed, 4);
                    let interface = Interface::from_options(fields, order).map_err(at)?;
                    file.interfaces.push(interface);
                    file.link_type = link_type;
                    file.snapshot_length = usable_snapshot_length(link_type, stated);
                    let with_packet = link_type.largest_packet() + AROUND_PACKET;
                    file.largest_block = LARGEST_BLOCK.max(with_packet);
                    input.take(length);
                    break;
                }
                EPB | SPB | PB => return Err(at(Fault::PacketBeforeInterface)),
                _ => input.take(length),
            };
        }
        let header = Header {
            link_type: file.link_type,
            link_flags: 0,
            snapshot_length: file.snapshot_length,
            precision,
        };
        Ok((file, header))
    }

    /// Finds the next packet and buffers its block; `None` at the end of the file.
    pub(crate) fn next<R: Read>(&mut self, input: &mut Input<R>) -> Result<Option<Record>, Error> {
        loop {
            let offset = input.offset();
            let at = |fault| Error::Malformed { offset, fault };
            let Some((fields, length)) = self.block(input)? else { return Ok(None) };
            match fields.kind() {
                EPB | SPB | PB => return self.packet(fields, length).map(Some).map_err(at),
                IDB => {
                    let interface = self.another_interface(fields).map_err(at)?;
                    self.interfaces.push(interface);
                }
                SHB => {
                    self.check_section(fields).map_err(at)?;
                    self.interfaces.clear();
                }
                _ => {}
            }
            input.take(length);
        }
    }

    /// Buffers the next block and returns its contents and its length; `None` at the end
    /// of the file.
    fn block<'a, R: Read>(
        &self,
        input: &'a mut Input<R>,
    ) -> Result<Option<(Fields<'a>, usize)>, Error> {
        let offset = input.offset();
        let at = |fault| Err(Error::Malformed { offset, fault });
        if input.fill(BLOCK_HEADER)?.is_empty() {
            return Ok(None);
        }
        let bytes = input.require(BLOCK_HEADER, Part::BlockHeader)?;
        let (kind, length) = (self.order.u32(bytes, 0), self.order.u32(bytes, 4));
        let (least, most) = ((BLOCK_HEADER + BLOCK_TRAILER) as u32, self.largest_block);
        if !(least..=most).contains(&length) {
            return at(Fault::BlockLength { length, least, most });
        }
        if !length.is_multiple_of(4) {
            return at(Fault::UnalignedBlock { length });
        }
        let whole = length as usize;
        let bytes = &input.require(whole, Part::Block)?[..whole];
        let trailer = self.order.u32(bytes, whole - BLOCK_TRAILER);
        if trailer != length {
            return at(Fault::BlockTrailer { header: length, trailer });
        }
        Ok(Some((Fields::new(kind, &bytes[BLOCK_HEADER..whole - BLOCK_TRAILER]), whole)))
    }

    fn packet(&self, mut fields: Fields<'_>, block_length: usize) -> Result<Record, Fault> {
        let packet = self.packet_fields(&mut fields)?;
        let Some(interface) = self.interfaces.get(packet.interface as usize) else {
            let described = self.interfaces.len();
            return Err(Fault::UnknownInterface { interface: packet.interface, described });
        };
        if packet.captured > self.snapshot_length {
            let limit = self.snapshot_length;
            return Err(Fault::CapturedLength { length: packet.captured, limit });
        }
        let data_length = fields.take(packet.captured as usize)?.len();
        let (seconds, fraction) = interface.time(packet.stamp, self.precision);
        Ok(Record {
            seconds,
            fraction,
            original_length: packet.original,
            data_at: BLOCK_HEADER + packet.length,
            data_length,
            length: block_length,
        })
    }

    fn packet_fields(&self, fields: &mut Fields<'_>) -> Result<PacketFields, Fault> {
        let order = self.order;
        if fields.kind() == SPB {
            let original = order.u32(fields.take(4)?, 0);
            let captured = original.min(self.snapshot_length);
            return Ok(PacketFields { interface: 0, stamp: 0, captured, original, length: 4 });
        }
        let bytes = fields.take(20)?;
        let interface = match fields.kind() {
            // The old block has two bytes of it, then a count of dropped packets.
            PB => u32::from(order.u16(bytes, 0)),
            _ => order.u32(bytes, 0),
        };
        Ok(PacketFields {
            interface,
            // High word first in both byte orders.
            stamp: u64::from(order.u32(bytes, 4)) << 32 | u64::from(order.u32(bytes, 8)),
            captured: order.u32(bytes, 12),
            original: order.u32(bytes, 16),
            length: 20,
        })
    }

    /// An interface after the first, which must agree with the first.
    fn another_interface(&self, mut fields: Fields<'_>) -> Result<Interface, Fault> {
        let fixed = fields.take(8)?;
        let linktype = self.order.u16(fixed, 0);
        // libpcap compares the number in the file with the DLT number. A second interface
        // of raw IP is thus refused if it is numbered as the first; so it is here.
        if u32::from(linktype) != self.link_type.dlt() {
            return Err(Fault::LinkTypeChange { first: self.link_type, linktype });
        }
        let now = usable_snapshot_length(self.link_type, self.order.u32(fixed, 4));
        if now != self.snapshot_length {
            return Err(Fault::SnapshotLengthChange { first: self.snapshot_length, now });
        }
        Interface::from_options(fields, self.order)
    }

    /// A section after the first. Its minor version is not looked at, as in libpcap.
    fn check_section(&self, mut fields: Fields<'_>) -> Result<(), Fault> {
        let bytes = fields.take(SECTION_FIELDS)?;
        let found = self.order.u32(bytes, 0);
        if found == BYTE_ORDER_MAGIC.swap_bytes() {
            return Err(Fault::ByteOrderChange);
        }
        if found != BYTE_ORDER_MAGIC {
            return Err(Fault::ByteOrderMagic { found });
        }
        let (major, minor) = (self.order.u16(bytes, 4), self.order.u16(bytes, 6));
        if major != 1 {
            return Err(Fault::Version { major, minor });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
