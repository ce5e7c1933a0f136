//! Arithmetic: from operands and operators in a row to evaluation order.
//!
//! `|` binds least, then `&`, then the shifts, `+ -`, `* /`, and `-` in front of
//! an operand most; all group to the left. `%` and `^` have no rank of their own:
//! neither gives way to an operator on its right nor makes one on its left give
//! way, so `2*3%4` is `2*(3%4)` and `100%30-1` is `100%(30-1)`.

use nbpfc_source::{Code, Span};

use super::Resolver;
use super::error::Fail;
use crate::syntax::{At, Item, Sum};
use crate::tree::{Arith, BinOp, Proto, Step};

/// An operator that waits for its right operand.
#[derive(Clone, Copy)]
enum Waiting {
    Minus,
    Operator(BinOp),
}

/// Rank of an operator; `None` if it has none.
fn rank(op: BinOp) -> Option<u8> {
    match op {
        BinOp::Or => Some(1),
        BinOp::And => Some(2),
        BinOp::Shl | BinOp::Shr => Some(3),
        BinOp::Add | BinOp::Sub => Some(4),
        BinOp::Mul | BinOp::Div => Some(5),
        BinOp::Mod | BinOp::Xor => None,
    }
}

impl Waiting {
    /// Whether this operator takes its operand before `next` does.
    fn goes_before(self, next: BinOp) -> bool {
        match (self, rank(next)) {
            (_, None) => false,
            (Self::Minus, Some(_)) => true,
            (Self::Operator(op), Some(next)) => rank(op).is_some_and(|rank| rank >= next),
        }
    }
}

impl Resolver<'_> {
    /// Puts arithmetic into evaluation order.
    pub(super) fn arith(&self, sum: &Sum) -> Result<Arith, Fail> {
        let mut steps = Vec::with_capacity(sum.len());
        self.sum(sum, &mut steps)?;
        Ok(Arith { steps })
    }

    fn sum(&self, sum: &Sum, steps: &mut Vec<(Step, Span)>) -> Result<(), Fail> {
        let mut waiting: Vec<(Waiting, Span)> = Vec::new();
        for At { span, value } in sum {
            match value {
                Item::Number(number) => steps.push((Step::Number(*number), *span)),
                Item::Length => steps.push((Step::Length, *span)),
                Item::Group(inner) => self.sum(inner, steps)?,
                Item::Load(proto, offset, size) => {
                    self.sum(offset, steps)?;
                    steps.push((self.load(*proto, *size)?, *span));
                }
                Item::Minus => waiting.push((Waiting::Minus, *span)),
                Item::Operator(op) => {
                    while let Some((first, at)) =
                        waiting.pop_if(|(first, _)| first.goes_before(*op))
                    {
                        self.apply(first, at, steps)?;
                    }
                    waiting.push((Waiting::Operator(*op), *span));
                }
            }
        }
        while let Some((last, at)) = waiting.pop() {
            self.apply(last, at, steps)?;
        }
        Ok(())
    }

    /// Emits an operator whose operands are the values on top.
    fn apply(&self, op: Waiting, span: Span, steps: &mut Vec<(Step, Span)>) -> Result<(), Fail> {
        let Waiting::Operator(op) = op else {
            steps.push((Step::Negate, span));
            return Ok(());
        };
        if let Some((Step::Number(right), at)) = steps.last() {
            let message = match (op, right) {
                (BinOp::Div, 0) => "division by zero",
                (BinOp::Mod, 0) => "modulus by zero",
                (BinOp::Shl | BinOp::Shr, 32..) => "shift by more than 31 bits",
                _ => "",
            };
            if !message.is_empty() {
                return Err(Box::new(self.fail(Code::BadValue, *at, message)));
            }
        }
        steps.push((Step::Binary(op), span));
        Ok(())
    }

    fn load(&self, proto: At<Proto>, size: Option<At<u32>>) -> Result<Step, Fail> {
        if !has_index(proto.value) {
            let message = format!("'{}' does not support the index operation", proto.value.word());
            return Err(Box::new(self.fail(Code::BadQualifier, proto.span, message)));
        }
        match size.map(|size| (size.value, size.span)) {
            None => Ok(Step::Load { proto: proto.value, size: 1 }),
            Some((size @ (1 | 2 | 4), _)) => {
                Ok(Step::Load { proto: proto.value, size: size as u8 })
            }
            Some((_, span)) => {
                Err(Box::new(self.fail(Code::BadValue, span, "data size must be 1, 2, or 4")))
            }
        }
    }
}

/// Protocols whose header can be indexed.
fn has_index(proto: Proto) -> bool {
    use Proto::{
        Arp, Atalk, Carp, Decnet, Icmp, Icmp6, Igmp, Igrp, Ip, Ip6, Lat, Link, Mopdl, Moprc, Pim,
        Radio, Rarp, Sca, Sctp, Tcp, Udp, Vrrp,
    };
    matches!(
        proto,
        Link | Radio
            | Ip
            | Arp
            | Rarp
            | Atalk
            | Decnet
            | Lat
            | Sca
            | Moprc
            | Mopdl
            | Ip6
            | Sctp
            | Tcp
            | Udp
            | Icmp
            | Igmp
            | Igrp
            | Pim
            | Vrrp
            | Carp
            | Icmp6
    )
}
