//! Signed arithmetic from unsigned: two's complement, as `i32` and `i64` have no sign of their own.
//!
//! Every kernel runs what comes of it; instructions for it came with Linux 6.6 only.

use super::FunctionBuilder;
use crate::entity::{Block, Value};
use crate::types::{BinaryOp, Compare, Type, UnaryOp};

impl FunctionBuilder {
    /// The number of a type whose sign bit alone is set.
    fn sign_bit(&mut self, ty: Type) -> Value {
        self.constant(ty, 1 << (ty.bits().max(1) - 1))
    }

    /// The low `bits` of a number, its sign copied to the bits above.
    pub fn sign_extend(&mut self, a: Value, bits: u32) -> Value {
        let ty = self.ty(a);
        if bits == 0 || bits >= ty.bits() {
            return a;
        }
        let (mask, sign) = (self.constant(ty, (1 << bits) - 1), self.constant(ty, 1 << (bits - 1)));
        let low = self.binary(BinaryOp::And, a, mask);
        let flipped = self.binary(BinaryOp::Xor, low, sign);
        self.binary(BinaryOp::Sub, flipped, sign)
    }

    /// An `i32` as an `i64` with the same sign.
    pub fn extend_signed(&mut self, a: Value) -> Value {
        let wide = self.unary(UnaryOp::Extend, a);
        self.sign_extend(wide, 32)
    }

    /// A number shifted right, its sign coming in; the count is taken modulo the width.
    pub fn shift_right_signed(&mut self, a: Value, count: Value) -> Value {
        let ty = self.ty(a);
        let sign = self.sign_bit(ty);
        let flipped = self.binary(BinaryOp::Xor, a, sign);
        let (low, high) =
            (self.binary(BinaryOp::Shr, flipped, count), self.binary(BinaryOp::Shr, sign, count));
        self.binary(BinaryOp::Sub, low, high)
    }

    /// All ones if a number is negative, else 0.
    fn sign_mask(&mut self, a: Value) -> Value {
        let ty = self.ty(a);
        let count = self.constant(ty, u64::from(ty.bits().max(1) - 1));
        let sign = self.binary(BinaryOp::Shr, a, count);
        self.unary(UnaryOp::Neg, sign)
    }

    /// A number negated where the mask is all ones.
    fn negate_by(&mut self, a: Value, mask: Value) -> Value {
        let flipped = self.binary(BinaryOp::Xor, a, mask);
        self.binary(BinaryOp::Sub, flipped, mask)
    }

    /// The signed quotient, rounded to zero; `x / 0 = 0`, and the least number by -1 is itself.
    pub fn divide_signed(&mut self, a: Value, b: Value) -> Value {
        let (a_sign, b_sign) = (self.sign_mask(a), self.sign_mask(b));
        let (a, b) = (self.negate_by(a, a_sign), self.negate_by(b, b_sign));
        let quotient = self.binary(BinaryOp::Div, a, b);
        let sign = self.binary(BinaryOp::Xor, a_sign, b_sign);
        self.negate_by(quotient, sign)
    }

    /// The signed remainder, which has the sign of `a`; `x % 0 = x`.
    pub fn remainder_signed(&mut self, a: Value, b: Value) -> Value {
        let (a_sign, b_sign) = (self.sign_mask(a), self.sign_mask(b));
        let (a, b) = (self.negate_by(a, a_sign), self.negate_by(b, b_sign));
        let remainder = self.binary(BinaryOp::Mod, a, b);
        self.negate_by(remainder, a_sign)
    }

    /// As [`branch`](Self::branch), of numbers with a sign.
    pub fn branch_signed(
        &mut self,
        compare: Compare,
        a: Value,
        b: Value,
        then: Block,
        otherwise: Block,
    ) {
        let ordered = matches!(compare, Compare::Lt | Compare::Le | Compare::Gt | Compare::Ge);
        if !ordered {
            return self.branch(compare, a, b, then, otherwise);
        }
        let sign = self.sign_bit(self.ty(a));
        let (a, b) = (self.binary(BinaryOp::Xor, a, sign), self.binary(BinaryOp::Xor, b, sign));
        self.branch(compare, a, b, then, otherwise);
    }
}
