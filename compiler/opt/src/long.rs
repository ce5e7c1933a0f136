//! Asks for the longer of two windows first; short packets go through a copy of what lies between.
//!
//! `src port 80 or dst port 80` needs two bytes for the first test, and four only if it fails; a
//! packet with two must not be rejected too soon, so widening leaves both checks. Nearly every
//! packet has all four. So the first check asks for four, and the second is gone; where the answer
//! is no, a copy of the tests between serves, that asks for two and takes the second check as
//! failed.
//!
//! Sound for the verifier: the view of the first check only gets longer, and the copy has a check
//! and views of its own.
//! Must not: copy much, or ask for so many bytes more that usual packets are too short.

use cranelift_entity::SecondaryMap;
use nbpfc_ir::{Block, BlockCall, Function, Terminator, Type, Value, ValueDef, verdict};

use crate::context::Context;
use crate::copy::{Copies, cost};
use crate::edit::{Renames, loop_heads, terminate};

/// How many bytes the second window may be longer.
const LONGER: u32 = 16;

/// How many where it may reach further than usual packets do.
const BEYOND: u32 = 4;

/// How many bytes frames of ARP have, and those of UDP without data: hardly any has fewer.
const LEAST: u32 = 42;

/// The shortest that usual packets are, which Ethernet fills up; and what of that lies behind the
/// shortest header whose length varies.
const USUAL: u32 = 60;
const BEHIND: u32 = 40;

/// How many instructions may be copied for one check: the tests of two addresses in three protocols.
const COPIED: usize = 56;

/// How many blocks may be copied for one check.
const BLOCKS: usize = 40;

/// How many blocks below a check are looked through for the second one.
const REACH: usize = 128;

/// A check's parts.
#[derive(Clone)]
struct Check {
    block: Block,
    offset: Option<Value>,
    length: u32,
    ok: Block,
    fail: BlockCall,
}

impl Check {
    fn of(function: &Function, block: Block) -> Option<Self> {
        match function.terminator(block) {
            Terminator::Check { offset, length, ok, fail } => {
                let (offset, length, ok, fail) = (*offset, *length, *ok, fail.clone());
                Some(Self { block, offset, length, ok, fail })
            }
            _ => None,
        }
    }
}

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) -> bool {
    let before = context.spent();
    if context.written(function).moves_packet() {
        return false;
    }
    let dominators = context.dominators(function);
    if loop_heads(function, dominators.reverse_postorder()).values().any(|head| *head) {
        return false;
    }
    let preorder = dominators.preorder();
    let mut renames = Renames::default();
    // What was copied, or is left of a copied check, is not looked at again.
    let mut done: SecondaryMap<Block, bool> = function.per_block();
    for (at, &block) in preorder.iter().enumerate() {
        let Some(first) = Check::of(function, block) else { continue };
        // A tail that several ways share was made to be short.
        let told = first.offset.is_some_and(
            |offset| matches!(function.def(offset), ValueDef::Param(home, _) if home == block),
        );
        // What few packets come to was copied already.
        let again = context.again().is_some_and(|again| dominators.dominates(again, block));
        if told || again {
            continue;
        }
        let below: Vec<Block> = preorder[at + 1..]
            .iter()
            .copied()
            .take_while(|below| dominators.dominates(first.ok, *below))
            .take(REACH)
            .collect();
        let (least, usual) = if first.offset.is_none() { (LEAST, USUAL) } else { (0, BEHIND) };
        let longest = (first.length + LONGER).max(least).min(usual).max(first.length + BEYOND);
        let wanted = |second: &Check| {
            function.block(second.block).params.is_empty()
                && second.offset == first.offset
                && (first.length + 1..=longest).contains(&second.length)
                && second.fail.args.is_empty()
                && first.fail.args.is_empty()
                && verdict(function, &first.fail).is_some()
                // What it computes, a return has no use of, but what else follows may have.
                && (verdict(function, &second.fail).is_some()
                    || function.block(second.block).insts.is_empty())
        };
        let checks = below.iter().filter_map(|block| Check::of(function, *block));
        let mut seconds: Vec<Check> = checks.filter(wanted).collect();
        seconds.sort_by_key(|second| std::cmp::Reverse(second.length));
        let found = seconds.into_iter().filter(|_| below.len() < REACH).find_map(|second| {
            // Short packets go on where the second check leads if it fails, too.
            let after = reached(function, second.fail.block, &below);
            let before = |block: &Block| !dominators.dominates(second.block, *block);
            let between = below.iter().copied().filter(|b| before(b) || after.contains(b));
            let between: Vec<Block> = between.collect();
            let instructions: usize = between.iter().map(|block| cost(function, *block)).sum();
            let fits = between.len() <= BLOCKS && instructions <= COPIED;
            let touched = between.iter().chain([&block, &second.block]).any(|block| done[*block]);
            (fits && !touched).then_some((second, between))
        });
        let Some((second, between)) = found else { continue };
        if !context.rewrite() {
            break;
        }
        for &block in between.iter().chain([&block, &second.block]) {
            done[block] = true;
        }
        split(function, &first, &second, &between, &mut renames);
    }
    renames.apply(function);
    if context.spent() == before {
        return false;
    }
    function.remove_unreachable();
    true
}

/// Of some blocks those that control may come to from one.
fn reached(function: &Function, from: Block, among: &[Block]) -> Vec<Block> {
    let mut found: Vec<Block> = among.iter().copied().filter(|block| *block == from).collect();
    let mut next = 0;
    while let Some(&block) = found.get(next) {
        next += 1;
        for to in function.terminator(block).successors() {
            if among.contains(&to) && !found.contains(&to) {
                found.push(to);
            }
        }
    }
    found
}

fn split(
    function: &mut Function,
    first: &Check,
    second: &Check,
    between: &[Block],
    renames: &mut Renames,
) {
    let span = function.block(first.block).span;
    let mut copies = Copies::new(function, between);
    copies.make(function, between, |call| {
        if call.block == second.block { second.fail.clone() } else { call }
    });
    let short = function.add_block();
    let (offset, length, ok, fail) =
        (first.offset, first.length, copies.block(first.ok), first.fail.clone());
    function.terminate(short, Terminator::Check { offset, length, ok, fail }, span);
    let (length, ok, fail) = (second.length, first.ok, short.into());
    terminate(function, first.block, Terminator::Check { offset, length, ok, fail });
    terminate(function, second.block, Terminator::Jump(second.ok.into()));
    let view = |function: &Function, block: Block| function.block(block).params.first().copied();
    if let (Some(from), Some(to)) = (view(function, second.ok), view(function, first.ok)) {
        debug_assert_eq!(function.ty(from), Type::View);
        function.retain_params(second.ok, |_| false);
        renames.insert(from, to);
    }
}
