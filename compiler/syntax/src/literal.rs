//! Values that are written out, read from the characters of their token.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use crate::ast::{Literal, RateUnit};

/// Why characters are no token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum LexError {
    /// The language does not have this character.
    #[default]
    Character,
    /// `/*`: comments are written `//`.
    BlockComment,
    /// A string without an end on its line.
    OpenString,
    /// An escape that strings do not have.
    Escape,
    /// A digit that the base does not have, or none.
    Digit,
    /// A number of more than 128 bits, or more nanoseconds, bytes or bits than 64 bits count.
    Overflow,
    /// Letters behind a number that are no unit.
    Unit,
    /// Numbers with dots that are no IPv4 address.
    Ipv4,
    /// Digits with colons that are neither an IPv6 nor a hardware address.
    Colons,
    /// A prefix longer than its address.
    PrefixLength,
    /// A name of more than [`MAX_NAME`] letters.
    Name,
}

/// The longest name that every kernel takes in types of programs: `KSYM_NAME_LEN` before Linux 6.1,
/// without its end.
pub(crate) const MAX_NAME: usize = 127;

/// The value of a string with its quotes.
pub(crate) fn text(slice: &str) -> Result<Box<[u8]>, LexError> {
    let inside = &slice[1..slice.len() - 1];
    let mut value = Vec::with_capacity(inside.len());
    let mut bytes = inside.bytes();
    while let Some(byte) = bytes.next() {
        value.push(if byte == b'\\' { escape(&mut bytes).ok_or(LexError::Escape)? } else { byte });
    }
    Ok(value.into())
}

/// What stands behind a `\`.
fn escape(bytes: &mut impl Iterator<Item = u8>) -> Option<u8> {
    Some(match bytes.next()? {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'0' => 0,
        same @ (b'\\' | b'"') => same,
        b'x' => {
            let mut digit = || char::from(bytes.next()?).to_digit(16);
            (digit()? << 4 | digit()?) as u8
        }
        _ => return None,
    })
}

/// The first escape in the characters of a string that there is none of.
pub(crate) fn bad_escape(slice: &str) -> Option<Range<usize>> {
    let mut chars = slice.char_indices();
    while let Some((start, c)) = chars.next() {
        if c != '\\' {
            continue;
        }
        let rest = &slice[start + 1..];
        if escape(&mut rest.bytes()).is_none() {
            let length = match rest.strip_prefix('x') {
                Some(digits) => {
                    1 + digits.chars().take(2).take_while(char::is_ascii_hexdigit).count()
                }
                None => rest.chars().next().map_or(0, char::len_utf8),
            };
            return Some(start..start + 1 + length);
        }
        chars.next();
    }
    None
}

/// A whole number, perhaps with a unit.
pub(crate) fn number(slice: &str) -> Result<Literal, LexError> {
    let (digits, radix) = match slice.as_bytes() {
        [b'0', b'x', ..] => (&slice[2..], 16),
        [b'0', b'b', ..] => (&slice[2..], 2),
        _ => (slice, 10),
    };
    if radix != 10 {
        return digits_of(digits, radix).map(Literal::Int);
    }
    let split = slice.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(slice.len());
    let (digits, unit) = slice.split_at(split);
    let value = digits_of(digits, 10)?;
    if unit.is_empty() {
        return Ok(Literal::Int(value));
    }
    let (make, scale) = read_unit(unit).ok_or(LexError::Unit)?;
    let scaled = u64::try_from(value).ok().and_then(|value| value.checked_mul(scale));
    scaled.map(make).ok_or(LexError::Overflow)
}

fn digits_of(digits: &str, radix: u32) -> Result<u128, LexError> {
    let mut value = None;
    for digit in digits.chars().filter(|digit| *digit != '_') {
        let digit = digit.to_digit(radix).ok_or(LexError::Digit)?;
        let shifted = value.unwrap_or(0u128).checked_mul(u128::from(radix));
        let sum = shifted.and_then(|value| value.checked_add(u128::from(digit)));
        value = Some(sum.ok_or(LexError::Overflow)?);
    }
    value.ok_or(LexError::Digit)
}

/// The units, for messages.
pub(crate) const UNITS: &[&str] = &[
    "ns", "us", "ms", "s", "min", "h", "d", "B", "kB", "MB", "GB", "KiB", "MiB", "GiB", "bit",
    "kbit", "Mbit", "Gbit", "pps", "kpps", "Mpps",
];

/// Makes a literal of a number of a unit's smallest parts.
type Make = fn(u64) -> Literal;

/// What a unit makes, and how many of the smallest part it is.
fn read_unit(unit: &str) -> Option<(Make, u64)> {
    let bits: Make = |rate| Literal::Rate(rate, RateUnit::Bits);
    let packets: Make = |rate| Literal::Rate(rate, RateUnit::Packets);
    Some(match unit {
        "ns" => (Literal::Duration, 1),
        "us" => (Literal::Duration, 1_000),
        "ms" => (Literal::Duration, 1_000_000),
        "s" => (Literal::Duration, 1_000_000_000),
        "min" => (Literal::Duration, 60_000_000_000),
        "h" => (Literal::Duration, 3_600_000_000_000),
        "d" => (Literal::Duration, 86_400_000_000_000),
        "B" => (Literal::Size, 1),
        "kB" => (Literal::Size, 1_000),
        "MB" => (Literal::Size, 1_000_000),
        "GB" => (Literal::Size, 1_000_000_000),
        "KiB" => (Literal::Size, 1 << 10),
        "MiB" => (Literal::Size, 1 << 20),
        "GiB" => (Literal::Size, 1 << 30),
        "bit" => (bits, 1),
        "kbit" => (bits, 1_000),
        "Mbit" => (bits, 1_000_000),
        "Gbit" => (bits, 1_000_000_000),
        "pps" => (packets, 1),
        "kpps" => (packets, 1_000),
        "Mpps" => (packets, 1_000_000),
        _ => return None,
    })
}

/// `10.0.0.1`.
pub(crate) fn ipv4(slice: &str) -> Result<Ipv4Addr, LexError> {
    slice.parse().map_err(|_| LexError::Ipv4)
}

/// The address and the length of a prefix.
fn prefix(slice: &str, most: u8) -> Result<(&str, u8), LexError> {
    let (address, length) = slice.split_once('/').ok_or(LexError::PrefixLength)?;
    let length = length.parse().map_err(|_| LexError::PrefixLength)?;
    if length <= most { Ok((address, length)) } else { Err(LexError::PrefixLength) }
}

/// `10.0.0.0/8`.
pub(crate) fn ipv4_prefix(slice: &str) -> Result<Literal, LexError> {
    let (address, length) = prefix(slice, 32)?;
    Ok(Literal::Ipv4Prefix(ipv4(address)?, length))
}

/// `2001:db8::/32`.
pub(crate) fn ipv6_prefix(slice: &str) -> Result<Literal, LexError> {
    let (address, length) = prefix(slice, 128)?;
    let address = address.parse().map_err(|_| LexError::Colons)?;
    Ok(Literal::Ipv6Prefix(address, length))
}

/// Six groups of two digits are a hardware address, all else is an IPv6 address.
pub(crate) fn colons(slice: &str) -> Result<Literal, LexError> {
    if let Some(mac) = mac(slice) {
        return Ok(Literal::Mac(mac));
    }
    slice.parse::<Ipv6Addr>().map(Literal::Ipv6).map_err(|_| LexError::Colons)
}

fn mac(text: &str) -> Option<[u8; 6]> {
    let mut mac = [0; 6];
    let mut groups = text.split(':');
    for byte in &mut mac {
        let group = groups.next().filter(|group| group.len() == 2)?;
        *byte = u8::from_str_radix(group, 16).ok()?;
    }
    groups.next().is_none().then_some(mac)
}
