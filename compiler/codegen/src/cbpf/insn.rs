//! Instructions of classic BPF and their codes (`include/uapi/linux/bpf_common.h`).

use nbpfc_ir::BinaryOp;

/// One instruction, `struct sock_filter`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ClassicInsn {
    /// Operation code.
    pub code: u16,
    /// Instructions to skip if a condition holds.
    pub jt: u8,
    /// Instructions to skip if it does not.
    pub jf: u8,
    /// The operand.
    pub k: u32,
}

/// The codes, by the names that `tcpdump -d` prints.
pub(crate) mod code {
    pub(crate) const LD_IMM: u16 = 0x00;
    pub(crate) const LD_ABS: u16 = 0x20;
    pub(crate) const LD_IND: u16 = 0x40;
    pub(crate) const LD_MEM: u16 = 0x60;
    pub(crate) const LD_LEN: u16 = 0x80;
    pub(crate) const LDX_IMM: u16 = 0x01;
    pub(crate) const LDX_MEM: u16 = 0x61;
    /// `ldxb 4*([k]&0xf)`
    pub(crate) const LDX_MSH: u16 = 0xb1;
    pub(crate) const ST: u16 = 0x02;
    pub(crate) const ALU: u16 = 0x04;
    pub(crate) const NEG: u16 = 0x84;
    pub(crate) const JA: u16 = 0x05;
    pub(crate) const JEQ: u16 = 0x15;
    pub(crate) const JGT: u16 = 0x25;
    pub(crate) const JGE: u16 = 0x35;
    pub(crate) const JSET: u16 = 0x45;
    pub(crate) const RET: u16 = 0x06;
    pub(crate) const RET_A: u16 = 0x16;
    pub(crate) const TAX: u16 = 0x07;
    pub(crate) const TXA: u16 = 0x87;

    /// Added to arithmetic and conditions whose operand is the index register.
    pub(crate) const X: u16 = 0x08;
    /// Added to loads from the packet.
    pub(crate) const HALF: u16 = 0x08;
    /// Added to loads from the packet.
    pub(crate) const BYTE: u16 = 0x10;
}

/// The code of arithmetic with a constant.
pub(crate) const fn alu(op: BinaryOp) -> u16 {
    code::ALU
        | match op {
            BinaryOp::Add => 0x00,
            BinaryOp::Sub => 0x10,
            BinaryOp::Mul => 0x20,
            BinaryOp::Div => 0x30,
            BinaryOp::Or => 0x40,
            BinaryOp::And => 0x50,
            BinaryOp::Shl => 0x60,
            BinaryOp::Shr => 0x70,
            BinaryOp::Mod => 0x90,
            BinaryOp::Xor => 0xa0,
        }
}
