//! What a row of the instruction table says, and finding an instruction's row.

use crate::insn::{Insn, Level, Reg};
use crate::operand::{AluOp, AtomicOp, Bits, JmpOp, Pseudo, Size, Src};

/// What an instruction does; where its operands stand says the [`Row`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// Arithmetic on the destination and [`Row::operand`].
    Alu(Bits, AluOp),
    /// Move with sign extension from so many bits.
    MovSx(Bits, u8),
    /// A pointer into another address space.
    AddrSpaceCast,
    /// Host to little-endian order, so many bits.
    ToLe(u8),
    /// Host to big-endian order, so many bits.
    ToBe(u8),
    /// Swap of bytes, so many bits.
    Bswap(u8),
    /// A 64-bit immediate: the lower half here, the upper half in the next slot.
    LdImm64,
    /// A 64-bit immediate that the kernel replaces by an address, two slots.
    LdPseudo(Pseudo),
    /// Packet load at a constant offset.
    LdAbs(Size),
    /// Packet load at a register plus a constant.
    LdInd(Size),
    /// Load, zero-extended.
    Load(Size),
    /// Load, sign-extended.
    LoadSx(Size),
    /// Store of an immediate.
    StoreImm(Size),
    /// Store of a register.
    Store(Size),
    /// Atomic read-modify-write.
    Atomic(Size, AtomicOp),
    /// Load with acquire order.
    LoadAcquire(Size),
    /// Store with release order.
    StoreRelease(Size),
    /// Jump if the destination and [`Row::operand`] compare so.
    Jump(Bits, JmpOp),
    /// Jump by the offset.
    Ja,
    /// Jump by the immediate.
    Gotol,
    /// Jump that the kernel takes in the end.
    MayGoto,
    /// Call of a helper by number.
    Call,
    /// Call of a function of this program.
    CallLocal,
    /// Call of a kernel function by BTF id.
    CallKfunc,
    /// Return.
    Exit,
}

/// Conformance group (RFC 9669 section 2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Group {
    /// 32-bit base instructions.
    Base32,
    /// 64-bit base instructions.
    Base64,
    /// 32-bit multiplication, division and modulo.
    Divmul32,
    /// 64-bit multiplication, division and modulo.
    Divmul64,
    /// 32-bit atomic operations.
    Atomic32,
    /// 64-bit atomic operations.
    Atomic64,
    /// Packet access of classic BPF.
    Packet,
    /// None: an extension of the Linux kernel.
    Kernel,
}

/// What one field of an instruction holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// This value and no other: it selects the row, or is reserved (0).
    Is(i32),
    /// A register that is read.
    Read,
    /// A register that is written.
    Write,
    /// A register that is read, then written.
    ReadWrite,
    /// Offset from an address, in bytes.
    Memory,
    /// Distance of a jump or call, in slots behind this one.
    Distance,
    /// Any number.
    Value,
}

impl Field {
    const fn admits(self, value: i32) -> bool {
        match self {
            Self::Is(wanted) => value == wanted,
            Self::Read | Self::Write | Self::ReadWrite => value <= Reg::FRAME.0 as i32,
            Self::Memory | Self::Distance | Self::Value => true,
        }
    }

    /// Whether the field names a register.
    pub const fn is_register(self) -> bool {
        matches!(self, Self::Read | Self::Write | Self::ReadWrite)
    }
}

/// One form of instruction: how it is encoded, what it does, how it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// What it does.
    pub op: Op,
    /// The operation code, shared by all rows that other fields tell apart.
    pub opcode: u8,
    /// The destination field.
    pub dst: Field,
    /// The source field.
    pub src: Field,
    /// The offset field.
    pub off: Field,
    /// The immediate field.
    pub imm: Field,
    /// The first level that has it.
    pub level: Level,
    /// Its conformance group.
    pub group: Group,
    /// LLVM's syntax, with places in braces: `d` and `s` the register numbers, `m` the offset
    /// from an address, `o` the distance in the offset field, `j` that in the immediate, `i` the
    /// immediate, `u` it without a sign, `n` it as an offset unless it is 0, `l` the 64-bit
    /// immediate, `t` and `f` the address spaces to and from.
    pub text: &'static str,
}

impl Row {
    /// Whether these fields are an instruction of this row.
    pub const fn admits(&self, insn: Insn) -> bool {
        self.opcode == insn.opcode
            && self.dst.admits(insn.dst as i32)
            && self.src.admits(insn.src as i32)
            && self.off.admits(insn.off as i32)
            && self.imm.admits(insn.imm)
    }

    /// The second operand of arithmetic and of a conditional jump.
    pub const fn operand(&self, insn: Insn) -> Src {
        if self.src.is_register() { Src::Reg(Reg(insn.src)) } else { Src::Imm(insn.imm) }
    }

    /// How many slots it takes, one or two.
    pub const fn slots(&self) -> usize {
        match self.op {
            Op::LdImm64 | Op::LdPseudo(_) => 2,
            _ => 1,
        }
    }

    /// Whether this slot may be the second of a two-slot instruction: all but the immediate is 0.
    pub const fn admits_second(&self, second: Insn) -> bool {
        // The upper half has a meaning only in values, offsets into values, and module BTF.
        let upper = match self.op {
            Op::LdPseudo(Pseudo::MapFd | Pseudo::MapIdx | Pseudo::Func) => second.imm == 0,
            _ => true,
        };
        second.opcode == 0 && second.dst == 0 && second.src == 0 && second.off == 0 && upper
    }
}
