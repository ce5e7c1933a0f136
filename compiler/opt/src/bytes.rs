//! Compares the first bytes alone, or some bits, where these settle it for most packets.
//!
//! `portrange 25-53` swaps two bytes and compares them; that the first is not zero says as much of
//! nearly every port, and needs no swap. `net 212.199.202.0/24` masks three bytes of four; two bytes
//! need no mask, and differ as a rule. `net 192.168.0.0/24` has neighbours that begin with the same
//! two bytes, but nearly every one has a bit in all three that it lacks. What is left is compared
//! behind that, which is dearer for the packets that come so far, and for no others.
//!
//! Sound for the verifier: the bytes are some of those that were loaded, in the same window.
//! Must not: load bytes again that another test has in a register.

use cranelift_entity::SecondaryMap;
use nbpfc_ir::{
    BinaryOp, Block, BlockCall, Compare, Function, Instruction, Predecessors, Terminator, Type,
    UnaryOp, Value, Width,
};

use crate::context::Context;
use crate::edit::{Equality, constant, homes, terminate};
use crate::merge::uses;

/// Up to which first byte a limit is low: most numbers lie above it.
const LOW: u64 = 0x0f;

/// How many bits a masked number must lack: nearly every other has one of so many, also those that
/// begin with the same two bytes.
const MANY: u32 = 16;

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) -> bool {
    let before = context.spent();
    if context.written(function).writes_packet() {
        return false;
    }
    let mut facts: Option<Facts> = None;
    for index in 0..function.layout.len() {
        let block = function.layout[index];
        if let Some(limit) = Limit::of(function, block) {
            let facts = facts.get_or_insert_with(|| Facts::new(function));
            limit.split(function, context, facts, block);
        } else if let Some(prefix) = Prefix::of(function, block) {
            let facts = facts.get_or_insert_with(|| Facts::new(function));
            prefix.split(function, context, facts, block);
        }
    }
    function.remove_unreachable() | (context.spent() != before)
}

/// What is asked of the function as it was.
struct Facts {
    uses: SecondaryMap<Value, u32>,
    homes: SecondaryMap<Value, Option<Block>>,
    preds: Predecessors,
}

impl Facts {
    fn new(function: &Function) -> Self {
        Self { uses: uses(function), homes: homes(function), preds: function.predecessors() }
    }
}

/// Bytes in the packet.
#[derive(Clone, Copy)]
struct Bytes {
    view: Value,
    displacement: u32,
}

impl Bytes {
    fn load(self, function: &mut Function, block: Block, width: Width, skip: u32) -> Value {
        let (view, displacement) = (self.view, self.displacement + skip);
        let span = function.block(block).span;
        function.append(block, Instruction::Load { width, view, displacement }, span)
    }
}

/// Ends a block with a comparison.
fn branch(
    function: &mut Function,
    block: Block,
    (compare, a, number): (Compare, Value, u64),
    then: BlockCall,
    otherwise: BlockCall,
) {
    let b = constant(function, block, Type::I32, number);
    terminate(function, block, Terminator::Branch { compare, a, b, then, otherwise });
}

/// A new block like the place of another.
fn behind(function: &mut Function, block: Block) -> Block {
    let new = function.add_block();
    function.block_mut(new).span = function.block(block).span;
    new
}

/// Whether a number of two bytes, the more significant first, is above a limit.
struct Limit {
    value: Value,
    bytes: Bytes,
    most: u64,
    above: BlockCall,
    below: BlockCall,
}

impl Limit {
    fn of(function: &Function, block: Block) -> Option<Self> {
        let Terminator::Branch { compare, a, b, then, otherwise } = function.terminator(block)
        else {
            return None;
        };
        let (more, below) = match compare {
            Compare::Gt => (false, false),
            Compare::Le => (false, true),
            Compare::Ge => (true, false),
            Compare::Lt => (true, true),
            _ => return None,
        };
        let &Instruction::Unary(UnaryOp::Bswap(Width::W2), load) = function.def_inst(*a)? else {
            return None;
        };
        let &Instruction::Load { view, displacement, .. } = function.def_inst(load)? else {
            return None;
        };
        let most = function.constant(*b)?.checked_sub(u64::from(more))?;
        let (above, below) = if below { (otherwise, then) } else { (then, otherwise) };
        let (above, below) = (above.clone(), below.clone());
        let bytes = Bytes { view, displacement };
        (most < 0xffff).then_some(Self { value: *a, bytes, most, above, below })
    }

    fn split(&self, function: &mut Function, context: &mut Context, facts: &Facts, block: Block) {
        if facts.homes[self.value] != Some(block) {
            return;
        }
        let (high, low) = (self.most >> 8, self.most & 0xff);
        if facts.uses[self.value] == 1 {
            if context.rewrite() {
                self.alone(function, block, high, low);
            }
            return;
        }
        // A range: the other limit is asked for next, and by nobody else.
        let next = self.below.block;
        let lower = Self::of(function, next).filter(|lower| {
            facts.uses[self.value] == 2
                && lower.value == self.value
                && lower.below == self.above
                && self.below.args.is_empty()
                && facts.preds[next].len() == 1
        });
        let Some(lower) = lower else { return };
        if (lower.most + 1) >> 8 == high {
            if context.rewrite() {
                self.within(function, block, &lower);
            }
        } else if high <= LOW && context.rewrite() {
            let rest = behind(function, block);
            let end = function.terminator(block).clone();
            terminate(function, rest, end);
            let first = self.bytes.load(function, block, Width::W1, 0);
            branch(function, block, (Compare::Gt, first, high), self.above.clone(), rest.into());
        }
    }

    /// The comparison without another of the same number.
    fn alone(&self, function: &mut Function, block: Block, high: u64, low: u64) {
        let (above, below) = (self.above.clone(), self.below.clone());
        let first = self.bytes.load(function, block, Width::W1, 0);
        if low == 0xff {
            branch(function, block, (Compare::Gt, first, high), above, below);
            return;
        }
        let (equal, last) = (behind(function, block), behind(function, block));
        if high == 0 {
            branch(function, block, (Compare::Eq, first, high), last.into(), above.clone());
        } else {
            branch(function, block, (Compare::Gt, first, high), above.clone(), equal.into());
        }
        branch(function, equal, (Compare::Eq, first, high), last.into(), below.clone());
        let second = self.bytes.load(function, last, Width::W1, 1);
        branch(function, last, (Compare::Gt, second, low), above, below);
    }

    /// A range within which the first byte is the same.
    fn within(&self, function: &mut Function, block: Block, lower: &Self) {
        let inside = &lower.above;
        let last = behind(function, block);
        let first = self.bytes.load(function, block, Width::W1, 0);
        let equal = (Compare::Eq, first, self.most >> 8);
        branch(function, block, equal, last.into(), self.above.clone());
        let second = self.bytes.load(function, last, Width::W1, 1);
        let (low, high) = ((lower.most + 1) & 0xff, self.most & 0xff);
        let asks = [(Compare::Le, high, high < 0xff), (Compare::Ge, low, low > 0)];
        let mut at = last;
        for (compare, number, _) in asks.into_iter().filter(|(.., asked)| *asked) {
            let next = behind(function, block);
            let test = (compare, second, number);
            branch(function, at, test, next.into(), self.above.clone());
            at = next;
        }
        terminate(function, at, Terminator::Jump(inside.clone()));
    }
}

/// Whether some bits of two or four bytes are these.
struct Prefix {
    masked: Value,
    load: Value,
    width: Width,
    bytes: Bytes,
    mask: u64,
    number: u64,
    equal: BlockCall,
    other: BlockCall,
}

impl Prefix {
    fn of(function: &Function, block: Block) -> Option<Self> {
        let Equality { a, b, equal, other } = Equality::of(function, block)?;
        let &Instruction::Binary(BinaryOp::And, load, mask) = function.def_inst(a)? else {
            return None;
        };
        let &Instruction::Load { width, view, displacement } = function.def_inst(load)? else {
            return None;
        };
        let (mask, number) = (function.constant(mask)?, function.constant(b)?);
        let bytes = Bytes { view, displacement };
        let (equal, other) = (equal.clone(), other.clone());
        (number & !mask == 0).then_some(Self {
            masked: a,
            load,
            width,
            bytes,
            mask,
            number,
            equal,
            other,
        })
    }

    fn split(&self, function: &mut Function, context: &mut Context, facts: &Facts, block: Block) {
        let foreign = self.mask & !self.number;
        if self.width == Width::W4 && foreign.count_ones() >= MANY {
            if self.is_alone(facts, block) && context.rewrite() {
                self.ask(function, block, foreign);
            }
            return;
        }
        // The whole bytes: how many to skip, how many there are, and how many to skip to the rest.
        let (skip, first, next) = match (self.width, self.mask.trailing_ones()) {
            (Width::W4, 8..16) => (0, Width::W1, 1),
            (Width::W4, 16..32) => (0, Width::W2, 2),
            (Width::W2, 0..8) if self.mask >> 8 == 0xff => (1, Width::W1, 0),
            _ => return,
        };
        let whole = Type::I32.mask() >> (32 - 8 * first.bytes()) << (8 * skip);
        let mask = (self.mask & !whole) >> (8 * next);
        let rest = match mask {
            1..=0xff => Width::W1,
            0x100..=0xffff => Width::W2,
            _ => return,
        };
        if !self.is_alone(facts, block) || !context.rewrite() {
            return;
        }
        let known = (self.number & whole) >> (8 * skip);
        let last = behind(function, block);
        let a = self.bytes.load(function, block, first, skip);
        branch(function, block, (Compare::Eq, a, known), last.into(), self.other.clone());
        let mut b = self.bytes.load(function, last, rest, next);
        if mask != 0xff && mask != 0xffff {
            let mask = constant(function, last, Type::I32, mask);
            let span = function.block(last).span;
            b = function.append(last, Instruction::Binary(BinaryOp::And, b, mask), span);
        }
        let number = (self.number & !whole) >> (8 * next);
        branch(function, last, (Compare::Eq, b, number), self.equal.clone(), self.other.clone());
    }

    /// Whether nothing else uses the bytes.
    fn is_alone(&self, facts: &Facts, block: Block) -> bool {
        facts.uses[self.masked] == 1
            && facts.uses[self.load] == 1
            && facts.homes[self.load] == Some(block)
    }

    /// Asks for bits that the number lacks before it is compared.
    fn ask(&self, function: &mut Function, block: Block, foreign: u64) {
        let last = behind(function, block);
        let test = (Compare::Clear, self.load, foreign);
        branch(function, block, test, last.into(), self.other.clone());
        let mask = constant(function, last, Type::I32, self.mask);
        let and = Instruction::Binary(BinaryOp::And, self.load, mask);
        let masked = function.append(last, and, function.block(last).span);
        let equal = (Compare::Eq, masked, self.number);
        branch(function, last, equal, self.equal.clone(), self.other.clone());
    }
}
