//! Selection of memory, maps and calls.
//!
//! A place on the stack, or a constant way from a pointer, is no instruction of its own: it becomes
//! part of those that use it. A pointer with a variable part is computed once.

use nbpfc_ir::{AtomicOp, Block, BlockCall, Compare, Instruction, Place, Slot, Type, Value};
use nbpfc_isa::{AluOp, AtomicOp as Atomic, Bits, Size};
use nbpfc_kernel::{Helper, Member};

use super::Selector;
use super::access::size;
use crate::ebpf::vcode::{End, Op, Operand, VReg};
use crate::error::Error;
use crate::plan::Mode;

/// The width of a member.
const fn size_of(member: Member) -> Size {
    match member.field.size {
        1 => Size::B,
        2 => Size::H,
        4 => Size::W,
        _ => Size::DW,
    }
}

impl Selector<'_> {
    /// Bytes of stack above the slots.
    pub(super) fn below(&self) -> u32 {
        if matches!(self.plan.mode, Mode::Bytes(_)) { self.windows.used } else { 0 }
    }

    fn slot(&self, slot: Slot) -> i64 {
        -i64::from(self.below() + self.slots.end(slot))
    }

    /// Where a pointer leads: a register, or the frame, and how far from there.
    fn place_of(&mut self, pointer: Value) -> (Option<VReg>, i64) {
        let mut value = self.plan.resolve(pointer);
        let mut further = 0;
        loop {
            match self.function.def_inst(value) {
                Some(&Instruction::Slot(slot)) => return (None, self.slot(slot) + further),
                Some(&Instruction::Part { pointer, displacement, .. }) => {
                    further += i64::from(displacement);
                    value = self.plan.resolve(pointer);
                }
                _ => return (Some(self.register(value)), further),
            }
        }
    }

    /// The same with a distance that fits an instruction.
    fn near(&mut self, pointer: Value, displacement: u32) -> (Option<VReg>, i16) {
        let (base, off) = self.place_of(pointer);
        let off = off + i64::from(displacement);
        match (base, i16::try_from(off)) {
            (_, Ok(off)) => (base, off),
            (Some(base), Err(_)) => (Some(self.plus(base, off as i32)), 0),
            // The stack is shorter than that; the limit is for [`super::super::assign`] to tell.
            (None, Err(_)) => (None, i16::MIN),
        }
    }

    fn plus(&mut self, a: VReg, number: i32) -> VReg {
        let b = Operand::Imm(number);
        self.builder.def(|d| Op::Alu { bits: Bits::B64, op: AluOp::Add, d, a, b })
    }

    /// The register for what is made where it is used: maps, the context, constant places.
    pub(super) fn address(&mut self, value: Value) -> Option<VReg> {
        match *self.function.def_inst(value)? {
            Instruction::Map(map) => {
                Some(self.builder.def(|d| Op::MapAddress { d, map, offset: None }))
            }
            Instruction::Context => Some(self.context),
            Instruction::Argument(index, _) => self.arguments.get(usize::from(index)).copied(),
            Instruction::Slot(_) | Instruction::Part { .. } => Some(match self.place_of(value) {
                (Some(base), 0) => base,
                (Some(base), off) => self.plus(base, off as i32),
                (None, off) => self.builder.def(|d| Op::FrameAddress { d, off: off as i32 }),
            }),
            _ => None,
        }
    }

    /// An instruction about memory, maps or calls; its result's register, if it has one.
    pub(super) fn memory(&mut self, instruction: &Instruction) -> Result<Option<VReg>, Error> {
        Ok(match *instruction {
            Instruction::Global { map, offset, .. } => {
                Some(self.builder.def(|d| Op::MapAddress { d, map, offset: Some(offset) }))
            }
            Instruction::Index { pointer, index, .. } => {
                let (a, b) = (self.register(index), self.register(pointer));
                let b = Operand::Reg(b);
                Some(self.builder.def(|d| Op::Alu { bits: Bits::B64, op: AluOp::Add, d, a, b }))
            }
            Instruction::Read(Place { width, pointer, displacement }) => {
                let (base, off) = self.near(pointer, displacement);
                let size = size(width);
                Some(self.builder.def(|d| match base {
                    Some(base) => Op::Load { size, d, base, off },
                    None => Op::LoadStack { size, d, off },
                }))
            }
            Instruction::Write(Place { width, pointer, displacement }, value) => {
                let (base, off) = self.near(pointer, displacement);
                let value = self.operand(value);
                self.builder.op(Op::Store { size: size(width), base, off, value });
                None
            }
            Instruction::Atomic { op, place, value, fetch } => {
                self.atomic(op, place, value, fetch)?
            }
            Instruction::CompareExchange { place, expected, value } => {
                self.has_atomics()?;
                let (base, off) = self.near(place.pointer, place.displacement);
                let (expected, value) = (self.register(expected), self.register(value));
                let size = size(place.width);
                let exchanged = |d| Op::CompareExchange { size, d, base, off, expected, value };
                Some(self.builder.def(exchanged))
            }
            Instruction::Call { helper, args, .. } => Some(self.call(helper, args.as_slice())?),
            Instruction::Member(member) => Some(self.member(member)?),
            Instruction::SetMember(member, value) => {
                self.set_member(member, value)?;
                None
            }
            Instruction::Checkpoint(count) => {
                self.builder.op(Op::Steps { count });
                None
            }
            Instruction::Invoke { function, args, .. } => {
                let (args, count) = self.given(args.as_slice());
                Some(self.builder.def(|d| Op::CallLocal { function, d, args, count }))
            }
            _ => {
                self.missing = true;
                None
            }
        })
    }

    fn has_atomics(&self) -> Result<(), Error> {
        let what = "atomic operations other than adding, or their results, on this kernel";
        let span = self.builder.span;
        if self.target.has_atomics() { Ok(()) } else { Err(Error::Inexpressible { what, span }) }
    }

    fn atomic(
        &mut self,
        op: AtomicOp,
        Place { width, pointer, displacement }: Place,
        value: Value,
        fetch: bool,
    ) -> Result<Option<VReg>, Error> {
        if op != AtomicOp::Add || fetch {
            self.has_atomics()?;
        }
        let (base, off) = self.near(pointer, displacement);
        let (size, value) = (size(width), self.register(value));
        let plain = match op {
            AtomicOp::Add => Atomic::Add,
            AtomicOp::And => Atomic::And,
            AtomicOp::Or => Atomic::Or,
            AtomicOp::Xor => Atomic::Xor,
            AtomicOp::Exchange => {
                let op = Atomic::Xchg;
                return Ok(Some(self.builder.def(|d| Op::Fetch { size, op, d, base, off, value })));
            }
        };
        if !fetch {
            self.builder.op(Op::Atomic { size, op: plain, base, off, value });
            return Ok(None);
        }
        let op = match op {
            AtomicOp::And => Atomic::FetchAnd,
            AtomicOp::Or => Atomic::FetchOr,
            AtomicOp::Xor => Atomic::FetchXor,
            AtomicOp::Add | AtomicOp::Exchange => Atomic::FetchAdd,
        };
        Ok(Some(self.builder.def(|d| Op::Fetch { size, op, d, base, off, value })))
    }

    fn may(&self, member: Member, write: bool) -> Result<(), Error> {
        let target = self.target;
        let may = if write { target.may_write(&member) } else { target.may_read(&member) };
        let (hook, span) = (target.hook.name, self.builder.span);
        if may { Ok(()) } else { Err(Error::NoMember { hook, member, write, span }) }
    }

    fn member(&mut self, member: Member) -> Result<VReg, Error> {
        self.may(member, false)?;
        let (size, base, off) = (size_of(member), self.context, member.offset() as i16);
        Ok(self.builder.def(|d| Op::Load { size, d, base, off }))
    }

    fn set_member(&mut self, member: Member, value: Value) -> Result<(), Error> {
        self.may(member, true)?;
        // Up to Linux 6.3 nobody may write an immediate there.
        let value = Operand::Reg(self.register(value));
        let (size, base, off) = (size_of(member), Some(self.context), member.offset() as i16);
        self.builder.op(Op::Store { size, base, off, value });
        Ok(())
    }

    fn call(&mut self, helper: &'static Helper, args: &[Value]) -> Result<VReg, Error> {
        if !self.target.may_call(helper) {
            let (hook, helper) = (self.target.hook.name, helper.name);
            return Err(Error::NoHelper { hook, helper, span: self.builder.span });
        }
        let (helper, (args, count)) = (helper.id, self.given(args));
        Ok(self.builder.def(|d| Op::Call { helper, d, args, count }))
    }

    /// The registers of a call's arguments, and how many there are.
    fn given(&mut self, args: &[Value]) -> ([VReg; 5], u8) {
        let mut registers = [self.context; 5];
        for (register, &value) in registers.iter_mut().zip(args) {
            *register = self.register(value);
        }
        (registers, args.len() as u8)
    }

    /// Asks whether a pointer is null: of the register itself, against an immediate 0, in 64 bits;
    /// the verifier understands nothing else (`is_ptr_cast_function` aside, `check_cond_jmp_op`).
    pub(super) fn non_null(&mut self, pointer: Value, some: Block, none: &BlockCall) {
        let a = self.register(pointer);
        if let Some(&param) = self.function.block(some).params.first() {
            self.values[param.as_u32() as usize] = Some(a);
        }
        let (then, otherwise) = (self.labels[&some], self.edge(none));
        let (compare, b) = (Compare::Ne, Operand::Imm(0));
        self.builder.end(End::Branch { bits: Bits::B64, compare, a, b, then, otherwise });
    }

    /// Asks whether a number lies between two others, as far as the verifier does not know.
    pub(super) fn bound(
        &mut self,
        value: Value,
        (low, high): (u32, u32),
        inside: Block,
        outside: &BlockCall,
    ) {
        let a = self.register(value);
        // Of a register that nothing else is known by: older verifiers learn about no copy.
        let register = self.builder.def(|d| Op::Copy { d, a });
        self.builder.bounds = true;
        if let Some(&param) = self.function.block(inside).params.first() {
            self.values[param.as_u32() as usize] = Some(register);
        }
        let (then, outside) = (self.labels[&inside], self.edge(outside));
        if low > 0 {
            let next = self.builder.label();
            self.compare(Compare::Lt, Type::I64, register, Some(low.into()), None, outside, next);
            self.continue_in(next);
        }
        self.compare(Compare::Gt, Type::I64, register, Some(high.into()), None, outside, then);
    }
}
