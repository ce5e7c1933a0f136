//! When one state covers another: what held from there on holds here (`states_equal`).

use crate::flow::{Flow, bit};
use crate::scalar::Scalar;
use crate::state::{Kind, Slot, State, Sum, Value};

/// Which id of one state is which of another.
#[derive(Default)]
pub(crate) struct Ids {
    pairs: Vec<(u32, u32)>,
    /// Counts ids that only one value has.
    alone: u32,
}

impl Ids {
    fn same(&mut self, old: u32, new: u32) -> bool {
        if (old == 0) != (new == 0) {
            return false;
        }
        if old == 0 {
            return true;
        }
        for (a, b) in &self.pairs {
            if *a == old {
                return *b == new;
            }
            if *b == new {
                return false;
            }
        }
        self.pairs.push((old, new));
        true
    }

    /// As [`Ids::same`], of numbers: one without an id has one for itself.
    fn same_number(&mut self, old: u32, new: u32) -> bool {
        if old == 0 {
            return true;
        }
        let new = if new == 0 {
            self.alone += 1;
            u32::MAX - self.alone
        } else {
            new
        };
        self.same(old, new)
    }
}

/// A register or slot, by frame.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    Nowhere,
    Register(usize, usize),
    Slot(usize, usize),
}

/// Whether two states differ at a place, whatever ids go together: it is asked first where they
/// did so before.
fn differ_at(place: Place, old: &State, new: &State) -> bool {
    let ids = &mut Ids::default();
    match place {
        Place::Nowhere => false,
        Place::Register(frame, reg) => {
            !is_safe(&old.frames[frame].regs[reg], &new.frames[frame].regs[reg], ids)
        }
        Place::Slot(frame, slot) => {
            let new = new.frames[frame].stack.get(slot).unwrap_or(&Slot::INVALID);
            !is_slot_safe(&old.frames[frame].stack[slot], new, ids)
        }
    }
}

/// Whether what held from a kept state on holds from another one on (`states_equal`). `insn` is where
/// both are. What `ids` holds does not matter; `apart` is where the kept one last differed from another.
pub(crate) fn covers(
    (flow, slots): (&Flow, &[u64]),
    ids: &mut Ids,
    insn: u32,
    (old, apart): (&State, &mut Place),
    new: &State,
) -> bool {
    if old.frames.len() != new.frames.len()
        || old.references != new.references
        || old.locked != new.locked
    {
        return false;
    }
    if differ_at(*apart, old, new) {
        return false;
    }
    ids.pairs.clear();
    ids.alone = 0;
    let depth = old.depth();
    for (index, (a, b)) in old.frames.iter().zip(&new.frames).enumerate() {
        if a.callsite != b.callsite {
            return false;
        }
        let at = if index == depth { insn } else { old.frames[index + 1].callsite } as usize;
        let live = flow.live[at];
        for (reg, (x, y)) in a.regs.iter().zip(&b.regs).enumerate() {
            if live & bit(reg as u8) != 0 && !is_safe(x, y, ids) {
                *apart = Place::Register(index, reg);
                return false;
            }
        }
        let mut live = slots[at];
        while live != 0 {
            let slot = live.trailing_zeros() as usize;
            live &= live - 1;
            let Some(x) = a.stack.get(slot) else { break };
            let y = b.stack.get(slot).unwrap_or(&Slot::INVALID);
            if !is_slot_safe(x, y, ids) {
                *apart = Place::Slot(index, slot);
                return false;
            }
        }
    }
    true
}

/// `regsafe`
fn is_safe(old: &Value, new: &Value, ids: &mut Ids) -> bool {
    if old.kind == Kind::Nothing {
        return true;
    }
    if old.kind != new.kind || old.may_be_null != new.may_be_null {
        return false;
    }
    match old.kind {
        Kind::Number => {
            let sums =
                old.id == 0 || (old.sum == new.sum && (old.sum == Sum::None || old.off == new.off));
            !old.precise
                || (sums && ids.same_number(old.id, new.id) && old.bits.contains(&new.bits))
        }
        Kind::Packet | Kind::PacketMeta => {
            let range = if old.range < 0 || new.range < 0 {
                old.range == new.range
            } else {
                old.range <= new.range
            };
            range && old.off == new.off && ids.same(old.id, new.id) && old.bits.contains(&new.bits)
        }
        Kind::MapValue | Kind::Record => {
            old.object == new.object
                && old.off == new.off
                && ids.same(old.id, new.id)
                && old.bits.contains(&new.bits)
        }
        _ => {
            old.object == new.object
                && old.off == new.off
                && old.bits == new.bits
                && ids.same(old.id, new.id)
        }
    }
}

/// `stacksafe`, of one slot.
fn is_slot_safe(old: &Slot, new: &Slot, ids: &mut Ids) -> bool {
    const ANY: Value = Value::number(Scalar::UNKNOWN);
    fn number(slot: &Slot) -> Option<&Value> {
        if slot.is_spilled() && slot.value.is_number() {
            return Some(&slot.value);
        }
        slot.bytes.is_unknown().then_some(&ANY)
    }
    if old.bytes.is_unknown() {
        return true;
    }
    if let (Some(old), Some(new)) = (number(old), number(new)) {
        return is_safe(old, new, ids);
    }
    old.bytes.covers(new.bytes) && (!old.bytes.is_spill() || is_safe(&old.value, &new.value, ids))
}
