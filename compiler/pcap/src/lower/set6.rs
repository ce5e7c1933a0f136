//! Sets and lists of IPv6 addresses.
//!
//! `ip6 host a` reads an address word by word, and only as long as the words are those of `a`. So a
//! packet that ends within the addresses matches a list, does not match it, or matches nothing at
//! all by which of the terms comes first whose beginning is there. Packets that hold what every term
//! may read are asked like any others; of the others, sets of the beginnings tell, with the terms'
//! places in the list where the order counts.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use nbpfc_ir::set::{Lookup, Ranks, Set};
use nbpfc_ir::{Compare, Width};
use nbpfc_source::Code;

use super::condition::{Condition, Register, Step, Test};
use super::context::{Context, Fault, Lowered};
use super::link::Ends;
use super::network::IPV6;
use super::numbers::ether_type;
use super::set::lookup;
use crate::tree::Dir;

/// Bits of a word.
const WORD: u32 = 32;
/// Words of an address.
const WORDS: u32 = 4;
/// What stands for the place of no term.
const NOWHERE: u32 = u32::MAX;

/// IPv6 networks in the order of a list.
pub(super) struct Networks {
    /// Address and length of the prefix, of which each is at least 1.
    pub(super) all: Vec<(u128, u32)>,
}

impl Networks {
    /// How many words every term reads of a matching address; `None` if not all read as many, or if
    /// the order of terms counts and they are of several lengths.
    fn words(&self, dir: Dir) -> Option<u32> {
        let (_, length) = *self.all.first()?;
        let words = length.div_ceil(WORD);
        let alike = self.all.iter().all(|(_, other)| match dir {
            Dir::Src | Dir::Dst => other.div_ceil(WORD) == words,
            _ => *other == length,
        });
        alike.then_some(words)
    }

    /// Whether lists of these become sets.
    pub(super) fn is_set(&self, dir: Dir) -> bool {
        self.words(dir).is_some()
    }

    /// The first bits of all addresses, as a set; the whole networks, in as many bits.
    fn beginnings(&self, words: u32) -> Set {
        let free = (WORDS - words) * WORD;
        let ranges = self.all.iter().map(|(address, length)| {
            let last = address | u128::MAX.checked_shr(*length).unwrap_or(0);
            (address >> free, last >> free)
        });
        Set::new(words * WORD, ranges)
    }

    /// By the first bits of addresses, the place of the first term that has them.
    fn places(&self, bits: u32) -> BTreeMap<u128, u32> {
        let mut places = BTreeMap::new();
        for (place, (address, _)) in (0..).zip(&self.all) {
            places.entry(address >> (128 - bits)).or_insert(place);
        }
        places
    }
}

/// Where one address is, and the registers that its words go to.
#[derive(Clone, Copy)]
struct End {
    offset: u32,
    words: [Register; WORDS as usize],
}

impl Context<'_> {
    /// IPv6 addresses of a set; they are read whole.
    pub(super) fn ipv6_set(&mut self, dir: Dir, set: &Arc<Lookup>) -> Lowered {
        let link = self.link_protocol(ether_type::IPV6)?;
        let ends = self.address_ends();
        let mut read = self.constant(true);
        for (end, unused) in [(ends.source, Dir::Dst), (ends.destination, Dir::Src)] {
            if dir != unused {
                let words = self.read_words(end, 0..WORDS);
                read = self.conditions.and(read, words);
            }
        }
        let inside = self.ends(dir, ends, |context, end| context.is_in(end.words.to_vec(), set));
        Ok(self.conditions.all([link, read, inside]))
    }

    /// A list of IPv6 networks, as its terms one by one.
    pub(super) fn ipv6_list(&mut self, dir: Dir, networks: &Networks) -> Lowered {
        let link = self.link_protocol(ether_type::IPV6)?;
        let words = networks.words(dir).unwrap_or(WORDS);
        let all = lookup(networks.beginnings(words), true);
        let ends = self.address_ends();
        let body = match dir {
            Dir::Src => self.one_end(ends.source, networks, words, &all),
            Dir::Dst => self.one_end(ends.destination, networks, words, &all),
            _ => self.either_end(ends, networks, words, &all)?,
        };
        Ok(self.conditions.and(link, body))
    }

    /// Where all words that a term may read are there they decide; where only some are, a packet
    /// that begins as a term does is read behind its end.
    fn one_end(
        &mut self,
        end: End,
        networks: &Networks,
        words: u32,
        all: &Arc<Lookup>,
    ) -> Condition {
        let mut found = self.constant(false);
        for count in 1..=words {
            let inside = if count == words {
                self.words_in(end, count, all)
            } else {
                let beginnings = lookup(networks.beginnings(count), true);
                let begins = self.words_in(end, count, &beginnings);
                let behind = self.read_words(end, count..count + 1);
                self.conditions.and(begins, behind)
            };
            found = self.if_present(end, count, inside, found);
        }
        let first = self.read_words(end, 0..1);
        self.conditions.and(first, found)
    }

    /// As [`Context::one_end`], of the source, which has to be there, then of the destination.
    fn either_end(
        &mut self,
        ends: Ends<End>,
        networks: &Networks,
        words: u32,
        all: &Arc<Lookup>,
    ) -> Result<Condition, Fault> {
        let source = self.read_words(ends.source, 0..words);
        let first = Networks { all: networks.all.iter().take(1).copied().collect() };
        let first = lookup(first.beginnings(words), true);
        let first = self.words_in(ends.source, words, &first);
        let destination = self.read_words(ends.destination, 0..1);
        let mut found = self.constant(false);
        for count in 1..=words {
            let inside = if count == words {
                self.ends(Dir::SrcOrDst, ends, |context, end| context.words_in(end, words, all))
            } else {
                self.first_of(ends, networks, [words, count])?
            };
            found = self.if_present(ends.destination, count, inside, found);
        }
        let rest = self.conditions.and(destination, found);
        let rest = self.conditions.or(first, rest);
        Ok(self.conditions.and(source, rest))
    }

    /// Of a packet that has the first `words` words of the source and only the first `count` of the
    /// destination: whether the first term that has either is one that has the source. If it is one
    /// that begins as the destination does, the packet is read behind its end.
    fn first_of(
        &mut self,
        ends: Ends<End>,
        networks: &Networks,
        [words, count]: [u32; 2],
    ) -> Result<Condition, Fault> {
        let length = networks.all.first().map_or(words * WORD, |(_, length)| *length);
        let source = self.rank(ends.source, words, length, networks)?;
        let destination = self.rank(ends.destination, count, count * WORD, networks)?;
        let [known, begins] = [source.place, destination.place].map(|place| {
            let [place, nowhere] = [Step::Register(place), Step::Number(NOWHERE)]
                .map(|step| self.conditions.number([step]));
            self.relation(place, Compare::Ne, nowhere)
        });
        let [left, right] = [source.place, destination.place]
            .map(|place| self.conditions.number([Step::Register(place)]));
        let before = self.relation(left, Compare::Le, right);
        let accepted = self.conditions.and(known, before);
        let behind = self.read_words(ends.destination, count..count + 1);
        let behind = self.conditions.and(begins, behind);
        let decided = self.conditions.or(accepted, behind);
        Ok(self.conditions.all([source.found, destination.found, decided]))
    }

    /// Finds the first term whose first `length` bits those of some words are; true.
    fn rank(
        &mut self,
        end: End,
        words: u32,
        length: u32,
        networks: &Networks,
    ) -> Result<Rank, Fault> {
        let places: Vec<(u128, u32)> = networks.places(length).into_iter().collect();
        let ranks = Ranks::new(words * WORD, length, &places).map(Arc::new);
        let ranks = ranks.ok_or_else(|| self.error(Code::Bug, "no hash for a list"))?;
        let place = self.conditions.register();
        let number = self.conditions.number([Step::Number(NOWHERE)]);
        let nowhere = self.conditions.test(Test::Set { register: place, number }, self.span);
        let words = end.words[..words as usize].to_vec();
        let found = self.conditions.test(Test::Rank { words, ranks, place }, self.span);
        Ok(Rank { place, found: self.conditions.and(nowhere, found) })
    }

    /// If `count` words are there, reads them behind the first and asks `inside`; else `otherwise`.
    fn if_present(
        &mut self,
        end: End,
        count: u32,
        inside: Condition,
        otherwise: Condition,
    ) -> Condition {
        if count == 1 {
            return inside;
        }
        let place = self.in_network(end.offset + 4 * (count - 1));
        let present = self.conditions.test(Test::Present { place, width: Width::W4 }, self.span);
        let absent = self.conditions.not(present);
        let read = self.read_words(end, 1..count);
        let then = self.conditions.all([present, read, inside]);
        let otherwise = self.conditions.and(absent, otherwise);
        self.conditions.or(then, otherwise)
    }

    fn address_ends(&mut self) -> Ends<End> {
        IPV6.map(|offset| End { offset, words: [(); 4].map(|()| self.conditions.register()) })
    }

    /// Puts some of an address's words into their registers, in order; true.
    fn read_words(&mut self, end: End, words: Range<u32>) -> Condition {
        let mut all = self.constant(true);
        for word in words {
            let place = self.in_network(end.offset + 4 * word);
            let one = self.read(place, Width::W4, end.words[word as usize]);
            all = self.conditions.and(all, one);
        }
        all
    }

    /// Whether the first words of an address are in a set.
    fn words_in(&mut self, end: End, count: u32, set: &Arc<Lookup>) -> Condition {
        self.is_in(end.words[..count as usize].to_vec(), set)
    }
}

/// A place in a list.
struct Rank {
    /// Gets it, or [`NOWHERE`].
    place: Register,
    /// Looks for it; true.
    found: Condition,
}
