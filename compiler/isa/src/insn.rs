//! One instruction slot, and its eight bytes.

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

impl Reg {
    /// The read-only frame pointer, `r10`; the stack lies below it.
    pub const FRAME: Self = Self(10);
}

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

impl Insn {
    /// The slot's bytes in little-endian order (RFC 9669 section 3.1).
    ///
    /// Register numbers above 15 lose their upper bits: the field has four.
    pub const fn encode(self) -> [u8; 8] {
        let off = self.off.to_le_bytes();
        let imm = self.imm.to_le_bytes();
        let regs = (self.dst & 0xf) | (self.src << 4);
        [self.opcode, regs, off[0], off[1], imm[0], imm[1], imm[2], imm[3]]
    }

    /// Reads a slot from little-endian bytes. Every eight bytes are a slot; whether the slot is
    /// an instruction says the table of rows.
    pub const fn decode(bytes: [u8; 8]) -> Self {
        let [opcode, regs, off0, off1, imm0, imm1, imm2, imm3] = bytes;
        Self {
            opcode,
            dst: regs & 0xf,
            src: regs >> 4,
            off: i16::from_le_bytes([off0, off1]),
            imm: i32::from_le_bytes([imm0, imm1, imm2, imm3]),
        }
    }
}
