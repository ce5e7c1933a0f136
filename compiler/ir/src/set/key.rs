//! The number that is looked for, in as many values as it needs.

use crate::builder::FunctionBuilder;
use crate::entity::{Block, Value};
use crate::types::{BinaryOp, Compare, Type, UnaryOp};

/// A number at run time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// Up to 32 bits, an `i32`.
    Word(Value),
    /// Up to 64 bits, an `i64`.
    Long(Value),
    /// Up to 128 bits: the upper and the lower `i64`.
    Pair(Value, Value),
}

/// How many values a number needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    Long,
    Pair,
}

impl Kind {
    /// That of a number of so many bits.
    pub(super) const fn of(bits: u32) -> Self {
        match bits {
            0..=32 => Self::Word,
            33..=64 => Self::Long,
            _ => Self::Pair,
        }
    }
}

/// Where a question leads: where to when it holds, and where to when it does not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ways {
    pub(super) then: Block,
    pub(super) otherwise: Block,
}

impl Key {
    /// Ends the current block with a comparison of a word or long with a number.
    fn compare(
        builder: &mut FunctionBuilder,
        compare: Compare,
        value: Value,
        ty: Type,
        number: u64,
        ways: Ways,
    ) {
        let number = builder.constant(ty, number);
        builder.branch(compare, value, number, ways.then, ways.otherwise);
    }

    /// Ends the current block: is it this number?
    pub(super) fn is(self, builder: &mut FunctionBuilder, number: u128, ways: Ways) {
        let low = number as u64;
        match self {
            Self::Word(value) => Self::compare(builder, Compare::Eq, value, Type::I32, low, ways),
            Self::Long(value) => Self::compare(builder, Compare::Eq, value, Type::I64, low, ways),
            Self::Pair(upper, lower) => {
                let rest = builder.block();
                let first = Ways { then: rest, ..ways };
                let high = (number >> 64) as u64;
                Self::compare(builder, Compare::Eq, upper, Type::I64, high, first);
                builder.enter(rest);
                Self::compare(builder, Compare::Eq, lower, Type::I64, low, ways);
            }
        }
    }

    /// Ends the current block: is it at most this number?
    pub(super) fn at_most(self, builder: &mut FunctionBuilder, number: u128, ways: Ways) {
        let low = number as u64;
        match self {
            Self::Word(value) => Self::compare(builder, Compare::Le, value, Type::I32, low, ways),
            Self::Long(value) => Self::compare(builder, Compare::Le, value, Type::I64, low, ways),
            Self::Pair(upper, lower) => {
                let (not_less, rest) = (builder.block(), builder.block());
                let high = (number >> 64) as u64;
                let less = Ways { then: ways.then, otherwise: not_less };
                Self::compare(builder, Compare::Lt, upper, Type::I64, high, less);
                builder.enter(not_less);
                let equal = Ways { then: rest, otherwise: ways.otherwise };
                Self::compare(builder, Compare::Eq, upper, Type::I64, high, equal);
                builder.enter(rest);
                Self::compare(builder, Compare::Le, lower, Type::I64, low, ways);
            }
        }
    }

    /// The first `length` of its `bits` bits as a number of their own.
    pub(super) fn prefix(self, builder: &mut FunctionBuilder, bits: u32, length: u32) -> Self {
        let shift = |builder: &mut FunctionBuilder, ty, value, by: u32| {
            if by == 0 {
                return value;
            }
            let by = builder.constant(ty, by.into());
            builder.binary(BinaryOp::Shr, value, by)
        };
        match self {
            Self::Word(value) => Self::Word(shift(builder, Type::I32, value, bits - length)),
            Self::Long(value) => Self::Long(shift(builder, Type::I64, value, bits - length)),
            Self::Pair(upper, lower) if length > bits - 64 => {
                Self::Pair(upper, shift(builder, Type::I64, lower, bits - length))
            }
            Self::Pair(upper, _) => {
                Self::Long(shift(builder, Type::I64, upper, bits - 64 - length))
            }
        }
    }
}

/// A word as a long, to shift a long by.
pub(super) fn widen(builder: &mut FunctionBuilder, word: Value) -> Value {
    builder.unary(UnaryOp::Extend, word)
}
