//! Prefixes of many lengths: a search for the length, with a hash for each.
//!
//! Binary search on prefix lengths (Waldvogel et al., "Scalable High Speed IP Routing Lookups",
//! SIGCOMM 1997). The prefixes of a set lie apart, so a number that begins as one of them is in no
//! shorter one: what is found at a length is a prefix of the set, or says to look for longer ones.

use std::collections::BTreeMap;

use super::hash::Hash;
use super::key::{Key, Kind, Ways};
use crate::builder::FunctionBuilder;
use crate::tables::TableData;
use crate::types::{Compare, Width};

/// The lengths of a part of the prefixes, and the middle one's hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lengths {
    bits: u32,
    length: u32,
    hash: Hash,
    shorter: Option<Box<Lengths>>,
    longer: Option<Longer>,
}

/// What goes on where a number begins as a longer prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Longer {
    /// By place, 1 for a prefix of the set, 0 for the beginning of longer ones.
    members: TableData,
    lengths: Box<Lengths>,
}

impl Lengths {
    /// Of prefixes of keys of so many bits, by length, the shortest first; at least one length.
    /// `None` if there is a hash missing, which is next to impossible.
    pub(super) fn new(bits: u32, groups: &[(u32, Vec<u128>)]) -> Option<Self> {
        let middle = groups.len() / 2;
        let (shorter, rest) = groups.split_at(middle);
        let ((length, members), longer) = rest.split_first()?;
        let mut entries: BTreeMap<u128, u64> = BTreeMap::new();
        for (long, prefixes) in longer {
            entries.extend(prefixes.iter().map(|prefix| (prefix >> (long - length), 0)));
        }
        entries.extend(members.iter().map(|prefix| (*prefix, 1)));
        let prefixes: Vec<u128> = entries.keys().copied().collect();
        let hash = prefix_hash(bits, *length, &prefixes)?;
        let shorter = match shorter {
            [] => None,
            some => Some(Box::new(Self::new(bits, some)?)),
        };
        let longer = if longer.is_empty() {
            None
        } else {
            let flags: Vec<u64> = entries.values().copied().collect();
            let flag = |index: &Option<u32>| index.map_or(0, |index| flags[index as usize]);
            let members = TableData::of(Width::W1, hash.places().iter().map(flag));
            Some(Longer { members, lengths: Box::new(Self::new(bits, longer)?) })
        };
        Some(Self { bits, length: *length, hash, shorter, longer })
    }

    /// Ends the current block: does the key begin as one of them? Recurses as deep as the search
    /// goes, which halves the lengths.
    pub(super) fn branch(&self, builder: &mut FunctionBuilder, key: Key, ways: Ways) {
        let [found, missed] =
            [self.longer.is_some().then_some(()), self.shorter.as_ref().map(|_| ())]
                .map(|more| more.map(|()| builder.block()));
        let prefix = key.prefix(builder, self.bits, self.length);
        let first =
            Ways { then: found.unwrap_or(ways.then), otherwise: missed.unwrap_or(ways.otherwise) };
        let place = self.hash.find(builder, prefix, first);
        if let (Some(block), Some(longer)) = (found, &self.longer) {
            builder.enter(block);
            let members = builder.add_table(longer.members.clone());
            let member = builder.table(Width::W1, members, place);
            let zero = builder.const32(0);
            let more = builder.block();
            builder.branch(Compare::Ne, member, zero, ways.then, more);
            builder.enter(more);
            longer.lengths.branch(builder, key, ways);
        }
        if let (Some(block), Some(shorter)) = (missed, &self.shorter) {
            builder.enter(block);
            shorter.branch(builder, key, ways);
        }
    }
}

/// A hash for the first `length` bits of keys of `bits` bits, as `Key::prefix` gives them.
pub(super) fn prefix_hash(bits: u32, length: u32, prefixes: &[u128]) -> Option<Hash> {
    match Kind::of(bits) {
        Kind::Pair if length + 64 <= bits => Hash::new(Kind::Long, prefixes),
        Kind::Pair => {
            let free = bits - length;
            let halves =
                |n: &u128| (n << free) >> 64 << 64 | u128::from((n << free) as u64 >> free);
            Hash::new(Kind::Pair, &prefixes.iter().map(halves).collect::<Vec<_>>())
        }
        kind => Hash::new(kind, prefixes),
    }
}
