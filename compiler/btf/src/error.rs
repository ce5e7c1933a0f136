//! What can be wrong with BTF.

use std::fmt::{self, Display, Formatter};

use crate::types::TypeId;

/// Why bytes are no BTF, or types cannot be written as BTF.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The bytes end too early.
    Truncated,
    /// The bytes do not begin with the magic number in little-endian order.
    Magic,
    /// The format's version is not 1.
    Version(u8),
    /// A length or an offset in a header does not fit.
    Header,
    /// There is no string at this offset, or it is not UTF-8.
    String(u32),
    /// No such kind of type.
    Kind(u8),
    /// A type has a field with a value that its kind does not allow.
    Malformed(TypeId),
    /// A type names a type that does not exist.
    Dangling {
        /// The type.
        from: TypeId,
        /// What it names.
        to: TypeId,
    },
    /// A record of `.BTF.ext` is smaller than its kind demands.
    Record(u32),
    /// A CO-RE relocation wants something unknown.
    CoreKind(u32),
    /// Types that go on from others are not written.
    Split,
    /// More types, members or bytes of strings than the format can count.
    TooLarge,
}

impl Display for Error {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => f.write_str("BTF ends too early"),
            Self::Magic => f.write_str("not little-endian BTF"),
            Self::Version(version) => write!(f, "BTF of unknown version {version}"),
            Self::Header => f.write_str("BTF header with lengths that do not fit"),
            Self::String(offset) => write!(f, "no BTF string at offset {offset}"),
            Self::Kind(kind) => write!(f, "unknown BTF kind {kind}"),
            Self::Malformed(id) => write!(f, "BTF type {} is malformed", id.0),
            Self::Dangling { from, to } => {
                write!(f, "BTF type {} names type {}, which does not exist", from.0, to.0)
            }
            Self::Record(size) => write!(f, ".BTF.ext record of {size} bytes"),
            Self::CoreKind(kind) => write!(f, "CO-RE relocation of unknown kind {kind}"),
            Self::Split => f.write_str("types that go on from others cannot be written alone"),
            Self::TooLarge => f.write_str("more than BTF can count"),
        }
    }
}

impl std::error::Error for Error {}
