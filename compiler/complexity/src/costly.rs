//! What of a program costs the most.

use nbpfc_isa::{Insn, Op};

use crate::flow::Step;

/// Of a hundred, how much a loop has to cost for it to be named, and not the single instruction.
const SHARE: u64 = 50;

/// A part of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Costly {
    /// The slot that stands for it: of a loop the one that it begins with.
    pub slot: u32,
    /// Whether it is a loop.
    pub is_loop: bool,
    /// Of a hundred processed instructions, how many are in it.
    pub percent: u32,
    /// How often the slot was processed.
    pub times: u32,
}

/// The part that costs the most, by how often each slot is processed: the innermost loop that makes
/// up half of all, or else the instruction that is met most often.
pub fn costliest(insns: &[Insn], counts: &[u32]) -> Option<Costly> {
    let mut sums = vec![0u64];
    sums.extend(counts.iter().scan(0, |sum, count| {
        *sum += u64::from(*count);
        Some(*sum)
    }));
    let all = *sums.last().filter(|all| **all > 0)?;
    let percent = |from: usize, to: usize| Some((sums.get(to)? - sums.get(from)?) * 100 / all);
    let mut best: Option<(usize, usize, u64)> = None;
    for at in 0..insns.len() {
        let Some(step) = Step::at(insns, at) else { continue };
        let Some(to) = step.target.map(|to| to as usize) else { continue };
        if to > at || step.op == Op::CallLocal || !leads_to(insns, to, at) {
            continue;
        }
        let share = percent(to, at + 1).unwrap_or(0);
        if share >= SHARE && best.is_none_or(|(from, end, _)| at - to < end - from) {
            best = Some((to, at, share));
        }
    }
    let times = |slot: usize| counts.get(slot).copied().unwrap_or(0);
    if let Some((slot, _, share)) = best {
        let times = times(slot);
        return Some(Costly { slot: slot as u32, is_loop: true, percent: share as u32, times });
    }
    let most = counts.iter().max()?;
    let slot = counts.iter().position(|count| count == most)?;
    let percent = percent(slot, slot + 1)? as u32;
    Some(Costly { slot: slot as u32, is_loop: false, percent, times: *most })
}

/// Whether control comes from a slot to a later one without leaving what is between: else a jump back from
/// there closes no loop.
fn leads_to(insns: &[Insn], from: usize, to: usize) -> bool {
    let mut seen = vec![false; to - from + 1];
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        if at == to {
            return true;
        }
        if !(from..=to).contains(&at) || std::mem::replace(&mut seen[at - from], true) {
            continue;
        }
        if let Some(step) = Step::at(insns, at) {
            open.extend(step.successors().map(|next| next as usize));
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use nbpfc_isa::{AluOp, Bits, Insn, JmpOp, Reg, Src};

    use super::costliest;

    #[test]
    fn what_only_jumps_back_is_no_loop() {
        let r0 = Reg(0);
        let set = Insn::alu(Bits::B64, AluOp::Mov, r0, Src::Imm(0));
        let ask = Insn::jump(Bits::B64, JmpOp::Eq, r0, Src::Imm(0), 1);
        // 0: to 3; 1: the end; 3: back to 1.
        let back = [Insn::ja(2), set, Insn::exit(), Insn::ja(-3)];
        assert_eq!(costliest(&back, &[1, 1, 1, 1]).map(|costly| costly.is_loop), Some(false));
        let round = [set, ask, Insn::ja(-3), Insn::exit()];
        assert_eq!(costliest(&round, &[1, 9, 9, 1]).map(|costly| costly.is_loop), Some(true));
    }
}
