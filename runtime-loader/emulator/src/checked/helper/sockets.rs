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
    let found = sockets.find(|socket| socket.protocol == protocol && socket.takes(&tuple));
    let Some(socket) = found.filter(|_| flags == 0) else { return Ok(Value::number(0)) };
    state.found.push((socket.bytes(), false));
    Ok(place(SOCKETS, state.found.len() - 1))
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
