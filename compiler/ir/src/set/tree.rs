//! Sets as code: a balanced tree of comparisons.

use super::key::{Key, Ways};
use crate::builder::FunctionBuilder;

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
    search(builder, ranges, reached, greatest, key, ways);
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
