//! Addresses, which types of that name are written as: `ipv4addr`, `ipv6addr` and `macaddr`.

use std::fmt::{self, Display, Formatter};
use std::net::{Ipv4Addr, Ipv6Addr};

use super::names;
use crate::btf::Btf;
use crate::types::TypeId;

/// How an address is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notation {
    Ipv4,
    Ipv6,
    Ethernet,
}

impl Notation {
    /// That of a type, if its name says that it is an address and it has as many bytes.
    pub(crate) fn of(btf: &Btf, ty: TypeId) -> Option<Self> {
        let by_name = |name| match name {
            "ipv4addr" => Some(Self::Ipv4),
            "ipv6addr" => Some(Self::Ipv6),
            "macaddr" => Some(Self::Ethernet),
            _ => None,
        };
        let found = names(btf, ty).find_map(by_name)?;
        (btf.size_of(ty)? == found.size()).then_some(found)
    }

    /// Bytes.
    pub(crate) const fn size(self) -> u32 {
        match self {
            Self::Ipv4 => 4,
            Self::Ipv6 => 16,
            Self::Ethernet => 6,
        }
    }

    /// What is written, in words.
    pub(super) const fn expected(self) -> &'static str {
        match self {
            Self::Ipv4 => "an IPv4 address such as 192.0.2.1",
            Self::Ipv6 => "an IPv6 address such as 2001:db8::1",
            Self::Ethernet => "a hardware address such as 02:00:5e:10:00:01",
        }
    }

    /// The bytes of an address.
    pub(super) fn parse(self, word: &str) -> Option<Vec<u8>> {
        match self {
            Self::Ipv4 => Some(word.parse::<Ipv4Addr>().ok()?.octets().to_vec()),
            Self::Ipv6 => Some(word.parse::<Ipv6Addr>().ok()?.octets().to_vec()),
            Self::Ethernet => {
                let parts = word.split([':', '-']);
                let bytes: Vec<u8> =
                    parts.map(|part| u8::from_str_radix(part, 16).ok()).collect::<Option<_>>()?;
                (bytes.len() == 6).then_some(bytes)
            }
        }
    }

    /// The address in these bytes, if there are enough.
    pub(crate) fn shown(self, bytes: &[u8]) -> Option<impl Display> {
        Some(match self {
            Self::Ipv4 => Shown::Ipv4((*bytes.first_chunk::<4>()?).into()),
            Self::Ipv6 => Shown::Ipv6((*bytes.first_chunk::<16>()?).into()),
            Self::Ethernet => Shown::Ethernet(*bytes.first_chunk()?),
        })
    }
}

enum Shown {
    Ipv4(Ipv4Addr),
    Ipv6(Ipv6Addr),
    Ethernet([u8; 6]),
}

impl Display for Shown {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ipv4(address) => write!(f, "{address}"),
            Self::Ipv6(address) => write!(f, "{address}"),
            Self::Ethernet(bytes) => {
                let digits = bytes.map(|byte| format!("{byte:02x}"));
                f.write_str(&digits.join(":"))
            }
        }
    }
}
