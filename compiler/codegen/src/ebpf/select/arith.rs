//! Selection of arithmetic.

use nbpfc_ir::{BinaryOp, Type, UnaryOp, Value};
use nbpfc_isa::{AluOp, Bits};

use super::Selector;
use crate::ebpf::vcode::{Op, Operand, VReg};

/// The width of arithmetic on a type.
const fn bits(ty: Type) -> Bits {
    match ty {
        Type::I32 => Bits::B32,
        _ => Bits::B64,
    }
}

impl Selector<'_> {
    pub(super) fn unary(&mut self, value: Value, op: UnaryOp, a: Value) -> VReg {
        if let UnaryOp::Bswap(width) = op
            && let Some(reversed) = self.reversed_register(a, width)
        {
            return reversed;
        }
        let fits = u32::try_from(self.limits.max(a)).is_ok();
        let from = self.register(a);
        match op {
            UnaryOp::Bswap(width) => {
                let bits = 8 * width.bytes() as u8;
                self.builder.def(|d| Op::Swap { bits, d, a: from })
            }
            UnaryOp::Neg => {
                let (bits, b) = (bits(self.function.ty(value)), Operand::Imm(0));
                self.builder.def(|d| Op::Alu { bits, op: AluOp::Neg, d, a: from, b })
            }
            // The upper half of a register with an `i32` is zero.
            UnaryOp::Extend => from,
            UnaryOp::Truncate if fits => from,
            UnaryOp::Truncate => self.builder.def(|d| Op::Narrow { d, a: from }),
        }
    }

    pub(super) fn binary(&mut self, ty: Type, op: BinaryOp, a: Value, b: Value) -> VReg {
        let commutes = !matches!(
            op,
            BinaryOp::Sub | BinaryOp::Div | BinaryOp::Mod | BinaryOp::Shl | BinaryOp::Shr
        );
        let (a, b) = if commutes && self.constant(a).is_some() { (b, a) } else { (a, b) };
        let number = self.constant(b);
        let b = match (op, number) {
            // The verifier refuses a zero immediate, and a shift by the width or more.
            (BinaryOp::Div, Some(0)) => return self.builder.def(|d| Op::Imm { d, number: 0 }),
            (BinaryOp::Mod, Some(0)) => return self.register(a),
            // No immediate says this.
            (BinaryOp::And, Some(0xffff_ffff)) if ty == Type::I64 => {
                let a = self.register(a);
                return self.builder.def(|d| Op::Narrow { d, a });
            }
            (BinaryOp::Shl | BinaryOp::Shr, Some(number)) => {
                let width = if ty == Type::I32 { 32 } else { 64 };
                Operand::Imm((number % width) as i32)
            }
            _ => self.operand(b),
        };
        let a = self.register(a);
        let (a, b) = match b {
            // The first is overwritten, and the younger one is needed less, as a rule.
            Operand::Reg(other) if commutes && a.0 < other.0 => (other, Operand::Reg(a)),
            _ => (a, b),
        };
        let (bits, op) = (bits(ty), alu(op));
        self.builder.def(|d| Op::Alu { bits, op, d, a, b })
    }
}

/// The operation of an instruction.
pub(super) const fn alu(op: BinaryOp) -> AluOp {
    match op {
        BinaryOp::Add => AluOp::Add,
        BinaryOp::Sub => AluOp::Sub,
        BinaryOp::Mul => AluOp::Mul,
        BinaryOp::Div => AluOp::Div,
        BinaryOp::Mod => AluOp::Mod,
        BinaryOp::And => AluOp::And,
        BinaryOp::Or => AluOp::Or,
        BinaryOp::Xor => AluOp::Xor,
        BinaryOp::Shl => AluOp::Lsh,
        BinaryOp::Shr => AluOp::Rsh,
    }
}
