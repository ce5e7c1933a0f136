//! Conditional jumps: one way is known, or one is followed and the other put off
//! (`check_cond_jmp_op`).

use nbpfc_isa::{AluOp, Bits, JmpOp, Op, Src};

use crate::arithmetic::alu;
use crate::compare::{decided, refine};
use crate::flow::{Step, asks_for_null, bit};
use crate::note::Note;
use crate::scalar::Scalar;
use crate::state::{AT_END, BEYOND_END, Kind, State, Sum, Value};
use crate::walk::{Next, Walk};

/// Packets are not longer than this (`MAX_PACKET_OFF`).
const MAX_PACKET: u64 = 0xffff;

impl Walk<'_> {
    /// `joins`: the instruction is one that is written down anyway.
    pub(crate) fn branch(&mut self, state: &mut State, step: &Step, joins: bool) -> (Next, Note) {
        let target = step.target.unwrap_or(step.next);
        let Op::Jump(bits, op) = step.op else {
            let other = self.copy(state);
            self.put_off(other, target, false, false);
            return (Next::To(step.next), Note::Nothing);
        };
        let a = Self::value(state, step.insn.dst);
        let (b, operand) = match step.operand {
            Src::Reg(reg) => (Self::value(state, reg.0), Some(reg.0)),
            Src::Imm(imm) => (Value::number(Scalar::constant(i64::from(imm) as u64)), None),
        };
        if let Some(taken) = known(op, bits, &a, &b) {
            self.mark_precise(state, step.insn.dst);
            if let Some(reg) = operand {
                self.mark_precise(state, reg);
            }
            return (Next::To(if taken { target } else { step.next }), Note::Nothing);
        }
        let note = linked(state, &a, &b);
        let mut other = self.copy(state);
        if a.is_number() && b.is_number() {
            for (state, holds) in [(&mut other, true), (&mut *state, false)] {
                let (x, y) = refine(op, bits, holds, &a.bits, &b.bits);
                learn(state, step.insn.dst, &a, x);
                if let Some(reg) = operand {
                    learn(state, reg, &b, y);
                }
            }
        } else if let Some(equal) = asks_for_null(step)
            && a.may_be_null
        {
            decide_null(&mut other, &a, equal);
            decide_null(state, &a, !equal);
        } else if bits == Bits::B64 {
            compare_packet(op, (&a, step.insn.dst), (&b, operand), state, &mut other);
        }
        self.put_off(other, target, note.is_something() && !joins, false);
        (Next::To(step.next), note)
    }
}

/// Whether the jump is taken, if that is known.
fn known(op: JmpOp, bits: Bits, a: &Value, b: &Value) -> Option<bool> {
    if a.is_number() && b.is_number() {
        return decided(op, bits, &a.bits, &b.bits);
    }
    if a.is_pointer() && b.is_zero() && !a.may_be_null && bits == Bits::B64 {
        return match op {
            JmpOp::Eq => Some(false),
            JmpOp::Ne => Some(true),
            _ => None,
        };
    }
    let (pointer, op) = match (a.kind, b.kind) {
        (_, Kind::PacketEnd) => (a, op),
        (Kind::PacketEnd, _) => (b, flipped(op)),
        _ => return None,
    };
    match (op, pointer.range) {
        (JmpOp::Gt, BEYOND_END) | (JmpOp::Ge, BEYOND_END | AT_END) => Some(true),
        (JmpOp::Le, BEYOND_END) | (JmpOp::Lt, BEYOND_END | AT_END) => Some(false),
        _ => None,
    }
}

/// `b op a` for `a op b`.
const fn flipped(op: JmpOp) -> JmpOp {
    match op {
        JmpOp::Gt => JmpOp::Lt,
        JmpOp::Lt => JmpOp::Gt,
        JmpOp::Ge => JmpOp::Le,
        JmpOp::Le => JmpOp::Ge,
        JmpOp::Sgt => JmpOp::Slt,
        JmpOp::Slt => JmpOp::Sgt,
        JmpOp::Sge => JmpOp::Sle,
        JmpOp::Sle => JmpOp::Sge,
        other => other,
    }
}

/// The registers and slots that hold one of the compared numbers.
fn linked(state: &State, a: &Value, b: &Value) -> Note {
    let ids = [a, b].map(|value| if value.is_number() { value.id } else { 0 });
    if ids == [0, 0] {
        return Note::Nothing;
    }
    let is = |value: &Value| value.is_number() && value.id != 0 && ids.contains(&value.id);
    let Some(frame) = state.frames.last() else { return Note::Nothing };
    let regs = (0..).zip(&frame.regs).filter(|(_, value)| is(value));
    let regs = regs.fold(0, |all, (reg, _)| all | bit(reg));
    let slots = (0..64).zip(&frame.stack);
    let slots = slots.filter(|(_, slot)| slot.bytes.is_spill() && is(&slot.value));
    let slots = slots.fold(0u64, |all, (slot, _)| all | 1 << slot);
    if regs.count_ones() + slots.count_ones() > 1 {
        Note::Linked { regs, slots }
    } else {
        Note::Nothing
    }
}

/// A register's number is known better, and so are those that were the same.
fn learn(state: &mut State, reg: u8, known: &Value, bits: Scalar) {
    state.top().regs[usize::from(reg) % 10].bits = bits;
    if known.id == 0 {
        return;
    }
    for value in state.values_mut().filter(|value| value.is_number() && value.id == known.id) {
        let alike = value.sum == Sum::None && known.sum == Sum::None;
        if alike || value.off == known.off {
            value.bits = bits;
            continue;
        }
        let by = Scalar::constant(i64::from(value.off.wrapping_sub(known.off)) as u64);
        value.bits = alu(AluOp::Add, Bits::B64, &bits, &by);
        if value.sum == Sum::Low || known.sum == Sum::Low {
            value.bits = value.bits.low();
        }
    }
}

/// A pointer is null or is not, and so are those that came from the same call.
fn decide_null(state: &mut State, pointer: &Value, is_null: bool) {
    if is_null && matches!(pointer.kind, Kind::Record | Kind::Socket) {
        state.references = state.references.saturating_sub(1);
    }
    for value in state.values_mut() {
        if value.may_be_null && value.kind == pointer.kind && value.id == pointer.id {
            if is_null {
                *value = Value::number(Scalar::constant(0));
            } else {
                value.may_be_null = false;
                if !matches!(pointer.kind, Kind::Record | Kind::Socket) {
                    value.id = 0;
                }
            }
        }
    }
}

/// A packet pointer was compared with the packet's end (`try_match_pkt_pointers`). The jump is taken in
/// `other`.
fn compare_packet(
    op: JmpOp,
    (a, a_reg): (&Value, u8),
    (b, b_reg): (&Value, Option<u8>),
    state: &mut State,
    other: &mut State,
) {
    let Some(b_reg) = b_reg else { return };
    let is_packet = |value: &Value| matches!(value.kind, Kind::Packet | Kind::PacketMeta);
    let is_end = |value: &Value, pointer: &Value| match pointer.kind {
        Kind::Packet => value.kind == Kind::PacketEnd,
        _ => value.kind == Kind::Packet && value.id == 0 && value.off == 0,
    };
    let (pointer, reg, op) = if is_packet(a) && is_end(b, a) {
        (a, a_reg, op)
    } else if is_packet(b) && is_end(a, b) {
        (b, b_reg, flipped(op))
    } else {
        return;
    };
    // Where it lies before the end, and whether it may be the end itself.
    let (inside, outside, open) = match op {
        JmpOp::Gt => (state, other, false),
        JmpOp::Ge => (state, other, true),
        JmpOp::Lt => (other, state, true),
        JmpOp::Le => (other, state, false),
        _ => return,
    };
    let value = &mut outside.top().regs[usize::from(reg) % 10];
    if value.kind == Kind::Packet {
        value.range = if open { AT_END } else { BEYOND_END };
    }
    let far = pointer.bits.umax > MAX_PACKET
        || pointer.bits.umax as i64 + i64::from(pointer.off) > MAX_PACKET as i64;
    if pointer.off < 0 || (pointer.off == 0 && open) || far {
        return;
    }
    let range = pointer.off + i32::from(open);
    for value in inside.values_mut() {
        if value.kind == pointer.kind && value.id == pointer.id {
            value.range = value.range.max(range);
        }
    }
}
