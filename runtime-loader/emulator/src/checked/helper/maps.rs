//! Helpers about maps: elements, values in order, records.

use super::{Call, EAGAIN, EINVAL, place, sockets};
use crate::checked::value::{Kind, MAP, VALUE, Value, split};
use crate::error::{FaultKind, Memory};
use crate::maps::{Errno, Map};
use nbpfc_kernel::MapKind;

/// `BPF_RB_NO_WAKEUP` and `BPF_RB_FORCE_WAKEUP`.
const WAKE_UP: u64 = 3;

/// Calls a helper that is about maps; `None` if it is another.
pub(super) fn call(name: &str, call: &mut Call<'_, '_>) -> Option<Result<Value, FaultKind>> {
    Some(match name {
        "map_lookup_elem" => lookup(call),
        "map_lookup_percpu_elem" => lookup_of(call),
        "map_update_elem" => update(call).map(Value::number),
        "map_delete_elem" => delete(call).map(Value::number),
        "map_push_elem" => push(call).map(Value::number),
        "map_pop_elem" => pop(call).map(Value::number),
        "map_peek_elem" => peek(call).map(Value::number),
        "ringbuf_reserve" => reserve(call),
        "ringbuf_submit" => commit(call, false).map(Value::number),
        "ringbuf_discard" => commit(call, true).map(Value::number),
        "ringbuf_output" => output(call).map(Value::number),
        "ringbuf_query" => query(call).map(Value::number),
        "perf_event_output" => event(call).map(Value::number),
        // One program runs at a time.
        "spin_lock" | "spin_unlock" => match call.argument(1).kind {
            Kind::Pointer(Memory::Value(_)) => Ok(Value::number(0)),
            _ => Err(FaultKind::Argument(1)),
        },
        _ => return None,
    })
}

fn map_mut<'a>(call: &'a mut Call<'_, '_>, map: u32) -> Result<&'a mut Map, FaultKind> {
    call.reach.state.maps.get_mut(map as usize).ok_or(FaultKind::Argument(1))
}

/// What a helper returns for what an operation did.
fn code(result: Result<(), Errno>) -> u64 {
    result.err().map_or(0, |errno| errno.code() as u64)
}

/// The map in the first register, and memory in the second that is as long as its keys.
fn key(call: &mut Call<'_, '_>) -> Result<(u32, Vec<u8>), FaultKind> {
    let map = call.map(1)?;
    let size = map_mut(call, map)?.spec().key_size as usize;
    Ok((map, call.bytes(2, size)?))
}

fn lookup(call: &mut Call<'_, '_>) -> Result<Value, FaultKind> {
    let (map, key) = key(call)?;
    let found = map_mut(call, map)?;
    if found.spec().kind.holds_sockets() {
        let socket = found.reference(&key);
        return Ok(socket.map_or(Value::number(0), |socket| sockets::refer(call, socket)));
    }
    if found.spec().kind.is_outer() {
        let inner = found.reference(&key);
        return Ok(inner.map_or(Value::number(0), |map| Value::pointer(Memory::Map(map), MAP)));
    }
    Ok(found.find(&key).map_or(Value::number(0), |slot| place(map, slot)))
}

/// `map_lookup_percpu_elem(map, key, cpu)`: there are no values of other processors.
fn lookup_of(call: &mut Call<'_, '_>) -> Result<Value, FaultKind> {
    let own = call.reach.state.around.processor;
    if call.number32(3)? == own { lookup(call) } else { Ok(Value::number(0)) }
}

fn update(call: &mut Call<'_, '_>) -> Result<u64, FaultKind> {
    let (map, key) = key(call)?;
    let spec = map_mut(call, map)?.spec();
    let size = spec.value_size as usize;
    let value = if spec.kind.holds_sockets() {
        sockets::number(call, 3)?.to_ne_bytes().to_vec()
    } else {
        call.bytes(3, size)?
    };
    let flags = call.number(4)?;
    Ok(code(map_mut(call, map)?.set(&key, &value, flags)))
}

fn delete(call: &mut Call<'_, '_>) -> Result<u64, FaultKind> {
    let (map, key) = key(call)?;
    Ok(code(map_mut(call, map)?.remove(&key)))
}

fn push(call: &mut Call<'_, '_>) -> Result<u64, FaultKind> {
    let map = call.map(1)?;
    let size = map_mut(call, map)?.spec().value_size as usize;
    let (value, flags) = (call.bytes(2, size)?, call.number(3)?);
    Ok(code(map_mut(call, map)?.push(&value, flags)))
}

fn pop(call: &mut Call<'_, '_>) -> Result<u64, FaultKind> {
    let map = call.map(1)?;
    let size = map_mut(call, map)?.spec().value_size as usize;
    let result = map_mut(call, map)?.pop();
    taken(call, size, result)
}

fn peek(call: &mut Call<'_, '_>) -> Result<u64, FaultKind> {
    let map = call.map(1)?;
    let spec = map_mut(call, map)?.spec();
    let (bloom, size) = (spec.kind == MapKind::BloomFilter, spec.value_size as usize);
    if bloom {
        let value = call.bytes(2, size)?;
        return Ok(code(map_mut(call, map)?.peek(&value).map(drop)));
    }
    let result = map_mut(call, map)?.peek(&[]);
    taken(call, size, result)
}

/// Writes what came out to memory, or zeros.
fn taken(
    call: &mut Call<'_, '_>,
    size: usize,
    result: Result<Vec<u8>, Errno>,
) -> Result<u64, FaultKind> {
    let (value, code) = match result {
        Ok(value) => (value, 0),
        Err(errno) => (vec![0; size], errno.code() as u64),
    };
    let to = call.argument(2);
    call.reach.write(to, &value)?;
    Ok(code)
}

fn reserve(call: &mut Call<'_, '_>) -> Result<Value, FaultKind> {
    let (map, size, flags) = (call.map(1)?, call.number(2)?, call.number(3)?);
    let record = if flags == 0 { map_mut(call, map)?.reserve(size) } else { None };
    Ok(record.map_or(Value::number(0), |slot| place(map, slot)))
}

fn commit(call: &mut Call<'_, '_>, discard: bool) -> Result<u64, FaultKind> {
    let record = call.argument(1);
    let Kind::Pointer(Memory::Value(map)) = record.kind else {
        return Err(FaultKind::Argument(1));
    };
    let (slot, offset) = split(record.bits.wrapping_sub(VALUE));
    let map = map_mut(call, map)?;
    let held = map.spec().kind == MapKind::RingBuf && map.is_reserved(slot) && offset == 0;
    if !held {
        return Err(FaultKind::Argument(1));
    }
    map.commit(slot, discard);
    Ok(0)
}

fn output(call: &mut Call<'_, '_>) -> Result<u64, FaultKind> {
    let (map, size, flags) = (call.map(1)?, call.number(3)?, call.number(4)?);
    let bytes = call.bytes(2, size as usize)?;
    if flags & !WAKE_UP != 0 {
        return Ok(EINVAL);
    }
    let map = map_mut(call, map)?;
    let Some(slot) = map.reserve(size) else { return Ok(EAGAIN) };
    map.value_mut(slot).copy_from_slice(&bytes);
    map.commit(slot, false);
    Ok(0)
}

fn query(call: &mut Call<'_, '_>) -> Result<u64, FaultKind> {
    let (map, what) = (call.map(1)?, call.number(2)?);
    Ok(map_mut(call, map)?.query(what))
}

/// `perf_event_output(ctx, map, flags, data, size)`: the record, and as many bytes of the packet as
/// bits 32 to 51 of the flags say.
fn event(call: &mut Call<'_, '_>) -> Result<u64, FaultKind> {
    call.context()?;
    let (map, flags, size) = (call.map(2)?, call.number(3)?, call.number(5)?);
    let mut bytes = call.bytes(4, size as usize)?;
    let packet = call.reach.state.buffer.bytes(call.reach.packet);
    let more = (flags >> 32 & 0xf_ffff) as usize;
    if more > packet.len() {
        return Ok(super::EFAULT);
    }
    bytes.extend_from_slice(packet.get(..more).unwrap_or_default());
    map_mut(call, map)?.event(bytes);
    Ok(0)
}
