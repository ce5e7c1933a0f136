//! Internet checksums (RFC 1071, RFC 1624), as the kernel keeps them.

use nbpfc_kernel::sums::{ENFORCE, FIELD, IPV6, PSEUDO_HEADER, ZERO_IS_NONE};

use super::{Call, EFAULT, EINVAL};
use crate::error::FaultKind;

/// The sum of two sums in 32 bits, the carry added again.
fn add(a: u32, b: u32) -> u32 {
    let (sum, carry) = a.overflowing_add(b);
    sum + u32::from(carry)
}

/// A sum folded to 16 bits and inverted.
fn fold(sum: u32) -> u16 {
    let once = (sum & 0xffff) + (sum >> 16);
    !((once & 0xffff) + (once >> 16)) as u16
}

/// The sum of the 16-bit words of bytes as the machine reads them.
fn partial(bytes: &[u8], start: u32) -> u32 {
    bytes.chunks(4).fold(start, |sum, chunk| {
        let mut word = [0; 4];
        word[..chunk.len()].copy_from_slice(chunk);
        add(sum, u32::from_le_bytes(word))
    })
}

/// `csum_diff(from, from_size, to, to_size, seed)`
pub(super) fn csum_diff(call: &mut Call<'_, '_>) -> Result<u64, FaultKind> {
    let (from_size, to_size, seed) = (call.number32(2)?, call.number32(4)?, call.number32(5)?);
    if from_size % 4 != 0 || to_size % 4 != 0 {
        return Ok(EINVAL);
    }
    let from = call.bytes(1, from_size as usize)?;
    let to = call.bytes(3, to_size as usize)?;
    // Since Linux 6.13 the result is folded to 16 bits on every machine (`csum_from32to16`).
    let sum = match (from.is_empty(), to.is_empty()) {
        (false, false) => add(partial(&to, seed), !partial(&from, 0)),
        (true, false) => partial(&to, seed),
        (false, true) => !partial(&from, !seed),
        (true, true) => seed,
    };
    Ok(u64::from(!fold(sum)))
}

/// The sum of two sums in 16 bits, the carry added again.
fn add16(a: u16, b: u16) -> u16 {
    let (sum, carry) = a.overflowing_add(b);
    sum + u16::from(carry)
}

/// A checksum field of the packet after part of what it covers changed; `wide` if changes of 16
/// bits are made as of 32.
fn replaced(old: u16, flags: u64, from: u64, to: u64, wide: bool) -> Option<u16> {
    let sum = !u32::from(old);
    match flags & FIELD {
        // The difference itself.
        0 if from == 0 => Some(fold(add(to as u32, sum))),
        2 if !wide => Some(!add16(add16(!old, !(from as u16)), to as u16)),
        2 => Some(fold(add(add(sum, !u32::from(from as u16)), u32::from(to as u16)))),
        4 => Some(fold(add(add(sum, !(from as u32)), to as u32))),
        _ => None,
    }
}

/// `l3_csum_replace(skb, offset, from, to, flags)`
pub(super) fn l3_csum_replace(call: &mut Call<'_, '_>) -> Result<u64, FaultKind> {
    replace(call, FIELD)
}

/// `l4_csum_replace(skb, offset, from, to, flags)`
pub(super) fn l4_csum_replace(call: &mut Call<'_, '_>) -> Result<u64, FaultKind> {
    replace(call, FIELD | PSEUDO_HEADER | ZERO_IS_NONE | ENFORCE | IPV6)
}

fn replace(call: &mut Call<'_, '_>, known: u64) -> Result<u64, FaultKind> {
    call.context()?;
    let (offset, from, to) = (call.number32(2)?, call.number(3)?, call.number(4)?);
    let flags = call.number(5)?;
    if flags & !known != 0 {
        return Ok(EINVAL);
    }
    let packet = call.reach.packet;
    let buffer = &mut call.reach.state.buffer;
    buffer.invalidate();
    let first = offset as usize;
    let old = buffer.bytes(packet).get(first..).and_then(|rest| rest.first_chunk::<2>()).copied();
    let Some(old) = old.filter(|_| offset <= 0xffff && offset % 2 == 0) else { return Ok(EFAULT) };
    let zero_is_none = flags & ZERO_IS_NONE != 0;
    if zero_is_none && flags & ENFORCE == 0 && old == [0; 2] {
        return Ok(0);
    }
    let new = replaced(u16::from_le_bytes(old), flags, from, to, known != FIELD);
    let Some(new) = new else { return Ok(EINVAL) };
    let new = if zero_is_none && new == 0 { 0xffff } else { new };
    buffer.bytes_mut(packet)[first..first + 2].copy_from_slice(&new.to_le_bytes());
    Ok(0)
}
