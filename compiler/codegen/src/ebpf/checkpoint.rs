//! Where several ways meet, the verifier should know that it has been there.
//!
//! It stops on a way whose state it has seen at the same place, if it kept that state; it keeps one
//! only after 8 instructions and 2 jumps since the last that it kept (`is_state_visited`). A tail
//! that several ways share begins with the sum of the packet's start, the offset that it is told,
//! and a constant. Added before the meeting, by each way on its own, the constant puts the tail one
//! instruction further on; that is done where it makes the difference.

use nbpfc_isa::{AluOp, Bits, Insn, Level, Op, Src};

use super::assign::{Assigned, Exit};
use super::layout::{Stream, ends_flow, lay_out};
use super::tidy::{is_read_later, reads};

/// How many instructions, and how many jumps, lie at least between two states that are kept.
const INSTRUCTIONS: u32 = 8;
const JUMPS: u32 = 2;

/// Lays the blocks out, the constants where they serve the verifier best.
pub(crate) fn lay_out_for_verifier(assigned: Assigned, level: Level) -> Stream {
    let tails = 1..assigned.blocks.len();
    let Some((tail, changed)) =
        tails.into_iter().find_map(|tail| Some((tail, earlier(&assigned, tail)?)))
    else {
        return lay_out(assigned, level);
    };
    let stream = lay_out(assigned, level);
    if is_kept(&stream, stream.places[tail]) {
        return stream;
    }
    let other = lay_out(changed, level);
    if is_kept(&other, other.places[tail]) { other } else { stream }
}

/// `x += y; x += number` at the head of a tail as `y += number` before it, and `x += y`.
fn earlier(assigned: &Assigned, tail: usize) -> Option<Assigned> {
    let head = &assigned.blocks[tail];
    let &[(sum, _), (constant, _), ..] = head.insns.as_slice() else { return None };
    let (x, Src::Reg(y)) = addition(sum)? else { return None };
    let (same, Src::Imm(number)) = addition(constant)? else { return None };
    let leads = |exit: Exit| match exit {
        Exit::Jump(to) => to.index() == tail,
        Exit::Branch { then, otherwise, .. } => then.index() == tail || otherwise.index() == tail,
        Exit::Return | Exit::ReturnImm(_) => false,
    };
    let ways: Vec<usize> =
        (0..assigned.blocks.len()).filter(|i| leads(assigned.blocks[*i].exit)).collect();
    let jumps = ways.iter().all(|way| matches!(assigned.blocks[*way].exit, Exit::Jump(_)));
    let read = head.insns[2..].iter().any(|(insn, _)| reads(*insn, y.0));
    if x != same || x == y || ways.len() < 2 || !jumps || read {
        return None;
    }
    if is_read_later(&assigned.blocks, tail, y.0) {
        return None;
    }
    let mut changed = assigned.clone();
    changed.blocks[tail].insns.remove(1);
    let add = Insn::alu(Bits::B64, AluOp::Add, y, Src::Imm(number));
    for way in ways {
        let span = changed.blocks[way].span;
        changed.blocks[way].insns.push((add, span));
    }
    Some(changed)
}

/// The operands of an addition of 64 bits.
fn addition(insn: Insn) -> Option<(nbpfc_isa::Reg, Src)> {
    let row = insn.row()?;
    match row.op {
        Op::Alu(Bits::B64, AluOp::Add) => Some((nbpfc_isa::Reg(insn.dst), row.operand(insn))),
        _ => None,
    }
}

/// Whether the verifier keeps a state at a line that it comes to on its first way.
fn is_kept(stream: &Stream, line: usize) -> bool {
    let mut meets = vec![false; stream.lines.len() + 1];
    for (at, jump) in stream.lines.iter().enumerate() {
        if let Some(to) = jump.to {
            meets[stream.places[to.index()]] = true;
            meets[at] |= jump.insn != Insn::ja(0);
        }
    }
    let (mut instructions, mut jumps) = (0, 0);
    let mut at = 0;
    // A way that closes a loop is given up.
    for _ in 0..stream.lines.len() {
        let Some(next) = stream.lines.get(at) else { return false };
        // The second slot of a wide one is part of the first.
        instructions += u32::from(next.insn.row().is_some());
        if meets[at] {
            let kept = instructions >= INSTRUCTIONS && jumps >= JUMPS;
            if at == line {
                return kept;
            }
            if kept {
                (instructions, jumps) = (0, 0);
            }
        }
        jumps += u32::from(next.to.is_some());
        at = match next.to {
            Some(to) if next.insn == Insn::ja(0) => stream.places[to.index()],
            _ if ends_flow(next) => return false,
            _ => at + 1,
        };
    }
    false
}
