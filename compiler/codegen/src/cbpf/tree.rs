//! Values as trees: what is computed from what.

use nbpfc_ir::{BinaryOp, Compare, Value, Width};

/// A value in one of its forms, see [`crate::reversed`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) value: Value,
    pub(crate) reversed: bool,
}

/// How a key is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tree {
    Const(u32),
    Length,
    /// Four times the lower half of the byte at `k`, which is the load `byte`: the length of an
    /// IPv4 header.
    HeaderLength {
        k: u32,
        byte: Value,
    },
    /// A load in host order from `index` plus `k`.
    Load {
        width: Width,
        index: Option<Key>,
        k: u32,
    },
    BinaryImm {
        op: BinaryOp,
        a: Key,
        k: u32,
    },
    Binary {
        op: BinaryOp,
        a: Key,
        b: Key,
    },
    Neg(Key),
    /// The lowest bytes the other way round, the rest zero.
    Swap {
        width: Width,
        a: Key,
    },
    /// A block's parameter; it has a word of memory.
    Param,
}

impl Tree {
    /// Whether it is as cheap to compute as to read from memory.
    pub(crate) fn is_cheap(self) -> bool {
        matches!(
            self,
            Self::Const(_)
                | Self::Length
                | Self::HeaderLength { .. }
                | Self::Load { index: None, .. }
        )
    }

    pub(crate) fn children(self) -> impl Iterator<Item = Key> {
        let (a, b) = match self {
            Self::Load { index, .. } => (index, None),
            Self::BinaryImm { a, .. } | Self::Neg(a) | Self::Swap { a, .. } => (Some(a), None),
            Self::Binary { a, b, .. } => (Some(a), Some(b)),
            Self::Const(_) | Self::Length | Self::HeaderLength { .. } | Self::Param => (None, None),
        };
        a.into_iter().chain(b)
    }
}

/// The two sides of a comparison.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sides {
    pub(crate) compare: Compare,
    pub(crate) a: Key,
    pub(crate) b: Side,
}

/// The right side of a comparison.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Side {
    Number(u32),
    Key(Key),
}

impl Sides {
    /// The keys among them.
    pub(crate) fn keys(self) -> impl Iterator<Item = Key> {
        let b = match self.b {
            Side::Number(_) => None,
            Side::Key(key) => Some(key),
        };
        std::iter::once(self.a).chain(b)
    }
}

/// Whether operands may change places.
pub(crate) const fn commutes(op: BinaryOp) -> bool {
    matches!(op, BinaryOp::Add | BinaryOp::Mul | BinaryOp::And | BinaryOp::Or | BinaryOp::Xor)
}
