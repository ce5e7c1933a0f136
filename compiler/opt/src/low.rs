//! Of what a store of a few bytes is told, only the bits that it stores are computed.
//!
//! A checksum's last carry is added to a sum of which the upper half would be taken away first.
//!
//! Sound for the verifier: numbers that the packet gets, no loads and no places.
//! Must not: change a value that somebody else uses.

use cranelift_entity::SecondaryMap;
use nbpfc_ir::{BinaryOp, Function, Inst, Instruction, Type, Value, ValueDef, Width};

use crate::compare::ones;
use crate::context::Context;
use crate::merge::uses;

/// How many operations before a store are looked at.
const DEPTH: u32 = 3;

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) -> bool {
    if !context.written(function).writes_packet() {
        return false;
    }
    let before = context.spent();
    let uses = uses(function);
    for index in 0..function.layout.len() {
        let block = function.layout[index];
        for place in 0..function.block(block).insts.len() {
            let inst = function.block(block).insts[place];
            if let Instruction::Store { width, value, .. } = *function.inst(inst)
                && width < Width::W4
            {
                let low = low(function, context, &uses, value, ones(width), DEPTH);
                let from = |operand| if operand == value { low } else { operand };
                replace(function, inst, from);
            }
        }
    }
    context.spent() != before
}

fn replace(function: &mut Function, inst: Inst, from: impl Fn(Value) -> Value) {
    let mut instruction = *function.inst(inst);
    instruction.map_operands(from);
    if instruction != *function.inst(inst) {
        function.replace_inst(inst, instruction);
    }
}

/// A value with the same low bits, of which those above may be others.
fn low(
    function: &mut Function,
    context: &mut Context,
    uses: &SecondaryMap<Value, u32>,
    value: Value,
    bits: u64,
    depth: u32,
) -> Value {
    let ValueDef::Result(inst) = function.def(value) else { return value };
    let &Instruction::Binary(op, a, b) = function.inst(inst) else { return value };
    if depth == 0 || uses[value] > 1 || function.ty(value) != Type::I32 {
        return value;
    }
    match op {
        BinaryOp::And if function.constant(b).is_some_and(|mask| mask & bits == bits) => {
            if context.rewrite() { a } else { value }
        }
        BinaryOp::Add | BinaryOp::Xor => {
            for operand in [a, b] {
                let low = low(function, context, uses, operand, bits, depth - 1);
                replace(function, inst, |value| if value == operand { low } else { value });
            }
            value
        }
        _ => value,
    }
}
