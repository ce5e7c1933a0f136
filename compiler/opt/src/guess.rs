//! Guesses that an IPv4 header has no options, and keeps a copy of what follows for that case.
//!
//! What lies behind the header is at four times the low half of its first byte. Nearly always that
//! byte is `0x45`: version 4, five words. One comparison with it takes the place of the arithmetic
//! and of a pointer with a variable part, and the window behind it begins at a constant offset,
//! so that other passes can join it with windows before.
//!
//! Sound for the verifier: both copies have checks and views of their own; the one for the guess
//! has no variable offset at all.
//! Must not: copy much.

use nbpfc_ir::{
    BinaryOp, Block, Compare, Dominators, Function, Instruction, Terminator, Type, Value, Width,
};

use crate::context::Context;
use crate::copy::{Copies, cost};
use crate::edit::{constant, loop_heads, terminate};

/// First byte of an IPv4 header without options.
const FIRST_BYTE: u64 = 0x45;

/// Length of that header, in bytes.
const LENGTH: u64 = 20;

/// How many instructions may be copied for one check.
const COPIED: usize = 16;

/// How many blocks may be copied for one check.
const BLOCKS: usize = 12;

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) -> bool {
    let before = context.spent();
    let dominators = Dominators::new(function);
    if loop_heads(function, dominators.reverse_postorder()).values().any(|head| *head) {
        return false;
    }
    let preorder = dominators.preorder();
    let mut skip = 0;
    for (at, &block) in preorder.iter().enumerate() {
        let &Terminator::Check { offset: Some(offset), ok, .. } = function.terminator(block) else {
            continue;
        };
        let Some(byte) = first_byte(function, offset) else { continue };
        let below: Vec<Block> = preorder[at + 1..]
            .iter()
            .copied()
            .take_while(|below| dominators.dominates(ok, *below))
            .take(BLOCKS + 1)
            .collect();
        let instructions: usize = below.iter().map(|block| cost(function, *block)).sum();
        let fits = below.contains(&ok) && below.len() <= BLOCKS && instructions <= COPIED;
        // What was copied is not copied again.
        if at < skip || !fits || !context.rewrite() {
            continue;
        }
        skip = at + 1 + below.len();
        split(function, block, offset, byte, &below);
    }
    context.spent() != before
}

/// The byte that an offset is four times the low half of.
fn first_byte(function: &Function, offset: Value) -> Option<Value> {
    let with = |value: Value, op: BinaryOp, number: u64| match *function.def_inst(value)? {
        Instruction::Binary(found, a, b) if found == op && function.constant(b) == Some(number) => {
            Some(a)
        }
        _ => None,
    };
    let byte = with(with(offset, BinaryOp::Shl, 2)?, BinaryOp::And, 0xf)?;
    let load = function.def_inst(byte)?;
    matches!(load, Instruction::Load { width: Width::W1, .. }).then_some(byte)
}

fn split(function: &mut Function, block: Block, offset: Value, byte: Value, below: &[Block]) {
    let Terminator::Check { length, ok, fail, .. } = function.terminator(block).clone() else {
        return;
    };
    let span = function.block(block).span;
    let [likely, other] = [function.add_block(), function.add_block()];
    function.block_mut(likely).span = span;
    let twenty = constant(function, likely, Type::I32, LENGTH);
    let mut copies = Copies::new(function, below);
    copies.replace(offset, twenty);
    copies.make(function, below, |call| call);
    let copied = copies.block(ok);
    let check = |offset, ok| Terminator::Check { offset, length, ok, fail: fail.clone() };
    function.terminate(likely, check(Some(twenty), copied), span);
    function.terminate(other, check(Some(offset), ok), span);
    let b = constant(function, block, Type::I32, FIRST_BYTE);
    let (compare, a, then, otherwise) = (Compare::Eq, byte, likely.into(), other.into());
    terminate(function, block, Terminator::Branch { compare, a, b, then, otherwise });
}
