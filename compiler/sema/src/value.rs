//! Values that are known at compile time.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::types::{EnumId, Int, Type};

/// A value known at compile time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Int(i128),
    /// An IPv4 address, as a number.
    Ipv4(u32),
    /// An IPv6 address, as a number.
    Ipv6(u128),
    /// A link-layer address, in the order it is transmitted.
    Mac([u8; 6]),
    /// Address, not masked, and length.
    Ipv4Prefix(u32, u8),
    /// Address, not masked, and length.
    Ipv6Prefix(u128, u8),
    /// Bytes of text.
    Text(Box<[u8]>),
    /// A variant, by its number.
    Enum(EnumId, i128),
    /// The fields of a struct, or the elements of an array, in order.
    Fields(Box<[Value]>),
    /// The elements of a set, in the order in which they are written.
    Set(Box<[Value]>),
    /// No value, of an optional type.
    Absent,
}

impl Value {
    /// Of a prefix only its own bits, all others 0; other values as they are.
    #[must_use]
    pub(crate) fn network(&self) -> Self {
        match *self {
            Self::Ipv4Prefix(address, length) => {
                let rest = 32_u32.saturating_sub(length.into());
                let low = 1u64.checked_shl(rest).unwrap_or(0).wrapping_sub(1) as u32;
                Self::Ipv4Prefix(address & !low, length)
            }
            Self::Ipv6Prefix(address, length) => {
                let rest = 128_u32.saturating_sub(length.into());
                let low = 1u128.checked_shl(rest).unwrap_or(0).wrapping_sub(1);
                Self::Ipv6Prefix(address & !low, length)
            }
            _ => self.clone(),
        }
    }

    /// Of an address the prefix of all its bits; other values as they are.
    #[must_use]
    pub(crate) fn prefix(&self) -> Self {
        match *self {
            Self::Ipv4(address) => Self::Ipv4Prefix(address, 32),
            Self::Ipv6(address) => Self::Ipv6Prefix(address, 128),
            _ => self.clone(),
        }
    }

    /// Why a prefix is none as it is written, and how it should be: it has bits behind its length.
    pub(crate) fn beyond(&self) -> Option<(String, String)> {
        let network = self.network();
        let written = |value: &Self| match *value {
            Self::Ipv4Prefix(address, length) => (Ipv4Addr::from(address).to_string(), length),
            Self::Ipv6Prefix(address, length) => (Ipv6Addr::from(address).to_string(), length),
            _ => (String::new(), 0),
        };
        let ((address, length), (meant, _)) = (written(self), written(&network));
        (network != *self).then(|| {
            let why = format!("`{address}/{length}` has bits behind the first {length}");
            (why, format!("write `{meant}/{length}`"))
        })
    }

    /// The number of a value that is one scalar: numbers, truth values, addresses of up to 64 bits.
    pub fn number(&self) -> Option<i128> {
        Some(match self {
            Self::Bool(truth) => i128::from(*truth),
            Self::Int(number) | Self::Enum(_, number) => *number,
            Self::Ipv4(address) => i128::from(*address),
            Self::Mac(bytes) => bytes.iter().fold(0, |n, byte| n << 8 | i128::from(*byte)),
            _ => return None,
        })
    }

    /// The zero of a type, where it has one.
    pub fn zero(ty: &Type) -> Option<Self> {
        Some(match ty {
            Type::Bool => Self::Bool(false),
            Type::Int(_) => Self::Int(0),
            Type::Ipv4Addr => Self::Ipv4(0),
            Type::Ipv6Addr => Self::Ipv6(0),
            Type::MacAddr => Self::Mac([0; 6]),
            Type::Lock => Self::Fields([].into()),
            Type::Array(element, count) => {
                Self::Fields(vec![Self::zero(element)?; *count as usize].into())
            }
            _ => return None,
        })
    }
}

/// The integer type that a literal has where nothing else says it: the first of `u32`, `u64` and
/// `i64` that holds it.
pub(crate) fn literal_type(number: i128) -> Option<Int> {
    let signed = [Int { bits: 32, signed: true }, Int::I64];
    let unsigned = [Int::U32, Int::U64];
    let choices = if number < 0 { signed } else { unsigned };
    choices.into_iter().find(|int| int.holds(number))
}
