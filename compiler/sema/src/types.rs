//! Types of values, and how they are named.

use cranelift_entity::entity_impl;

/// Names a header of [`Program::headers`](crate::Program::headers).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HeaderId(u32);
entity_impl!(HeaderId, "header");

/// Names a struct of [`Program::structs`](crate::Program::structs).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StructId(u32);
entity_impl!(StructId, "struct");

/// Names an enum of [`Program::enums`](crate::Program::enums).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EnumId(u32);
entity_impl!(EnumId, "enum");

/// Names a hook of [`Program::hooks`](crate::Program::hooks).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HookId(u32);
entity_impl!(HookId, "hook");

/// Names a map of [`Program::maps`](crate::Program::maps).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MapId(u32);
entity_impl!(MapId, "map");

/// Names a helper of [`Program::helpers`](crate::Program::helpers).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HelperId(u32);
entity_impl!(HelperId, "helper");

/// Names a global variable of [`Program::vars`](crate::Program::vars).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VarId(u32);
entity_impl!(VarId, "var");

/// A fixed-width integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Int {
    /// 1 to 64.
    pub bits: u8,
    /// Two's complement, with a sign.
    pub signed: bool,
}

impl Int {
    /// `u32`, what narrower operands of arithmetic become.
    pub const U32: Self = Self { bits: 32, signed: false };
    /// `u64`.
    pub const U64: Self = Self { bits: 64, signed: false };
    /// `i64`.
    pub const I64: Self = Self { bits: 64, signed: true };

    /// The least number.
    pub const fn min(self) -> i128 {
        if self.signed { -(1 << (self.bits - 1)) } else { 0 }
    }

    /// The greatest number.
    pub const fn max(self) -> i128 {
        if self.signed { (1 << (self.bits - 1)) - 1 } else { (1 << self.bits) - 1 }
    }

    /// Whether a number is one of this type.
    pub const fn holds(self, number: i128) -> bool {
        self.min() <= number && number <= self.max()
    }

    /// A number reduced modulo 2^bits into the type.
    pub const fn wrap(self, number: i128) -> i128 {
        let low = number & ((1 << self.bits) - 1);
        if low > self.max() { low - (1 << self.bits) } else { low }
    }

    /// The type that arithmetic on this type is done in: 32 bits or 64.
    #[must_use]
    pub const fn promoted(self) -> Self {
        if self.bits <= 32 { Self { bits: 32, ..self } } else { Self { bits: 64, ..self } }
    }

    /// Whether every number of `other` is one of this type.
    pub const fn covers(self, other: Self) -> bool {
        self.holds(other.min()) && self.holds(other.max())
    }
}

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// What an expression has that was reported already; fits everywhere.
    Error,
    /// Of an expression that control never comes out of.
    Never,
    /// No value.
    Unit,
    /// `true` or `false`.
    Bool,
    /// A number.
    Int(Int),
    /// `ipv4addr`
    Ipv4Addr,
    /// `ipv6addr`
    Ipv6Addr,
    /// `macaddr`
    MacAddr,
    /// `ipv4prefix`
    Ipv4Prefix,
    /// `ipv6prefix`
    Ipv6Prefix,
    /// `spin_lock`: a field of structs in maps, which only `lock` uses.
    Lock,
    /// Text; only at compile time.
    Text,
    /// What goes to the end of a header, or repeats behind it: headers, or bytes.
    Rest(Option<HeaderId>),
    /// A variant of an enum.
    Enum(EnumId),
    /// A struct by value.
    Struct(StructId),
    /// What a program on the hook returns.
    Verdict(HookId),
    /// The context of a packet hook.
    Packet(HookId),
    /// A header of the packet that is known to be there.
    Header(HeaderId),
    /// What lies behind a header, as a packet of its own.
    Inner(HeaderId),
    /// Bytes of the packet, which need not be there: so many, or all to its end.
    Bytes(Option<u32>),
    /// Elements of one type; their number.
    Array(Box<Type>, u32),
    /// A set; only at compile time.
    Set(Box<Type>),
    /// A map; only its operations take it.
    Map(MapId),
    /// A place in memory that other programs see, and what lies there: an element of a map, a global
    /// variable, a field of one.
    Ref(Box<Type>),
    /// A map that another one holds, which is like this one.
    MapIn(MapId),
    /// A record of a ring buffer that is not handed over yet, and what is to lie there. A variable
    /// holds it until it gives it back.
    Record(Box<Type>),
    /// A socket of the kernel's, to which the program refers. A variable holds it until it gives it
    /// back.
    Socket,
    /// A value that may be absent.
    Optional(Box<Type>),
}

impl Type {
    /// `u32`.
    pub const U32: Self = Self::Int(Int::U32);

    /// Whether it is what so many bytes of a structure of the kernel's are, which are in network order
    /// or in the machine's. Of a number the low bits are read.
    pub(crate) fn is_read_from(&self, bytes: u32, network: bool) -> bool {
        match self {
            Self::Int(int) => {
                !int.signed && bytes <= 8 && (u32::from(int.bits) <= 32 || bytes == 8)
            }
            Self::Ipv4Addr => network && bytes == 4,
            Self::Ipv6Addr => network && bytes == 16,
            _ => false,
        }
    }
    /// `u64`.
    pub const U64: Self = Self::Int(Int::U64);

    /// An unsigned type of a width.
    pub const fn unsigned(bits: u8) -> Self {
        Self::Int(Int { bits, signed: false })
    }

    /// How many bits a value takes in a header; `None` if it cannot stand there.
    pub fn wire_bits(&self) -> Option<u32> {
        Some(match self {
            Self::Bool => 1,
            Self::Int(int) => u32::from(int.bits),
            Self::Ipv4Addr => 32,
            Self::MacAddr => 48,
            Self::Ipv6Addr => 128,
            Self::Array(element, count) => element.wire_bits()?.checked_mul(*count)?,
            _ => return None,
        })
    }

    /// The values that lie one behind the other in a header where one of this type does: their types,
    /// and where they begin in it, in bits.
    pub fn on_wire(&self) -> Vec<(Self, u32)> {
        let Self::Array(element, count) = self else { return vec![(self.clone(), 0)] };
        let (own, bits) = (element.on_wire(), element.wire_bits().unwrap_or(0));
        let at = |index| own.iter().map(move |(ty, at)| (ty.clone(), index * bits + at));
        (0..*count).flat_map(at).collect()
    }

    /// Whether values of the type can lie in memory.
    pub fn is_stored(&self) -> bool {
        match self {
            Self::Bool
            | Self::Int(_)
            | Self::Ipv4Addr
            | Self::Ipv6Addr
            | Self::MacAddr
            | Self::Enum(_)
            | Self::Struct(_) => true,
            Self::Array(element, _) => element.is_stored(),
            _ => false,
        }
    }

    /// Whether what has this type has to be given back.
    pub const fn is_held(&self) -> bool {
        matches!(self, Self::Record(_) | Self::Socket)
    }

    /// Whether what has this type stays under the name that it was given first.
    pub const fn stays(&self) -> bool {
        self.is_held() || matches!(self, Self::MapIn(_))
    }

    /// What lies at a place, of the type of one.
    pub fn place(&self) -> Option<&Self> {
        match self {
            Self::Ref(inner) | Self::Record(inner) => Some(inner),
            _ => None,
        }
    }

    /// Whether control cannot get past an expression of this type, or nothing is known of it.
    pub const fn is_bottom(&self) -> bool {
        matches!(self, Self::Error | Self::Never)
    }

    /// The built-in type with a name, if there is one.
    pub fn by_name(name: &str) -> Option<Self> {
        Some(match name {
            "bool" => Self::Bool,
            "bytes" => Self::Bytes(None),
            "ipv4addr" => Self::Ipv4Addr,
            "ipv6addr" => Self::Ipv6Addr,
            "macaddr" => Self::MacAddr,
            "ipv4prefix" => Self::Ipv4Prefix,
            "ipv6prefix" => Self::Ipv6Prefix,
            "spin_lock" => Self::Lock,
            _ => {
                let (signed, bits) = match name.split_at_checked(1)? {
                    ("u", bits) => (false, bits),
                    ("i", bits) => (true, bits),
                    _ => return None,
                };
                if bits.starts_with(['0', '+']) {
                    return None;
                }
                let bits = bits.parse().ok().filter(|bits| (1..=64).contains(bits))?;
                Self::Int(Int { bits, signed })
            }
        })
    }
}

#[cfg(test)]
mod tests;
