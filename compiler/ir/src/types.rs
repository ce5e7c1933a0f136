//! Types and operation codes.

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// 32 bits, without a sign of its own.
    I32,
    /// 64 bits, without a sign of its own.
    I64,
    /// Evidence that a window of the packet is present, and the means to read it.
    View,
}

/// How many bytes a load reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Width {
    /// One byte; the result is an `i32`, zero-extended.
    W1,
    /// Two bytes; the result is an `i32`, zero-extended.
    W2,
    /// Four bytes; the result is an `i32`.
    W4,
    /// Eight bytes; the result is an `i64`.
    W8,
}

impl Width {
    /// The number of bytes.
    pub const fn bytes(self) -> u32 {
        match self {
            Self::W1 => 1,
            Self::W2 => 2,
            Self::W4 => 4,
            Self::W8 => 8,
        }
    }

    /// The type that a load of this width gives.
    pub const fn result(self) -> Type {
        match self {
            Self::W8 => Type::I64,
            _ => Type::I32,
        }
    }
}

/// Operations on one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// Reverses the low 2, 4 or 8 bytes; what is above them becomes zero. The operand has the
    /// type that a load of that width gives; `W1` does not occur.
    Bswap(Width),
    /// Two's complement negation.
    Neg,
    /// `i32` to `i64`, zero-extended.
    Extend,
    /// `i64` to `i32`, the low half.
    Truncate,
}

/// Operations on two values of one type, which is also the result's.
///
/// Arithmetic wraps. As in RFC 9669, `x / 0 = 0` and `x % 0 = x`, and shift counts are taken
/// modulo the width.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// Sum.
    Add,
    /// Difference.
    Sub,
    /// Product.
    Mul,
    /// Unsigned quotient.
    Div,
    /// Unsigned remainder.
    Mod,
    /// Bitwise and.
    And,
    /// Bitwise or.
    Or,
    /// Bitwise exclusive or.
    Xor,
    /// Shift left.
    Shl,
    /// Shift right, zeros in.
    Shr,
}

/// How a branch compares two values of one type; all orders are unsigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Compare {
    /// `a == b`
    Eq,
    /// `a != b`
    Ne,
    /// `a < b`
    Lt,
    /// `a <= b`
    Le,
    /// `a > b`
    Gt,
    /// `a >= b`
    Ge,
    /// `a & b != 0`
    Set,
    /// `a & b == 0`
    Clear,
}

impl Compare {
    /// The comparison that holds exactly when this one does not.
    #[must_use]
    pub const fn negate(self) -> Self {
        match self {
            Self::Eq => Self::Ne,
            Self::Ne => Self::Eq,
            Self::Lt => Self::Ge,
            Self::Le => Self::Gt,
            Self::Gt => Self::Le,
            Self::Ge => Self::Lt,
            Self::Set => Self::Clear,
            Self::Clear => Self::Set,
        }
    }

    /// The comparison that gives the same answer with its operands exchanged.
    #[must_use]
    pub const fn swap(self) -> Self {
        match self {
            Self::Lt => Self::Gt,
            Self::Le => Self::Ge,
            Self::Gt => Self::Lt,
            Self::Ge => Self::Le,
            same => same,
        }
    }

    /// The answer for two numbers that fit the operands' type.
    pub const fn eval(self, a: u64, b: u64) -> bool {
        match self {
            Self::Eq => a == b,
            Self::Ne => a != b,
            Self::Lt => a < b,
            Self::Le => a <= b,
            Self::Gt => a > b,
            Self::Ge => a >= b,
            Self::Set => a & b != 0,
            Self::Clear => a & b == 0,
        }
    }
}
