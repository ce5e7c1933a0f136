//! Loads and stores: what of the stack is known, and what comes out of memory.

use nbpfc_isa::Src;
use nbpfc_isa::{Op, Reg};
use nbpfc_kernel::MAX_STACK;

use crate::flow::Step;
use crate::note::Note;
use crate::scalar::Scalar;
use crate::state::{Byte, Kind, Slot, State, Sum, Value};
use crate::walk::Walk;

/// Bytes of a stack.
const STACK: i32 = MAX_STACK as i32;

impl Walk<'_> {
    /// The value of a register, the frame pointer too.
    pub(crate) fn value(state: &State, reg: u8) -> Value {
        let depth = state.depth();
        if reg == Reg::FRAME.0 {
            return Value { object: depth as u32, ..Value::pointer(Kind::Stack) };
        }
        state.frames[depth].regs[usize::from(reg)]
    }

    pub(crate) fn load(&mut self, state: &mut State, step: &Step, size: u32, signed: bool) -> Note {
        let base = Self::value(state, step.insn.src);
        let off = base.off + i32::from(step.insn.off);
        let unknown =
            if signed { Scalar::of_signed_bits(8 * size) } else { Scalar::of_bits(8 * size) };
        let (value, note) = match base.kind {
            Kind::Stack if base.bits.is_constant() => {
                let (value, note) = read_stack(state, base.object, off, size);
                (value.filter(|value| !signed || value.is_pointer()), note)
            }
            Kind::Context => (self.context_field(off), Note::Nothing),
            Kind::MapValue if base.bits.is_constant() && !signed => {
                (self.constant(base.object, off, size), Note::Nothing)
            }
            _ => (None, Note::Nothing),
        };
        let dst = usize::from(step.insn.dst);
        state.top().regs[dst] = value.unwrap_or(Value::number(unknown));
        note
    }

    /// What never changes in a map (`bpf_map_direct_read`).
    fn constant(&self, object: u32, off: i32, size: u32) -> Option<Value> {
        let bytes = self.program.maps.get(object as usize)?.constant;
        let from = usize::try_from(off).ok()?;
        let bytes = bytes.get(from..from + size as usize)?;
        let value = bytes.iter().rev().fold(0, |all, byte| all << 8 | u64::from(*byte));
        Some(Value::number(Scalar::constant(value)))
    }

    /// A pointer in the context.
    fn context_field(&self, off: i32) -> Option<Value> {
        let fields = self.program.target.hook.context.fields;
        let field = fields.iter().find(|field| i32::from(field.offset) == off)?;
        match field.name {
            "data" => Some(Value::pointer(Kind::Packet)),
            "data_meta" => Some(Value::pointer(Kind::PacketMeta)),
            "data_end" => Some(Value::pointer(Kind::PacketEnd)),
            _ => None,
        }
    }

    pub(crate) fn store(&mut self, state: &mut State, step: &Step, size: u32) -> Note {
        let base = Self::value(state, step.insn.dst);
        if base.kind != Kind::Stack {
            return Note::Nothing;
        }
        let off = base.off + i32::from(step.insn.off);
        if !base.bits.is_constant() {
            let last = off.saturating_add(base.bits.smax.clamp(0, i64::from(STACK)) as i32);
            let first = off.saturating_add(base.bits.smin.clamp(-i64::from(STACK), 0) as i32);
            fill(state, base.object, first, (last - first) as u32 + size, Byte::Misc);
            return Note::Nothing;
        }
        let from = match step.op {
            Op::StoreImm(_) => {
                Some(Value::number(Scalar::constant(i64::from(step.insn.imm) as u64)))
            }
            _ => None,
        };
        let mut value = from.unwrap_or_else(|| Self::value(state, step.insn.src));
        if off % 8 == 0 && (value.is_number() || value.is_pointer()) {
            if value.is_number() {
                let fits = value.bits.umax <= crate::tnum::ones(8 * size);
                if fits && from.is_none() {
                    self.name(&mut value);
                    state.top().regs[usize::from(step.insn.src) % 10] = value;
                }
                if !fits {
                    value = value.alone();
                }
            }
            let Some(slot) = slot_mut(state, base.object, off) else { return Note::Nothing };
            slot.bytes.forget_spills();
            slot.bytes.set(0, size, Byte::Spill);
            slot.value = value;
            return Note::stack(base.object, off);
        }
        let zero = value.is_zero();
        if zero && from.is_none() {
            self.mark_precise(state, step.insn.src);
        }
        fill(state, base.object, off, size, if zero { Byte::Zero } else { Byte::Misc });
        Note::Nothing
    }

    /// Gives a number that is not known an id, for those that are copied from it.
    pub(crate) fn name(&mut self, value: &mut Value) {
        if !value.is_number() {
            return;
        }
        if value.sum != Sum::None {
            *value = value.alone();
        }
        if value.id == 0 && !value.bits.is_constant() {
            value.id = self.next_id();
        }
    }

    pub(crate) fn atomic(state: &mut State, step: &Step, size: u32) {
        let base = Self::value(state, step.insn.dst);
        if base.kind == Kind::Stack {
            let off = base.off + i32::from(step.insn.off);
            fill(state, base.object, off, size, Byte::Misc);
        }
        let Op::Atomic(_, op) = step.op else { return };
        let unknown = Value::number(Scalar::of_bits(8 * size));
        if op == nbpfc_isa::AtomicOp::CmpXchg {
            state.top().regs[0] = unknown;
        } else if op.code() & 1 != 0
            && let Src::Reg(Reg(reg)) = step.operand
        {
            state.top().regs[usize::from(reg) % 10] = unknown;
        }
    }
}

/// The slot of an address, which is there from then on.
pub(crate) fn slot_mut(state: &mut State, frame: u32, off: i32) -> Option<&mut Slot> {
    if !(-STACK..0).contains(&off) {
        return None;
    }
    let stack = &mut state.frames.get_mut(frame as usize)?.stack;
    let index = ((-off - 1) / 8) as usize;
    if stack.len() <= index {
        stack.resize(index + 1, Slot::INVALID);
    }
    stack.get_mut(index)
}

/// Writes bytes of which no more is known.
pub(crate) fn fill(state: &mut State, frame: u32, off: i32, size: u32, what: Byte) {
    for at in off..off.saturating_add(size.min(MAX_STACK) as i32) {
        let Some(slot) = slot_mut(state, frame, at) else { continue };
        if slot.bytes.is_spill() {
            slot.bytes.forget_spills();
        }
        slot.bytes.set(at.rem_euclid(8) as u32, 1, what);
    }
}

fn read_stack(state: &State, frame: u32, off: i32, size: u32) -> (Option<Value>, Note) {
    let nothing = (None, Note::Nothing);
    let Some(frame_) = state.frames.get(frame as usize) else { return nothing };
    if !(-STACK..0).contains(&off) {
        return nothing;
    }
    let Some(slot) = frame_.stack.get(((-off - 1) / 8) as usize) else { return nothing };
    let first = off.rem_euclid(8) as u32;
    let note = Note::stack(frame, off);
    if slot.bytes.are(first, size, Byte::Zero) {
        return (Some(Value::number(Scalar::constant(0))), Note::Nothing);
    }
    if !slot.bytes.are(first, size, Byte::Spill) {
        return nothing;
    }
    if first == 0 {
        let mut value = slot.value;
        if value.is_number() && size < 8 {
            if value.bits.umax > crate::tnum::ones(8 * size) {
                value = value.alone();
            }
            value.bits = value.bits.truncated(size);
        }
        return (Some(value), note);
    }
    if slot.value.is_zero() {
        return (Some(Value::number(Scalar::constant(0))), note);
    }
    nothing
}
