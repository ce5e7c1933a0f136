//! The kernel's helper functions, on checked memory (`net/core/filter.c`).

use nbpfc_kernel::Helper;

use crate::checked::memory::Reach;
use crate::checked::value::{CONTEXT, Kind, Value};
use crate::error::{FaultKind, Memory};

/// `-EFAULT` and `-EINVAL` as helpers return them.
const EFAULT: u64 = -14_i64 as u64;
const EINVAL: u64 = -22_i64 as u64;

/// Calls a helper with the values of `r1` onward; the result is for `r0`.
pub(crate) fn call(
    id: i32,
    arguments: [Value; 4],
    reach: &mut Reach<'_>,
) -> Result<u64, FaultKind> {
    let [context, offset, to, len] = arguments;
    if context != Value::pointer(Memory::Context, CONTEXT) {
        return Err(FaultKind::NoContext);
    }
    if id == Helper::XDP_GET_BUFF_LEN.id {
        return Ok(reach.packet.length.into());
    }
    let (offset, len) = (offset.as_number()? as u32, len.as_number()? as u32);
    if id == Helper::SKB_LOAD_BYTES.id {
        load_bytes(offset, to, len, reach).map(|found| if found { 0 } else { EFAULT })
    } else if offset > 0xffff || len > 0xffff {
        load_bytes(u32::MAX, to, len, reach).map(|_| EFAULT)
    } else {
        load_bytes(offset, to, len, reach).map(|found| if found { 0 } else { EINVAL })
    }
}

/// Copies packet bytes to the stack; zeros if not all of them are there.
fn load_bytes(offset: u32, to: Value, len: u32, reach: &mut Reach<'_>) -> Result<bool, FaultKind> {
    if to.kind != Kind::Pointer(Memory::Stack) {
        return Err(FaultKind::NotAPointer);
    }
    let (first, len) = (offset as usize, len as usize);
    let data = reach.packet.data;
    match first.checked_add(len).and_then(|end| data.get(first..end)) {
        Some(bytes) => reach.stack.write(to.bits, bytes).map(|()| true),
        None => reach.stack.clear(to.bits, len as u64).map(|()| false),
    }
}
