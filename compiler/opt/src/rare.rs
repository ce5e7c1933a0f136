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
use nbpfc_ir::{
    BinaryOp, Block, Compare, Function, Instruction, Terminator, Value, Width, reverse_postorder,
};

use crate::context::Context;
use crate::edit::{loop_heads, own_constants, terminate};

/// How many blocks a test is moved past at once.
const BLOCKS: usize = 8;

/// How many times a test is moved on.
const STAGES: usize = 16;

/// How many instructions must be saved for each packet that comes to the test.
const WORTH: f64 = 0.05;

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) -> bool {
    let before = context.spent();
    let order = reverse_postorder(function);
    if loop_heads(function, &order).values().any(|head| *head) {
        return false;
    }
    let mut place: SecondaryMap<Block, usize> = SecondaryMap::new();
    for (index, &block) in order.iter().enumerate() {
        place[block] = index;
    }
    let mut preds: SecondaryMap<Block, Vec<Block>> = SecondaryMap::new();
    for &block in &order {
        for to in function.terminator(block).successors() {
            preds[to].push(block);
        }
    }
    for &block in order.iter().rev() {
        let mut at = block;
        for _ in 0..STAGES {
            let Some(stage) = Stage::behind(function, &preds, &place, at) else { break };
            if !stage.pays(function, at) || !context.rewrite() {
                break;
            }
            let last = stage.pass(function, at);
            place[last] = place[stage.holds];
            // The one that leads to failure no more stays listed: a block too many is no harm.
            preds[stage.fails].push(last);
            let inside = |pred: &Block| stage.blocks.contains(pred);
            preds[last] = preds[stage.holds].iter().copied().filter(inside).collect();
            preds[stage.holds].retain(|pred| !inside(pred));
            preds[stage.holds].push(last);
            at = last;
        }
    }
    own_constants(function);
    context.spent() != before
}

/// The tests that follow a test, up to where they lead if they hold.
struct Stage {
    /// In an order in which control comes to them.
    blocks: Vec<Block>,
    /// Where control goes where one fails, as where the test before fails.
    fails: Block,
    /// Where it goes otherwise.
    holds: Block,
}

impl Stage {
    /// The tests behind the test that ends a block.
    fn behind(
        function: &Function,
        preds: &SecondaryMap<Block, Vec<Block>>,
        place: &SecondaryMap<Block, usize>,
        block: Block,
    ) -> Option<Self> {
        let Terminator::Branch { then, otherwise, .. } = function.terminator(block) else {
            return None;
        };
        let plain = then.args.is_empty() && otherwise.args.is_empty() && then != otherwise;
        // Either way may be the one that rejects.
        let ways = [(then.block, otherwise.block), (otherwise.block, then.block)];
        ways.into_iter().filter(|_| plain).find_map(|(holds, fails)| {
            (preds[holds].len() == 1).then_some(())?;
            Self::from(function, preds, place, holds, fails)
        })
    }

    fn from(
        function: &Function,
        preds: &SecondaryMap<Block, Vec<Block>>,
        place: &SecondaryMap<Block, usize>,
        entry: Block,
        fails: Block,
    ) -> Option<Self> {
        let mut blocks = vec![entry];
        let mut ways: Vec<Block> = Vec::new();
        let mut next = 0;
        loop {
            while let Some(&block) = blocks.get(next) {
                next += 1;
                if function.has_effects(block) {
                    return None;
                }
                let mut terminator = function.terminator(block).clone();
                if matches!(terminator, Terminator::Return(_)) {
                    return None;
                }
                let evident = terminator.evident();
                if terminator.calls_mut().any(|call| !call.args.is_empty()) {
                    return None;
                }
                let calls: Vec<Block> = terminator.calls_mut().map(|call| call.block).collect();
                for to in calls.into_iter().chain(evident) {
                    if to != fails && !ways.contains(&to) && !blocks.contains(&to) {
                        ways.push(to);
                    }
                }
            }
            let evident = |way: Block| !function.block(way).params.is_empty();
            if let &[holds] = ways.as_slice()
                && !evident(holds)
            {
                return Some(Self { blocks, fails, holds });
            }
            // What comes first is part of it, if nothing else leads there.
            let first = ways.iter().copied().min_by_key(|way| place[*way])?;
            let inside = preds[first].iter().all(|pred| blocks.contains(pred));
            if !inside || blocks.len() == BLOCKS {
                return None;
            }
            ways.retain(|way| *way != first);
            blocks.push(first);
        }
    }

    /// Whether it is cheaper to make the test that ends a block behind these.
    fn pays(&self, function: &Function, block: Block) -> bool {
        let likely = |from: Block, to: Block| match function.terminator(from) {
            Terminator::Branch { compare, a, b, then, .. } => {
                let holds = likelihood(function, *compare, *a, *b);
                if then.block == to { holds } else { 1.0 - holds }
            }
            Terminator::Check { ok, .. } => f64::from(u8::from(*ok == to)),
            _ => 1.0,
        };
        let (own, chance) = (cost(function, block), likely(block, self.blocks[0]));
        let mut weights: Vec<(Block, f64)> = vec![(self.blocks[0], 1.0)];
        let mut expected = 0.0;
        let mut holds = 0.0;
        for &at in &self.blocks {
            let weight = weights.iter().filter(|(b, _)| *b == at).map(|(_, w)| w).sum::<f64>();
            expected += weight * cost(function, at);
            for to in function.terminator(at).successors() {
                let part = weight * likely(at, to);
                if to == self.holds {
                    holds += part;
                } else {
                    weights.push((to, part));
                }
            }
        }
        own + chance * expected > expected + holds * own + WORTH
    }

    /// Makes the test that ends a block behind these, in a new block.
    fn pass(&self, function: &mut Function, block: Block) -> Block {
        let end = function.terminator(block).clone();
        let last = function.add_block();
        let mut moved = end;
        for call in moved.calls_mut().filter(|call| call.block == self.blocks[0]) {
            call.block = self.holds;
        }
        function.terminate(last, moved, function.block(block).span);
        for &at in &self.blocks {
            let mut terminator = function.terminator(at).clone();
            for call in terminator.calls_mut().filter(|call| call.block == self.holds) {
                call.block = last;
            }
            terminate(function, at, terminator);
        }
        debug_assert_ne!(self.fails, self.holds);
        terminate(function, block, Terminator::Jump(self.blocks[0].into()));
        last
    }
}

/// About how many instructions a block is.
fn cost(function: &Function, block: Block) -> f64 {
    let counts = |inst| !matches!(function.inst(inst), Instruction::Const(..));
    let insts = function.block(block).insts.iter().filter(|inst| counts(**inst)).count();
    let end = match function.terminator(block) {
        Terminator::Jump(_) => 0,
        Terminator::Check { .. } => 2,
        _ => 1,
    };
    f64::from((insts + end) as u32)
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
        _ => 0.5,
    }
}

fn equality(function: &Function, value: Value, number: u64) -> f64 {
    let (load, bits) = match function.def_inst(value) {
        Some(&Instruction::Binary(BinaryOp::And, x, mask)) => {
            (x, function.constant(mask).map_or(8, u64::count_ones))
        }
        _ => (value, 64),
    };
    match function.def_inst(load) {
        Some(Instruction::Load { width, .. }) => match (width, number) {
            _ if bits < 8 => 0.5,
            // IPv4; IPv6, TCP, UDP.
            (Width::W2, 0x0008) => 0.6,
            (Width::W2, 0xdd86) | (Width::W1, 6 | 17) => 0.3,
            (Width::W1, _) => 0.1,
            (Width::W2, _) => 0.02,
            (Width::W4 | Width::W8, _) => 0.01,
        },
        _ => 0.5,
    }
}
