//! Computes late: an instruction goes down to where its result is needed on every way.
//!
//! Value numbering keeps the first of equal instructions, and threading takes away the reasons why
//! some were computed early. What only one arm of a branch uses moves into that arm, so that no
//! packet pays for it that a cheaper test sends away.
//!
//! Sound for the verifier: a load moves down to blocks that its old place dominates, where its
//! view still holds.
//! Must not: move anything into a loop; functions with loops are left alone.

use cranelift_entity::SecondaryMap;
use nbpfc_ir::{Block, Function, Instruction, Insts, Value};

use crate::context::Context;
use crate::edit::{loop_heads, own_constants};

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) -> bool {
    let before = context.spent();
    let dominators = context.dominators(function);
    let order = dominators.reverse_postorder();
    if loop_heads(function, order).values().any(|head| *head) {
        return false;
    }
    let written = context.written(function);
    // By value: the nearest block that dominates its uses so far. Users come before what they use.
    let mut wanted: SecondaryMap<Value, Option<Block>> = function.per_value();
    // By block: what moved there, last first.
    let mut moved: SecondaryMap<Block, Vec<nbpfc_ir::Inst>> = function.per_block();
    for &block in order.iter().rev() {
        let want = |value: Value, wanted: &mut SecondaryMap<Value, Option<Block>>, at: Block| {
            wanted[value] =
                Some(wanted[value].map_or(at, |before| dominators.nearest_common(before, at)));
        };
        function.terminator(block).for_each_operand(|value| want(value, &mut wanted, block));
        let mut kept = Insts::new();
        for inst in std::mem::take(&mut function.block_mut(block).insts).into_iter().rev() {
            let to = wanted[function.result(inst)].unwrap_or(block);
            let stays = matches!(function.inst(inst), Instruction::Const(..))
                || to == block
                || !written.leaves(function.effect(inst));
            let at = if stays || !context.rewrite() {
                kept.push(inst);
                block
            } else {
                moved[to].push(inst);
                to
            };
            function.inst(inst).operands().for_each(|value| want(value, &mut wanted, at));
        }
        kept.reverse();
        function.block_mut(block).insts = kept;
    }
    for &block in order {
        // Pushed last first, each after those that use it.
        let came = std::mem::take(&mut moved[block]);
        if !came.is_empty() {
            function.block_mut(block).insts.insert_many(0, came.into_iter().rev());
        }
    }
    own_constants(function);
    context.spent() != before
}
