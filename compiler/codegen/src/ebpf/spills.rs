//! Where registers are spilled to: those that do not hold anything at the same time share a place.
//!
//! The allocator gives a spilled register a place that is free, if it finds one among a few that it looks
//! at; of an array it finds none, and each of the values that an element has had takes 8 bytes. Here
//! places are given anew, by what is stored and loaded where. It is done only for what would have no room
//! otherwise.

use regalloc2::{Allocation, Block as RaBlock, Edit, InstOrEdit, Output, SpillSlot};

use super::allocate::Input;
use super::vcode::VCode;

/// A set of spill slots, a bit each.
#[derive(Clone, PartialEq, Eq)]
struct Set(Vec<u64>);

impl Set {
    fn empty(slots: usize) -> Self {
        Self(vec![0; slots.div_ceil(64)])
    }

    fn insert(&mut self, slot: usize) {
        self.0[slot / 64] |= 1 << (slot % 64);
    }

    fn remove(&mut self, slot: usize) {
        self.0[slot / 64] &= !(1 << (slot % 64));
    }

    fn extend(&mut self, other: &Self) {
        for (own, other) in self.0.iter_mut().zip(&other.0) {
            *own |= other;
        }
    }

    fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(at, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                let bit = rest.checked_ilog2()? as usize;
                rest &= !(1 << bit);
                Some(at * 64 + bit)
            })
        })
    }
}

/// What happens to a slot.
#[derive(Clone, Copy)]
enum Event {
    Store(usize),
    Load(usize),
}

/// The place of each spill slot, in units of 8 bytes.
pub(crate) struct Spills {
    places: Vec<u32>,
    /// How many places there are.
    pub(crate) count: u32,
}

impl Spills {
    /// As the allocator says.
    pub(crate) fn apart(output: &Output) -> Self {
        let count = output.num_spillslots as u32;
        Self { places: (0..count).collect(), count }
    }

    /// As close as they can be.
    pub(crate) fn shared(code: &VCode, input: &Input<'_>, output: &Output) -> Self {
        let slots = output.num_spillslots;
        let events: Vec<Vec<Event>> =
            (0..code.blocks.len()).map(|block| events(input, output, block)).collect();
        let leaving = live(code, &events, slots);
        let mut together = vec![Set::empty(slots); slots];
        for (events, leaving) in events.iter().zip(leaving) {
            let mut live = leaving;
            for event in events.iter().rev() {
                match *event {
                    Event::Load(slot) => live.insert(slot),
                    Event::Store(slot) => {
                        live.remove(slot);
                        together[slot].extend(&live);
                    }
                }
            }
        }
        let mut earlier: Vec<Vec<usize>> = vec![Vec::new(); slots];
        for (slot, together) in together.iter().enumerate() {
            for other in together.iter() {
                earlier[slot.max(other)].push(slot.min(other));
            }
        }
        let mut places: Vec<u32> = Vec::with_capacity(slots);
        let mut count = 0;
        let mut taken: Vec<u32> = Vec::new();
        for earlier in &earlier {
            taken.clear();
            taken.extend(earlier.iter().map(|other| places[*other]));
            taken.sort_unstable();
            taken.dedup();
            let free = (0..).zip(&taken).find(|(place, taken)| place != *taken);
            let place = free.map_or(taken.len() as u32, |(place, _)| place);
            places.push(place);
            count = count.max(place + 1);
        }
        Self { places, count }
    }

    /// The place of what the allocator put into a spill slot.
    pub(crate) fn place(&self, allocation: Allocation) -> u32 {
        let slot = allocation.as_stack().map_or(0, SpillSlot::index);
        self.places.get(slot).copied().unwrap_or(0)
    }
}

/// The stores and loads of a block, in order: only moves that the allocator asks for are such.
fn events(input: &Input<'_>, output: &Output, block: usize) -> Vec<Event> {
    let slot = |allocation: Allocation| allocation.as_stack().map(SpillSlot::index);
    let mut events = Vec::new();
    for item in output.block_insts_and_edits(input, RaBlock::new(block)) {
        if let InstOrEdit::Edit(Edit::Move { from, to }) = item {
            events.extend(slot(*from).map(Event::Load));
            events.extend(slot(*to).map(Event::Store));
        }
    }
    events
}

/// The slots that hold something at the end of each block: they are loaded later.
fn live(code: &VCode, events: &[Vec<Event>], slots: usize) -> Vec<Set> {
    let blocks = code.blocks.len();
    let mut entering = vec![Set::empty(slots); blocks];
    let mut leaving = vec![Set::empty(slots); blocks];
    loop {
        let mut changed = false;
        for block in (0..blocks).rev() {
            let mut live = Set::empty(slots);
            for next in code.blocks[block].end.successors() {
                live.extend(&entering[next.index()]);
            }
            leaving[block].clone_from(&live);
            for event in events[block].iter().rev() {
                match *event {
                    Event::Load(slot) => live.insert(slot),
                    Event::Store(slot) => live.remove(slot),
                }
            }
            if live != entering[block] {
                entering[block] = live;
                changed = true;
            }
        }
        if !changed {
            return leaving;
        }
    }
}
