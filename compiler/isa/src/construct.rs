//! Constructors: one for each form of instruction, so that nobody else composes opcodes.

use crate::insn::{Insn, Reg};
use crate::operand::{AluOp, AtomicOp, Bits, JmpOp, Pseudo, Size, Src};

const CLASS_LD: u8 = 0x00;
const CLASS_LDX: u8 = 0x01;
const CLASS_ST: u8 = 0x02;
const CLASS_STX: u8 = 0x03;
const CLASS_ALU: u8 = 0x04;
const CLASS_JMP: u8 = 0x05;
const CLASS_JMP32: u8 = 0x06;
const CLASS_ALU64: u8 = 0x07;

const MODE_ABS: u8 = 0x20;
const MODE_IND: u8 = 0x40;
const MODE_MEM: u8 = 0x60;
const MODE_MEMSX: u8 = 0x80;
const MODE_ATOMIC: u8 = 0xc0;

const SOURCE_REGISTER: u8 = 0x08;
const ALU_END: u8 = 0xd0;
const JMP_CALL: u8 = 0x80;
const JMP_EXIT: u8 = 0x90;
const JMP_COND: u8 = 0xe0;

const ATOMIC_LOAD_ACQUIRE: i32 = 0x100;
const ATOMIC_STORE_RELEASE: i32 = 0x110;

const PSEUDO_CALL: u8 = 1;
const PSEUDO_KFUNC_CALL: u8 = 2;

impl Insn {
    const fn new(opcode: u8, dst: u8, src: u8, off: i16, imm: i32) -> Self {
        Self { opcode, dst, src, off, imm }
    }

    /// `dst op= src`. [`AluOp::Neg`] has no source and ignores it.
    pub const fn alu(bits: Bits, op: AluOp, dst: Reg, src: Src) -> Self {
        let class = match bits {
            Bits::B32 => CLASS_ALU,
            Bits::B64 => CLASS_ALU64,
        };
        let opcode = class | op.code();
        let off = match op {
            AluOp::SDiv | AluOp::SMod => 1,
            _ => 0,
        };
        match (op, src) {
            (AluOp::Neg, _) => Self::new(opcode, dst.0, 0, 0, 0),
            (_, Src::Reg(src)) => Self::new(opcode | SOURCE_REGISTER, dst.0, src.0, off, 0),
            (_, Src::Imm(imm)) => Self::new(opcode, dst.0, 0, off, imm),
        }
    }

    /// `dst = src`, sign-extended from its lowest `from_bits`: 8 or 16, for 64 bits also 32 (v4).
    pub const fn mov_sx(bits: Bits, dst: Reg, src: Reg, from_bits: u8) -> Self {
        let mov = Self::alu(bits, AluOp::Mov, dst, Src::Reg(src));
        Self { off: from_bits as i16, ..mov }
    }

    /// Host to big-endian order in place, on the lowest `bits`: 16, 32 or 64. Clears the rest.
    pub const fn to_be(bits: u8, dst: Reg) -> Self {
        Self::new(CLASS_ALU | ALU_END | SOURCE_REGISTER, dst.0, 0, 0, bits as i32)
    }

    /// Host to little-endian order in place, on the lowest `bits`: 16, 32 or 64. Clears the rest.
    pub const fn to_le(bits: u8, dst: Reg) -> Self {
        Self::new(CLASS_ALU | ALU_END, dst.0, 0, 0, bits as i32)
    }

    /// Swaps the bytes of the lowest `bits`: 16, 32 or 64 (v4). Clears the rest.
    pub const fn bswap(bits: u8, dst: Reg) -> Self {
        Self::new(CLASS_ALU64 | ALU_END, dst.0, 0, 0, bits as i32)
    }

    /// A pointer of one address space to one of another (Linux 6.9); arenas are space 1, the
    /// kernel's memory is space 0.
    pub const fn addr_space_cast(dst: Reg, src: Reg, to: u16, from: u16) -> Self {
        let mov = Self::alu(Bits::B64, AluOp::Mov, dst, Src::Reg(src));
        Self { off: 1, imm: ((to as i32) << 16) | from as i32, ..mov }
    }

    /// `dst = *(size *)(src + off)`, zero-extended.
    pub const fn load(size: Size, dst: Reg, src: Reg, off: i16) -> Self {
        Self::new(CLASS_LDX | MODE_MEM | size.code(), dst.0, src.0, off, 0)
    }

    /// `dst = *(signed size *)(src + off)`, sign-extended; of [`Size::DW`] there is none (v4).
    pub const fn load_sx(size: Size, dst: Reg, src: Reg, off: i16) -> Self {
        Self::new(CLASS_LDX | MODE_MEMSX | size.code(), dst.0, src.0, off, 0)
    }

    /// `*(size *)(dst + off) = src`
    pub const fn store(size: Size, dst: Reg, off: i16, src: Reg) -> Self {
        Self::new(CLASS_STX | MODE_MEM | size.code(), dst.0, src.0, off, 0)
    }

    /// `*(size *)(dst + off) = imm`, sign-extended.
    pub const fn store_imm(size: Size, dst: Reg, off: i16, imm: i32) -> Self {
        Self::new(CLASS_ST | MODE_MEM | size.code(), dst.0, 0, off, imm)
    }

    /// `op` on `*(size *)(dst + off)` with `src`; [`Size::W`] (v3 if it fetches) or [`Size::DW`].
    pub const fn atomic(size: Size, op: AtomicOp, dst: Reg, off: i16, src: Reg) -> Self {
        Self::new(CLASS_STX | MODE_ATOMIC | size.code(), dst.0, src.0, off, op.code())
    }

    /// `dst = *(size *)(src + off)`; nothing later is seen before it (Linux 6.15).
    pub const fn load_acquire(size: Size, dst: Reg, src: Reg, off: i16) -> Self {
        let opcode = CLASS_STX | MODE_ATOMIC | size.code();
        Self::new(opcode, dst.0, src.0, off, ATOMIC_LOAD_ACQUIRE)
    }

    /// `*(size *)(dst + off) = src`; everything earlier is seen before it (Linux 6.15).
    pub const fn store_release(size: Size, dst: Reg, off: i16, src: Reg) -> Self {
        let opcode = CLASS_STX | MODE_ATOMIC | size.code();
        Self::new(opcode, dst.0, src.0, off, ATOMIC_STORE_RELEASE)
    }

    /// `dst = value`, two slots.
    pub const fn ld_imm64(dst: Reg, value: u64) -> [Self; 2] {
        Self::wide(dst, 0, value as i32, (value >> 32) as i32)
    }

    /// `dst` = the address that `pseudo` names with `first` and `second`, two slots.
    pub const fn ld_pseudo(dst: Reg, pseudo: Pseudo, first: i32, second: i32) -> [Self; 2] {
        Self::wide(dst, pseudo.code(), first, second)
    }

    /// `dst` = the map of a file descriptor, two slots. In an object the descriptor is 0 and a
    /// relocation names the map.
    pub const fn ld_map_fd(dst: Reg, fd: i32) -> [Self; 2] {
        Self::ld_pseudo(dst, Pseudo::MapFd, fd, 0)
    }

    /// `dst` = `off` bytes into the single value of a map, two slots.
    pub const fn ld_map_value(dst: Reg, fd: i32, off: i32) -> [Self; 2] {
        Self::ld_pseudo(dst, Pseudo::MapValue, fd, off)
    }

    const fn wide(dst: Reg, src: u8, low: i32, high: i32) -> [Self; 2] {
        [Self::new(CLASS_LD | Size::DW.code(), dst.0, src, 0, low), Self::new(0, 0, 0, 0, high)]
    }

    /// `r0` = the packet's bytes at `imm`, in host order; outside of the packet the program ends
    /// with 0. `r6` holds the context; `r1` to `r5` are lost. Not of [`Size::DW`].
    pub const fn ld_abs(size: Size, imm: i32) -> Self {
        Self::new(CLASS_LD | MODE_ABS | size.code(), 0, 0, 0, imm)
    }

    /// As [`Insn::ld_abs`], at `src + imm`.
    pub const fn ld_ind(size: Size, src: Reg, imm: i32) -> Self {
        Self::new(CLASS_LD | MODE_IND | size.code(), 0, src.0, 0, imm)
    }

    /// Jumps by `off` slots behind this one if `dst op src`; 32-bit comparisons are v3.
    pub const fn jump(bits: Bits, op: JmpOp, dst: Reg, src: Src, off: i16) -> Self {
        let class = match bits {
            Bits::B32 => CLASS_JMP32,
            Bits::B64 => CLASS_JMP,
        };
        let opcode = class | op.code();
        match src {
            Src::Reg(src) => Self::new(opcode | SOURCE_REGISTER, dst.0, src.0, off, 0),
            Src::Imm(imm) => Self::new(opcode, dst.0, 0, off, imm),
        }
    }

    /// Jumps by `off` slots behind this one.
    pub const fn ja(off: i16) -> Self {
        Self::new(CLASS_JMP, 0, 0, off, 0)
    }

    /// Jumps by `imm` slots behind this one (v4).
    pub const fn gotol(imm: i32) -> Self {
        Self::new(CLASS_JMP32, 0, 0, 0, imm)
    }

    /// Jumps by `off` slots, or goes on, as the kernel chooses; it jumps in the end (Linux 6.9).
    pub const fn may_goto(off: i16) -> Self {
        Self::new(CLASS_JMP | JMP_COND, 0, 0, off, 0)
    }

    /// Calls the helper function with this number.
    pub const fn call(helper: i32) -> Self {
        Self::new(CLASS_JMP | JMP_CALL, 0, 0, 0, helper)
    }

    /// Calls the function that begins `off` slots behind this one.
    pub const fn call_local(off: i32) -> Self {
        Self::new(CLASS_JMP | JMP_CALL, 0, PSEUDO_CALL, 0, off)
    }

    /// Calls the kernel function of this BTF id; `btf` is the index of its module's BTF in the
    /// descriptor array, 0 for the kernel itself.
    pub const fn call_kfunc(btf: i16, id: i32) -> Self {
        Self::new(CLASS_JMP | JMP_CALL, 0, PSEUDO_KFUNC_CALL, btf, id)
    }

    /// Returns `r0`.
    pub const fn exit() -> Self {
        Self::new(CLASS_JMP | JMP_EXIT, 0, 0, 0, 0)
    }
}
