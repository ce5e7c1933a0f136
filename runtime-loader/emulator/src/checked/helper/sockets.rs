//! Helpers about sockets.

use super::{Call, place};
use crate::checked::SOCKETS;
use crate::checked::value::{Kind, VALUE, Value, split};
use crate::error::{FaultKind, Memory};

/// Calls a helper that is about sockets; `None` if it is another.
pub(super) fn call(name: &str, call: &mut Call<'_, '_>) -> Option<Result<Value, FaultKind>> {
    Some(match name {
        "sk_lookup_tcp" => lookup(call, 6),
        "sk_lookup_udp" => lookup(call, 17),
        "sk_release" => release(call),
        "sk_storage_get" => storage(call),
        "sk_storage_delete" => forget(call),
        "sk_assign" => assign(call),
        "skb_under_cgroup" => under(call),
        "get_local_storage" => {
            call.map(1).and_then(|map| Ok((map, call.number(2)?))).map(|(map, _)| place(map, 0))
        }
        _ => return None,
    })
}

/// `sk_lookup_tcp(ctx, tuple, size, netns, flags)`
fn lookup(call: &mut Call<'_, '_>, protocol: u8) -> Result<Value, FaultKind> {
    call.context()?;
    let size = call.number32(3)? as usize;
    let tuple = call.bytes(2, size)?;
    let (_, flags) = (call.number(4)?, call.number(5)?);
    let state = &mut *call.reach.state;
    let mut sockets = state.around.sockets.iter();
    let found = sockets.position(|socket| socket.protocol == protocol && socket.takes(&tuple));
    let found = found.filter(|_| flags == 0);
    Ok(found.map_or(Value::number(0), |number| refer(call, number as u32)))
}

/// The program refers to one of the sockets that there are; 0 if there are not so many.
pub(super) fn refer(call: &mut Call<'_, '_>, number: u32) -> Value {
    let state = &mut *call.reach.state;
    let Some(socket) = state.around.sockets.get(number as usize) else { return Value::number(0) };
    state.found.push((socket.bytes(), false));
    place(SOCKETS, state.found.len() - 1)
}

fn release(call: &mut Call<'_, '_>) -> Result<Value, FaultKind> {
    let socket = call.argument(1);
    let Kind::Pointer(Memory::Value(SOCKETS)) = socket.kind else {
        return Err(FaultKind::Argument(1));
    };
    match (split(socket.bits.wrapping_sub(VALUE)), &mut call.reach.state.found) {
        ((slot, 0), found) => match found.get_mut(slot) {
            Some((_, released @ false)) => {
                *released = true;
                Ok(Value::number(0))
            }
            _ => Err(FaultKind::Argument(1)),
        },
        _ => Err(FaultKind::Argument(1)),
    }
}

/// Which of the sockets that there are an argument is.
pub(super) fn number(call: &Call<'_, '_>, register: u8) -> Result<u32, FaultKind> {
    let socket = call.argument(register);
    let Kind::Pointer(Memory::Value(SOCKETS)) = socket.kind else {
        return Err(FaultKind::Argument(register));
    };
    let state = &call.reach.state;
    let found = match split(socket.bits.wrapping_sub(VALUE)) {
        (slot, 0) => state.found.get(slot).filter(|(_, released)| !released),
        _ => None,
    };
    let (found, _) = found.ok_or(FaultKind::Argument(register))?;
    let number = state.around.sockets.iter().position(|socket| socket.bytes() == *found);
    number.map(|number| number as u32).ok_or(FaultKind::Argument(register))
}

/// `sk_storage_get(map, sk, value, flags)`
fn storage(call: &mut Call<'_, '_>) -> Result<Value, FaultKind> {
    /// `BPF_SK_STORAGE_GET_F_CREATE`
    const CREATE: u64 = 1;
    let (map, socket, flags) = (call.map(1)?, number(call, 2)?, call.number(4)?);
    if call.argument(3) != Value::number(0) {
        return Err(FaultKind::Argument(3));
    }
    let key = socket.to_ne_bytes();
    let map_of = call.reach.state.maps.get_mut(map as usize).ok_or(FaultKind::Argument(1))?;
    if flags == CREATE && map_of.find(&key).is_none() {
        let zeros = vec![0; map_of.spec().value_size as usize];
        // Without room there is none.
        let _ = map_of.set(&key, &zeros, 0);
    }
    let found = map_of.find(&key).filter(|_| flags <= CREATE);
    Ok(found.map_or(Value::number(0), |slot| place(map, slot)))
}

/// `sk_storage_delete(map, sk)`
fn forget(call: &mut Call<'_, '_>) -> Result<Value, FaultKind> {
    let (map, socket) = (call.map(1)?, number(call, 2)?);
    let map = call.reach.state.maps.get_mut(map as usize).ok_or(FaultKind::Argument(1))?;
    let gone = map.remove(&socket.to_ne_bytes());
    Ok(Value::number(gone.err().map_or(0, |errno| errno.code() as u64)))
}

/// `skb_under_cgroup(skb, map, index)`: there are no control groups in others.
fn under(call: &mut Call<'_, '_>) -> Result<Value, FaultKind> {
    call.context()?;
    let (map, index) = (call.map(2)?, call.number32(3)?);
    let state = &call.reach.state;
    let map = state.maps.get(map as usize).ok_or(FaultKind::Argument(2))?;
    Ok(Value::number(match (state.around.group, map.reference(&index.to_ne_bytes())) {
        (None, _) => super::ENOENT,
        (_, None) if index >= map.spec().max_entries => super::E2BIG,
        (_, None) => super::EAGAIN,
        (Some(own), Some(group)) => u64::from(own == group),
    }))
}

/// `sk_assign(skb, sk, flags)`: what becomes of the packet is not emulated.
fn assign(call: &mut Call<'_, '_>) -> Result<Value, FaultKind> {
    call.context()?;
    let (_, flags) = (number(call, 2)?, call.number(3)?);
    Ok(Value::number(if flags == 0 { 0 } else { super::EINVAL }))
}
