//! Which shape a set gets.
//!
//! Executed instructions for one key, counted in the code, and what a key may cost: estimates that
//! follow from measured loads, misses and mispredicted branches, not measurements of these shapes.
//!
//! | shape | instructions | time |
//! |---|---|---|
//! | tree of `n` ranges | `log2(n)` + 1 or 2 | 2 to 3 ns for each level, for every second is mispredicted |
//! | window, map | 6, 8 | 1 ns |
//! | blocks | 10, and 22 more where a block is not whole | 17 ns, of a table of 2 MiB |
//! | hash | 13, and 5 more for 128 bits | two loads that depend on each other |
//!
//! A tree's code is also loaded, verified and kept in the instruction cache: a table is only data.

use super::bits::{self, Blocks};
use super::hash::Hash;
use super::key::{Key, Ways};
use super::numbers::Set;
use super::tree;
use crate::builder::FunctionBuilder;
use crate::entity::Block;

/// Up to how many ranges a tree is best, of numbers of 16 bits and of more.
const TREE_OF_SHORT: usize = 8;
const TREE: usize = 32;
/// Up to how many ranges that are no single numbers it is still better than 2 MiB of blocks.
const TREE_OF_RANGES: usize = 1024;
/// Up to how many numbers a hash is made for.
const HASHED: usize = 1 << 22;
/// From how many ranges on a window is better than comparisons.
const WINDOW: usize = 3;

/// Ends the current block with the question whether `key` is in `set`, whose numbers it has the
/// bits of: jumps to `then` if it is, and to `otherwise`, neither of which is sealed. Without
/// `tables` the set becomes code, however large.
pub fn branch(
    builder: &mut FunctionBuilder,
    set: &Set,
    key: Key,
    tables: bool,
    then: Block,
    otherwise: Block,
) {
    let ways = Ways { then, otherwise };
    let ranges = set.ranges();
    let tree = |builder: &mut FunctionBuilder| {
        tree::branch(builder, ranges, u128::MAX >> (128 - set.bits()), key, ways);
    };
    if let Key::Word(word) = key
        && let [(first, _), .., (_, last)] = *ranges
        && ranges.len() >= WINDOW
        && last - first < 64
    {
        return bits::window(builder, set, word, ways);
    }
    let few = if set.bits() <= 16 { TREE_OF_SHORT } else { TREE };
    if !tables || ranges.len() <= few {
        return tree(builder);
    }
    match key {
        Key::Word(word) if set.bits() <= 16 => bits::map(builder, set, word, ways),
        Key::Word(word) => {
            let most = HASHED.min(2 * ranges.len());
            let hash = set.numbers(most).and_then(|numbers| Hash::new(key, numbers));
            match hash {
                Some(hash) => {
                    hash.find(builder, key, ways);
                }
                None if ranges.len() <= TREE_OF_RANGES => tree(builder),
                None if Blocks::new(set).branch(builder, word, ways) => {}
                None => tree(builder),
            }
        }
        Key::Long(_) | Key::Pair(..) => {
            if !prefixes(builder, set, key, ways) {
                tree(builder);
            }
        }
    }
}

/// Looks prefixes up length by length, in a hash each. False, and nothing is done, if there is a
/// length without a hash, which is next to impossible.
fn prefixes(builder: &mut FunctionBuilder, set: &Set, key: Key, ways: Ways) -> bool {
    let groups = set.prefixes().into_iter().map(|(length, prefixes)| {
        let (kind, prefixes) = match key {
            Key::Pair(upper, _) if length + 64 <= set.bits() => (Key::Long(upper), prefixes),
            // The halves as `Key::prefix` gives them.
            Key::Pair(..) => {
                let free = set.bits() - length;
                let halves =
                    |n: u128| (n << free) >> 64 << 64 | ((n << free) as u64 >> free) as u128;
                (key, prefixes.into_iter().map(halves).collect())
            }
            _ => (key, prefixes),
        };
        Some((length, Hash::new(kind, prefixes)?))
    });
    let Some(groups) = groups.collect::<Option<Vec<_>>>() else { return false };
    let last = groups.len() - 1;
    for (index, (length, hash)) in groups.iter().enumerate() {
        let next = if index == last { ways.otherwise } else { builder.block() };
        let prefix = key.prefix(builder, set.bits(), *length);
        hash.find(builder, prefix, Ways { then: ways.then, otherwise: next });
        if index < last {
            builder.enter(next);
        }
    }
    true
}
