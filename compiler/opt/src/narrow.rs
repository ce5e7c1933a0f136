//! Loads only the bytes that a mask leaves of a load.
//!
//! `net 192.168.0.0/16` compares four bytes of which two count: loading those two needs no mask.
//!
//! Sound for the verifier: the bytes lie among those that were loaded, in the same window.
//! Must not: run for loads that test the packet's length, whose last byte may stand for a check.

use nbpfc_ir::{BinaryOp, Block, Compare, Function, Instruction, Terminator, Type, Value, Width};

use crate::context::Context;
use crate::edit::{constant, terminate};

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) -> bool {
    let before = context.spent();
    if context.written(function).writes_packet() {
        return false;
    }
    for index in 0..function.layout.len() {
        let block = function.layout[index];
        for place in 0..function.block(block).insts.len() {
            let inst = function.block(block).insts[place];
            // As it stands only the low bytes give the same number.
            if let Some((load, 0)) = narrow(function, function.result(inst))
                && context.rewrite()
            {
                function.replace_inst(inst, load);
            }
        }
        comparison(function, context, block);
    }
    context.spent() != before
}

/// Narrows what a block's end compares for equality with a constant.
fn comparison(function: &mut Function, context: &mut Context, block: Block) {
    let Terminator::Branch {
        compare: compare @ (Compare::Eq | Compare::Ne),
        a,
        b,
        then,
        otherwise,
    } = function.terminator(block).clone()
    else {
        return;
    };
    let (Some((load, shift)), Some(number)) = (narrow(function, a), function.constant(b)) else {
        return;
    };
    // A constant with bits outside the mask is for `fold` to decide.
    if number >> shift << shift == number && context.rewrite() {
        let span = function.block(block).span;
        let a = function.append(block, load, span);
        let b = constant(function, block, Type::I32, number >> shift);
        terminate(function, block, Terminator::Branch { compare, a, b, then, otherwise });
    }
}

/// A value that is a load under a mask of one or two whole bytes: the load of those bytes, and how
/// many bits further up they stood.
fn narrow(function: &Function, value: Value) -> Option<(Instruction, u32)> {
    let &Instruction::Binary(BinaryOp::And, load, mask) = function.def_inst(value)? else {
        return None;
    };
    let mask = function.constant(mask)?;
    let Instruction::Load { width: width @ (Width::W2 | Width::W4), view, displacement } =
        *function.def_inst(load)?
    else {
        return None;
    };
    let shift = mask.checked_ilog2().map(|_| mask.trailing_zeros())?;
    let (bytes, narrower) = match mask >> shift {
        0xff => (1, Width::W1),
        0xffff => (2, Width::W2),
        _ => return None,
    };
    if shift % 8 != 0 || shift / 8 + bytes > width.bytes() || narrower == width {
        return None;
    }
    let displacement = displacement.checked_add(shift / 8)?;
    Some((Instruction::Load { width: narrower, view, displacement }, shift))
}
