//! Sets as code: a balanced tree of comparisons.

use super::key::{Key, Ways};
use crate::builder::FunctionBuilder;
use crate::entity::Value;
use crate::types::{BinaryOp, Compare, Type, UnaryOp};

/// From how many ranges on numbers of 64 bits are searched by their upper halves: to compare with
/// a number of 32 bits takes one instruction instead of two.
const HALVES: usize = 4;

/// Ends the current block: is the key in one of the ranges? They are as in a
/// [`Set`](super::Set), and no number of them exceeds `greatest`.
pub(super) fn branch(
    builder: &mut FunctionBuilder,
    ranges: &[(u128, u128)],
    greatest: u128,
    key: Key,
    ways: Ways,
) {
    let reached = ranges.first().is_some_and(|(first, _)| *first == 0);
    match key {
        Key::Long(long) if ranges.len() >= HALVES => {
            let bits = builder.constant(Type::I64, HALF.into());
            let upper = builder.binary(BinaryOp::Shr, long, bits);
            let upper = builder.unary(UnaryOp::Truncate, upper);
            Halves { upper, long, greatest }.search(builder, ranges, reached, ways);
        }
        _ => search(builder, ranges, reached, greatest, key, ways),
    }
}

/// The bits of a half, and a half of ones.
const HALF: u32 = 32;
const ONES: u128 = u32::MAX as u128;

/// A number of 64 bits, and its upper half.
struct Halves {
    upper: Value,
    long: Value,
    greatest: u128,
}

impl Halves {
    /// As [`search`].
    fn search(
        &self,
        builder: &mut FunctionBuilder,
        ranges: &[(u128, u128)],
        reached: bool,
        ways: Ways,
    ) {
        let key = Key::Long(self.long);
        match *ranges {
            [(first, last)] if first >> HALF == last >> HALF => {
                let inside = builder.block();
                let first_half = Ways { then: inside, ..ways };
                Key::Word(self.upper).is(builder, first >> HALF, first_half);
                builder.enter(inside);
                let lower = builder.unary(UnaryOp::Truncate, self.long);
                let ranges = [(first & ONES, last & ONES)];
                let reached = first & ONES == 0;
                search(builder, &ranges, reached, ONES, Key::Word(lower), ways);
            }
            [(first, last)] if first & ONES == 0 && last & ONES == ONES => {
                let ranges = [(first >> HALF, last >> HALF)];
                let (upper, greatest) = (Key::Word(self.upper), self.greatest >> HALF);
                search(builder, &ranges, reached, greatest, upper, ways);
            }
            [] | [_] => search(builder, ranges, reached, self.greatest, key, ways),
            _ => {
                let (lower, upper) = ranges.split_at(ranges.len() / 2);
                let (below, above) = (builder.block(), builder.block());
                let halves = Ways { then: below, otherwise: above };
                let (last, first) = (lower[lower.len() - 1].1, upper[0].0);
                // Any number between the two will do, best one that ends in ones.
                let reached_above = if last >> HALF < first >> HALF {
                    let limit = (first >> HALF) - 1;
                    let number = builder.const32(limit as u32);
                    builder.branch(Compare::Le, self.upper, number, below, above);
                    first & ONES == 0
                } else {
                    key.at_most(builder, first - 1, halves);
                    true
                };
                builder.enter(below);
                self.search(builder, lower, reached, ways);
                builder.enter(above);
                self.search(builder, upper, reached_above, ways);
            }
        }
    }
}

/// As [`branch`]. `reached`: the key is known not to be less than the first range. Recurses as deep
/// as the tree, which is balanced.
fn search(
    builder: &mut FunctionBuilder,
    ranges: &[(u128, u128)],
    reached: bool,
    greatest: u128,
    key: Key,
    ways: Ways,
) {
    match *ranges {
        [] => builder.jump(ways.otherwise),
        [(first, last)] if first == last => key.is(builder, first, ways),
        [(first, last)] => {
            if !reached {
                let inside = builder.block();
                let before = Ways { then: ways.otherwise, otherwise: inside };
                key.at_most(builder, first - 1, before);
                builder.enter(inside);
            }
            if last == greatest {
                builder.jump(ways.then);
            } else {
                key.at_most(builder, last, ways);
            }
        }
        _ => {
            let (lower, upper) = ranges.split_at(ranges.len() / 2);
            let (below, above) = (builder.block(), builder.block());
            let halves = Ways { then: below, otherwise: above };
            // Half of the numbers: not the last of the lower half, so that the range above is
            // known to be reached.
            key.at_most(builder, upper[0].0 - 1, halves);
            builder.enter(below);
            search(builder, lower, reached, greatest, key, ways);
            builder.enter(above);
            search(builder, upper, true, greatest, key, ways);
        }
    }
}
