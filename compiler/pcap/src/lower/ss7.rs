//! Signal units of SS7: MTP2 (ITU-T Q.703) and MTP3 (ITU-T Q.704).
//!
//! Fields of MTP3 are little-endian and not whole bytes. They are compared as they stand in the
//! packet: `=` means what it says, and `<` compares the bytes in the packet's order.

use nbpfc_ir::{Compare, Width};

use super::condition::{Condition, Offset, Place};
use super::context::{Context, Fault, Lowered};
use super::link::Signalling;
use crate::tree::{Comparison, Mtp2Word, Mtp3Field};

/// Offset of the length indicator, its bits, and the greatest length of a link status unit.
const LENGTH: (u32, Width, u32, u32) = (2, Width::W1, 0x3f, 2);
/// The same on high speed links.
const LONG_LENGTH: (u32, Width, u32, u32) = (4, Width::W2, 0xff80, 0x0100);

/// On high speed links all that follows the length is so much further behind.
const HIGH_SPEED: u32 = 3;

impl Context<'_> {
    /// `fisu`, `lssu`, `msu`: units without contents, with one or two bytes, with more.
    pub(super) fn mtp2(&mut self, word: Mtp2Word) -> Lowered {
        let start = self.signal_unit()?;
        let high_speed = matches!(word, Mtp2Word::Hfisu | Mtp2Word::Hlssu | Mtp2Word::Hmsu);
        let (offset, width, mask, most) = if high_speed { LONG_LENGTH } else { LENGTH };
        let mut length =
            |compare, value| self.masked(unit(start, offset), width, mask, compare, value);
        Ok(match word {
            Mtp2Word::Fisu | Mtp2Word::Hfisu => length(Compare::Eq, 0),
            Mtp2Word::Msu | Mtp2Word::Hmsu => length(Compare::Gt, most),
            Mtp2Word::Lssu | Mtp2Word::Hlssu => {
                let some = length(Compare::Gt, 0);
                let few = length(Compare::Le, most);
                self.conditions.and(some, few)
            }
        })
    }

    /// `sio`, `opc`, `dpc`, `sls`.
    pub(super) fn mtp3_field(&mut self, field: Mtp3Field, values: &[Comparison]) -> Lowered {
        let start = self.signal_unit()?;
        let Field { offset, width, mask, place } = Field::of(field);
        let at = unit(start, offset);
        Ok(self.any_comparison(values, |context, compare, value| {
            context.masked(at, width, mask, compare, place(value))
        }))
    }

    /// One of several comparisons is true.
    pub(super) fn any_comparison(
        &mut self,
        values: &[Comparison],
        mut one: impl FnMut(&mut Self, Compare, u32) -> Condition,
    ) -> Condition {
        let mut any = self.constant(false);
        for Comparison { op, value, .. } in values {
            let one = one(self, super::relation::compare(*op), *value);
            any = self.conditions.or(any, one);
        }
        any
    }

    /// Where the signal unit begins.
    fn signal_unit(&self) -> Result<u32, Fault> {
        match self.link.row().signalling {
            Signalling::Ss7(start) => Ok(start),
            _ => Err(self.not_on_link_type("an SS7 signal unit").into()),
        }
    }
}

fn unit(start: u32, offset: u32) -> Place {
    Place::At(Offset::constant(start + offset))
}

/// How a field of MTP3 stands in the packet.
struct Field {
    offset: u32,
    width: Width,
    mask: u32,
    /// Moves a value to where it stands.
    place: fn(u32) -> u32,
}

impl Field {
    fn of(field: Mtp3Field) -> Self {
        let (offset, width, mask, place): (_, _, _, fn(u32) -> u32) = match field {
            Mtp3Field::Sio | Mtp3Field::Hsio => (3, Width::W1, u32::MAX, |value| value),
            Mtp3Field::Dpc | Mtp3Field::Hdpc => (4, Width::W2, 0xff3f, swap_half),
            Mtp3Field::Opc | Mtp3Field::Hopc => (4, Width::W4, swap_opc(0x3fff), swap_opc),
            Mtp3Field::Sls | Mtp3Field::Hsls => (7, Width::W1, 0xf0, |value| value << 4),
        };
        let high_speed =
            matches!(field, Mtp3Field::Hsio | Mtp3Field::Hdpc | Mtp3Field::Hopc | Mtp3Field::Hsls);
        let offset = if high_speed { offset + HIGH_SPEED } else { offset };
        Self { offset, width, mask, place }
    }
}

/// A destination: the lower 14 bits of a little-endian word.
const fn swap_half(value: u32) -> u32 {
    (value as u16).swap_bytes() as u32
}

/// An origin: the 14 bits above the destination, in a little-endian double word.
const fn swap_opc(value: u32) -> u32 {
    (value << 14).swap_bytes()
}
