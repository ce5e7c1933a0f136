//! Perfect hashing: a place for each of some keys, found with two multiplications.
//!
//! Hash and displace (Pagh, "Hash and Displace: Efficient Evaluation of Minimal Perfect Hash
//! Functions", WADS 1999), with multiply-shift hashing (Dietzfelbinger et al., "A Reliable
//! Randomized Algorithm for the Closest-Pair Problem", 1997) for both steps: the first multiplier
//! is the same for all keys and gives a bucket; each bucket has a multiplier of its own for the
//! first product, which gives its keys places that no other has. (For the key itself, 32 bits would
//! be too few: keys that are near each other would stay so.) Building takes expected linear time.

use crate::types::{BinaryOp, Type};

/// How many keys a bucket has, about.
const LOAD: usize = 3;
/// How many multipliers a bucket is tried with before everything begins anew.
const TRIES: u32 = 1 << 16;
/// How often it may begin anew.
const ATTEMPTS: u64 = 24;
/// After so many attempts there is twice the room.
const PATIENCE: u64 = 8;

/// Where each key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Perfect {
    /// The type that is multiplied in.
    pub(super) ty: Type,
    /// Gives the bucket.
    pub(super) multiplier: u64,
    /// How many bits of the first product number the buckets; at least 1.
    pub(super) bucket_bits: u32,
    /// How many bits of the second product are a place; at least 1.
    pub(super) place_bits: u32,
    /// By bucket, what its keys are multiplied by.
    pub(super) factors: Vec<u32>,
    /// By place, the index of the key there.
    pub(super) places: Vec<Option<u32>>,
}

fn product(ty: Type, key: u64, factor: u64) -> u64 {
    BinaryOp::Mul.eval(ty, key, factor)
}

/// The upper `bits` bits of a number.
fn top(ty: Type, number: u64, bits: u32) -> usize {
    (number >> (ty.bits() - bits)) as usize
}

/// Any odd number; different for different seeds. The finisher of splitmix64.
pub(super) fn odd(seed: u64) -> u64 {
    let z = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)) | 1
}

/// The multiplier that a bucket is tried with next: every odd 32-bit number comes once.
fn factor(index: u32) -> u32 {
    (2 * index + 1).wrapping_mul(0x9e37_79b1)
}

impl Perfect {
    /// Places for keys, all different and none wider than `ty`. `None` if none were found, which
    /// is next to impossible.
    pub(super) fn new(ty: Type, keys: &[u64]) -> Option<Self> {
        (0..ATTEMPTS).find_map(|attempt| Self::attempt(ty, keys, attempt))
    }

    fn attempt(ty: Type, keys: &[u64], attempt: u64) -> Option<Self> {
        let bits = |count: usize| count.max(2).next_power_of_two().trailing_zeros();
        let bucket_bits = bits(keys.len() / LOAD);
        let place_bits = bits(keys.len() + keys.len() / 8) + u32::from(attempt >= PATIENCE);
        let multiplier = odd(attempt) & ty.mask();
        let mixed: Vec<u64> = keys.iter().map(|key| product(ty, *key, multiplier)).collect();
        let bucket = |mixed: u64| top(ty, mixed, bucket_bits);

        // The keys' indexes, bucket by bucket.
        let mut ends = vec![0; 1 << bucket_bits];
        for key in &mixed {
            ends[bucket(*key)] += 1;
        }
        let sizes = ends.clone();
        let mut sum = 0;
        for end in &mut ends {
            sum += *end;
            *end = sum;
        }
        let mut starts = ends;
        let mut members = vec![0u32; keys.len()];
        for (index, key) in mixed.iter().enumerate() {
            let start = &mut starts[bucket(*key)];
            *start -= 1;
            members[*start] = index as u32;
        }

        // The largest first, while there is room.
        let mut order: Vec<usize> = (0..sizes.len()).filter(|bucket| sizes[*bucket] > 0).collect();
        order.sort_by_key(|bucket| std::cmp::Reverse(sizes[*bucket]));
        let mut factors = vec![1; 1 << bucket_bits];
        let mut places: Vec<Option<u32>> = vec![None; 1 << place_bits];
        for bucket in order {
            let members = &members[starts[bucket]..][..sizes[bucket]];
            factors[bucket] = (0..TRIES).map(factor).find(|factor| {
                let place = |member: &u32| {
                    let product = product(ty, mixed[*member as usize], (*factor).into());
                    top(ty, product, place_bits)
                };
                for (done, member) in members.iter().enumerate() {
                    let at = place(member);
                    if places[at].is_some() {
                        members[..done].iter().for_each(|member| places[place(member)] = None);
                        return false;
                    }
                    places[at] = Some(*member);
                }
                true
            })?;
        }
        Some(Self { ty, multiplier, bucket_bits, place_bits, factors, places })
    }
}
