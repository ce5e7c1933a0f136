//! The order of blocks: what usually follows lies behind, ends come last.
//!
//! The order is topological where there are no loops and for classic BPF, whose jumps lead forward;
//! elsewhere what the first of several ways jumps to lies behind it, and the others jump back.
//! Among the blocks that may come next, one that the block
//! before leads to is taken first, `ok` and `then` before their counterparts, so that as few jumps
//! as possible are taken on the way to acceptance. Returns are shared and lie at the end.
//!
//! Sound for the verifier: nothing but the order changes.
//! Must not: put a block before one that leads to it in classic BPF, except where a loop closes.

use cranelift_entity::SecondaryMap;
use nbpfc_ir::{Block, Function, Terminator};

use crate::context::{Context, Packets};

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) -> bool {
    let order = context.order(function);
    let mut place: SecondaryMap<Block, usize> = function.per_block();
    for (index, &block) in order.iter().enumerate() {
        place[block] = index;
    }
    // By block: how many edges from blocks that must come before it are still to come.
    let mut waiting: SecondaryMap<Block, usize> = function.per_block();
    for &block in &*order {
        for successor in function.terminator(block).successors() {
            waiting[successor] += usize::from(place[successor] > place[block]);
        }
    }
    let mut layout = Vec::with_capacity(order.len());
    let mut ends = Vec::new();
    let mut ready = vec![function.entry()];
    let backward = context.packets() == Packets::Direct;
    let mut done: SecondaryMap<Block, bool> = function.per_block();
    while let Some(block) = ready.pop() {
        if std::mem::replace(&mut done[block], true) {
            continue;
        }
        if matches!(function.terminator(block), Terminator::Return(_)) && !layout.is_empty() {
            ends.push(block);
            continue;
        }
        layout.push(block);
        let mut next: Vec<Block> = function.terminator(block).successors().collect();
        next.reverse();
        if backward && let Terminator::Jump(call) = function.terminator(block) {
            ready.push(call.block);
        }
        for successor in next {
            if place[successor] > place[block] {
                waiting[successor] -= 1;
                if waiting[successor] == 0 {
                    ready.push(successor);
                }
            }
        }
    }
    layout.extend(ends);
    if layout == function.layout || !context.rewrite() {
        return false;
    }
    function.layout = layout;
    true
}
