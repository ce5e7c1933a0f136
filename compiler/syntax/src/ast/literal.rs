//! Values that are written out.

use std::net::{Ipv4Addr, Ipv6Addr};

use nbpfc_source::Span;

/// A string literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// What it stands for, escapes resolved. Bytes, because `\xff` is one.
    pub value: Box<[u8]>,
    /// With the quotes. If it is two longer than `value`, there are no escapes, and byte `i` of
    /// the value is byte `start + 1 + i` of the source.
    pub span: Span,
}

impl Text {
    /// The value as text, if it is UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.value).ok()
    }
}

/// What a rate counts, per second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateUnit {
    /// `bit`, `kbit`, `Mbit`, `Gbit`.
    Bits,
    /// `pps`, `kpps`, `Mpps`.
    Packets,
}

/// A literal. How it is spelt (base, unit) is in the source, at the span of its expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    /// `23`, `0x17`, `0b1_0111`: decimal, hexadecimal, binary. Up to 128 bits.
    Int(u128),
    /// `true`, `false`.
    Bool(bool),
    /// `"GET "`.
    Text(Text),
    /// `10.0.0.1`.
    Ipv4(Ipv4Addr),
    /// `10.0.0.0/8`: address and length of at most 32, not masked.
    Ipv4Prefix(Ipv4Addr, u8),
    /// `fe80::1`.
    Ipv6(Ipv6Addr),
    /// `2001:db8::/32`: address and length of at most 128, not masked.
    Ipv6Prefix(Ipv6Addr, u8),
    /// `02:00:5e:10:00:01`, in the order it is transmitted.
    Mac([u8; 6]),
    /// `5s`, `100ms`: nanoseconds. Units: ns, us, ms, s, min, h, d.
    Duration(u64),
    /// `64KiB`: bytes. Units: B, KiB, MiB, GiB, kB, MB, GB.
    Size(u64),
    /// `10Mbit`, `5kpps`: so many a second.
    Rate(u64, RateUnit),
}
