//! Tests of the whole crate, by subject.

mod conformance;
mod hooks;

use nbpfc_isa::{AluOp, Bits, Insn, Reg, Src};
use nbpfc_kernel::Hook;

use crate::machine::{Engine, Machine};

/// The hook with a name.
fn hook(name: &str) -> &'static Hook {
    Hook::by_name(name).expect("a hook of the table")
}

/// A machine for what must be emulated.
fn machine(insns: &[Insn], hook_name: &str) -> Machine {
    Machine::new(insns, hook(hook_name), Engine::Checked).expect("a program that is emulated")
}

fn mov(dst: u8, imm: i32) -> Insn {
    Insn::alu(Bits::B64, AluOp::Mov, Reg(dst), Src::Imm(imm))
}

fn mov_reg(dst: u8, src: u8) -> Insn {
    Insn::alu(Bits::B64, AluOp::Mov, Reg(dst), Src::Reg(Reg(src)))
}

fn add(dst: u8, imm: i32) -> Insn {
    Insn::alu(Bits::B64, AluOp::Add, Reg(dst), Src::Imm(imm))
}
