//! Which shape a set gets.
//!
//! Executed instructions for one key, counted in the code, and what a key may cost: estimates that
//! follow from measured loads, misses and mispredicted branches, not measurements of these shapes.
//!
//! | shape | instructions | time |
//! |---|---|---|
//! | tree of `n` ranges | `log2(n)` + 1 or 2 | 2 to 3 ns for each level, for every second is mispredicted |
//! | the same of 64 bits | as many where upper halves differ, else twice as many | the same |
//! | window, map | 6, 8 | 1 ns |
//! | blocks | 10, and 22 more where a block is not whole | 17 ns, of a table of 2 MiB |
//! | hash | 13, and 5 more for 128 bits | two loads that depend on each other |
//! | prefixes of `n` lengths | 13 to 23 times `log2(n)` + 1 | as many hashes |
//!
//! A tree's code is also loaded, verified and kept in the instruction cache: a table is only data.

use super::bits::{self, Blocks};
use super::hash::Hash;
use super::key::{Key, Kind, Ways};
use super::lengths::Lengths;
use super::numbers::Set;
use super::tree;
use crate::builder::FunctionBuilder;
use crate::entity::Block;
use crate::tables::TableData;

/// Up to how many ranges a tree is best, of numbers of 16 bits and of more.
const TREE_OF_SHORT: usize = 8;
const TREE: usize = 32;
/// Up to how many ranges that are no single numbers it is still better than 2 MiB of blocks, or,
/// of more than 32 bits, than hashes for several lengths of prefixes.
const TREE_OF_RANGES: usize = 1024;
/// Up to how many numbers a hash is made for, and how many there may be for each range.
const HASHED: usize = 1 << 22;
const HASHED_OF_RANGE: usize = 2;
/// From how many ranges on a window is better than comparisons.
const WINDOW: usize = 3;

/// How a set is asked, worked out once for all keys that are looked for in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    set: Set,
    shape: Shape,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Shape {
    Tree,
    Window(u32, u64),
    Map(TableData),
    Hash(Hash),
    Blocks(Blocks),
    Prefixes(Lengths),
    /// Only the upper half of a pair counts.
    Upper(Box<Lookup>),
}

impl Lookup {
    /// Works it out. Without `tables` the set becomes code, however large.
    pub fn new(set: Set, tables: bool) -> Self {
        let shape = shape(&set, tables);
        Self { set, shape }
    }

    /// The set.
    pub fn set(&self) -> &Set {
        &self.set
    }

    /// Ends the current block with the question whether `key` is in the set, whose numbers it has
    /// the bits of: jumps to `then` if it is, and to `otherwise`, neither of which is sealed.
    pub fn branch(&self, builder: &mut FunctionBuilder, key: Key, then: Block, otherwise: Block) {
        let ways = Ways { then, otherwise };
        match (&self.shape, key) {
            (Shape::Window(first, bits), Key::Word(word)) => {
                bits::window(builder, (*first, *bits), word, ways);
            }
            (Shape::Map(bits), Key::Word(word)) => bits::map(builder, bits, word, ways),
            (Shape::Hash(hash), _) => {
                hash.find(builder, key, ways);
            }
            (Shape::Blocks(blocks), Key::Word(word)) => blocks.branch(builder, word, ways),
            (Shape::Prefixes(lengths), _) => lengths.branch(builder, key, ways),
            (Shape::Upper(lookup), Key::Pair(upper, _)) => {
                lookup.branch(builder, Key::Long(upper), then, otherwise);
            }
            _ => {
                let greatest = u128::MAX >> (128 - self.set.bits());
                tree::branch(builder, self.set.ranges(), greatest, key, ways);
            }
        }
    }
}

/// As [`Lookup::branch`], of a set that is asked once.
pub fn branch(
    builder: &mut FunctionBuilder,
    set: &Set,
    key: Key,
    tables: bool,
    then: Block,
    otherwise: Block,
) {
    Lookup::new(set.clone(), tables).branch(builder, key, then, otherwise);
}

fn shape(set: &Set, tables: bool) -> Shape {
    let (ranges, kind) = (set.ranges(), Kind::of(set.bits()));
    if let [(first, _), .., (_, last)] = *ranges
        && kind == Kind::Word
        && ranges.len() >= WINDOW
        && last - first < 64
    {
        let (first, bits) = bits::window_of(set);
        return Shape::Window(first, bits);
    }
    if let Some(upper) = upper(set) {
        return Shape::Upper(Box::new(Lookup::new(upper, tables)));
    }
    let few = if set.bits() <= 16 { TREE_OF_SHORT } else { TREE };
    if !tables || ranges.len() <= few {
        return Shape::Tree;
    }
    if set.bits() <= 16 {
        return Shape::Map(bits::map_of(set));
    }
    let most = HASHED.min(HASHED_OF_RANGE * ranges.len());
    let hash = set.numbers(most).and_then(|numbers| Hash::new(kind, &numbers));
    if let Some(hash) = hash {
        return Shape::Hash(hash);
    }
    if kind == Kind::Word {
        let blocks = (ranges.len() > TREE_OF_RANGES).then(|| Blocks::new(set)).flatten();
        return blocks.map_or(Shape::Tree, Shape::Blocks);
    }
    let groups = set.prefixes();
    if groups.len() > 1 && ranges.len() <= TREE_OF_RANGES {
        return Shape::Tree;
    }
    Lengths::new(set.bits(), &groups).map_or(Shape::Tree, Shape::Prefixes)
}

/// The upper halves of pairs, if every range begins and ends with one.
fn upper(set: &Set) -> Option<Set> {
    let low = u128::from(u64::MAX);
    let whole = |(first, last): &(u128, u128)| first & low == 0 && last & low == low;
    if Kind::of(set.bits()) != Kind::Pair || !set.ranges().iter().all(whole) {
        return None;
    }
    let halves = set.ranges().iter().map(|(first, last)| (first >> 64, last >> 64));
    Some(Set::new(set.bits() - 64, halves))
}
