//! Tests of the whole crate, by subject.

mod conformance;
mod context;
mod globals;
mod hooks;
mod maps;
mod random;

use nbpfc_isa::{AluOp, Bits, Insn, Reg, Src};
use nbpfc_kernel::Hook;

use crate::error::FaultKind;
use crate::machine::{Engine, Machine};
use crate::packet::Packet;

/// The hook with a name.
fn hook(name: &str) -> &'static Hook {
    Hook::by_name(name).expect("a hook of the table")
}

/// The interpreter for what must be emulated.
fn checked(insns: &[Insn], hook_name: &str) -> Machine {
    Machine::new(insns, hook(hook_name), Engine::Checked).expect("a program that is emulated")
}

/// What both engines make of it; they have to agree.
fn run(insns: &[Insn], hook_name: &str, packet: &Packet<'_>) -> Result<u32, FaultKind> {
    let native = Machine::new(insns, hook(hook_name), Engine::Native);
    assert!(native.is_ok(), "{native:?}");
    run_any(insns, hook_name, packet)
}

/// The same where there may be no machine code.
fn run_any(insns: &[Insn], hook_name: &str, packet: &Packet<'_>) -> Result<u32, FaultKind> {
    let result = checked(insns, hook_name).run(packet).map_err(|fault| fault.kind);
    if let Ok(mut native) = Machine::new(insns, hook(hook_name), Engine::Native) {
        assert_eq!(native.run(packet).map_err(|fault| fault.kind), result, "native and checked");
    }
    result
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
