//! Relations between numbers: `ip[8] < 5`.
//!
//! Reading from a protocol's header implies the test for the protocol. All those
//! tests come before all reads. Of an operator's operands only the left one
//! brings its tests along: libpcap drops the right one's, and so does this.

use nbpfc_ir::{Compare, Field, Width};
use nbpfc_source::Code;

use super::condition::{Condition, IpVersion, Number, Offset, Place, Register, Step};
use super::context::{Context, Fault, IPV6_HEADER, Lowered};
use super::link::{Prefix, Start};
use super::network::ip_number;
use super::numbers::ip;
use crate::tree::{Arith, ByteOp, Proto, RelOp, Step as Source};

/// The least constant that is not simply added to a load's offset: it may wrap around to a
/// place inside the packet when a register is added to it.
const FAR: u32 = 1 << 30;

impl Context<'_> {
    /// Two arithmetic expressions compared.
    pub(super) fn arithmetic_relation(
        &mut self,
        left: &Arith,
        op: RelOp,
        right: &Arith,
    ) -> Lowered {
        let left = self.arithmetic(left)?;
        let right = self.arithmetic(right)?;
        self.conditions.free(left.slot);
        self.conditions.free(right.slot);
        let compared = self.relation(left.number, compare(op), right.number);
        Ok(self.conditions.all([right.test, left.test, compared]))
    }

    fn arithmetic(&mut self, arith: &Arith) -> Result<Operand, Fault> {
        let mut steps = Vec::with_capacity(2 * arith.steps.len());
        let mut stack: Vec<Top> = Vec::new();
        for (step, _) in &arith.steps {
            let top = match *step {
                Source::Number(number) => {
                    steps.push(Step::Number(number));
                    Top { slot: self.slot()?, test: self.constant(true) }
                }
                Source::Length => {
                    steps.push(Step::Meta(Field::Length));
                    Top { slot: self.slot()?, test: self.constant(true) }
                }
                Source::Negate => {
                    steps.push(Step::Negate);
                    self.pop(&mut stack)?
                }
                Source::Load { proto, size } => {
                    let index = self.pop(&mut stack)?;
                    let slot = self.slot()?;
                    self.conditions.free(index.slot);
                    let (place, test) = self.indexed(proto)?;
                    self.push_load(&mut steps, place, width(size));
                    Top { slot, test: self.conditions.and(index.test, test) }
                }
                Source::Binary(op) => {
                    let right = self.pop(&mut stack)?;
                    let left = self.pop(&mut stack)?;
                    steps.push(Step::Binary(op));
                    self.conditions.free(left.slot);
                    self.conditions.free(right.slot);
                    // Libpcap forgets the right one, which moves where `tcp[…]` looks here.
                    let test = if self.options.strict_ipv6 {
                        self.conditions.and(left.test, right.test)
                    } else {
                        left.test
                    };
                    Top { slot: self.slot()?, test }
                }
            };
            steps.push(Step::Keep(top.slot));
            stack.push(top);
        }
        let Top { slot, test } = self.pop(&mut stack)?;
        Ok(Operand { number: self.conditions.number(steps), slot, test })
    }

    /// A load at the offset that the last step puts; a small constant offset becomes part of the
    /// place, where their sum is a place in the packet or behind its end.
    fn push_load(&self, steps: &mut Vec<Step>, place: Place, width: Width) {
        if let [.., Step::Number(index @ 0..FAR), Step::Keep(slot)] = *steps.as_slice()
            && !self.conditions.may_wrap(place)
            && let Some(place) = place.plus(index)
        {
            steps.truncate(steps.len() - 2);
            steps.push(Step::KeepNumber(slot, index));
            steps.push(Step::Load(place, width));
        } else {
            steps.push(Step::LoadIndexed(place, width));
        }
    }

    fn pop(&self, stack: &mut Vec<Top>) -> Result<Top, Fault> {
        stack.pop().ok_or_else(|| self.error(Code::Bug, "an operator has no operand").into())
    }

    /// Where the header that an index counts from begins, and the test for its protocol.
    fn indexed(&mut self, protocol: Proto) -> Result<(Place, Condition), Fault> {
        if protocol == Proto::Radio {
            let radio = [Prefix::Prism, Prefix::Avs, Prefix::Radiotap].map(Start::Behind);
            if !radio.contains(&self.link.row().header) {
                return Err(self.not_on_link_type("a radio header").into());
            }
            return Ok((Place::At(Offset::constant(0)), self.constant(true)));
        }
        if protocol == Proto::Link {
            return Ok((self.in_link_header(0), self.constant(true)));
        }
        if self.options.strict_ipv6
            && let Some(number) = ip_number(protocol)
        {
            return self.strict_header(number);
        }
        if protocol == Proto::Icmp6 {
            let link = self.ip(IpVersion::V6)?;
            let next = self.protocol_field(IpVersion::V6, ip::ICMP6);
            let test = self.conditions.and(link, next);
            return Ok((self.in_network(IPV6_HEADER), test));
        }
        let Some(number) = ip_number(protocol) else {
            let test = self.protocol(protocol)?;
            return Ok((self.in_network(0), test));
        };
        let link = self.ip(IpVersion::V4)?;
        let carried = self.protocol_field(IpVersion::V4, number);
        let first = self.first_fragment();
        let test = self.conditions.all([link, carried, first]);
        Ok((self.in_transport(IpVersion::V4, 0), test))
    }

    /// `byte 0 = 0xff`.
    pub(super) fn byte(&mut self, offset: u32, op: ByteOp, value: u8) -> Condition {
        let place = self.in_link_header(offset);
        let value = u32::from(value);
        let (compare, value) = match op {
            ByteOp::Eq => (Compare::Eq, value),
            ByteOp::Lt => (Compare::Lt, value),
            ByteOp::Gt => (Compare::Gt, value),
            ByteOp::And => (Compare::Set, value),
            ByteOp::Or if value == 0 => (Compare::Ne, 0),
            // True of any byte, but the byte must be there.
            ByteOp::Or => (Compare::Ge, 0),
        };
        self.field(place, Width::W1, compare, value)
    }
}

/// One side of a relation.
struct Operand {
    number: Number,
    /// Where libpcap keeps it.
    slot: Register,
    /// What must be true of the packet for it to be computed.
    test: Condition,
}

/// A number on the stack; its steps are in the list.
#[derive(Clone, Copy)]
struct Top {
    slot: Register,
    test: Condition,
}

fn width(bytes: u8) -> Width {
    match bytes {
        1 => Width::W1,
        2 => Width::W2,
        _ => Width::W4,
    }
}

pub(super) fn compare(op: RelOp) -> Compare {
    match op {
        RelOp::Eq => Compare::Eq,
        RelOp::Ne => Compare::Ne,
        RelOp::Lt => Compare::Lt,
        RelOp::Le => Compare::Le,
        RelOp::Gt => Compare::Gt,
        RelOp::Ge => Compare::Ge,
    }
}
