//! Types and operation codes, their names in the text form, and what they compute.

use std::fmt;

use crate::pointer::Pointer;

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// 32 bits, without a sign of its own.
    I32,
    /// 64 bits, without a sign of its own.
    I64,
    /// Evidence that a window of the packet is present, and the means to read it.
    View,
    /// The address of memory, and how much of it is there.
    Pointer(Pointer),
    /// Nothing: the result of an instruction that is there for its effect. No operand has it.
    Void,
}

impl Type {
    /// The types that are no pointers.
    pub const SIMPLE: &'static [Self] = &[Self::I32, Self::I64, Self::View, Self::Void];

    /// The name in the text form; of a pointer, what its [`Display`](fmt::Display) begins with.
    pub const fn name(self) -> &'static str {
        match self {
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::View => "view",
            Self::Pointer(_) => "pointer",
            Self::Void => "void",
        }
    }

    /// Whether it is a number.
    pub const fn is_number(self) -> bool {
        matches!(self, Self::I32 | Self::I64)
    }

    /// What a pointer points to.
    pub const fn pointer(self) -> Option<Pointer> {
        match self {
            Self::Pointer(pointer) => Some(pointer),
            _ => None,
        }
    }

    /// The greatest number of this type; 0 for what is no number.
    pub const fn mask(self) -> u64 {
        match self {
            Self::I32 => u32::MAX as u64,
            Self::I64 => u64::MAX,
            Self::View | Self::Pointer(_) | Self::Void => 0,
        }
    }

    /// How many bits a number of this type has; 0 for what is no number.
    pub const fn bits(self) -> u32 {
        64 - self.mask().leading_zeros()
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pointer(pointer) => pointer.fmt(f),
            other => f.write_str(other.name()),
        }
    }
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
    /// Every width, the narrowest first.
    pub const ALL: &'static [Self] = &[Self::W1, Self::W2, Self::W4, Self::W8];

    /// The name in the text form, behind `load.`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::W1 => "u8",
            Self::W2 => "u16",
            Self::W4 => "u32",
            Self::W8 => "u64",
        }
    }

    /// The number of bytes.
    pub const fn bytes(self) -> u32 {
        match self {
            Self::W1 => 1,
            Self::W2 => 2,
            Self::W4 => 4,
            Self::W8 => 8,
        }
    }

    /// The width of this many bytes.
    pub const fn of_bytes(bytes: u32) -> Option<Self> {
        match bytes {
            1 => Some(Self::W1),
            2 => Some(Self::W2),
            4 => Some(Self::W4),
            8 => Some(Self::W8),
            _ => None,
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

impl UnaryOp {
    /// Every operation that an instruction may have.
    pub const ALL: &'static [Self] = &[
        Self::Bswap(Width::W2),
        Self::Bswap(Width::W4),
        Self::Bswap(Width::W8),
        Self::Neg,
        Self::Extend,
        Self::Truncate,
    ];

    /// The name in the text form.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bswap(Width::W1) => "bswap8",
            Self::Bswap(Width::W2) => "bswap16",
            Self::Bswap(Width::W4) => "bswap32",
            Self::Bswap(Width::W8) => "bswap64",
            Self::Neg => "neg",
            Self::Extend => "extend",
            Self::Truncate => "truncate",
        }
    }

    /// The type of the result for an operand of a type; `None` if it takes no such operand.
    pub const fn result(self, operand: Type) -> Option<Type> {
        match (self, operand) {
            (Self::Bswap(Width::W2 | Width::W4) | Self::Neg, Type::I32)
            | (Self::Truncate, Type::I64) => Some(Type::I32),
            (Self::Bswap(Width::W8) | Self::Neg, Type::I64) | (Self::Extend, Type::I32) => {
                Some(Type::I64)
            }
            _ => None,
        }
    }

    /// The result for a number of the operand's type.
    pub const fn eval(self, operand: Type, a: u64) -> u64 {
        match self {
            Self::Bswap(width) => a.swap_bytes() >> (64 - 8 * width.bytes()),
            Self::Neg => a.wrapping_neg() & operand.mask(),
            Self::Extend => a,
            Self::Truncate => a & Type::I32.mask(),
        }
    }
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

impl BinaryOp {
    /// Every operation.
    pub const ALL: &'static [Self] = &[
        Self::Add,
        Self::Sub,
        Self::Mul,
        Self::Div,
        Self::Mod,
        Self::And,
        Self::Or,
        Self::Xor,
        Self::Shl,
        Self::Shr,
    ];

    /// The name in the text form.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Sub => "sub",
            Self::Mul => "mul",
            Self::Div => "div",
            Self::Mod => "mod",
            Self::And => "and",
            Self::Or => "or",
            Self::Xor => "xor",
            Self::Shl => "shl",
            Self::Shr => "shr",
        }
    }

    /// The result for two numbers of the type `ty`.
    pub const fn eval(self, ty: Type, a: u64, b: u64) -> u64 {
        // Type::bits is a power of two, so this is the remainder; 63 for no number harms nobody.
        let count = (b & (ty.bits().wrapping_sub(1) & 63) as u64) as u32;
        let result = match self {
            Self::Add => a.wrapping_add(b),
            Self::Sub => a.wrapping_sub(b),
            Self::Mul => a.wrapping_mul(b),
            Self::Div if b == 0 => 0,
            Self::Div => a / b,
            Self::Mod if b == 0 => a,
            Self::Mod => a % b,
            Self::And => a & b,
            Self::Or => a | b,
            Self::Xor => a ^ b,
            Self::Shl => a << count,
            Self::Shr => a >> count,
        };
        result & ty.mask()
    }
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
    /// Every comparison.
    pub const ALL: &'static [Self] =
        &[Self::Eq, Self::Ne, Self::Lt, Self::Le, Self::Gt, Self::Ge, Self::Set, Self::Clear];

    /// The name in the text form.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Lt => "lt",
            Self::Le => "le",
            Self::Gt => "gt",
            Self::Ge => "ge",
            Self::Set => "set",
            Self::Clear => "clear",
        }
    }

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
