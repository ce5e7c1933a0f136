//! In a tail that several ways share, the verdict of most of its ends is set before it.
//!
//! Each such end is then one instruction, for the program and for the verifier, which looks at
//! every way to every end. The ways that end with another verdict pay an instruction for it.
//!
//! Sound for the verifier: a parameter that is the same number on every way.
//! Must not: run before passes that take such parameters away; keep a verdict over what writes or
//! calls, which would be one more register.

use nbpfc_ir::{Block, Function, Predecessors, Terminator, Type, ValueDef};

use crate::context::Context;
use crate::edit::{constant, plain_return, terminate};

/// From how many ends on.
const ENDS: usize = 3;

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) -> bool {
    let before = context.spent();
    let preds = function.predecessors();
    let dominators = context.dominators(function);
    for index in 0..function.layout.len() {
        let tail = function.layout[index];
        if !is_shared(function, &preds, tail) {
            continue;
        }
        let below = |block: &Block| dominators.dominates(tail, *block);
        let inside: Vec<Block> = function.layout.iter().copied().filter(below).collect();
        // What the tail does besides has need of the register that verdicts are in.
        if inside.iter().any(|block| function.has_effects(*block)) {
            continue;
        }
        let Some((end, number)) = commonest(function, &inside) else { continue };
        if !context.rewrite() {
            continue;
        }
        let verdict = function.add_param(tail, Type::I32);
        // Both ways of a branch may lead there.
        let mut ways = preds[tail].to_vec();
        ways.sort_unstable();
        ways.dedup();
        for from in ways {
            let made = constant(function, from, Type::I32, number);
            let mut terminator = function.terminator(from).clone();
            let calls = terminator.calls_mut().filter(|call| call.block == tail);
            calls.for_each(|call| call.args.push(made));
            terminate(function, from, terminator);
        }
        let known = function.add_block();
        function.terminate(known, Terminator::Return(verdict), function.block(end).span);
        for block in inside {
            let mut terminator = function.terminator(block).clone();
            for call in terminator.calls_mut().filter(|call| call.block == end) {
                call.block = known;
            }
            terminate(function, block, terminator);
        }
    }
    function.remove_unreachable();
    context.spent() != before
}

/// Whether a block is told where to look by several others.
fn is_shared(function: &Function, preds: &Predecessors, block: Block) -> bool {
    let told = match *function.terminator(block) {
        Terminator::Check { offset: Some(offset), .. } => {
            matches!(function.def(offset), ValueDef::Param(home, _) if home == block)
        }
        _ => false,
    };
    told && preds[block].len() > 1
}

/// The return that most edges of some blocks lead to, if they are enough, and its number.
fn commonest(function: &Function, blocks: &[Block]) -> Option<(Block, u64)> {
    let mut ends: Vec<(Block, usize)> = Vec::new();
    for &block in blocks {
        for to in function.terminator(block).successors() {
            let is_verdict = match function.terminator(to) {
                Terminator::Return(value) => function.ty(*value) == Type::I32,
                _ => false,
            };
            if is_verdict && plain_return(function, to).is_some() {
                match ends.iter_mut().find(|(end, _)| *end == to) {
                    Some((_, count)) => *count += 1,
                    None => ends.push((to, 1)),
                }
            }
        }
    }
    let (end, count) = ends.into_iter().max_by_key(|(_, count)| *count)?;
    Some((end, plain_return(function, end).filter(|_| count >= ENDS)?))
}
