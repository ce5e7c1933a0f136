//! Calls of helpers (`check_helper_call`).

use nbpfc_kernel::{Argument, Change, Helper, MAX_STACK, MapKind, Returns};

use crate::flow::{Step, is_size};
use crate::memory::fill;
use crate::program::Map;
use crate::scalar::Scalar;
use crate::state::{Byte, Kind, State, Value};
use crate::walk::Walk;

/// `-MAX_ERRNO` is not used: what helpers return is any number.
const ANY: Value = Value::number(Scalar::UNKNOWN);

impl Walk<'_> {
    pub(crate) fn call(&mut self, state: &mut State, step: &Step) {
        let Some(helper) = Helper::by_id(step.insn.imm) else {
            let regs = &mut state.top().regs;
            regs[..6].fill(Value::NOTHING);
            regs[0] = ANY;
            return;
        };
        let map = (1..=5).map(|reg| Self::value(state, reg)).find(|value| value.kind == Kind::Map);
        let object = map.map_or(u32::MAX, |value| value.object);
        let map = self.program.maps.get(object as usize).copied();
        let is_there = *helper == Helper::MAP_LOOKUP_ELEM
            && map.is_some_and(|map| self.is_element(state, &map));
        let mut length = 0;
        let mut is_fixed = false;
        for (argument, reg) in helper.arguments.iter().zip(1u8..) {
            if is_size(*argument) || (is_fixed && *argument == Argument::Number) {
                self.mark_precise(state, reg);
                length = Self::value(state, reg).bits.umax;
            }
            is_fixed = matches!(argument, Argument::Fixed(_));
            Self::written(state, *argument, reg, map);
            if matches!(argument, Argument::Release | Argument::Record) {
                release(state, reg);
            }
        }
        match *helper {
            Helper::SPIN_LOCK => state.locked = true,
            Helper::SPIN_UNLOCK => state.locked = false,
            _ => {}
        }
        if helper.change == Change::Packet {
            for value in state.values_mut() {
                if matches!(value.kind, Kind::Packet | Kind::PacketMeta | Kind::PacketEnd) {
                    *value = Value::NOTHING;
                }
            }
        }
        let result = self.result(state, helper, object, length);
        let may_be_null = result.may_be_null && !is_there;
        let result = Value { may_be_null, ..result };
        let regs = &mut state.top().regs;
        regs[..6].fill(Value::NOTHING);
        regs[0] = result;
    }

    /// Whether the verifier sees that the key, in `r2`, is one that an array has
    /// (`get_constant_map_key`). Newer ones compare the key from then on, which keeps ways apart, and
    /// have to take what is compiled for older ones as well.
    fn is_element(&mut self, state: &State, map: &Map<'_>) -> bool {
        if !matches!(map.kind, MapKind::Array | MapKind::PerCpuArray) {
            return false;
        }
        let knows = self.program.target.knows_elements();
        let key = Self::value(state, 2);
        if key.kind != Kind::Stack || !key.bits.is_constant() || key.off >= 0 {
            return false;
        }
        let index = ((-key.off - 1) / 8) as usize;
        let stack = state.frames.get(key.object as usize).map(|frame| &frame.stack);
        let Some(slot) = stack.and_then(|stack| stack.get(index)) else { return false };
        let first = key.off.rem_euclid(8) as u32;
        if slot.bytes.are(first, 4, Byte::Zero) {
            return knows && map.max_entries > 0;
        }
        if first != 0 || slot.bytes.spilled() != 4 || !slot.value.is_number() {
            return false;
        }
        let Some(number) = slot.value.bits.value() else { return false };
        self.mark_slot_precise(key.object as usize, index as u8);
        knows && number < u64::from(map.max_entries)
    }

    /// What a helper writes to the stack.
    fn written(state: &mut State, argument: Argument, reg: u8, map: Option<Map<'_>>) {
        let to = Self::value(state, reg);
        if to.kind != Kind::Stack {
            return;
        }
        let size = match argument {
            Argument::ValueOut => map.map_or(0, |map| map.value_size),
            Argument::MemoryOut => {
                Self::value(state, reg + 1).bits.umax.min(MAX_STACK.into()) as u32
            }
            Argument::Fixed(size) => size,
            _ => return,
        };
        fill(state, to.object, to.off, size, Byte::Misc);
    }

    fn result(&mut self, state: &mut State, helper: &Helper, object: u32, length: u64) -> Value {
        let or_null =
            |kind, id, object| Value { may_be_null: true, id, object, ..Value::pointer(kind) };
        match helper.returns {
            Returns::Nothing => Value::NOTHING,
            Returns::Number | Returns::Truth => ANY,
            Returns::Value => Value { object, ..Value::pointer(Kind::MapValue) },
            Returns::ValueOrNull => {
                let map = self.program.maps.get(object as usize);
                if map.is_some_and(|map| map.kind.holds_sockets()) {
                    state.references += 1;
                    return or_null(Kind::Socket, self.next_id(), 0);
                }
                match map.and_then(|map| map.inner) {
                    Some(inner) => or_null(Kind::Map, self.next_id(), inner as u32),
                    None => or_null(Kind::MapValue, self.next_id(), object),
                }
            }
            Returns::RecordOrNull => {
                state.references += 1;
                or_null(Kind::Record, self.next_id(), length as u32)
            }
            Returns::SocketOrNull => {
                state.references += 1;
                or_null(Kind::Socket, self.next_id(), 0)
            }
        }
    }
}

/// What a register refers to is given back: nothing points to it any more.
fn release(state: &mut State, reg: u8) {
    let Value { kind, id, .. } = state.top().regs[usize::from(reg)];
    state.references = state.references.saturating_sub(1);
    for value in state.values_mut() {
        if value.kind == kind && value.id == id {
            *value = Value::NOTHING;
        }
    }
}
