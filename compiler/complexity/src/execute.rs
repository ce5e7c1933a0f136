//! What instructions do to registers (`check_alu_op`, `adjust_ptr_min_max_vals`).

use nbpfc_isa::{AluOp, Bits, Op, Src};

use crate::arithmetic::alu;
use crate::flow::Step;
use crate::note::Note;
use crate::scalar::Scalar;
use crate::state::{Kind, State, Sum, Value};
use crate::walk::Walk;

impl Walk<'_> {
    /// All that goes on with the next instruction.
    pub(crate) fn plain(&mut self, state: &mut State, insn: u32, step: &Step) -> Note {
        let dst = usize::from(step.insn.dst) % 10;
        let value = match step.op {
            Op::Load(size) | Op::LoadAcquire(size) => {
                return self.load(state, step, size.bytes().into(), false);
            }
            Op::LoadSx(size) => return self.load(state, step, size.bytes().into(), true),
            Op::Store(size) | Op::StoreImm(size) | Op::StoreRelease(size) => {
                return self.store(state, step, size.bytes().into());
            }
            Op::Atomic(size, _) => {
                Self::atomic(state, step, size.bytes().into());
                return Note::Nothing;
            }
            Op::LdAbs(_) | Op::LdInd(_) => {
                let regs = &mut state.top().regs;
                regs[..6].fill(Value::NOTHING);
                regs[0] = Value::number(Scalar::UNKNOWN);
                return Note::Nothing;
            }
            Op::Alu(bits, AluOp::Mov) => self.moved(state, step, bits),
            Op::Alu(bits, op) => {
                if matches!(op, AluOp::And | AluOp::Or) {
                    self.fork(state, insn, step);
                }
                self.arithmetic(state, step, bits, op)
            }
            Op::MovSx(bits, from) => {
                let mut value = Self::operand(state, step);
                let narrow = Scalar::of_signed_bits(from.into());
                if !value.is_number() || !narrow.contains(&value.bits) {
                    value = Value::number(narrow);
                }
                if bits == Bits::B32 {
                    value.bits = value.bits.low();
                }
                value
            }
            Op::ToLe(width) if value_fits(state, dst, width) => {
                Value::number(state.top().regs[dst].bits)
            }
            Op::ToBe(width) | Op::Bswap(width) => swapped(state, dst, width),
            Op::LdImm64 | Op::LdPseudo(_) => self.wide(insn, step),
            _ => Value::number(Scalar::UNKNOWN),
        };
        state.top().regs[dst] = value;
        Note::Nothing
    }

    /// A number of 64 bits, a map, or the value of one.
    fn wide(&self, insn: u32, step: &Step) -> Value {
        if let Some(reference) = self.program.reference(insn) {
            let kind = if reference.offset.is_some() { Kind::MapValue } else { Kind::Map };
            let off = reference.offset.unwrap_or(0) as i32;
            return Value { off, object: reference.map as u32, ..Value::pointer(kind) };
        }
        let low = u64::from(step.insn.imm as u32);
        let high = self.program.insns.get(insn as usize + 1).map_or(0, |slot| slot.imm);
        Value::number(Scalar::constant(low | u64::from(high as u32) << 32))
    }

    fn operand(state: &State, step: &Step) -> Value {
        match step.operand {
            Src::Reg(reg) => Self::value(state, reg.0),
            Src::Imm(imm) => Value::number(Scalar::constant(i64::from(imm) as u64)),
        }
    }

    fn moved(&mut self, state: &mut State, step: &Step, bits: Bits) -> Value {
        let mut value = Self::operand(state, step);
        let Src::Reg(reg) = step.operand else {
            if bits == Bits::B32 {
                value.bits = value.bits.low();
            }
            return value;
        };
        if bits == Bits::B32 && !value.is_number() {
            return Value::number(Scalar::of_bits(32));
        }
        let whole = bits == Bits::B64 || value.bits.umax >> 32 == 0;
        if whole && value.is_number() {
            self.name(&mut value);
            if reg.0 < 10 {
                state.top().regs[usize::from(reg.0)] = value;
            }
        } else if !whole {
            value = Value { bits: value.bits.low(), ..value.alone() };
        }
        value
    }

    fn arithmetic(&mut self, state: &mut State, step: &Step, bits: Bits, op: AluOp) -> Value {
        let a = Self::value(state, step.insn.dst);
        let b = Self::operand(state, step);
        match (a.is_pointer(), b.is_pointer()) {
            (false, false) => {
                let result = Value::number(alu(op, bits, &a.bits, &b.bits));
                added(step, bits, op, &a, &b).map_or(result, |off| Value {
                    id: a.id,
                    off,
                    sum: if bits == Bits::B64 { Sum::Whole } else { Sum::Low },
                    ..result
                })
            }
            _ if bits == Bits::B32 => Value::number(Scalar::of_bits(32)),
            (true, false) => {
                if let Src::Reg(reg) = step.operand {
                    self.mark_precise(state, reg.0);
                }
                self.displaced(a, &b.bits, op)
            }
            (false, true) => {
                self.mark_precise(state, step.insn.dst);
                self.displaced(b, &a.bits, op)
            }
            (true, true) => Value::number(Scalar::UNKNOWN),
        }
    }

    /// What is 0 or -1 and is masked is followed as each of the two (`maybe_fork_scalars`). Kernels before
    /// 6.18 follow it once.
    fn fork(&mut self, state: &mut State, insn: u32, step: &Step) {
        let value = Self::value(state, step.insn.dst);
        let mask = Self::operand(state, step);
        if !value.is_number() || !mask.is_number() || !mask.bits.is_constant() {
            return;
        }
        let bits = &value.bits;
        let [zero, ones] = if (bits.smin, bits.smax) == (-1, 0) {
            [0, u64::MAX].map(Scalar::constant)
        } else if (bits.smin32, bits.smax32) == (-1, 0) {
            [0, u32::MAX].map(|low| bits.with_low(low))
        } else {
            return;
        };
        let dst = usize::from(step.insn.dst) % 10;
        let mut other = self.copy(state);
        other.top().regs[dst].bits = zero;
        state.top().regs[dst].bits = ones;
        self.put_off(other, insn, false, true);
    }

    /// A pointer and a number.
    fn displaced(&mut self, pointer: Value, by: &Scalar, op: AluOp) -> Value {
        let by = match op {
            AluOp::Add => *by,
            AluOp::Sub => alu(AluOp::Sub, Bits::B64, &Scalar::constant(0), by),
            _ => return Value::number(Scalar::UNKNOWN),
        };
        let known = by.value().map(|by| i64::from(pointer.off) + by as i64);
        if let Some(off) = known.and_then(|off| i32::try_from(off).ok()) {
            return Value { off, ..pointer };
        }
        let bits = alu(AluOp::Add, Bits::B64, &pointer.bits, &by);
        let is_packet = matches!(pointer.kind, Kind::Packet | Kind::PacketMeta);
        let (id, range) = if is_packet { (self.next_id(), 0) } else { (pointer.id, pointer.range) };
        Value { id, range, bits, ..pointer }
    }
}

/// What is added to a number that others are equal to.
fn added(step: &Step, bits: Bits, op: AluOp, a: &Value, b: &Value) -> Option<i32> {
    let itself = step.operand == Src::Reg(nbpfc_isa::Reg(step.insn.dst));
    if a.id == 0 || a.sum != Sum::None || itself || b.bits.value().is_none() {
        return None;
    }
    let by = match bits {
        Bits::B64 => b.bits.value()? as i64,
        Bits::B32 => (b.bits.value()? as i32).into(),
    };
    match op {
        AluOp::Add => i32::try_from(by).ok(),
        AluOp::Sub => i32::try_from(by.checked_neg()?).ok(),
        _ => None,
    }
}

fn value_fits(state: &mut State, reg: usize, width: u8) -> bool {
    let value = state.top().regs[reg];
    width == 64 || value.bits.umax <= crate::tnum::ones(width.into())
}

/// A number with its bytes in the other order.
fn swapped(state: &mut State, reg: usize, width: u8) -> Value {
    let value = state.top().regs[reg];
    let known = value.bits.value().filter(|_| value.is_number());
    Value::number(match (known, width) {
        (Some(known), 16) => Scalar::constant((known as u16).swap_bytes().into()),
        (Some(known), 32) => Scalar::constant((known as u32).swap_bytes().into()),
        (Some(known), _) => Scalar::constant(known.swap_bytes()),
        (None, width) => Scalar::of_bits(width.into()),
    })
}
