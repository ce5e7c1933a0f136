//! Types, as far as values of them are generated.

use crate::choices::Choices;

/// A type of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Int {
        bits: u32,
        signed: bool,
    },
    Bool,
    V4,
    V6,
    Mac,
    /// By its place in the module.
    Enum(usize),
    Struct(usize),
}

pub(super) const U8: Type = Type::Int { bits: 8, signed: false };
pub(super) const U16: Type = Type::Int { bits: 16, signed: false };
pub(super) const U32: Type = Type::Int { bits: 32, signed: false };
pub(super) const U64: Type = Type::Int { bits: 64, signed: false };

impl Type {
    pub(super) const fn int(bits: u32) -> Self {
        Self::Int { bits, signed: false }
    }

    /// As it is written.
    pub(super) fn name(self) -> String {
        match self {
            Self::Int { bits, signed: false } => format!("u{bits}"),
            Self::Int { bits, signed: true } => format!("i{bits}"),
            Self::Bool => "bool".into(),
            Self::V4 => "ipv4addr".into(),
            Self::V6 => "ipv6addr".into(),
            Self::Mac => "macaddr".into(),
            Self::Enum(at) => format!("E{at}"),
            Self::Struct(at) => format!("S{at}"),
        }
    }

    /// How many bits a number or address has in a packet.
    pub(super) const fn wire_bits(self) -> u32 {
        match self {
            Self::Int { bits, .. } => bits,
            Self::Bool => 1,
            Self::V4 => 32,
            Self::V6 => 128,
            Self::Mac => 48,
            Self::Enum(_) | Self::Struct(_) => 0,
        }
    }

    /// A number, truth value or address.
    pub(super) fn scalar(c: &mut Choices<'_>) -> Self {
        match c.below(12) {
            0 | 1 => U32,
            2 => U64,
            3 => U16,
            4 => U8,
            5 => Self::Int { bits: c.pick(&[8, 16, 32, 64]), signed: true },
            6 => Self::Int { bits: 1 + c.below(64), signed: c.one_in(3) },
            7 | 8 => Self::Bool,
            9 => Self::V4,
            10 => Self::V6,
            _ => Self::Mac,
        }
    }

    /// A number.
    pub(super) fn number(c: &mut Choices<'_>) -> Self {
        match c.below(4) {
            0 => U32,
            1 => c.pick(&[U8, U16, U64]),
            2 => Self::Int { bits: c.pick(&[8, 16, 32, 64]), signed: true },
            _ => Self::Int { bits: 1 + c.below(64), signed: c.one_in(3) },
        }
    }
}

/// A literal number of so many bits.
pub(super) fn literal(c: &mut Choices<'_>, bits: u32, signed: bool) -> String {
    let wide = u64::from(c.word()) << 32 | u64::from(c.word());
    let top = if signed { bits - 1 } else { bits };
    let mask = if top == 64 { u64::MAX } else { (1 << top) - 1 };
    let number = match c.below(5) {
        0 => wide & mask,
        1 => mask,
        2 => mask / 2 + 1,
        _ => wide % 10,
    } & mask;
    if signed && c.one_in(3) && number > 0 {
        return format!("-{number}");
    }
    if c.one_in(4) { format!("0x{number:x}") } else { format!("{number}") }
}
