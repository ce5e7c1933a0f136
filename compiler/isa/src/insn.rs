//! One instruction slot.

/// One 8-byte instruction slot (RFC 9669 section 3); a 64-bit immediate load takes two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Insn {
    /// Operation code.
    pub opcode: u8,
    /// Destination register, 0 to 10.
    pub dst: u8,
    /// Source register, 0 to 10, or a pseudo value.
    pub src: u8,
    /// Signed offset: of a jump in slots behind this one, of memory in bytes.
    pub off: i16,
    /// Signed immediate.
    pub imm: i32,
}

/// A register, `r0` to `r10`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reg(pub u8);

/// What clang calls `-mcpu`: the instructions that a kernel has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// Base set; 32-bit arithmetic, no 32-bit jumps.
    V1,
    /// `<` and `<=` jumps.
    V2,
    /// 32-bit jumps (Linux 5.1).
    V3,
    /// Sign extension, unconditional byte swap, signed division, long jump (Linux 6.6).
    V4,
}
