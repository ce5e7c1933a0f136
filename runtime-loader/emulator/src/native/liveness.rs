//! Which registers nobody reads any more, so that lowered code may use them.

use nbpfc_isa::{AluOp, AtomicOp, Op};

use crate::program::{Program, Step};

/// One bit for each register.
pub(crate) type Set = u16;

const ARGUMENTS: Set = 0b11_1110;
const R0: Set = 1;

fn bit(register: u8) -> Set {
    1 << (register & 15)
}

/// Registers that an instruction reads, and that it writes.
pub(crate) fn effects(step: &Step) -> (Set, Set) {
    let operand = if step.by_register { bit(step.src) } else { 0 };
    let (dst, src) = (bit(step.dst), bit(step.src));
    match step.op {
        Op::Alu(_, AluOp::Mov) => (operand, dst),
        Op::Alu(..) => (operand | dst, dst),
        Op::Load(_) | Op::LoadSx(_) | Op::LoadAcquire(_) | Op::MovSx(..) => (src, dst),
        Op::ToLe(_) | Op::ToBe(_) | Op::Bswap(_) => (dst, dst),
        Op::Store(_) | Op::StoreRelease(_) => (dst | src, 0),
        Op::StoreImm(_) => (dst, 0),
        Op::Atomic(_, op) => match op {
            AtomicOp::Add | AtomicOp::Or | AtomicOp::And | AtomicOp::Xor => (dst | src, 0),
            AtomicOp::CmpXchg => (dst | src | R0, R0),
            _ => (dst | src, src),
        },
        Op::LdAbs(_) => (bit(6), R0 | ARGUMENTS),
        Op::LdInd(_) => (bit(6) | src, R0 | ARGUMENTS),
        Op::Jump(..) => (dst | operand, 0),
        Op::Call | Op::CallLocal => (ARGUMENTS, R0 | ARGUMENTS),
        Op::Exit => (R0, 0),
        Op::Ja | Op::Gotol | Op::MayGoto | Op::CallKfunc => (0, 0),
        Op::LdImm64 | Op::LdPseudo(_) | Op::AddrSpaceCast => (0, dst),
    }
}

/// Registers that are read after each slot's instruction.
pub(crate) fn analyse(program: &Program) -> Vec<Set> {
    let mut before: Vec<Set> = vec![0; program.steps.len()];
    let mut after = before.clone();
    let mut changed = true;
    while changed {
        changed = false;
        for (pc, step) in program.instructions().rev() {
            let at = |pc: usize| before.get(pc).copied().unwrap_or(0);
            let jumped = if step.jumps() { at(step.target) } else { 0 };
            let next = if step.falls_through() { at(step.next) } else { 0 };
            let (reads, writes) = effects(step);
            let live = reads | ((jumped | next) & !writes);
            if let (Some(before), Some(after)) = (before.get_mut(pc), after.get_mut(pc)) {
                changed |= *before != live;
                *before = live;
                *after = jumped | next;
            }
        }
    }
    after
}
