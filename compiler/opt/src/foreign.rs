//! Rules out what is not sought by bits that nothing sought has.
//!
//! `port 80` loads one port and compares it, then the other. A port that has any bit that 80 has
//! not is another one, and nearly every port has: so both are loaded at once, and each half is
//! asked for such a bit. `host 192.0.2.1 or host 192.0.2.9` compares one address with both; one
//! question for a bit that neither has does the same. What passes for the number sought is compared
//! as before, which is dearer for the packets that come so far, and for no others.
//!
//! Sound for the verifier: the four bytes lie in the window that both numbers are read from.
//! Must not: ask for bits that many numbers lack; leave out what another block has use of.

use cranelift_entity::SecondaryMap;
use nbpfc_ir::{
    Block, BlockCall, Compare, Function, Inst, Instruction, Insts, Predecessors, Terminator, Type,
    UnaryOp, Value, Width,
};
use smallvec::SmallVec;

use crate::context::Context;
use crate::edit::{Equality, constant, own_constants, terminate};
use crate::merge::uses;
use crate::rare::{IPV4, equality, is_equal};

/// How many of a number's bits must be such that having one rules it out: one random number in 256
/// has none of eight.
const BITS: u32 = 8;

/// How many tests must be saved for each packet, and how often a number may lie in a range.
const WORTH: f64 = 0.4;
const PART: f64 = 0.1;

/// Where an Ethernet header has the type of its payload.
const TYPE: u32 = 12;

/// The most blocks that compare one number.
const BLOCKS: usize = 16;

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) -> bool {
    let before = context.spent();
    if context.written(function).writes_packet() {
        return false;
    }
    gather(function, context);
    let mut facts: Option<Facts> = None;
    for index in 0..function.layout.len() {
        let block = function.layout[index];
        let Some(number) = Number::of(function, block) else { continue };
        // Many packets are of IPv4: that is no rare find.
        if !number.has_more(function) || is_equal(function, block, IPV4) {
            continue;
        }
        let facts = facts.get_or_insert_with(|| Facts::new(function));
        let Some(first) = number.asked(function, facts) else { continue };
        let second = Number::of(function, first.otherwise)
            .filter(|next| next.is_beside(&first.number))
            .filter(|next| next.is_alone(function, first.otherwise))
            .and_then(|next| next.asked(function, facts));
        if let Some(second) = second {
            if context.rewrite() {
                both(function, block, &first, &second);
            }
        } else if first.pays() && context.rewrite() {
            alone(function, block, &first);
        }
    }
    if context.spent() == before {
        return false;
    }
    own_constants(function);
    true
}

/// Of tests for equality in a row that lead to one place if they hold, brings those of one number
/// together.
fn gather(function: &mut Function, context: &mut Context) {
    let preds = function.predecessors();
    for index in 0..function.layout.len() {
        let mut last = function.layout[index];
        let Some((value, to, mut next)) = row(function, last) else { continue };
        // The block before the one at hand, once another number's is between.
        let mut before = None;
        for _ in 0..2 * BLOCKS {
            let more = row(function, next).filter(|(.., goal, _)| *goal == to);
            let Some((other, _, rest)) = more.filter(|_| preds[next].len() == 1) else { break };
            let constants = |inst: &Inst| function.constant(function.result(*inst)).is_some();
            let plain = function.block(next).insts.iter().all(constants);
            match before {
                Some(from) if other == value && plain => {
                    if !context.rewrite() {
                        return;
                    }
                    let (_, _, first) = row(function, last).unwrap_or((value, to, next));
                    lead(function, from, rest);
                    lead(function, next, first);
                    lead(function, last, next);
                    last = next;
                }
                None if other == value => last = next,
                _ => before = Some(next),
            }
            next = rest;
        }
    }
}

/// A block's comparison of a value for equality with a number: the value, where it leads if they
/// are equal, and if not.
fn row(function: &Function, block: Block) -> Option<(Value, Block, Block)> {
    let Equality { a, b, equal, other } = Equality::of(function, block)?;
    let plain = equal.args.is_empty() && other.args.is_empty();
    (plain && function.constant(b).is_some()).then_some((a, equal.block, other.block))
}

/// Has a comparison for equality lead elsewhere if they are not equal.
fn lead(function: &mut Function, block: Block, to: Block) {
    let Some(Equality { a, b, equal, .. }) = Equality::of(function, block) else { return };
    let (compare, then, otherwise) = (Compare::Eq, equal.clone(), to.into());
    terminate(function, block, Terminator::Branch { compare, a, b, then, otherwise });
}

/// What is asked of the function as it was.
struct Facts {
    uses: SecondaryMap<Value, u32>,
    preds: Predecessors,
}

impl Facts {
    fn new(function: &Function) -> Self {
        Self { uses: uses(function), preds: function.predecessors() }
    }
}

/// Bytes of the packet that the end of a block compares.
struct Number {
    block: Block,
    width: Width,
    load: Value,
    /// Them the other way round, if that is what is compared.
    swapped: Option<Value>,
    view: Value,
    displacement: u32,
}

impl Number {
    fn of(function: &Function, block: Block) -> Option<Self> {
        let Terminator::Branch { a, .. } = *function.terminator(block) else { return None };
        let (load, swapped) = match *function.def_inst(a)? {
            Instruction::Unary(UnaryOp::Bswap(_), load) => (load, Some(a)),
            _ => (a, None),
        };
        let &Instruction::Load { width, view, displacement } = function.def_inst(load)? else {
            return None;
        };
        let here = |value| {
            let insts = &function.block(block).insts;
            insts.iter().any(|inst| function.result(*inst) == value)
        };
        let here = here(load) && swapped.is_none_or(here);
        let wide = matches!(width, Width::W2 | Width::W4);
        (here && wide).then_some(Self { block, width, load, swapped, view, displacement })
    }

    /// Whether two bytes lie beside two others.
    fn is_beside(&self, other: &Self) -> bool {
        let near = self.displacement.abs_diff(other.displacement) == Width::W2.bytes();
        near && self.view == other.view && [self.width, other.width] == [Width::W2; 2]
    }

    /// Whether what follows compares it again, or one that lies beside it.
    fn has_more(&self, function: &Function) -> bool {
        let compared = self.swapped.unwrap_or(self.load);
        function.terminator(self.block).successors().any(|to| {
            let same = match function.terminator(to) {
                Terminator::Branch { a, .. } => *a == compared,
                _ => false,
            };
            same || Self::of(function, to).is_some_and(|next| next.is_beside(self))
        })
    }

    /// A number as it lies in packets.
    fn lies(&self, number: u64) -> u64 {
        number.swap_bytes() >> (64 - 8 * self.width.bytes())
    }

    /// Whether a block does nothing else.
    fn is_alone(&self, function: &Function, block: Block) -> bool {
        let data = function.block(block);
        data.insts.iter().all(|inst| self.makes(function.result(*inst), function))
    }

    fn makes(&self, value: Value, function: &Function) -> bool {
        value == self.load || Some(value) == self.swapped || function.constant(value).is_some()
    }

    /// All that the number is compared with, and where that leads; `None` if it has other uses.
    fn asked(self, function: &Function, facts: &Facts) -> Option<Asked> {
        let compared = self.swapped.unwrap_or(self.load);
        let mut ends: SmallVec<[(Block, u64, u64); BLOCKS]> = SmallVec::new();
        let mut ways: SmallVec<[(Block, u64, u64); BLOCKS]> = SmallVec::new();
        let all = u64::MAX >> (64 - 8 * self.width.bytes());
        ways.push((self.block, 0, all));
        let mut blocks: SmallVec<[Block; BLOCKS]> = SmallVec::new();
        while let Some((at, from, to)) = ways.pop() {
            if !blocks.contains(&at) {
                blocks.push(at);
            }
            let Terminator::Branch { compare, b, then, otherwise, .. } = function.terminator(at)
            else {
                return None;
            };
            let number = function.constant(*b)?;
            let number = if self.swapped.is_some() { number } else { self.lies(number) };
            for (from, to, holds) in parts(*compare, number, from, to)? {
                let call: &BlockCall = if holds { then } else { otherwise };
                let next = call.block;
                let more = match function.terminator(next) {
                    Terminator::Branch { a, .. } => *a == compared,
                    _ => false,
                };
                let goes_on = more && facts.preds[next].len() == 1 && self.is_alone(function, next);
                if !call.args.is_empty() || ends.len() + ways.len() == BLOCKS {
                    return None;
                }
                (if goes_on { &mut ways } else { &mut ends }).push((next, from, to));
            }
        }
        let swaps = u32::from(self.swapped.is_some());
        let alone = facts.uses[compared] as usize == blocks.len()
            && (swaps == 0 || facts.uses[self.load] == swaps);
        // Most numbers lead to one place: they are not sought.
        let &(otherwise, ..) = ends.iter().max_by_key(|(_, from, to)| to - from)?;
        let sought = ends.iter().filter(|(end, ..)| *end != otherwise);
        let bits = sought.clone().fold(0, |bits, (_, from, to)| bits | any_of(*from, *to));
        let foreign = self.lies(all & !bits);
        let seen = sought.map(|(_, from, to)| match to - from {
            0 => equality(function, self.load, self.lies(*from)),
            _ => PART,
        });
        let (tests, often) = (f64::from(blocks.len() as u32), seen.sum());
        // Whether the first byte of two is a range's is asked otherwise, see `bytes`.
        let range = self.width == Width::W2 && self.swapped.is_some();
        let tests = if range { 1.0 } else { tests };
        let asked = Asked { number: self, foreign, tests, often, otherwise };
        (alone && foreign.count_ones() >= BITS).then_some(asked)
    }
}

/// A number, what bits none has that is sought, as they lie, how many tests tell it from those, and
/// where all others lead.
struct Asked {
    number: Number,
    foreign: u64,
    tests: f64,
    /// How often it may be one of those.
    often: f64,
    otherwise: Block,
}

impl Asked {
    /// Whether one more test before the others saves several of them as a rule. Where the type of
    /// the payload lies, it must say no to IPv4.
    fn pays(&self) -> bool {
        let type_or_any = self.number.displacement != TYPE || self.foreign & IPV4 != 0;
        type_or_any && self.tests * (1.0 - self.often) > 1.0 + WORTH
    }
}

/// The bits that any number of a range has.
fn any_of(from: u64, to: u64) -> u64 {
    let below = (from ^ to).checked_ilog2().map_or(0, |bit| (2 << bit) - 1);
    to | below
}

/// The parts of a range, and for which a comparison with a number holds.
fn parts(
    compare: Compare,
    number: u64,
    from: u64,
    to: u64,
) -> Option<impl Iterator<Item = (u64, u64, bool)>> {
    // Up to and below which number one thing is true, and up to which another.
    let (low, high, inside) = match compare {
        Compare::Eq => (number, number + 1, true),
        Compare::Ne => (number, number + 1, false),
        Compare::Gt => (number + 1, u64::MAX, true),
        Compare::Ge => (number, u64::MAX, true),
        Compare::Lt => (number, u64::MAX, false),
        Compare::Le => (number + 1, u64::MAX, false),
        Compare::Set | Compare::Clear => return None,
    };
    let all = [(0, low, !inside), (low, high, inside), (high, u64::MAX, !inside)];
    Some(all.into_iter().filter_map(move |(begin, end, holds)| {
        let (begin, last) = (begin.max(from), end.saturating_sub(1).min(to));
        (end > 0 && begin <= last).then_some((begin, last, holds))
    }))
}

/// Has the comparisons of a block begin in another one, with the instructions that are only theirs;
/// the other one.
fn part(function: &mut Function, block: Block, its: impl Fn(Value) -> bool) -> Block {
    let span = function.block(block).span;
    let exact = function.add_block();
    let end = function.terminator(block).clone();
    function.terminate(exact, end, span);
    let insts = std::mem::take(&mut function.block_mut(block).insts);
    let (its, others): (Insts, Insts) =
        insts.into_iter().partition(|inst| its(function.result(*inst)));
    function.block_mut(exact).insts = its;
    function.block_mut(block).insts = others;
    exact
}

/// Ends a block with the question for bits.
fn ask(function: &mut Function, block: Block, (a, bits): (Value, u64), to: [Block; 2]) {
    let b = constant(function, block, Type::I32, bits);
    let [then, otherwise] = to.map(Block::into);
    let compare = Compare::Clear;
    terminate(function, block, Terminator::Branch { compare, a, b, then, otherwise });
}

/// Asks for both numbers at once before the first is compared.
fn both(function: &mut Function, block: Block, first: &Asked, second: &Asked) {
    let number = &first.number;
    let exact =
        part(function, block, |value| value == number.load || Some(value) == number.swapped);
    let next = function.add_block();
    let span = function.block(block).span;
    function.block_mut(next).span = span;
    let (view, displacement) = (number.view, number.displacement.min(second.number.displacement));
    let load = Instruction::Load { width: Width::W4, view, displacement };
    let ports = function.append(block, load, span);
    let foreign = |asked: &Asked| asked.foreign << (8 * (asked.number.displacement - displacement));
    ask(function, block, (ports, foreign(first)), [exact, next]);
    ask(function, next, (ports, foreign(second)), [first.otherwise, second.otherwise]);
}

/// Asks once before a number is compared with several.
fn alone(function: &mut Function, block: Block, asked: &Asked) {
    let number = &asked.number;
    let exact = part(function, block, |value| Some(value) == number.swapped);
    ask(function, block, (number.load, asked.foreign), [exact, asked.otherwise]);
}
