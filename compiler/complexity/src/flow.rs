//! Instructions decoded, where each leads, and where the verifier compares states.

use nbpfc_isa::{AluOp, Bits, Insn, JmpOp, Op, Reg, Src};
use nbpfc_kernel::{Argument, Helper};

/// Registers as bits of a mask.
#[inline]
pub(crate) const fn bit(reg: u8) -> u16 {
    1 << reg
}

/// All registers but the frame pointer.
const ALL: u16 = 0x3ff;
/// A bit that stands for no register: see [`Step::touches`].
pub(crate) const ALWAYS: u16 = 1 << 15;
/// The registers that a call destroys.
pub(crate) const CALLER_SAVED: u16 = 0b11_1111;
/// Those that it takes arguments in.
pub(crate) const ARGUMENTS: u16 = 0b11_1110;

/// An instruction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) op: Op,
    pub(crate) operand: Src,
    pub(crate) insn: Insn,
    /// The slot behind it.
    pub(crate) next: u32,
    /// Where it may go instead, or the function that it calls.
    pub(crate) target: Option<u32>,
}

impl Step {
    /// Decodes the instruction at a slot; `None` if there is none.
    pub(crate) fn at(insns: &[Insn], slot: usize) -> Option<Self> {
        let insn = *insns.get(slot)?;
        let row = insn.row()?;
        let next = (slot + row.slots()) as u32;
        let to = |distance: i64| u32::try_from(i64::from(next) + distance).ok();
        let target = match row.op {
            Op::Jump(..) | Op::Ja | Op::MayGoto => to(insn.off.into()),
            Op::Gotol | Op::CallLocal => to(insn.imm.into()),
            _ => None,
        };
        Some(Self { op: row.op, operand: row.operand(insn), insn, next, target })
    }

    /// Whether only [`Step::target`] follows.
    pub(crate) const fn is_jump(&self) -> bool {
        matches!(self.op, Op::Ja | Op::Gotol)
    }

    /// Whether it counts as a jump where the verifier counts these.
    pub(crate) const fn counts_as_jump(&self) -> bool {
        matches!(
            self.op,
            Op::Jump(..)
                | Op::Ja
                | Op::Gotol
                | Op::MayGoto
                | Op::Call
                | Op::CallLocal
                | Op::CallKfunc
                | Op::Exit
        )
    }

    /// The slots that control comes to from here, functions left out.
    pub(crate) fn successors(&self) -> impl Iterator<Item = u32> {
        let target = self.target.filter(|_| self.op != Op::CallLocal);
        let next = (!self.is_jump() && self.op != Op::Exit).then_some(self.next);
        next.into_iter().chain(target)
    }

    /// The registers that it reads.
    pub(crate) fn reads(&self) -> u16 {
        let dst = bit(self.insn.dst);
        let operand = match self.operand {
            Src::Reg(Reg(reg)) => bit(reg),
            Src::Imm(_) => 0,
        };
        match self.op {
            Op::Alu(_, AluOp::Mov) | Op::MovSx(..) | Op::AddrSpaceCast => operand,
            Op::Alu(..) | Op::Jump(..) => dst | operand,
            Op::ToLe(_) | Op::ToBe(_) | Op::Bswap(_) | Op::StoreImm(_) => dst,
            Op::LdImm64 | Op::LdPseudo(_) | Op::Ja | Op::Gotol | Op::MayGoto => 0,
            // It reads the context in `r6`, and the verifier takes it to read all.
            Op::LdAbs(_) | Op::LdInd(_) => ALL,
            Op::Load(_) | Op::LoadSx(_) | Op::LoadAcquire(_) => bit(self.insn.src),
            Op::Store(_) | Op::StoreRelease(_) => dst | bit(self.insn.src),
            Op::Atomic(_, op) => {
                let r0 = if op == nbpfc_isa::AtomicOp::CmpXchg { bit(0) } else { 0 };
                dst | bit(self.insn.src) | r0
            }
            Op::Call => match Helper::by_id(self.insn.imm) {
                Some(helper) => ((1 << helper.arguments.len()) - 1) << 1,
                None => ARGUMENTS,
            },
            Op::CallLocal | Op::CallKfunc => ARGUMENTS,
            Op::Exit => bit(0),
        }
    }

    /// Without any of these among the numbers that are followed back, nothing changes on the way over
    /// this instruction; [`ALWAYS`] if something may all the same.
    fn touches(&self) -> u16 {
        match self.op {
            Op::CallLocal | Op::Exit => ALWAYS,
            Op::Jump(..) => match self.operand {
                Src::Reg(Reg(reg)) => bit(self.insn.dst) | bit(reg),
                Src::Imm(_) => 0,
            },
            Op::Store(_) | Op::StoreImm(_) | Op::StoreRelease(_) => bit(self.insn.dst),
            _ => self.writes(),
        }
    }

    /// The registers that it writes.
    pub(crate) fn writes(&self) -> u16 {
        match self.op {
            Op::Alu(..)
            | Op::MovSx(..)
            | Op::AddrSpaceCast
            | Op::ToLe(_)
            | Op::ToBe(_)
            | Op::Bswap(_)
            | Op::LdImm64
            | Op::LdPseudo(_)
            | Op::Load(_)
            | Op::LoadSx(_)
            | Op::LoadAcquire(_) => bit(self.insn.dst),
            Op::LdAbs(_) | Op::LdInd(_) | Op::Call | Op::CallLocal | Op::CallKfunc => CALLER_SAVED,
            Op::Atomic(_, op) => match op {
                nbpfc_isa::AtomicOp::CmpXchg => bit(0),
                op if op.code() & 1 != 0 => bit(self.insn.src),
                _ => 0,
            },
            _ => 0,
        }
    }
}

/// Where the verifier does what.
#[derive(Debug)]
pub(crate) struct Flow {
    /// By slot; `None` for the second half of a 64-bit load.
    pub(crate) steps: Vec<Option<Step>>,
    /// Where it compares the state with those that it kept (`is_prune_point`).
    pub(crate) compares: Vec<bool>,
    /// Where it writes down how it came (`is_jmp_point`).
    pub(crate) joins: Vec<bool>,
    /// The registers that may be read from here on before they are written.
    pub(crate) live: Vec<u16>,
    /// [`Step::touches`] by slot.
    pub(crate) touches: Vec<u16>,
}

impl Flow {
    /// `None` if something is no instruction.
    pub(crate) fn new(insns: &[Insn]) -> Option<Self> {
        let mut steps = vec![None; insns.len()];
        let (mut compares, mut joins) = (vec![false; insns.len()], vec![false; insns.len()]);
        let mut at = 0;
        while at < insns.len() {
            let step = Step::at(insns, at)?;
            steps[at] = Some(step);
            if let Op::Jump(..) | Op::MayGoto | Op::CallLocal = step.op {
                compares[at] = true;
            }
            if let Some(target) = step.target {
                *compares.get_mut(target as usize)? |= step.op != Op::CallLocal;
                joins[target as usize] = true;
                // The first instruction of a function, too, is the target of an edge.
                compares[target as usize] = true;
            }
            if let Op::Call | Op::CallLocal | Op::CallKfunc = step.op {
                *compares.get_mut(step.next as usize)? = true;
                joins[step.next as usize] = true;
            }
            at = step.next as usize;
        }
        let live = live(&steps);
        let touches = steps.iter().map(|step| step.as_ref().map_or(0, Step::touches)).collect();
        Some(Self { steps, compares, joins, live, touches })
    }
}

/// The registers that are live before each slot.
fn live(steps: &[Option<Step>]) -> Vec<u16> {
    let mut live = vec![0u16; steps.len()];
    let mut changed = true;
    while changed {
        changed = false;
        for (at, step) in steps.iter().enumerate().rev() {
            let Some(step) = step else { continue };
            let after = step
                .successors()
                .fold(0, |all, next| all | live.get(next as usize).copied().unwrap_or(0));
            let before = (after & !step.writes()) | step.reads();
            changed |= before != live[at];
            live[at] = before;
        }
    }
    live
}

/// How far an instruction has been followed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Followed {
    Not,
    /// It is on the way at hand.
    Begun,
    /// So many instructions are processed on all ways from it.
    All(u64),
}

/// The most instructions that can be processed, if there are no loops and no functions are called.
pub(crate) fn ways(insns: &[Insn], limit: u64) -> Option<u64> {
    let mut followed = vec![Followed::Not; insns.len()];
    let mut way: Vec<(usize, Step)> = vec![(0, Step::at(insns, 0)?)];
    while let Some((at, step)) = way.last() {
        let at = *at;
        followed[at] = Followed::Begun;
        let mut sum = 1u64;
        let mut next = None;
        for successor in step.successors() {
            match *followed.get(successor as usize)? {
                Followed::Not => next = Some(successor as usize),
                Followed::Begun => return None,
                Followed::All(more) => sum += more,
            }
        }
        if step.op == Op::CallLocal || sum > limit {
            return None;
        }
        if let Some(next) = next {
            way.push((next, Step::at(insns, next)?));
        } else {
            followed[at] = Followed::All(sum);
            way.pop();
        }
    }
    match followed.first()? {
        Followed::All(sum) => Some(*sum),
        _ => None,
    }
}

/// `a op 0` of a pointer that may be null.
pub(crate) const fn asks_for_null(step: &Step) -> Option<bool> {
    match (step.op, step.operand) {
        (Op::Jump(Bits::B64, JmpOp::Eq), Src::Imm(0)) => Some(true),
        (Op::Jump(Bits::B64, JmpOp::Ne), Src::Imm(0)) => Some(false),
        _ => None,
    }
}

/// Whether an argument says how much memory is meant.
pub(crate) const fn is_size(argument: Argument) -> bool {
    matches!(argument, Argument::Size(_) | Argument::Length)
}
