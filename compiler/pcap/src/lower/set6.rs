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
    /// How many words the terms read of a matching address: the most, and whether all as many.
    fn words(&self) -> (u32, bool) {
        let words = self.all.iter().map(|(_, length)| length.div_ceil(WORD));
        let most = words.clone().max().unwrap_or(WORDS);
        (most, words.min() == Some(most))
    }

    /// The first term alone.
    fn first(&self) -> Self {
        Self { all: self.all.iter().take(1).copied().collect() }
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

    /// By length, and by so many first bits of an address of which `count` words are there: twice
    /// the place of the first term that has them, and 1 more if that term reads further words.
    fn places(&self, count: u32) -> BTreeMap<u32, BTreeMap<u128, u32>> {
        let mut places: BTreeMap<u32, BTreeMap<u128, u32>> = BTreeMap::new();
        for (place, (address, length)) in (0..).zip(&self.all) {
            let known = count * WORD;
            let bits = known.min(*length);
            let group = places.entry(bits).or_default();
            let place = 2 * place + u32::from(*length > known);
            group.entry(address >> (128 - bits)).or_insert(place);
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
        let (words, _) = networks.words();
        let all = lookup(networks.beginnings(words), true);
        let ends = self.address_ends();
        let body = match dir {
            Dir::Src => self.one_end(ends.source, networks, words, &all)?,
            Dir::Dst => self.one_end(ends.destination, networks, words, &all)?,
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
    ) -> Result<Condition, Fault> {
        let (_, alike) = networks.words();
        let mut found = self.constant(false);
        for count in 1..=words {
            let inside = if count == words {
                self.words_in(end, count, all)
            } else if alike {
                let beginnings = lookup(networks.beginnings(count), true);
                let begins = self.words_in(end, count, &beginnings);
                let behind = self.read_words(end, count..count + 1);
                self.conditions.and(begins, behind)
            } else {
                let rank = self.rank(end, count, networks)?;
                let decided = self.decided(end, &rank, count);
                self.conditions.and(rank.found, decided)
            };
            found = self.if_present(end, count, inside, found);
        }
        let first = self.read_words(end, 0..1);
        Ok(self.conditions.and(first, found))
    }

    /// As [`Context::one_end`], of the source, which has to be there, then of the destination.
    fn either_end(
        &mut self,
        ends: Ends<End>,
        networks: &Networks,
        words: u32,
        all: &Arc<Lookup>,
    ) -> Result<Condition, Fault> {
        let first = networks.first();
        let (words_of_first, _) = first.words();
        let source = self.read_words(ends.source, 0..words_of_first);
        let first = lookup(first.beginnings(words_of_first), true);
        let first = self.words_in(ends.source, words_of_first, &first);
        let destination = self.read_words(ends.destination, 0..1);
        // The source lies before the destination.
        let more = self.read_words(ends.source, words_of_first..words);
        let mut found = self.constant(false);
        for count in 1..=words {
            let inside = if count == words {
                self.ends(Dir::SrcOrDst, ends, |context, end| context.words_in(end, words, all))
            } else {
                self.first_of(ends, networks, [words, count])?
            };
            found = self.if_present(ends.destination, count, inside, found);
        }
        let rest = self.conditions.all([destination, more, found]);
        let rest = self.conditions.or(first, rest);
        Ok(self.conditions.and(source, rest))
    }

    /// Of a packet that has the first `words` words of the source and only the first `count` of the
    /// destination: whether the first term that has either is one that has the source, or all that
    /// it asks for of the destination. If it is one that begins as the destination does, the packet
    /// is read behind its end.
    fn first_of(
        &mut self,
        ends: Ends<End>,
        networks: &Networks,
        [words, count]: [u32; 2],
    ) -> Result<Condition, Fault> {
        let source = self.rank(ends.source, words, networks)?;
        let destination = self.rank(ends.destination, count, networks)?;
        let known = self.compared(source.place, Compare::Ne, NOWHERE);
        let [left, right] = [source.place, destination.place]
            .map(|place| self.conditions.number([Step::Register(place)]));
        let before = self.relation(left, Compare::Le, right);
        let accepted = self.conditions.and(known, before);
        let decided = self.decided(ends.destination, &destination, count);
        let decided = self.conditions.or(accepted, decided);
        Ok(self.conditions.all([source.found, destination.found, decided]))
    }

    /// Whether the first term that begins as `count` words do is there, and reads no more of them;
    /// one that does is read behind the packet's end.
    fn decided(&mut self, end: End, rank: &Rank, count: u32) -> Condition {
        let begins = self.compared(rank.place, Compare::Ne, NOWHERE);
        let whole = self.compared(rank.place, Compare::Clear, 1);
        let behind = self.read_words(end, count..count + 1);
        let whole = self.conditions.or(whole, behind);
        self.conditions.and(begins, whole)
    }

    fn compared(&mut self, place: Register, compare: Compare, number: u32) -> Condition {
        let [place, number] = [Step::Register(place), Step::Number(number)]
            .map(|step| self.conditions.number([step]));
        self.relation(place, compare, number)
    }

    /// Finds the first term that has the first words of an address, as far as they are known; true.
    fn rank(&mut self, end: End, count: u32, networks: &Networks) -> Result<Rank, Fault> {
        let place = self.conditions.register();
        let number = self.conditions.number([Step::Number(NOWHERE)]);
        let mut found = self.conditions.test(Test::Set { register: place, number }, self.span);
        for (length, places) in networks.places(count) {
            let places: Vec<(u128, u32)> = places.into_iter().collect();
            let ranks = Ranks::new(count * WORD, length, &places).map(Arc::new);
            let ranks = ranks.ok_or_else(|| self.error(Code::Bug, "no hash for a list"))?;
            let words = end.words[..count as usize].to_vec();
            let one = self.conditions.test(Test::Rank { words, ranks, place }, self.span);
            found = self.conditions.and(found, one);
        }
        Ok(Rank { place, found })
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
    /// Gets what [`Networks::places`] says of it, or [`NOWHERE`].
    place: Register,
    /// Looks for it; true.
    found: Condition,
}
