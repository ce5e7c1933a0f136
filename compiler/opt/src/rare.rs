//! Of tests that must all hold, makes those first that seldom do.
//!
//! `ip src 10.1.2.3` asks for the protocol and then for the address: most packets have the first,
//! few the second, and asked the other way round most are gone after one test. A test whose failure
//! rejects is moved behind the tests that follow it, up to where they all lead when they hold, if
//! that is cheaper for packets as they are guessed to be. A wrong guess costs an instruction, never
//! a verdict.
//!
//! Sound for the verifier: loads stay where they are, [`sink`](crate::sink) takes them along.
//! Must not: move a test past anything that is done, or past a way out that does not reject alike.

use cranelift_entity::SecondaryMap;
use smallvec::{SmallVec, smallvec};

use nbpfc_ir::{
    BinaryOp, Block, Compare, Function, Instruction, Terminator, UnaryOp, Value, Width,
};

use crate::context::Context;
use crate::edit::{Equality, loop_heads, own_constants, terminate};

/// How many blocks a test is moved past at once.
const BLOCKS: usize = 8;

/// How many times a test is moved on.
const STAGES: usize = 16;

/// How many instructions must be saved for each packet that comes to the test.
const WORTH: f64 = 0.05;

/// The types IPv4 and IPv6 as they lie in packets.
pub(crate) const IPV4: u64 = 0x0008;
pub(crate) const IPV6: u64 = 0xdd86;

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) -> bool {
    let before = context.spent();
    let order = context.order(function);
    if loop_heads(function, &order).values().any(|head| *head) {
        return false;
    }
    let mut graph = Graph::new(function, &order, context.again());
    for &block in order.iter().rev() {
        let mut at = block;
        for _ in 0..STAGES {
            let Some((first, second)) = graph.stages(function, at) else { break };
            if !context.rewrite() {
                break;
            }
            at = graph.swap(function, &first, &second);
        }
    }
    own_constants(function);
    context.spent() != before
}

/// Tests that must all hold, from the first block on.
pub(crate) struct Stage {
    /// In an order in which control comes to them.
    pub(crate) blocks: SmallVec<[Block; BLOCKS]>,
    /// Where control goes where one fails.
    pub(crate) fails: Block,
    /// Where it goes otherwise.
    pub(crate) holds: Block,
}

/// The function's blocks, as they follow each other.
pub(crate) struct Graph {
    preds: SecondaryMap<Block, SmallVec<[Block; 4]>>,
    /// By block: its index in an order in which control comes to them.
    place: SecondaryMap<Block, usize>,
    /// Where anything may go at any time: see [`Context::again`].
    again: Option<Block>,
    /// Whether something begins again there, and packets are asked for both types.
    both: bool,
}

impl Graph {
    /// The blocks in an order in which control comes to them, and [`Context::again`].
    pub(crate) fn new(function: &Function, order: &[Block], again: Option<Block>) -> Self {
        // Where short packets do not come, the tests that others have gone through may be left out.
        let short = |again: &Block| match function.terminator(function.entry()) {
            Terminator::Check { fail, .. } => fail.block == *again,
            _ => false,
        };
        let again = again.filter(short);
        let mut place: SecondaryMap<Block, usize> = function.per_block();
        let mut preds: SecondaryMap<Block, SmallVec<[Block; 4]>> = function.per_block();
        for (index, &block) in order.iter().enumerate() {
            place[block] = index;
            for to in function.terminator(block).successors() {
                preds[to].push(block);
            }
        }
        let six = || order.iter().any(|block| is_equal(function, *block, IPV6));
        let both = again.is_some() && six();
        Self { preds, place, again, both }
    }

    /// The tests that begin with the one that ends a block, and those that follow, up to where they
    /// lead if they hold, if it is cheaper to make the first behind the second; both fail alike.
    fn stages(&self, function: &Function, block: Block) -> Option<(Stage, Stage)> {
        let Terminator::Branch { then, otherwise, .. } = function.terminator(block) else {
            return None;
        };
        let plain = then.args.is_empty() && otherwise.args.is_empty() && then != otherwise;
        // Either way may be the one that rejects, or both may lead to further tests.
        let ways = [otherwise.block, then.block];
        let end = ways.iter().find_map(|way| rejects(function, *way));
        let fails = ways.into_iter().chain(end).filter(|way| plain && Some(*way) != self.again);
        fails.into_iter().find_map(|fails| {
            let first = self.stage(function, block, fails)?;
            let only = |pred: &Block| first.blocks.contains(pred);
            let branches = first
                .blocks
                .iter()
                .all(|block| matches!(function.terminator(*block), Terminator::Branch { .. }));
            // What sends packets back stays before what holds for the others only.
            if !branches || self.asks(function, &first) || !self.preds[first.holds].iter().all(only)
            {
                return None;
            }
            let mut second = self.stage(function, first.holds, fails)?;
            while !self.pays(function, &first, &second) {
                // Whether a packet is usual is asked for the sake of what follows.
                let only = |pred: &Block| second.blocks.contains(pred);
                let more = self.again.is_some() && second.blocks.len() < BLOCKS;
                if !more || !self.preds[second.holds].iter().all(only) {
                    return None;
                }
                let next = self.stage(function, second.holds, fails)?;
                second.blocks.extend(next.blocks);
                second.holds = next.holds;
            }
            Some((first, second))
        })
    }

    /// Whether some tests send packets back to the function's beginning.
    fn asks(&self, function: &Function, stage: &Stage) -> bool {
        let leads = |block: &Block| {
            function.terminator(*block).successors().any(|to| Some(to) == self.again)
        };
        self.again.is_some() && stage.blocks.iter().any(leads)
    }

    /// Whether it is cheaper to make the first tests behind the second ones.
    fn pays(&self, function: &Function, first: &Stage, second: &Stage) -> bool {
        // Whether a packet is usual is asked in one with the type before it, see `front`.
        let before = self.both && !is_equal(function, first.blocks[0], IPV4);
        let free = |block: Block| {
            before && function.terminator(block).successors().any(|to| Some(to) == self.again)
        };
        let (mut one, first_holds) = first.expected(function, &free);
        let (two, second_holds) = second.expected(function, &free);
        // What both use is computed before either.
        one -= f64::from(first.shares(function, second));
        let gains = one + first_holds * two > two + second_holds * one + WORTH;
        two > 0.0 && gains && first.is_closed(function)
    }

    /// Where anything may go at any time.
    pub(crate) fn again(&self) -> Option<Block> {
        self.again
    }

    /// What leads to a block, as often as it leads there.
    pub(crate) fn preds(&self, block: Block) -> &[Block] {
        &self.preds[block]
    }

    /// The least tests from a block on that lead to one other if they hold.
    pub(crate) fn stage(&self, function: &Function, entry: Block, fails: Block) -> Option<Stage> {
        let mut blocks: SmallVec<[Block; BLOCKS]> = smallvec![entry];
        let mut ways: SmallVec<[Block; BLOCKS]> = SmallVec::new();
        let mut next = 0;
        loop {
            while let Some(&block) = blocks.get(next) {
                next += 1;
                if function.has_effects(block) {
                    return None;
                }
                let terminator = function.terminator(block);
                if matches!(terminator, Terminator::Return(_))
                    || terminator.calls().any(|call| !call.args.is_empty())
                {
                    return None;
                }
                let calls = terminator.calls().map(|call| call.block);
                for to in calls.chain(terminator.evident()) {
                    let known = to == fails || Some(to) == self.again;
                    if !known && !ways.contains(&to) && !blocks.contains(&to) {
                        ways.push(to);
                    }
                }
            }
            let evident = |way: Block| !function.block(way).params.is_empty();
            if let &[holds] = ways.as_slice()
                && !evident(holds)
            {
                return Some(Stage { blocks, fails, holds });
            }
            // What comes first is part of it, if nothing else leads there.
            let inside = |way: &Block| self.preds[*way].iter().all(|pred| blocks.contains(pred));
            let first = ways.iter().copied().filter(inside).min_by_key(|way| self.place[*way])?;
            if blocks.len() == BLOCKS {
                return None;
            }
            ways.retain(|way| *way != first);
            blocks.push(first);
        }
    }

    /// Makes the first tests behind the second ones; where they begin then. What the first block
    /// computes stays where it was if others use it.
    fn swap(&mut self, function: &mut Function, first: &Stage, second: &Stage) -> Block {
        debug_assert_ne!(second.fails, second.holds);
        let entry = first.blocks[0];
        let last = function.add_block();
        let end = function.terminator(entry).clone();
        function.terminate(last, end, function.block(entry).span);
        terminate(function, entry, Terminator::Jump(first.holds.into()));
        let insts = &function.block(entry).insts;
        let made: Vec<Value> = insts.iter().map(|inst| function.result(*inst)).collect();
        if !is_used(function, &made, &[entry, last]) {
            function.block_mut(last).insts = std::mem::take(&mut function.block_mut(entry).insts);
        }
        let begin = |block: Block| if block == entry { last } else { block };
        let lead = |function: &mut Function, from: Block, old: Block, new: Block| {
            let mut end = function.terminator(from).clone();
            for call in end.calls_mut().filter(|call| call.block == old) {
                call.block = new;
            }
            terminate(function, from, end);
        };
        for &block in &first.blocks {
            lead(function, begin(block), first.holds, second.holds);
        }
        for &block in &second.blocks {
            lead(function, block, second.holds, last);
        }
        for &block in &first.blocks[1..] {
            self.place[block] = self.place[second.holds];
            self.preds[block].iter_mut().for_each(|pred| *pred = begin(*pred));
        }
        self.place[last] = self.place[second.holds];
        self.preds[second.fails].retain(|pred| *pred != entry);
        self.preds[second.fails].push(last);
        let inside = |pred: &Block| second.blocks.contains(pred);
        self.preds[last] = self.preds[second.holds].iter().copied().filter(inside).collect();
        let leading: Vec<Block> = self.preds[first.holds].iter().map(|pred| begin(*pred)).collect();
        self.preds[second.holds].retain(|pred| !inside(pred));
        self.preds[second.holds].extend(leading);
        self.preds[first.holds] = smallvec![entry];
        last
    }
}

/// Whether a block ends with a comparison with a number for equality.
pub(crate) fn is_equal(function: &Function, block: Block, number: u64) -> bool {
    Equality::of(function, block).is_some_and(|test| function.constant(test.b) == Some(number))
}

/// The return that the last of several tests in a row leads to if it fails.
fn rejects(function: &Function, mut block: Block) -> Option<Block> {
    for _ in 0..BLOCKS {
        let Terminator::Branch { otherwise, .. } = function.terminator(block) else {
            break;
        };
        block = otherwise.block;
    }
    matches!(function.terminator(block), Terminator::Return(_)).then_some(block)
}

impl Stage {
    /// How many instructions it takes, and how often it holds, if some blocks cost nothing.
    fn expected(&self, function: &Function, free: &dyn Fn(Block) -> bool) -> (f64, f64) {
        let mut weights: SmallVec<[(Block, f64); 2 * BLOCKS]> = smallvec![(self.blocks[0], 1.0)];
        let (mut expected, mut holds) = (0.0, 0.0);
        for &at in &self.blocks {
            let weight = weights.iter().filter(|(b, _)| *b == at).map(|(_, w)| w).sum::<f64>();
            expected += if free(at) { 0.0 } else { weight * cost(function, at) };
            for to in function.terminator(at).successors() {
                let part = weight * likely(function, at, to);
                if to == self.holds {
                    holds += part;
                } else {
                    weights.push((to, part));
                }
            }
        }
        (expected, holds)
    }

    /// How many instructions of the first block other tests use as well.
    fn shares(&self, function: &Function, other: &Self) -> u32 {
        let mut used: Vec<Value> = Vec::new();
        for &block in &other.blocks {
            let operands = function.block(block).insts.iter();
            used.extend(operands.flat_map(|inst| function.inst(*inst).operands()));
            function.terminator(block).for_each_operand(|value| used.push(value));
        }
        let made = function.block(self.blocks[0]).insts.iter();
        let made = made.map(|inst| function.result(*inst));
        made.filter(|value| function.constant(*value).is_none() && used.contains(value)).count()
            as u32
    }

    /// Whether nobody else uses what its blocks behind the first compute.
    fn is_closed(&self, function: &Function) -> bool {
        let made: Vec<Value> = self.blocks[1..]
            .iter()
            .flat_map(|block| {
                let data = function.block(*block);
                data.insts.iter().map(|inst| function.result(*inst)).chain(data.params.clone())
            })
            .filter(|value| function.constant(*value).is_none())
            .collect();
        if made.is_empty() {
            return true;
        }
        !is_used(function, &made, &self.blocks)
    }
}

/// Whether a block that is none of these uses any of some values.
fn is_used(function: &Function, made: &[Value], inside: &[Block]) -> bool {
    let outside = function.layout.iter().filter(|block| !inside.contains(block));
    let mut used = false;
    for &block in outside {
        let mut note = |value: Value| used |= made.contains(&value);
        for &inst in &function.block(block).insts {
            function.inst(inst).operands().for_each(&mut note);
        }
        function.terminator(block).for_each_operand(&mut note);
    }
    used
}

/// About how many instructions a block is.
pub(crate) fn cost(function: &Function, block: Block) -> f64 {
    let counts = |inst| !matches!(function.inst(inst), Instruction::Const(..));
    let insts = function.block(block).insts.iter().filter(|inst| counts(**inst)).count();
    let end = match function.terminator(block) {
        Terminator::Jump(_) => 0,
        Terminator::Check { .. } => 2,
        _ => 1,
    };
    f64::from((insts + end) as u32)
}

/// How often packets may go one way to a block that another leads to.
pub(crate) fn likely(function: &Function, from: Block, to: Block) -> f64 {
    match function.terminator(from) {
        // Both ways are asked for.
        Terminator::Branch { then, otherwise, .. } if then.block == otherwise.block => 0.5,
        Terminator::Branch { compare, a, b, then, .. } => {
            let holds = likelihood(function, *compare, *a, *b);
            if then.block == to { holds } else { 1.0 - holds }
        }
        Terminator::Check { ok, .. } => f64::from(u8::from(*ok == to)),
        _ => 1.0,
    }
}

/// How often a comparison may hold, as packets are.
fn likelihood(function: &Function, compare: Compare, a: Value, b: Value) -> f64 {
    let Some(number) = function.constant(b) else { return 0.5 };
    match compare {
        Compare::Eq => equality(function, a, number),
        Compare::Ne => 1.0 - equality(function, a, number),
        // Wide masks are of fields that are zero as a rule: an offset of fragments.
        Compare::Set if number.count_ones() > 8 => 0.05,
        Compare::Clear if number.count_ones() > 8 => 0.95,
        Compare::Gt | Compare::Ge => 1.0 - below(function, a, number),
        Compare::Lt | Compare::Le => below(function, a, number),
        Compare::Set | Compare::Clear => 0.5,
    }
}

/// How often a value may be below a number: a port may be any, but low ones and high ones are
/// many.
fn below(function: &Function, value: Value, number: u64) -> f64 {
    match function.def_inst(value) {
        Some(Instruction::Unary(UnaryOp::Bswap(Width::W2), _)) => {
            (f64::from(number as u32) / 65536.0).clamp(0.2, 0.8)
        }
        _ => 0.5,
    }
}

/// How often a value may be a number.
pub(crate) fn equality(function: &Function, value: Value, number: u64) -> f64 {
    let (load, bits) = match function.def_inst(value) {
        Some(&Instruction::Binary(BinaryOp::And, x, mask)) => {
            (x, function.constant(mask).map_or(8, u64::count_ones))
        }
        _ => (value, 64),
    };
    match function.def_inst(load) {
        Some(Instruction::Load { width, .. }) => match (width, number) {
            _ if bits < 8 => 0.5,
            // A header without options.
            (Width::W1, 0x45) => 0.95,
            // IPv4; TCP, UDP; IPv6.
            (Width::W2, IPV4) => 0.6,
            (Width::W1, 6 | 17) => 0.4,
            (Width::W2, IPV6) => 0.3,
            // ARP, and any other byte.
            (Width::W2, 0x0608) | (Width::W1, _) => 0.1,
            (Width::W2, _) => 0.02,
            (Width::W4 | Width::W8, _) => 0.01,
        },
        _ => 0.5,
    }
}
