//! Comparisons with constants, moved one step towards the packet.
//!
//! Where the compared value is computed from another one by something that can be undone, the
//! constant is changed instead. What the value can be decides some comparisons alone.

use nbpfc_ir::{BinaryOp, Compare, Function, Instruction, Type, UnaryOp, Value, Width};

use crate::ranges::{Range, Ranges};

/// A comparison with a constant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Test {
    /// How.
    pub(crate) compare: Compare,
    /// What.
    pub(crate) a: Value,
    /// With what.
    pub(crate) constant: u64,
}

/// What a comparison can be instead.
pub(crate) enum Decision {
    /// Nothing: the answer.
    Known(bool),
    /// Another comparison.
    Test(Test),
    /// The constant comparison of an operand under a mask.
    Masked(Value, u64, Compare, u64),
}

/// What is asked to simplify comparisons.
pub(crate) struct Comparisons<'a> {
    /// Where the values are from.
    pub(crate) function: &'a Function,
    /// What they can be.
    pub(crate) ranges: &'a Ranges,
}

impl Comparisons<'_> {
    fn number(&self, value: Value) -> Option<u64> {
        self.function.constant(value)
    }

    fn range(&self, value: Value) -> Range {
        self.ranges.of(self.function, value)
    }

    /// A step towards the packet, if there is one.
    pub(crate) fn simpler(&self, test: Test) -> Option<Decision> {
        let Test { compare, a, constant } = test;
        let Range { bits, max } = self.range(a);
        let again = |compare, constant| Some(Decision::Test(Test { compare, a, constant }));
        match compare {
            Compare::Eq | Compare::Ne if constant & !bits != 0 || constant > max => {
                return Some(Decision::Known(compare == Compare::Ne));
            }
            Compare::Eq | Compare::Ne if bits == 0 => {
                return Some(Decision::Known(compare == Compare::Eq));
            }
            // A single bit is zero or it is not.
            Compare::Eq | Compare::Ne if constant == bits && bits.is_power_of_two() => {
                return again(compare.negate(), 0);
            }
            Compare::Set | Compare::Clear if constant & bits == 0 => {
                return Some(Decision::Known(compare == Compare::Clear));
            }
            Compare::Set if bits & !constant == 0 => return again(Compare::Ne, 0),
            Compare::Clear if bits & !constant == 0 => return again(Compare::Eq, 0),
            Compare::Set | Compare::Clear if constant & !bits != 0 => {
                return again(compare, constant & bits);
            }
            Compare::Lt | Compare::Ge if constant == 0 => {
                return Some(Decision::Known(compare == Compare::Ge));
            }
            Compare::Lt => return again(Compare::Le, constant - 1),
            Compare::Ge => return again(Compare::Gt, constant - 1),
            Compare::Le | Compare::Gt if constant >= max => {
                return Some(Decision::Known(compare == Compare::Le));
            }
            Compare::Le if constant == 0 => return again(Compare::Eq, 0),
            Compare::Gt if constant == 0 => return again(Compare::Ne, 0),
            Compare::Le if constant == max - 1 => return again(Compare::Ne, max),
            Compare::Gt if constant == max - 1 => return again(Compare::Eq, max),
            // All of the low bits: greater is to have a bit above, and bits can be swapped.
            Compare::Le | Compare::Gt
                if (constant + 1).is_power_of_two()
                    && matches!(
                        self.function.def_inst(a),
                        Some(Instruction::Unary(UnaryOp::Bswap(_), _))
                    ) =>
            {
                let compare = if compare == Compare::Gt { Compare::Set } else { Compare::Clear };
                return again(compare, bits & !constant);
            }
            _ => {}
        }
        match *self.function.def_inst(a)? {
            Instruction::Unary(op, x) => self.through_unary(test, op, x),
            Instruction::Binary(op, x, y) => self.through_binary(test, op, x, self.number(y)?),
            _ => None,
        }
    }

    fn through_unary(&self, test: Test, op: UnaryOp, x: Value) -> Option<Decision> {
        let Test { compare, constant, .. } = test;
        let equality = matches!(compare, Compare::Eq | Compare::Ne);
        let bitwise = matches!(compare, Compare::Set | Compare::Clear);
        let ty = self.function.ty(x);
        let next = |constant| Some(Decision::Test(Test { compare, a: x, constant }));
        match op {
            UnaryOp::Bswap(width) if equality || bitwise => {
                let swapped = op.eval(ty, constant);
                if bitwise || self.range(x).bits & !ones(width) == 0 {
                    next(swapped)
                } else {
                    Some(Decision::Masked(x, ones(width), compare, swapped))
                }
            }
            UnaryOp::Neg if equality => next(op.eval(ty, constant)),
            // What the constant has above 32 bits was decided by the range.
            UnaryOp::Extend => next(constant & Type::I32.mask()),
            // Numbers of 32 bits stand in an instruction that compares as many, and half of them in
            // one that compares 64.
            UnaryOp::Truncate
                if bitwise
                    || (self.range(x).bits <= Type::I32.mask()
                        && (equality || constant <= LONG_IMMEDIATE)) =>
            {
                next(constant)
            }
            _ => None,
        }
    }

    /// `x op number`, compared.
    fn through_binary(&self, test: Test, op: BinaryOp, x: Value, number: u64) -> Option<Decision> {
        let Test { compare, constant, .. } = test;
        let equality = matches!(compare, Compare::Eq | Compare::Ne);
        let bitwise = matches!(compare, Compare::Set | Compare::Clear);
        let ty = self.function.ty(x);
        let mask = ty.mask();
        let count = number & u64::from(ty.bits() - 1);
        let next = |compare, constant| Some(Decision::Test(Test { compare, a: x, constant }));
        match op {
            BinaryOp::And if bitwise => next(compare, constant & number),
            BinaryOp::And if equality && constant == 0 => {
                next(if compare == Compare::Eq { Compare::Clear } else { Compare::Set }, number)
            }
            BinaryOp::And if equality => {
                // The mask goes through what is below it together with the constant.
                match *self.function.def_inst(x)? {
                    Instruction::Unary(op @ UnaryOp::Bswap(width), y) => Some(Decision::Masked(
                        y,
                        op.eval(ty, number & ones(width)),
                        compare,
                        op.eval(ty, constant),
                    )),
                    Instruction::Binary(BinaryOp::Shr, y, shift) => {
                        let shift = self.number(shift)? & u64::from(ty.bits() - 1);
                        let up = |number| BinaryOp::Shl.eval(ty, number, shift);
                        let number = number & BinaryOp::Shr.eval(ty, mask, shift);
                        Some(Decision::Masked(y, up(number), compare, up(constant)))
                    }
                    _ => None,
                }
            }
            BinaryOp::Add if equality => next(compare, constant.wrapping_sub(number) & mask),
            BinaryOp::Add
                if matches!(compare, Compare::Le | Compare::Gt)
                    && self.range(x).max.checked_add(number).is_some_and(|sum| sum <= mask) =>
            {
                match constant.checked_sub(number) {
                    Some(constant) => next(compare, constant),
                    None => Some(Decision::Known(compare == Compare::Gt)),
                }
            }
            BinaryOp::Xor if equality => next(compare, constant ^ number),
            BinaryOp::Shr | BinaryOp::Shl if count == 0 => next(compare, constant),
            // What is compared with a number of many bits must be loaded with it.
            BinaryOp::Shr
                if ty == Type::I64
                    && !bitwise
                    && BinaryOp::Shl.eval(ty, constant, count) > LONG_IMMEDIATE =>
            {
                None
            }
            BinaryOp::Shr => {
                let up = BinaryOp::Shl.eval(ty, constant, count);
                let low = BinaryOp::Shr.eval(ty, mask, u64::from(ty.bits()) - count);
                match compare {
                    Compare::Eq | Compare::Ne => {
                        Some(Decision::Masked(x, mask & !low, compare, up))
                    }
                    Compare::Set | Compare::Clear => next(compare, up),
                    _ => next(compare, up | low),
                }
            }
            BinaryOp::Shl if bitwise => next(compare, BinaryOp::Shr.eval(ty, constant, count)),
            BinaryOp::Shl if equality => {
                let kept = BinaryOp::Shr.eval(ty, mask, count);
                let down = BinaryOp::Shr.eval(ty, constant, count);
                if self.range(x).bits & !kept == 0 {
                    next(compare, down)
                } else {
                    Some(Decision::Masked(x, kept, compare, down))
                }
            }
            _ => None,
        }
    }
}

/// The greatest number that an instruction that compares 64 bits can hold, but for negative ones.
const LONG_IMMEDIATE: u64 = i32::MAX as u64;

/// All bits of a width.
pub(crate) fn ones(width: Width) -> u64 {
    u64::MAX >> (64 - 8 * width.bytes())
}
