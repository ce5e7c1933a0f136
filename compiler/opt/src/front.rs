//! Compares the type of the payload and the first byte of a plain IPv4 header at once.
//!
//! Usual packets go by both tests, two bytes and the byte behind them. The second of the two bytes
//! and the third are compared as one number; the first of them, which is 8 in nearly every packet
//! that comes so far, is compared when all else holds. The other packets are told apart behind
//! that, those of other protocols first by a bit of the second byte.
//!
//! Sound for the verifier: the bytes lie in the window of the long check.
//! Must not: leave a way out, other than those that a packet of another protocol has, without the
//! comparison of the first byte.

use cranelift_entity::SecondaryMap;
use nbpfc_ir::{Block, Compare, Function, Instruction, Terminator, Type, Value, Width};

use crate::context::Context;
use crate::edit::{Equality, constant, terminate};
use crate::merge::uses;
use crate::rare::{Graph, IPV4, IPV6, Stage, likely};

/// Bits that the second byte of neither type has, but ARP's has.
const NEITHER: u64 = 0x22;

/// The first byte of a header without options, and it behind the second byte of the type.
const PLAIN: u64 = 0x45;
const BOTH: u64 = 0x4500;

/// How many packets of IPv4 must come to the question about the header.
const OFTEN: f64 = 0.5;

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) -> bool {
    if context.again().is_none() {
        return false;
    }
    let before = context.spent();
    let order = context.order(function);
    let graph = Graph::new(function, &order, context.again());
    let Some(again) = graph.again() else { return false };
    let uses = uses(function);
    for &block in &*order {
        if let Some(front) = Front::of(function, &graph, block, again)
            && uses[front.kind] == 2
            && context.rewrite()
        {
            front.join(function, again);
            function.remove_unreachable();
            // Where control goes has changed.
            break;
        }
    }
    context.spent() != before
}

/// A comparison of two bytes of the packet.
struct Test {
    value: Value,
    view: Value,
    displacement: u32,
    equal: Block,
    other: Block,
}

impl Test {
    /// The end of a block, if it compares a load of this width with a number for equality.
    fn of(function: &Function, block: Block, wanted: Width, number: u64) -> Option<Self> {
        let Equality { a, b, equal, other } = Equality::of(function, block)?;
        let &Instruction::Load { width, view, displacement } = function.def_inst(a)? else {
            return None;
        };
        let plain = equal.args.is_empty() && other.args.is_empty();
        let wanted = plain && width == wanted && function.constant(b) == Some(number);
        let (value, equal, other) = (a, equal.block, other.block);
        wanted.then_some(Self { value, view, displacement, equal, other })
    }
}

/// What is joined.
struct Front {
    /// Ends with the comparison with IPv4.
    block: Block,
    /// The type.
    kind: Value,
    view: Value,
    displacement: u32,
    /// Ends with the question whether the header is plain; where it leads if it is.
    asks: Block,
    plain: Block,
    /// What follows for IPv4, up to where all holds.
    stage: Stage,
    /// Where IPv6 leads.
    six: Block,
}

/// How often packets may come to a block of a stage.
fn reaches(function: &Function, stage: &Stage, wanted: Block) -> f64 {
    let mut weights: SecondaryMap<Block, f64> = function.per_block();
    weights[stage.blocks[0]] = 1.0;
    for &block in &stage.blocks {
        if block == wanted {
            break;
        }
        for to in function.terminator(block).successors() {
            weights[to] += weights[block] * likely(function, block, to);
        }
    }
    weights[wanted]
}

impl Front {
    fn of(function: &Function, graph: &Graph, block: Block, again: Block) -> Option<Self> {
        let four = Test::of(function, block, Width::W2, IPV4)?;
        let six = Test::of(function, four.other, Width::W2, IPV6)?;
        let only = |next: Block| graph.preds(next) == [block];
        let constants = |inst| matches!(function.inst(inst), Instruction::Const(..));
        let empty = function.block(four.other).insts.iter().all(|inst| constants(*inst));
        if six.value != four.value || !only(four.other) || !only(four.equal) || !empty {
            return None;
        }
        let mut stage = graph.stage(function, four.equal, six.other)?;
        while graph.preds(stage.holds).iter().all(|pred| stage.blocks.contains(pred))
            && let Some(next) = graph.stage(function, stage.holds, six.other)
        {
            stage.blocks.extend(next.blocks);
            stage.holds = next.holds;
        }
        let asks = stage.blocks.iter().find_map(|at| {
            let test = Test::of(function, *at, Width::W1, PLAIN)?;
            let there = test.view == four.view
                && test.displacement == four.displacement + 2
                && test.other == again;
            there.then_some((*at, test.equal))
        });
        let (asks, plain) = asks?;
        if reaches(function, &stage, asks) < OFTEN {
            return None;
        }
        let (view, displacement) = (four.view, four.displacement);
        Some(Self {
            block,
            kind: four.value,
            view,
            displacement,
            asks,
            plain,
            stage,
            six: six.equal,
        })
    }

    fn join(&self, function: &mut Function, again: Block) {
        let span = function.block(self.block).span;
        let &Self { view, displacement, .. } = self;
        let first = self.stage.blocks[0];
        let (other, kinds, rest, last) = (
            function.add_block(),
            function.add_block(),
            function.add_block(),
            function.add_block(),
        );
        let load = |function: &mut Function, block: Block, width: Width, skip: u32| {
            let displacement = displacement + skip;
            function.append(block, Instruction::Load { width, view, displacement }, span)
        };
        let branch = |function: &mut Function, block: Block, test, then, otherwise| {
            let (compare, a, number): (Compare, Value, u64) = test;
            let b = constant(function, block, Type::I32, number);
            let (then, otherwise) = (Block::into(then), Block::into(otherwise));
            function.terminate(block, Terminator::Branch { compare, a, b, then, otherwise }, span);
        };
        let fails = self.stage.fails;
        let both = load(function, self.block, Width::W2, 1);
        branch(function, self.block, (Compare::Eq, both, BOTH), first, other);
        branch(function, other, (Compare::Set, both, NEITHER), fails, kinds);
        let kind = load(function, kinds, Width::W2, 0);
        branch(function, kinds, (Compare::Eq, kind, IPV6), self.six, rest);
        branch(function, rest, (Compare::Eq, kind, IPV4), again, fails);
        // All that is left for usual packets to show.
        let byte = load(function, last, Width::W1, 0);
        branch(function, last, (Compare::Eq, byte, IPV4), self.stage.holds, again);
        for &at in &self.stage.blocks {
            let mut end = function.terminator(at).clone();
            for call in end.calls_mut().filter(|call| call.block == self.stage.holds) {
                call.block = last;
            }
            terminate(function, at, end);
        }
        let to = if self.plain == self.stage.holds { last } else { self.plain };
        terminate(function, self.asks, Terminator::Jump(to.into()));
    }
}
