//! Rules out two neighbouring numbers with one load, by bits that no number sought has.
//!
//! `port 80` loads one port and compares it, then the other. A port that has any bit that 80 has
//! not is another one, and nearly every port has: so both are loaded at once, and each half is
//! asked for such a bit. What passes for the number sought is loaded again and compared as before,
//! which is dearer for the packets that come so far, and for no others. A list of ports or a range
//! is asked the same with the bits that no member has.
//!
//! Sound for the verifier: the four bytes lie in the window that both numbers are read from.
//! Must not: ask for bits that many numbers lack; leave out what another block has use of.

use cranelift_entity::SecondaryMap;
use nbpfc_ir::{
    Block, BlockCall, Compare, Function, Instruction, Insts, Predecessors, Terminator, Type,
    UnaryOp, Value, Width,
};
use smallvec::SmallVec;

use crate::context::Context;
use crate::edit::{constant, own_constants, terminate};
use crate::merge::uses;

/// How many of a number's bits must be such that having one rules it out: one random number in 256
/// has none of eight.
const BITS: u32 = 8;

/// The most blocks that compare one number.
const BLOCKS: usize = 16;

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) -> bool {
    let before = context.spent();
    if context.written(function).writes_packet() {
        return false;
    }
    let mut facts: Option<Facts> = None;
    for index in 0..function.layout.len() {
        let block = function.layout[index];
        let Some(number) = Number::of(function, block) else { continue };
        let facts = facts.get_or_insert_with(|| Facts::new(function));
        let Some(first) = number.asked(function, facts) else { continue };
        let Some(second) = Number::of(function, first.otherwise)
            .filter(|next| next.is_alone(function, first.otherwise))
            .and_then(|next| next.asked(function, facts))
        else {
            continue;
        };
        let (a, b) = (&first.number, &second.number);
        let near = a.displacement.abs_diff(b.displacement) == Width::W2.bytes();
        if a.view == b.view && near && context.rewrite() {
            both(function, block, &first, &second);
        }
    }
    if context.spent() == before {
        return false;
    }
    own_constants(function);
    true
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

/// Two bytes of the packet that the end of a block compares.
struct Number {
    block: Block,
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
            Instruction::Unary(UnaryOp::Bswap(Width::W2), load) => (load, Some(a)),
            _ => (a, None),
        };
        let &Instruction::Load { width: Width::W2, view, displacement } =
            function.def_inst(load)?
        else {
            return None;
        };
        let here = |value| {
            let insts = &function.block(block).insts;
            insts.iter().any(|inst| function.result(*inst) == value)
        };
        let here = here(load) && swapped.is_none_or(here);
        here.then_some(Self { block, load, swapped, view, displacement })
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
        ways.push((self.block, 0, 0xffff));
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
            let number = if self.swapped.is_some() { number } else { swap(number) };
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
        let all = facts.uses[compared] as usize == blocks.len()
            && (swaps == 0 || facts.uses[self.load] == swaps);
        // Most numbers lead to one place: they are not sought.
        let &(otherwise, ..) = ends.iter().max_by_key(|(_, from, to)| to - from)?;
        let sought = ends.iter().filter(|(end, ..)| *end != otherwise);
        let bits = swap(sought.fold(0, |bits, (_, from, to)| bits | any_of(*from, *to)));
        (all && bits.count_zeros() - 48 >= BITS).then_some(Asked { number: self, bits, otherwise })
    }
}

/// A number, what bits those have that are sought, as they lie, and where all others lead.
struct Asked {
    number: Number,
    bits: u64,
    otherwise: Block,
}

/// The number with its two bytes the other way round.
fn swap(number: u64) -> u64 {
    number >> 8 & 0xff | (number & 0xff) << 8
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

/// Asks for both numbers at once before the first is compared.
fn both(function: &mut Function, block: Block, first: &Asked, second: &Asked) {
    let span = function.block(block).span;
    let (exact, next) = (function.add_block(), function.add_block());
    let (insts, end) = {
        let data = function.block(block);
        (data.insts.clone(), function.terminator(block).clone())
    };
    let number = &first.number;
    let is_its = |value: Value| value == number.load || Some(value) == number.swapped;
    let (its, others): (Insts, Insts) =
        insts.into_iter().partition(|inst| is_its(function.result(*inst)));
    function.block_mut(exact).insts = its;
    function.block_mut(block).insts = others;
    function.terminate(exact, end, span);
    function.block_mut(next).span = span;
    let (view, displacement) = (number.view, number.displacement.min(second.number.displacement));
    let load = Instruction::Load { width: Width::W4, view, displacement };
    let ports = function.append(block, load, span);
    let mut ask = |block: Block, asked: &Asked, then: Block, otherwise: Block| {
        let foreign = (!asked.bits & 0xffff) << (8 * (asked.number.displacement - displacement));
        let b = constant(function, block, Type::I32, foreign);
        let (compare, then, otherwise) = (Compare::Clear, then.into(), otherwise.into());
        terminate(function, block, Terminator::Branch { compare, a: ports, b, then, otherwise });
    };
    ask(block, first, exact, next);
    ask(next, second, first.otherwise, second.otherwise);
}
