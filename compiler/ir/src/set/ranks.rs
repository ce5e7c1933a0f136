//! A number for each of some prefixes.

use super::hash::Hash;
use super::key::{Key, Ways};
use super::lengths::prefix_hash;
use crate::builder::FunctionBuilder;
use crate::entity::{Block, Value};
use crate::tables::TableData;
use crate::types::Width;

/// Prefixes of one length, each with a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranks {
    bits: u32,
    length: u32,
    hash: Hash,
    /// By place.
    numbers: TableData,
}

impl Ranks {
    /// The numbers of some prefixes, which are the first `length` bits of keys of `bits` bits; at
    /// least one, all different. `None` if there is no hash for them, which is next to impossible.
    pub fn new(bits: u32, length: u32, prefixes: &[(u128, u32)]) -> Option<Self> {
        let keys: Vec<u128> = prefixes.iter().map(|(prefix, _)| *prefix).collect();
        let hash = prefix_hash(bits, length, &keys)?;
        let rank = |index: &Option<u32>| index.map_or(0, |index| prefixes[index as usize].1.into());
        let numbers = TableData::of(Width::W4, hash.places().iter().map(rank));
        Some(Self { bits, length, hash, numbers })
    }

    /// Goes on in a new block with the number of the key's prefix, an `i32`; ends the current block
    /// with a way to `otherwise` for other keys, which is not sealed.
    pub fn find(&self, builder: &mut FunctionBuilder, key: Key, otherwise: Block) -> Value {
        let found = builder.block();
        let prefix = key.prefix(builder, self.bits, self.length);
        let place = self.hash.find(builder, prefix, Ways { then: found, otherwise });
        builder.enter(found);
        let ranks = builder.add_table(self.numbers.clone());
        builder.table(Width::W4, ranks, place)
    }
}
