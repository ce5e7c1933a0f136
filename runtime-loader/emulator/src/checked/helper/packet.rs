//! Helpers that read packets, write them, and make room in them.

use super::{Call, EFAULT, EINVAL, ENOMEM, ENOTSUPP};
use crate::error::FaultKind;

/// Bytes of an Ethernet header.
const ETHERNET: usize = 14;

pub(super) fn call(name: &str, call: &mut Call<'_, '_>) -> Result<u64, FaultKind> {
    call.context()?;
    let packet = call.reach.packet;
    match name {
        "xdp_get_buff_len" => Ok(call.reach.state.buffer.length(packet).into()),
        "skb_load_bytes" => load_bytes(call, EFAULT),
        "xdp_load_bytes" => load_bytes(call, EINVAL),
        "skb_store_bytes" => {
            let flags = call.number(5)?;
            // `BPF_F_RECOMPUTE_CSUM` and `BPF_F_INVALIDATE_HASH`: the checksum of hardware and the
            // hash are not emulated.
            if flags & !3 != 0 { Ok(EINVAL) } else { store_bytes(call, EFAULT) }
        }
        "xdp_store_bytes" => store_bytes(call, EINVAL),
        "xdp_adjust_head" => {
            let delta = call.number32(2)? as i32;
            Ok(moved(call, |call| call.reach.state.buffer.adjust_head(packet, delta)))
        }
        "xdp_adjust_tail" => {
            let delta = call.number32(2)? as i32;
            Ok(moved(call, |call| call.reach.state.buffer.adjust_tail(packet, delta)))
        }
        "skb_change_tail" => {
            let (length, flags) = (call.number32(2)?, call.number(3)?);
            let least = if call.reach.layout.is_network() { 0 } else { ETHERNET };
            Ok(moved(call, |call| {
                flags == 0 && call.reach.state.buffer.change_tail(packet, length, least)
            }))
        }
        "skb_change_head" => {
            let (room, flags) = (call.number32(2)?, call.number(3)?);
            Ok(moved(call, |call| {
                let may = flags == 0 && room <= 0xffff;
                if may {
                    call.reach.state.buffer.insert(packet, 0, room as i32);
                }
                may
            }))
        }
        "skb_pull_data" => {
            let length = call.number32(2)?;
            call.reach.state.buffer.invalidate();
            let there = call.reach.state.buffer.bytes(packet).len();
            Ok(if length as usize <= there { 0 } else { ENOMEM })
        }
        "skb_adjust_room" => adjust_room(call),
        // Decoding refused what is left.
        _ => Err(FaultKind::NotAPointer),
    }
}

/// A change of the packet's place; `-EINVAL` if it may not be.
fn moved(call: &mut Call<'_, '_>, change: impl FnOnce(&mut Call<'_, '_>) -> bool) -> u64 {
    call.reach.state.buffer.invalidate();
    if change(call) { 0 } else { EINVAL }
}

/// Copies packet bytes to memory; zeros if not all of them are there.
fn load_bytes(call: &mut Call<'_, '_>, missing: u64) -> Result<u64, FaultKind> {
    let (offset, to, len) = (call.number32(2)?, call.argument(3), call.number32(4)?);
    let limited = missing == EINVAL && (offset > 0xffff || len > 0xffff);
    let (first, len) = (offset as usize, len as usize);
    let data = call.reach.state.buffer.bytes(call.reach.packet);
    let found = first.checked_add(len).filter(|_| !limited);
    let (bytes, code) = match found.and_then(|end| data.get(first..end)) {
        Some(bytes) => (bytes.to_vec(), 0),
        None => (vec![0; len], if limited { EFAULT } else { missing }),
    };
    call.reach.write(to, &bytes)?;
    Ok(code)
}

fn store_bytes(call: &mut Call<'_, '_>, missing: u64) -> Result<u64, FaultKind> {
    let (offset, len) = (call.number32(2)?, call.number32(4)?);
    let bytes = call.bytes(3, len as usize)?;
    let packet = call.reach.packet;
    let buffer = &mut call.reach.state.buffer;
    buffer.invalidate();
    let first = offset as usize;
    let end = first.saturating_add(bytes.len());
    if end > buffer.bytes(packet).len() {
        return Ok(missing);
    }
    buffer.bytes_mut(packet)[first..end].copy_from_slice(&bytes);
    Ok(0)
}

/// `skb_adjust_room(skb, len_diff, mode, flags)`, of IP packets: room behind the link-layer header
/// (mode 1), or behind the IP header without options (mode 0).
fn adjust_room(call: &mut Call<'_, '_>) -> Result<u64, FaultKind> {
    let (difference, mode) = (call.number32(2)? as i32, call.number32(3)?);
    let flags = call.number(4)?;
    let packet = call.reach.packet;
    let network = if call.reach.layout.is_network() { 0 } else { ETHERNET };
    let buffer = &mut call.reach.state.buffer;
    buffer.invalidate();
    if flags != 0 || difference.unsigned_abs() > 0xfff {
        return Ok(EINVAL);
    }
    // What the packet was when it came.
    let header = match call.reach.layout.protocol(packet.data).to_be() {
        0x0800 => 20,
        0x86dd => 40,
        _ => return Ok(ENOTSUPP),
    };
    let data = buffer.bytes(packet);
    let at = match mode {
        0 => network + header,
        1 => network,
        _ => return Ok(ENOTSUPP),
    };
    let left = (data.len() - network) as i64 + i64::from(difference);
    if difference < 0 && left < header as i64 {
        return Ok(ENOTSUPP);
    }
    buffer.insert(packet, at, difference);
    Ok(0)
}
