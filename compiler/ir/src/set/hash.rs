//! Looking a key up by a perfect hash: a multiplier for its bucket from one table, and what is at
//! its place, to compare with, from another.

use rustc_hash::FxHashSet;

use super::key::{Key, Kind, Ways, widen};
use super::perfect::{Perfect, odd};
use crate::builder::FunctionBuilder;
use crate::entity::Value;
use crate::tables::TableData;
use crate::types::{BinaryOp, Compare, Type, UnaryOp, Width};

/// How many ways to make one number of two are tried until no two keys meet.
const FOLDS: u64 = 16;

/// Keys with their places, as tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hash {
    kind: Kind,
    perfect: Perfect,
    /// What the upper half of a pair is multiplied by before the lower one is added.
    fold: u64,
    /// By bucket, what its keys are multiplied by.
    factors: TableData,
    /// By place, the number there; of pairs both halves, the upper one first.
    numbers: TableData,
}

impl Hash {
    /// Finds places for these numbers, all different, at least one, which keys of a kind are to be
    /// compared with. `None` if none were found, which is next to impossible.
    pub(super) fn new(kind: Kind, numbers: &[u128]) -> Option<Self> {
        let ty = if kind == Kind::Word { Type::I32 } else { Type::I64 };
        let (fold, keys) = match kind {
            // Adding alone will do for most.
            Kind::Pair => std::iter::once(1).chain((0..FOLDS).map(odd)).find_map(|factor| {
                let keys: Vec<u64> = numbers.iter().map(|number| fold(*number, factor)).collect();
                let different: FxHashSet<u64> = keys.iter().copied().collect();
                (different.len() == keys.len()).then_some((factor, keys))
            })?,
            _ => (0, numbers.iter().map(|number| *number as u64).collect()),
        };
        let perfect = Perfect::new(ty, &keys)?;
        let factors = perfect.factors.iter().map(|factor| (*factor).into());
        let factors = TableData::of(Width::W4, factors);
        // What is at a place without a number is never what is asked for there: a number that has
        // another place.
        let at = |index: &Option<u32>| numbers[index.unwrap_or(0) as usize];
        let places = perfect.places.iter().map(at);
        let numbers = match kind {
            Kind::Word => TableData::of(Width::W4, places.map(|number| number as u64)),
            Kind::Long => TableData::of(Width::W8, places.map(|number| number as u64)),
            Kind::Pair => {
                let halves = places.flat_map(|n| [(n >> 64) as u64, n as u64]);
                TableData::of(Width::W8, halves)
            }
        };
        Some(Self { kind, perfect, fold, factors, numbers })
    }

    /// Ends the current block: is the key one of the numbers? Gives the place, an `i32`, which is
    /// that of a number only where it is.
    pub(super) fn find(&self, builder: &mut FunctionBuilder, key: Key, ways: Ways) -> Value {
        let Perfect { ty, multiplier, bucket_bits, place_bits, .. } = self.perfect;
        let folded = match key {
            Key::Word(value) | Key::Long(value) => value,
            Key::Pair(upper, lower) => {
                let factor = builder.constant(ty, self.fold);
                let product = builder.binary(BinaryOp::Mul, upper, factor);
                builder.binary(BinaryOp::Add, product, lower)
            }
        };
        let multiplier = builder.constant(ty, multiplier);
        let mixed = builder.binary(BinaryOp::Mul, folded, multiplier);
        let bucket = self.top(builder, mixed, bucket_bits);
        let factors = builder.add_table(self.factors.clone());
        let mut factor = builder.table(Width::W4, factors, bucket);
        if ty == Type::I64 {
            factor = widen(builder, factor);
        }
        let product = builder.binary(BinaryOp::Mul, mixed, factor);
        let place = self.top(builder, product, place_bits);
        self.compare(builder, key, place, ways);
        place
    }

    /// By place, the index of the number there.
    pub(super) fn places(&self) -> &[Option<u32>] {
        &self.perfect.places
    }

    /// The upper bits of a product, as a word.
    fn top(&self, builder: &mut FunctionBuilder, product: Value, bits: u32) -> Value {
        let ty = self.perfect.ty;
        let count = builder.constant(ty, (ty.bits() - bits).into());
        let top = builder.binary(BinaryOp::Shr, product, count);
        if ty == Type::I64 { builder.unary(UnaryOp::Truncate, top) } else { top }
    }

    /// Goes on where the number at the place is the key.
    fn compare(&self, builder: &mut FunctionBuilder, key: Key, place: Value, ways: Ways) {
        let table = builder.add_table(self.numbers.clone());
        match key {
            Key::Word(value) | Key::Long(value) => {
                let width = if self.kind == Kind::Word { Width::W4 } else { Width::W8 };
                let there = builder.table(width, table, place);
                builder.branch(Compare::Eq, there, value, ways.then, ways.otherwise);
            }
            Key::Pair(upper, lower) => {
                let one = builder.const32(1);
                let even = builder.binary(BinaryOp::Shl, place, one);
                let there = builder.table(Width::W8, table, even);
                let rest = builder.block();
                builder.branch(Compare::Eq, there, upper, rest, ways.otherwise);
                builder.enter(rest);
                let odd = builder.binary_imm(BinaryOp::Or, even, 1);
                let there = builder.table(Width::W8, table, odd);
                builder.branch(Compare::Eq, there, lower, ways.then, ways.otherwise);
            }
        }
    }
}

/// One number of two, at run time made of two values in the same way.
fn fold(number: u128, factor: u64) -> u64 {
    ((number >> 64) as u64).wrapping_mul(factor).wrapping_add(number as u64)
}
