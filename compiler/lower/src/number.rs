//! Arithmetic on numbers of any width, signed and unsigned, with the IR's unsigned operations.
//!
//! A number of at most 32 bits is an `i32`, a wider one an `i64`; unsigned ones are zero-extended
//! in it, signed ones sign-extended.

use nbpfc_ir::{BinaryOp as Op, Compare, Type as Scalar, UnaryOp, Value, Width};
use nbpfc_sema::{BinaryOp, CompareOp, Int};

use crate::lowering::Lowering;

/// The scalar that holds a number.
pub(crate) const fn scalar(int: Int) -> Scalar {
    if int.bits > 32 { Scalar::I64 } else { Scalar::I32 }
}

impl Lowering<'_> {
    fn with(&mut self, op: Op, int: Int, a: Value, number: u64) -> Value {
        let b = self.constant(scalar(int), number);
        self.builder.binary(op, a, b)
    }

    /// Arithmetic in 32 or 64 bits.
    pub(crate) fn arithmetic(&mut self, op: BinaryOp, int: Int, a: Value, b: Value) -> Value {
        let op = match op {
            BinaryOp::Add => Op::Add,
            BinaryOp::Sub => Op::Sub,
            BinaryOp::Mul => Op::Mul,
            BinaryOp::And => Op::And,
            BinaryOp::Or => Op::Or,
            BinaryOp::Xor => Op::Xor,
            BinaryOp::Shl => Op::Shl,
            BinaryOp::Shr if int.signed => return self.shift_signed(int, a, b),
            BinaryOp::Shr => Op::Shr,
            BinaryOp::Div | BinaryOp::Rem if int.signed => {
                return self.divide_signed(op == BinaryOp::Rem, int, a, b);
            }
            BinaryOp::Div => Op::Div,
            BinaryOp::Rem => Op::Mod,
        };
        self.builder.binary(op, a, b)
    }

    /// A shift that keeps the sign: of the number moved up into the unsigned ones, and back.
    fn shift_signed(&mut self, int: Int, a: Value, count: Value) -> Value {
        let sign = self.constant(scalar(int), 1 << (int.bits - 1));
        let up = self.builder.binary(Op::Xor, a, sign);
        let shifted = self.builder.binary(Op::Shr, up, count);
        let zero = self.builder.binary(Op::Shr, sign, count);
        self.builder.binary(Op::Sub, shifted, zero)
    }

    /// All bits are the sign.
    fn signs(&mut self, int: Int, a: Value) -> Value {
        let count = self.constant(scalar(int), u64::from(int.bits) - 1);
        self.shift_signed(int, a, count)
    }

    /// The number, or its negative where all bits of `signs` are set.
    fn negate_if(&mut self, a: Value, signs: Value) -> Value {
        let flipped = self.builder.binary(Op::Xor, a, signs);
        self.builder.binary(Op::Sub, flipped, signs)
    }

    /// Division of the magnitudes, and then the sign: of a remainder the left operand's.
    fn divide_signed(&mut self, remainder: bool, int: Int, a: Value, b: Value) -> Value {
        let (sign_a, sign_b) = (self.signs(int, a), self.signs(int, b));
        let (a, b) = (self.negate_if(a, sign_a), self.negate_if(b, sign_b));
        if remainder {
            let result = self.builder.binary(Op::Mod, a, b);
            return self.negate_if(result, sign_a);
        }
        let result = self.builder.binary(Op::Div, a, b);
        let sign = self.builder.binary(Op::Xor, sign_a, sign_b);
        self.negate_if(result, sign)
    }

    /// A comparison of two numbers as operands of a branch.
    pub(crate) fn comparison(
        &mut self,
        op: CompareOp,
        int: Int,
        a: Value,
        b: Value,
    ) -> (Compare, Value, Value) {
        let compare = match op {
            CompareOp::Eq => return (Compare::Eq, a, b),
            CompareOp::Ne => return (Compare::Ne, a, b),
            CompareOp::Lt => Compare::Lt,
            CompareOp::Le => Compare::Le,
            CompareOp::Gt => Compare::Gt,
            CompareOp::Ge => Compare::Ge,
        };
        if !int.signed {
            return (compare, a, b);
        }
        // With the sign inverted, signed numbers have the order of unsigned ones.
        let sign = 1 << (scalar(int).bits() - 1);
        (compare, self.with(Op::Xor, int, a, sign), self.with(Op::Xor, int, b, sign))
    }

    /// A number as one of another type.
    pub(crate) fn convert(&mut self, from: Int, to: Int, a: Value) -> Value {
        let a = match (scalar(from), scalar(to)) {
            (Scalar::I32, Scalar::I64) => {
                let wide = self.builder.unary(UnaryOp::Extend, a);
                if from.signed {
                    self.extend_sign(Int { bits: 32, signed: true }, to, wide)
                } else {
                    wide
                }
            }
            (Scalar::I64, Scalar::I32) => self.builder.unary(UnaryOp::Truncate, a),
            _ => a,
        };
        let whole = u32::from(to.bits) == scalar(to).bits();
        if whole || to.covers(from) {
            return a;
        }
        let low = self.with(Op::And, to, a, (1 << to.bits) - 1);
        if to.signed { self.extend_sign(to, to, low) } else { low }
    }

    /// The sign of a number of some bits, spread over the bits above: those are zero in `a`.
    pub(crate) fn extend_sign(&mut self, int: Int, within: Int, a: Value) -> Value {
        let sign = 1 << (int.bits - 1);
        let flipped = self.with(Op::Xor, within, a, sign);
        self.with(Op::Sub, within, flipped, sign)
    }

    /// Reverses the bytes of a scalar.
    pub(crate) fn swap(&mut self, width: Width, a: Value) -> Value {
        match width {
            Width::W1 => a,
            wide => self.builder.unary(UnaryOp::Bswap(wide), a),
        }
    }
}
