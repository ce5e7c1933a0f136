//! Headers in front of the payload whose length the packet tells.
//!
//! Their lengths are found before the first test, if anything asks for what is behind them: a
//! packet that is too short for them does not match.

use nbpfc_ir::{Compare, Width};

use super::condition::{Condition, Offset, Place, Register, Step, Test};
use super::context::Context;
use super::link::{LinkType, Prefix, Start};
use super::numbers::wlan;
use crate::tree::BinOp;

/// Length of an 802.11 header with three addresses, of the field for quality of service.
const WLAN_HEADER: u32 = 24;
const QOS_CONTROL: u32 = 2;

/// A Prism header is as long as this, whatever it says. An AVS header in its place begins with
/// the other number under the mask; the rest is a version.
const PRISM_HEADER: u32 = 144;
const AVS_MAGIC: u32 = 0x8021_1000;
const AVS_MAGIC_BITS: u32 = 0xffff_f000;

/// Radiotap: which fields there are, little-endian, and bits of it: flags, more such words, time.
const PRESENT: u32 = 4;
const HAS_FLAGS: u32 = 0x0200_0000;
const HAS_MORE: u32 = 0x0000_0080;
const HAS_TIME: u32 = 0x0100_0000;
/// Where the flags are, without and with a time before them, and the flag for padding between
/// header and payload.
const FLAGS: u32 = 8;
const FLAGS_BEHIND_TIME: u32 = 16;
const PADDED: u32 = 0x20;

/// What a per-packet information header says in front of 802.11, little-endian, and where.
const PPI_TYPE: u32 = 4;
const PPI_WLAN: u32 = LinkType::Wlan.number().swap_bytes();

impl Context<'_> {
    /// A whole filter, behind what it needs to know of the packet.
    pub(super) fn behind_prefixes(&mut self, filter: Condition) -> Condition {
        let row = self.options.link_type.row();
        let [header, payload] = self.outermost;
        let uses = |offset: Offset| offset.register.is_some_and(|r| self.conditions.uses(r));
        let (header_used, payload_used) = (uses(header), uses(payload));
        let mut before = match row.header {
            Start::Behind(Prefix::Ppi) => self.equals(packet(PPI_TYPE), Width::W4, PPI_WLAN),
            _ => self.constant(true),
        };
        if let (Start::Behind(prefix), Some(register)) = (row.header, header.register)
            && (header_used || payload_used)
        {
            let found = self.header_behind(prefix, register);
            before = self.conditions.and(before, found);
        }
        if let (Start::Behind(prefix), Some(register)) = (row.payload, payload.register)
            && payload_used
        {
            let found = self.payload_behind(prefix, header, register);
            before = self.conditions.and(before, found);
        }
        self.conditions.and(before, filter)
    }

    /// Sets the register to the length of what is before the link header; true.
    fn header_behind(&mut self, prefix: Prefix, header: Register) -> Condition {
        match prefix {
            Prefix::Prism => {
                let avs = self.bits(packet(0), Width::W4, AVS_MAGIC_BITS, AVS_MAGIC);
                let avs_length = self.header_behind(Prefix::Avs, header);
                let avs = self.conditions.and(avs, avs_length);
                let prism = self.assign(header, [Step::Number(PRISM_HEADER)]);
                self.conditions.or(avs, prism)
            }
            Prefix::Avs => self.assign(header, [Step::Load(packet(4), Width::W4)]),
            // Little-endian.
            _ => self.assign(
                header,
                [
                    Step::Load(packet(3), Width::W1),
                    Step::Number(0x100),
                    Step::Binary(BinOp::Mul),
                    Step::Load(packet(2), Width::W1),
                    Step::Binary(BinOp::Or),
                ],
            ),
        }
    }

    /// Sets the register to where the payload begins; true.
    fn payload_behind(&mut self, prefix: Prefix, header: Offset, payload: Register) -> Condition {
        if prefix == Prefix::Pflog {
            return self.assign(
                payload,
                [
                    Step::Load(packet(0), Width::W1),
                    Step::Number(3),
                    Step::Binary(BinOp::Add),
                    Step::Number(!3),
                    Step::Binary(BinOp::And),
                ],
            );
        }
        let (base, constant) = (header.register, header.constant);
        let base = base.map(|register| [Step::Register(register), Step::Binary(BinOp::Add)]);
        let sum = [Step::Number(constant + WLAN_HEADER)].into_iter();
        let shortest = self.assign(payload, sum.chain(base.into_iter().flatten()));

        let control = Place::At(header);
        let no_data = self.field(control, Width::W1, Compare::Clear, wlan::DATA);
        let control_frame = self.field(control, Width::W1, Compare::Set, wlan::CONTROL);
        let best_effort = self.field(control, Width::W1, Compare::Clear, wlan::QOS);
        let quality = self.assign(
            payload,
            [Step::Register(payload), Step::Number(QOS_CONTROL), Step::Binary(BinOp::Add)],
        );
        let length = self.conditions.or(best_effort, quality);
        let padded = match self.options.link_type.row().header {
            Start::Behind(Prefix::Radiotap) => self.padding(payload),
            _ => self.constant(true),
        };
        let length = self.conditions.and(length, padded);
        let length = self.conditions.any([no_data, control_frame, length]);
        self.conditions.and(shortest, length)
    }

    /// Rounds the payload's start up to 4 bytes if the radiotap header says so; true.
    fn padding(&mut self, payload: Register) -> Condition {
        let no_flags = self.field(packet(PRESENT), Width::W4, Compare::Clear, HAS_FLAGS);
        let more = self.field(packet(PRESENT), Width::W4, Compare::Set, HAS_MORE);
        let [early, late] =
            [(Compare::Clear, FLAGS), (Compare::Set, FLAGS_BEHIND_TIME)].map(|(compare, flags)| {
                let time = self.field(packet(PRESENT), Width::W4, compare, HAS_TIME);
                let dense = self.field(packet(flags), Width::W1, Compare::Clear, PADDED);
                self.conditions.and(time, dense)
            });
        let round = self.assign(
            payload,
            [
                Step::Register(payload),
                Step::Number(3),
                Step::Binary(BinOp::Add),
                Step::Number(!3),
                Step::Binary(BinOp::And),
            ],
        );
        self.conditions.any([no_flags, more, late, early, round])
    }

    /// Sets a register; true.
    fn assign(&mut self, register: Register, steps: impl IntoIterator<Item = Step>) -> Condition {
        let number = self.conditions.number(steps);
        self.conditions.test(Test::Set { register, number }, self.span)
    }
}

/// A place that is counted from the start of the packet.
fn packet(offset: u32) -> Place {
    Place::At(Offset::constant(offset))
}
