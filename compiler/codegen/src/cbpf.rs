//! Classic BPF: one accumulator, one index register, sixteen words of memory
//! (`McCanne` and Jacobson, "The BSD Packet Filter", 1993; `net/core/filter.c`).
//!
//! A value that is used once, in the block where it is made, is evaluated where it is used; any
//! other has a word of memory. A load where there is no such byte ends the program with 0, so
//! this serves only functions that reject with 0, as a filter of a socket does.

mod insn;
mod assemble;
mod tree;
mod uses;
mod evaluate;
mod blocks;

#[cfg(test)]
mod tests;

use nbpfc_ir::{Function, Inst, Instruction, Terminator, Valid};
use nbpfc_kernel::{Hook, Target, Version};
use nbpfc_source::Span;

use crate::error::Error;
pub use insn::ClassicInsn;

/// Compiles a module of one function, whose verdict for short packets is 0.
///
/// # Errors
/// If the function needs what classic BPF does not have: 64-bit numbers, loops, another verdict
/// for short packets, more than 16 values at a time or 4096 instructions.
pub fn compile_cbpf(valid: Valid<'_>) -> Result<Vec<ClassicInsn>, Error> {
    match valid.module().functions.as_slice() {
        [function] => compile_function(function),
        _ => Err(inexpressible("a program of more or less than one function", Span::default())),
    }
}

pub(crate) fn compile_function(function: &Function) -> Result<Vec<ClassicInsn>, Error> {
    for &block in &function.layout {
        let data = function.block(block);
        let stateful = |inst: &&Inst| {
            !matches!(
                function.inst(**inst),
                Instruction::Const(..)
                    | Instruction::Unary(..)
                    | Instruction::Binary(..)
                    | Instruction::Load { .. }
                    | Instruction::Meta(_)
                    | Instruction::Table { .. }
            )
        };
        if let Some(&inst) = data.insts.iter().find(stateful) {
            return Err(inexpressible(STATE, function.span(inst)));
        }
        if let Terminator::NonNull { .. } | Terminator::Bound { .. } = function.terminator(block) {
            return Err(inexpressible(STATE, data.span));
        }
    }
    // What classic BPF runs on: a socket of a kernel that forgets the range of swapped numbers.
    let hook = Hook::by_name("socket").ok_or_else(|| inexpressible("sockets", Span::default()))?;
    let target = Target::new(hook, Version::new(4, 14));
    blocks::compile(function, &target)
}

/// What classic BPF has not got at all.
const STATE: &str = "maps, memory and calls";

const fn inexpressible(what: &'static str, span: Span) -> Error {
    Error::Inexpressible { what, span }
}
