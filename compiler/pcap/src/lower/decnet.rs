//! Addresses of `DECnet` Phase IV (routing layer specification, 2.0.0).

use nbpfc_ir::Width;

use super::condition::Condition;
use super::context::{Context, Lowered};
use super::link::Ends;
use super::numbers::ether_type;
use crate::tree::Dir;

/// The low bits of the flags byte that tell the header's format.
const FORMAT: u32 = 0x07;
const SHORT: u32 = 0x02;
const LONG: u32 = 0x06;
/// Padding of one byte, which says so itself.
const PAD: u32 = 0x81;
/// Behind the two length bytes of the Ethernet encapsulation.
const START: u32 = 2;

impl Context<'_> {
    /// `decnet host 10.15`: in short and long headers, with no or one byte of padding.
    pub(super) fn decnet_host(&mut self, dir: Dir, node: u16) -> Lowered {
        let link = self.link_protocol(ether_type::DECNET)?;
        let ends: Ends<fn(&mut Self, u16) -> Condition> =
            Ends { source: Self::decnet_source, destination: Self::decnet_destination };
        let host = self.ends(dir, ends, |context, end| end(context, node));
        Ok(self.conditions.and(link, host))
    }

    fn decnet_source(&mut self, node: u16) -> Condition {
        let short = self.decnet_unpadded(SHORT, 3, node);
        let padded_short = self.decnet_padded(SHORT, 3, node);
        let long = self.decnet_unpadded(LONG, 15, node);
        let padded_long = self.decnet_padded(LONG, 15, node);
        self.conditions.any([short, padded_short, long, padded_long])
    }

    fn decnet_destination(&mut self, node: u16) -> Condition {
        // The node is in the low byte first.
        let swapped = u32::from(node.swap_bytes());
        let place = self.in_network(START);
        // In a short header, flags and address are near enough for one load.
        let short = self.bits(place, Width::W4, 0x07ff_ff00, SHORT << 24 | swapped << 8);
        let padded = PAD << 24 | SHORT << 16 | swapped;
        let padded_short = self.bits(place, Width::W4, 0xff07_ffff, padded);
        let long = self.decnet_unpadded(LONG, 7, node);
        let padded_long = self.decnet_padded(LONG, 7, node);
        self.conditions.any([short, padded_short, long, padded_long])
    }

    fn decnet_unpadded(&mut self, format: u32, offset: u32, node: u16) -> Condition {
        let flags = self.bits(self.in_network(START), Width::W1, FORMAT, format);
        let address = self.decnet_address(START + offset, node);
        self.conditions.and(flags, address)
    }

    fn decnet_padded(&mut self, format: u32, offset: u32, node: u16) -> Condition {
        let place = self.in_network(START);
        let flags = self.bits(place, Width::W2, 0xff00 | FORMAT, PAD << 8 | format);
        let address = self.decnet_address(START + 1 + offset, node);
        self.conditions.and(flags, address)
    }

    fn decnet_address(&mut self, offset: u32, node: u16) -> Condition {
        self.equals(self.in_network(offset), Width::W2, u32::from(node.swap_bytes()))
    }
}
