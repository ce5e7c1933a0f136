//! Values as bits of packets, the most significant of each first.

use crate::value::Value;

/// The number that stands in packets for a value.
pub fn wire_number(value: &Value) -> u128 {
    match value {
        Value::Ipv6(address) => *address,
        other => other.number().unwrap_or(0).cast_unsigned(),
    }
}

/// Sets bits of bytes to the low `width` bits of a number, `at` being the first; they are zero before.
/// What lies behind the bytes' end is left out.
pub fn put_bits(bytes: &mut [u8], at: u32, width: u32, number: u128) {
    for bit in 0..width.min(128) {
        let at = at + width - 1 - bit;
        if number >> bit & 1 == 1
            && let Some(byte) = bytes.get_mut(at as usize / 8)
        {
            *byte |= 0x80 >> (at % 8);
        }
    }
}
