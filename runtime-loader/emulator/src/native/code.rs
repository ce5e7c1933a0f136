//! Lowered code as it grows: instructions, jumps whose targets are not placed yet, registers to
//! work with.

use nbpfc_isa::{AluOp, Bits, Insn, JmpOp, Reg, Size, Src};
use nbpfc_loader::native::SAVED;

use crate::error::ErrorKind;
use crate::native::liveness::Set;

/// Where a jump leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Label {
    /// To what the instruction at this slot became.
    Slot(usize),
    /// To where the run gives up.
    GiveUp,
    /// To where the program ends with 0.
    End,
}

/// What a label's jump has in its offset or immediate.
#[derive(Clone, Copy, Debug)]
enum Place {
    Jump,
    Call,
}

/// Code without targets.
#[derive(Debug, Default)]
pub(crate) struct Code {
    insns: Vec<Insn>,
    open: Vec<(usize, Place, Label)>,
    slots: Vec<Option<usize>>,
}

/// A register to work with, until [`Code::release`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Temporary {
    pub(crate) register: Reg,
    /// Where its value waits, if it has one that is still needed.
    saved: Option<i16>,
}

impl Code {
    pub(crate) fn new(slots: usize) -> Self {
        Self { slots: vec![None; slots], ..Self::default() }
    }

    pub(crate) fn push(&mut self, insn: Insn) {
        self.insns.push(insn);
    }

    /// Notes that what comes now is the instruction at `pc`.
    pub(crate) fn place(&mut self, pc: usize) {
        if let Some(slot) = self.slots.get_mut(pc) {
            *slot = Some(self.insns.len());
        }
    }

    pub(crate) fn alu(&mut self, op: AluOp, dst: Reg, src: Src) {
        self.push(Insn::alu(Bits::B64, op, dst, src));
    }

    /// Clears the upper half: rbpf's 32-bit operations do so, but for its move.
    pub(crate) fn clear_upper(&mut self, register: Reg) {
        self.push(Insn::alu(Bits::B32, AluOp::Or, register, Src::Reg(register)));
    }

    /// Extends the sign of the lowest so many bits of what must not be a 32-bit result.
    pub(crate) fn sign_extend(&mut self, bits: Bits, register: Reg, from: i32) {
        let width = if bits == Bits::B32 { 32 } else { 64 };
        self.push(Insn::alu(bits, AluOp::Lsh, register, Src::Imm(width - from)));
        self.push(Insn::alu(bits, AluOp::Arsh, register, Src::Imm(width - from)));
    }

    pub(crate) fn jump(&mut self, bits: Bits, op: JmpOp, dst: Reg, src: Src, to: Label) {
        self.open.push((self.insns.len(), Place::Jump, to));
        self.push(Insn::jump(bits, op, dst, src, 0));
    }

    pub(crate) fn goto(&mut self, to: Label) {
        self.open.push((self.insns.len(), Place::Jump, to));
        self.push(Insn::ja(0));
    }

    pub(crate) fn call(&mut self, to: Label) {
        self.open.push((self.insns.len(), Place::Call, to));
        self.push(Insn::call_local(0));
    }

    /// `dst = -dst` where it is negative.
    pub(crate) fn absolute(&mut self, sign: Reg, dst: Reg) {
        self.push(Insn::jump(Bits::B64, JmpOp::Sge, sign, Src::Imm(0), 1));
        self.alu(AluOp::Neg, dst, Src::Imm(0));
    }

    /// `N` registers that are not in `taken`; the value of one that is in `live` is saved first.
    pub(crate) fn take<const N: usize>(&mut self, taken: Set, live: Set) -> [Temporary; N] {
        let free = |register: &u8| taken & (1 << register) == 0;
        let mut candidates: Vec<u8> = (0..10).filter(free).collect();
        // Stable: dead ones first.
        candidates.sort_by_key(|register| live & (1 << register) != 0);
        std::array::from_fn(|index| {
            // An instruction names three registers at most, so that there are always some left.
            let register = candidates.get(index).copied().unwrap_or(0);
            let needed = live & (1 << register) != 0;
            let saved = needed.then_some(SAVED + 8 * index as i16);
            let register = Reg(register);
            if let Some(at) = saved {
                self.push(Insn::store(Size::DW, Reg::FRAME, at, register));
            }
            Temporary { register, saved }
        })
    }

    /// Gives the registers their values back.
    pub(crate) fn release(&mut self, temporaries: &[Temporary]) {
        for temporary in temporaries {
            if let Some(at) = temporary.saved {
                self.push(Insn::load(Size::DW, temporary.register, Reg::FRAME, at));
            }
        }
    }

    /// Fills the targets in. `give_up` and `end` begin where [`Code::here`] said.
    pub(crate) fn finish(mut self, give_up: usize, end: usize) -> Result<Vec<Insn>, ErrorKind> {
        const FAR: ErrorKind = ErrorKind::NotNative("jumps over more than 32767 instructions");
        for (at, place, label) in self.open {
            let target = match label {
                Label::Slot(pc) => self.slots.get(pc).copied().flatten().unwrap_or(give_up),
                Label::GiveUp => give_up,
                Label::End => end,
            };
            let distance = target as i64 - at as i64 - 1;
            let Some(insn) = self.insns.get_mut(at) else { continue };
            match place {
                Place::Jump => insn.off = i16::try_from(distance).map_err(|_| FAR)?,
                Place::Call => insn.imm = i32::try_from(distance).map_err(|_| FAR)?,
            }
        }
        Ok(self.insns)
    }

    /// The index of the next instruction.
    pub(crate) fn here(&self) -> usize {
        self.insns.len()
    }
}
