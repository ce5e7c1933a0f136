//! Slots of the stack that may be read before they are written.
//!
//! Addresses of the stack are followed inside of a block; where one leaves it, all that lies above
//! counts as read.

use nbpfc_isa::{AluOp, Bits, Op, Reg, Size, Src};
use nbpfc_kernel::{Argument, Helper};

use crate::flow::{ARGUMENTS, Flow, Step, bit};
use crate::program::{Map, Program};

/// Slots of 8 bytes as bits of a mask, the one below the frame pointer first.
pub(crate) fn mask(off: i32, size: u32) -> u64 {
    let first = (-off - 1).clamp(0, 511) / 8;
    let last = (-(off + size.max(1) as i32)).clamp(0, 511) / 8;
    let bits = |n: i32| if n >= 64 { u64::MAX } else { (1u64 << n) - 1 };
    bits(first + 1) & !bits(last)
}

/// By slot of the program: the slots of the stack that are live before it.
pub(crate) fn live(program: &Program<'_>, flow: &Flow) -> Vec<u64> {
    let mut accesses = vec![(0u64, 0u64); flow.steps.len()];
    let mut always = 0u64;
    let mut known = Known::default();
    for (at, step) in flow.steps.iter().enumerate() {
        let Some(step) = step else { continue };
        if flow.joins[at] {
            known = Known::default();
        }
        accesses[at] = known.access(program, at as u32, step, &mut always);
        let leaves =
            step.target.is_some() || flow.joins.get(step.next as usize).copied().unwrap_or(false);
        if leaves {
            let live = flow.live.get(step.next as usize).copied().unwrap_or(0);
            let target = step.target.and_then(|to| flow.live.get(to as usize)).copied();
            known.escape(live | target.unwrap_or(0), &mut always);
        }
    }
    let mut live = vec![0u64; flow.steps.len()];
    let mut changed = accesses.iter().any(|access| access.0 != 0) || always != 0;
    while changed {
        changed = false;
        for (at, step) in flow.steps.iter().enumerate().rev() {
            let Some(step) = step else { continue };
            let after = step
                .successors()
                .fold(0, |all, next| all | live.get(next as usize).copied().unwrap_or(0));
            let (read, written) = accesses[at];
            let before = (after & !written) | read | always;
            changed |= before != live[at];
            live[at] = before;
        }
    }
    live
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Value {
    /// The frame pointer plus this.
    Stack(i32),
    Map(usize),
    Number(i64),
}

/// What is known of registers inside of a block.
#[derive(Default)]
struct Known([Option<Value>; 11]);

impl Known {
    fn get(&self, reg: u8) -> Option<Value> {
        if reg == Reg::FRAME.0 { Some(Value::Stack(0)) } else { self.0[usize::from(reg)] }
    }

    fn stack(&self, reg: u8) -> Option<i32> {
        match self.get(reg) {
            Some(Value::Stack(off)) => Some(off),
            _ => None,
        }
    }

    /// Addresses in these registers are no longer followed.
    fn escape(&self, live: u16, always: &mut u64) {
        for reg in (0..10).filter(|reg| live & bit(*reg) != 0) {
            if let Some(off) = self.stack(reg) {
                *always |= mask(off, off.unsigned_abs());
            }
        }
    }

    /// The slots that an instruction reads, and those that it writes whole.
    fn access(
        &mut self,
        program: &Program<'_>,
        at: u32,
        step: &Step,
        always: &mut u64,
    ) -> (u64, u64) {
        let (dst, src) = (step.insn.dst, step.insn.src);
        let place = |reg: u8| self.stack(reg).map(|base| base + i32::from(step.insn.off));
        let (mut read, mut written) = (0, 0);
        match step.op {
            Op::Load(size) | Op::LoadSx(size) | Op::LoadAcquire(size) => {
                read = place(src).map_or(0, |off| mask(off, size.bytes().into()));
            }
            Op::Store(size) | Op::StoreImm(size) | Op::StoreRelease(size) => {
                if let Some(off) = place(dst)
                    && size == Size::DW
                    && off % 8 == 0
                {
                    written = mask(off, 8);
                }
                if !matches!(step.op, Op::StoreImm(_)) {
                    self.escape(bit(src), always);
                }
            }
            Op::Atomic(size, _) => {
                read = place(dst).map_or(0, |off| mask(off, size.bytes().into()));
            }
            Op::Call => (read, written) = self.called(program, step),
            Op::CallLocal | Op::CallKfunc => self.escape(ARGUMENTS, always),
            _ => {}
        }
        let result = self.result(program, at, step, always);
        for reg in (0..10).filter(|reg| step.writes() & bit(*reg) != 0) {
            self.0[usize::from(reg)] = result;
        }
        (read, written)
    }

    /// What an instruction leaves in the register that it writes.
    fn result(
        &self,
        program: &Program<'_>,
        at: u32,
        step: &Step,
        always: &mut u64,
    ) -> Option<Value> {
        match (step.op, step.operand) {
            (Op::Alu(Bits::B64, AluOp::Mov), Src::Reg(Reg(reg))) => self.get(reg),
            (Op::Alu(Bits::B64, AluOp::Mov), Src::Imm(value)) => Some(Value::Number(value.into())),
            (Op::Alu(Bits::B32, AluOp::Mov), Src::Imm(value)) => {
                Some(Value::Number((value as u32).into()))
            }
            (Op::Alu(Bits::B64, op), operand) => {
                let base = self.stack(step.insn.dst)?;
                let operand = match operand {
                    Src::Imm(by) => Some(by),
                    Src::Reg(Reg(reg)) => match self.get(reg) {
                        Some(Value::Number(by)) => i32::try_from(by).ok(),
                        _ => None,
                    },
                };
                match (op, operand) {
                    (AluOp::Add, Some(by)) => Some(Value::Stack(base + by)),
                    (AluOp::Sub, Some(by)) => Some(Value::Stack(base - by)),
                    _ => {
                        // It may point anywhere from here on.
                        *always |= mask(base, base.unsigned_abs());
                        None
                    }
                }
            }
            (Op::LdImm64 | Op::LdPseudo(_), _) => {
                program.reference(at).map(|reference| Value::Map(reference.map))
            }
            _ => None,
        }
    }

    /// The slots that a helper reads and those that it writes.
    fn called(&self, program: &Program<'_>, step: &Step) -> (u64, u64) {
        let Some(helper) = Helper::by_id(step.insn.imm) else { return (u64::MAX, 0) };
        let (mut read, mut written) = (0, 0);
        let maps = (1..=5u8).find_map(|reg| match self.get(reg) {
            Some(Value::Map(map)) => program.maps.get(map),
            _ => None,
        });
        for (argument, reg) in helper.arguments.iter().zip(1..) {
            let Some(off) = self.stack(reg) else { continue };
            let rest = off.unsigned_abs();
            let said = match self.get(reg + 1) {
                Some(Value::Number(size)) => u32::try_from(size).ok(),
                _ => None,
            };
            let of = |size: fn(&Map<'_>) -> u32| maps.map_or(rest, size);
            match argument {
                Argument::Key => read |= mask(off, of(|map| map.key_size)),
                Argument::Value => read |= mask(off, of(|map| map.value_size)),
                Argument::Memory | Argument::MemoryOrNull => {
                    read |= mask(off, said.unwrap_or(rest));
                }
                Argument::Fixed(size) => read |= mask(off, *size),
                Argument::ValueOut | Argument::MemoryOut => {
                    let size = match argument {
                        Argument::ValueOut => maps.map(|map| map.value_size),
                        _ => said,
                    };
                    // What is written in part may still be read.
                    if let Some(size) = size
                        && off % 8 == 0
                    {
                        let whole = size / 8 * 8;
                        written |= if whole == 0 { 0 } else { mask(off, whole) };
                    }
                }
                _ => {}
            }
        }
        (read, written & !read)
    }
}
