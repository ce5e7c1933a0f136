//! The vocabulary of instructions: widths, operators, operands, and the bits that encode them.

use crate::insn::Reg;

/// Width of a memory access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Size {
    /// One byte.
    B,
    /// Two bytes.
    H,
    /// Four bytes.
    W,
    /// Eight bytes.
    DW,
}

impl Size {
    /// The size bits of a load or store opcode (RFC 9669 section 5).
    pub const fn code(self) -> u8 {
        match self {
            Self::W => 0x00,
            Self::H => 0x08,
            Self::B => 0x10,
            Self::DW => 0x18,
        }
    }

    /// Width in bytes.
    pub const fn bytes(self) -> u8 {
        match self {
            Self::B => 1,
            Self::H => 2,
            Self::W => 4,
            Self::DW => 8,
        }
    }
}

/// Second operand of arithmetic and of conditional jumps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Src {
    /// A register.
    Reg(Reg),
    /// An immediate; 64-bit operations sign-extend it.
    Imm(i32),
}

/// Width of arithmetic and of comparisons. A 32-bit result clears the register's upper half.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Bits {
    /// The lower half, written `w0`.
    B32,
    /// The whole register, written `r0`.
    B64,
}

/// Arithmetic operators (RFC 9669 section 4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AluOp {
    /// `dst += src`
    Add,
    /// `dst -= src`
    Sub,
    /// `dst *= src`
    Mul,
    /// `dst /= src`, unsigned; 0 if `src` is 0.
    Div,
    /// `dst |= src`
    Or,
    /// `dst &= src`
    And,
    /// `dst <<= src`, by `src` modulo the width.
    Lsh,
    /// `dst >>= src`, filled with zeros.
    Rsh,
    /// `dst = -dst`; takes no source.
    Neg,
    /// `dst %= src`, unsigned; unchanged if `src` is 0.
    Mod,
    /// `dst ^= src`
    Xor,
    /// `dst = src`
    Mov,
    /// `dst >>= src`, filled with the sign.
    Arsh,
    /// `dst /= src`, signed (v4).
    SDiv,
    /// `dst %= src`, signed (v4).
    SMod,
}

impl AluOp {
    /// The operator's bits in the opcode. Signed division has those of unsigned division; it
    /// differs in the offset field.
    pub const fn code(self) -> u8 {
        match self {
            Self::Add => 0x00,
            Self::Sub => 0x10,
            Self::Mul => 0x20,
            Self::Div | Self::SDiv => 0x30,
            Self::Or => 0x40,
            Self::And => 0x50,
            Self::Lsh => 0x60,
            Self::Rsh => 0x70,
            Self::Neg => 0x80,
            Self::Mod | Self::SMod => 0x90,
            Self::Xor => 0xa0,
            Self::Mov => 0xb0,
            Self::Arsh => 0xc0,
        }
    }
}

/// Conditions of jumps (RFC 9669 section 4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum JmpOp {
    /// `dst == src`
    Eq,
    /// `dst > src`, unsigned.
    Gt,
    /// `dst >= src`, unsigned.
    Ge,
    /// `dst & src` is not zero.
    Set,
    /// `dst != src`
    Ne,
    /// `dst > src`, signed.
    Sgt,
    /// `dst >= src`, signed.
    Sge,
    /// `dst < src`, unsigned (v2).
    Lt,
    /// `dst <= src`, unsigned (v2).
    Le,
    /// `dst < src`, signed (v2).
    Slt,
    /// `dst <= src`, signed (v2).
    Sle,
}

impl JmpOp {
    /// The condition's bits in the opcode.
    pub const fn code(self) -> u8 {
        match self {
            Self::Eq => 0x10,
            Self::Gt => 0x20,
            Self::Ge => 0x30,
            Self::Set => 0x40,
            Self::Ne => 0x50,
            Self::Sgt => 0x60,
            Self::Sge => 0x70,
            Self::Lt => 0xa0,
            Self::Le => 0xb0,
            Self::Slt => 0xc0,
            Self::Sle => 0xd0,
        }
    }
}

/// Atomic read-modify-write operators (RFC 9669 section 5.3). All have the width of a word or a
/// double word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AtomicOp {
    /// `*p += src`
    Add,
    /// `*p |= src`
    Or,
    /// `*p &= src`
    And,
    /// `*p ^= src`
    Xor,
    /// `*p += src`, the old value to `src` (v3).
    FetchAdd,
    /// `*p |= src`, the old value to `src` (v3).
    FetchOr,
    /// `*p &= src`, the old value to `src` (v3).
    FetchAnd,
    /// `*p ^= src`, the old value to `src` (v3).
    FetchXor,
    /// `src` and `*p` change places (v3).
    Xchg,
    /// `*p = src` if `*p == r0`; the old value to `r0` (v3).
    CmpXchg,
}

impl AtomicOp {
    /// The immediate that selects the operator.
    pub const fn code(self) -> i32 {
        match self {
            Self::Add => 0x00,
            Self::Or => 0x40,
            Self::And => 0x50,
            Self::Xor => 0xa0,
            Self::FetchAdd => 0x01,
            Self::FetchOr => 0x41,
            Self::FetchAnd => 0x51,
            Self::FetchXor => 0xa1,
            Self::Xchg => 0xe1,
            Self::CmpXchg => 0xf1,
        }
    }
}

/// What a 64-bit immediate stands for, said in its source field (RFC 9669 section 5.4). The
/// loader or the kernel replaces it by an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pseudo {
    /// A map, by file descriptor.
    MapFd,
    /// Inside a map's value: file descriptor, then offset in bytes.
    MapValue,
    /// A kernel variable, by BTF id.
    BtfId,
    /// A function of this program, by offset in slots.
    Func,
    /// A map, by index into the descriptor array.
    MapIdx,
    /// Inside a map's value: index into the descriptor array, then offset in bytes.
    MapIdxValue,
}

impl Pseudo {
    /// The value of the source field.
    pub const fn code(self) -> u8 {
        match self {
            Self::MapFd => 1,
            Self::MapValue => 2,
            Self::BtfId => 3,
            Self::Func => 4,
            Self::MapIdx => 5,
            Self::MapIdxValue => 6,
        }
    }
}
