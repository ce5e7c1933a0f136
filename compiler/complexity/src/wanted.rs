//! Numbers that have to be the same, followed back to what they were made from (`backtrack_insn`).

use nbpfc_isa::{AluOp, Op, Reg, Src};

use crate::flow::{ALWAYS, ARGUMENTS, Step, bit};
use nbpfc_kernel::MAX_CALL_FRAMES;

use crate::note::Note;
use crate::state::State;

/// What has to be precise, by frame: registers and slots.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    frame: usize,
    masks: [(u16, u64); MAX_CALL_FRAMES],
}

impl Wanted {
    pub(crate) fn at(frame: usize) -> Self {
        Self { frame: frame.min(MAX_CALL_FRAMES - 1), ..Self::default() }
    }

    pub(crate) fn add_reg(&mut self, frame: usize, reg: u8) {
        if let Some(mask) = self.masks.get_mut(frame) {
            mask.0 |= bit(reg) & !bit(Reg::FRAME.0);
        }
    }

    pub(crate) fn add_slot(&mut self, frame: usize, slot: u8) {
        if let Some(mask) = self.masks.get_mut(frame) {
            mask.1 |= 1u64 << (slot & 63);
        }
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.masks.iter().all(|mask| *mask == (0, 0))
    }

    #[inline]
    fn has(&self, reg: u8) -> bool {
        self.masks[self.frame].0 & bit(reg) != 0
    }

    /// Whether going back over an instruction may change anything, if it is written down nothing of it.
    /// See [`Step::touches`].
    #[inline]
    pub(crate) fn is_touched(&self, touches: u16) -> bool {
        touches & (self.masks[self.frame].0 | ALWAYS) != 0
    }

    fn drop_reg(&mut self, reg: u8) {
        self.masks[self.frame].0 &= !bit(reg);
    }

    fn link(&mut self, note: Note) {
        let Note::Linked { regs, slots } = note else { return };
        let mask = &mut self.masks[self.frame];
        if mask.0 & regs != 0 || mask.1 & slots != 0 {
            mask.0 |= regs;
            mask.1 |= slots;
        }
    }

    /// Whether the verifier does not know how to go back over an instruction.
    pub(crate) fn is_lost_at(&self, step: &Step) -> bool {
        match step.op {
            Op::LdAbs(_) | Op::LdInd(_) => self.has(0),
            Op::Store(_) | Op::StoreImm(_) | Op::StoreRelease(_) => self.has(step.insn.dst),
            _ => false,
        }
    }

    /// Goes back over an instruction.
    pub(crate) fn pass(&mut self, step: &Step, note: Note, is_global: bool) {
        self.link(note);
        let dst = step.insn.dst;
        let operand = match step.operand {
            Src::Reg(Reg(reg)) => Some(reg),
            Src::Imm(_) => None,
        };
        match step.op {
            Op::Alu(_, AluOp::Mov) | Op::MovSx(..) if self.has(dst) => {
                self.drop_reg(dst);
                if let Some(reg) = operand {
                    self.add_reg(self.frame, reg);
                }
            }
            Op::Alu(_, op) if !matches!(op, AluOp::Mov | AluOp::Neg) && self.has(dst) => {
                if let Some(reg) = operand {
                    self.add_reg(self.frame, reg);
                }
            }
            Op::Load(_) | Op::LoadSx(_) | Op::LoadAcquire(_) if self.has(dst) => {
                self.drop_reg(dst);
                if let Note::Stack { frame, slot } = note {
                    self.add_slot(frame.into(), slot);
                }
            }
            Op::Store(_) | Op::StoreImm(_) | Op::StoreRelease(_) => {
                let Note::Stack { frame, slot } = note else { return };
                let Some(mask) = self.masks.get_mut(usize::from(frame)) else { return };
                if mask.1 >> slot & 1 != 0 {
                    mask.1 &= !(1 << slot);
                    if !matches!(step.op, Op::StoreImm(_)) {
                        self.add_reg(self.frame, step.insn.src);
                    }
                }
            }
            Op::Jump(..) => {
                if let Some(reg) = operand
                    && (self.has(dst) || self.has(reg))
                {
                    self.add_reg(self.frame, reg);
                    self.add_reg(self.frame, dst);
                }
                self.link(note);
            }
            Op::CallLocal if is_global => self.masks[self.frame].0 &= !(ARGUMENTS | bit(0)),
            Op::CallLocal => {
                let arguments = self.masks[self.frame].0 & ARGUMENTS;
                self.masks[self.frame] = (0, 0);
                self.frame = self.frame.saturating_sub(1);
                self.masks[self.frame].0 |= arguments;
            }
            Op::Exit => {
                let result = self.masks[self.frame].0 & bit(0);
                self.drop_reg(0);
                self.frame = (self.frame + 1).min(MAX_CALL_FRAMES - 1);
                self.masks[self.frame].0 |= result;
            }
            Op::Call | Op::CallKfunc | Op::LdAbs(_) | Op::LdInd(_) => {
                self.masks[self.frame].0 &= !(ARGUMENTS | bit(0));
            }
            Op::LdImm64 | Op::LdPseudo(_) => self.drop_reg(dst),
            Op::Atomic(..) => {
                // What comes out of memory is no number that was known.
                self.masks[self.frame].0 &= !step.writes();
            }
            _ => {}
        }
    }

    /// Marks what is wanted in a kept state; what is marked already, or no number, is wanted no more.
    pub(crate) fn mark(&mut self, state: &mut State) {
        for (mask, frame) in self.masks.iter_mut().zip(&mut state.frames) {
            for (reg, value) in frame.regs.iter_mut().enumerate() {
                if mask.0 & bit(reg as u8) == 0 {
                    continue;
                }
                if !value.is_number() || value.precise {
                    mask.0 &= !bit(reg as u8);
                } else {
                    value.precise = true;
                }
            }
            let mut rest = mask.1;
            while rest != 0 {
                let index = rest.trailing_zeros();
                rest &= rest - 1;
                let slot = frame.stack.get_mut(index as usize).filter(|s| s.is_spilled_number());
                match slot {
                    Some(slot) if !slot.value.precise => slot.value.precise = true,
                    _ => mask.1 &= !(1 << index),
                }
            }
        }
    }
}
