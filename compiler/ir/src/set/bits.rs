//! Sets as bits: one for each number, or for each block of numbers.

use super::hash::Hash;
use super::key::{Key, Kind, Ways, widen};
use super::numbers::Set;
use crate::builder::FunctionBuilder;
use crate::entity::{Table, Value};
use crate::tables::TableData;
use crate::types::{BinaryOp, Compare, Type, Width};

/// How many numbers a block has, and how many low bits are left out to number the block.
const BLOCK: u128 = 256;
const BLOCK_BITS: u32 = 8;
/// How many 64-bit words there is a bit for each number of a block in.
const BLOCK_WORDS: usize = 4;

/// Ends the current block: is bit `index`, modulo 64, set in a word?
fn bit(builder: &mut FunctionBuilder, word: Value, index: Value, ways: Ways) {
    let index = widen(builder, index);
    let shifted = builder.binary(BinaryOp::Shr, word, index);
    let one = builder.const64(1);
    builder.branch(Compare::Set, shifted, one, ways.then, ways.otherwise);
}

/// Sets the bits of a range, as far as the words go.
fn fill(words: &mut [u64], first: u64, last: u64) {
    let (from, to) = ((first / 64) as usize, (last / 64) as usize);
    for (index, word) in words.iter_mut().enumerate().take(to + 1).skip(from) {
        let low = if index == from { first % 64 } else { 0 };
        let high = if index == to { last % 64 } else { 63 };
        *word |= (u64::MAX << low) & (u64::MAX >> (63 - high));
    }
}

/// The first number of a set of which no two numbers are 64 apart, and a bit for each from there.
pub(super) fn window_of(set: &Set) -> (u32, u64) {
    let first = set.ranges().first().map_or(0, |(first, _)| *first);
    let mut bits = [0];
    for &(low, high) in set.ranges() {
        fill(&mut bits, (low - first) as u64, (high - first) as u64);
    }
    (first as u32, bits[0])
}

/// Ends the current block: is a word in a window?
pub(super) fn window(
    builder: &mut FunctionBuilder,
    (first, bits): (u32, u64),
    word: Value,
    ways: Ways,
) {
    let index = builder.binary_imm(BinaryOp::Sub, word, first);
    let near = builder.block();
    let end = builder.const32(64);
    builder.branch(Compare::Lt, index, end, near, ways.otherwise);
    builder.enter(near);
    let bits = builder.const64(bits);
    bit(builder, bits, index, ways);
}

/// A bit for each number of 16 bits.
pub(super) fn map_of(set: &Set) -> TableData {
    let mut words = vec![0; 1 << 10];
    for &(first, last) in set.ranges() {
        fill(&mut words, first as u64, last as u64);
    }
    TableData::of(Width::W8, words)
}

/// Ends the current block: is a word in a set of numbers of 16 bits?
pub(super) fn map(builder: &mut FunctionBuilder, bits: &TableData, word: Value, ways: Ways) {
    let table = builder.add_table(bits.clone());
    look(builder, table, word, ways);
}

/// Ends the current block: is the bit with this number set?
fn look(builder: &mut FunctionBuilder, table: Table, number: Value, ways: Ways) {
    let index = builder.binary_imm(BinaryOp::Shr, number, 6);
    let word = builder.table(Width::W8, table, index);
    bit(builder, word, number, ways);
}

/// A 32-bit set block by block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Blocks {
    /// A bit for each block that has numbers of the set.
    any: TableData,
    /// The blocks that also have others, and by their places which of their numbers are in the set.
    partial: Option<(Hash, TableData)>,
}

impl Blocks {
    /// Divides a set. `None` if there is no hash for the blocks, which is next to impossible.
    pub(super) fn new(set: &Set) -> Option<Self> {
        let mut any = vec![0; 1 << (32 - BLOCK_BITS - 6)];
        let mut numbers: Vec<u128> = Vec::new();
        let mut words: Vec<[u64; BLOCK_WORDS]> = Vec::new();
        for &(first, last) in set.ranges() {
            let (from, to) = (first / BLOCK, last / BLOCK);
            fill(&mut any, from as u64, to as u64);
            let mut ends = [Some(from), Some(to).filter(|to| *to != from)];
            ends.iter_mut().flatten().for_each(|block| {
                let low = first.max(*block * BLOCK) - *block * BLOCK;
                let high = last.min(*block * BLOCK + BLOCK - 1) - *block * BLOCK;
                if (low, high) == (0, BLOCK - 1) {
                    return;
                }
                if numbers.last() != Some(block) {
                    numbers.push(*block);
                    words.push([0; BLOCK_WORDS]);
                }
                if let Some(words) = words.last_mut() {
                    fill(words, low as u64, high as u64);
                }
            });
        }
        let any = TableData::of(Width::W8, any);
        if numbers.is_empty() {
            return Some(Self { any, partial: None });
        }
        let hash = Hash::new(Kind::Word, &numbers)?;
        let by_place = hash.places().iter().flat_map(|index| match index {
            Some(index) => words[*index as usize],
            None => [0; BLOCK_WORDS],
        });
        let by_place = TableData::of(Width::W8, by_place);
        Some(Self { any, partial: Some((hash, by_place)) })
    }

    /// Ends the current block: is a word in the set?
    pub(super) fn branch(&self, builder: &mut FunctionBuilder, word: Value, ways: Ways) {
        let any = builder.add_table(self.any.clone());
        let block = builder.binary_imm(BinaryOp::Shr, word, BLOCK_BITS);
        let Some((hash, words)) = &self.partial else { return look(builder, any, block, ways) };
        let (some, part) = (builder.block(), builder.block());
        look(builder, any, block, Ways { then: some, ..ways });
        builder.enter(some);
        // What has numbers of the set, and is not in the hash, has no others.
        let place = hash.find(builder, Key::Word(block), Ways { then: part, otherwise: ways.then });
        builder.enter(part);
        let words = builder.add_table(words.clone());
        let two = builder.constant(Type::I32, 2);
        let base = builder.binary(BinaryOp::Shl, place, two);
        let within = builder.binary_imm(BinaryOp::Shr, word, 6);
        let within = builder.binary_imm(BinaryOp::And, within, BLOCK_WORDS as u32 - 1);
        let index = builder.binary(BinaryOp::Or, base, within);
        let found = builder.table(Width::W8, words, index);
        bit(builder, found, word, ways);
    }
}
