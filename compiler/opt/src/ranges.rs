//! Which bits a value can have, and how great it can be.
//!
//! Bounds come from load widths, masks, shifts and sums, never from a branch, so they hold wherever
//! the value is at hand.

use cranelift_entity::SecondaryMap;
use nbpfc_ir::{BinaryOp, Function, Instruction, Type, UnaryOp, Value};

/// What a value can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    /// Every bit that may be one.
    pub(crate) bits: u64,
    /// The greatest number.
    pub(crate) max: u64,
}

impl Range {
    fn new(bits: u64, max: u64) -> Self {
        Self { bits, max: max.min(bits) }
    }

    fn below_or_at(max: u64) -> Self {
        Self::new(ones(max), max)
    }
}

/// As many ones as the number has digits.
fn ones(number: u64) -> u64 {
    if number == 0 { 0 } else { u64::MAX >> number.leading_zeros() }
}

/// Ranges of the values seen so far.
#[derive(Debug)]
pub(crate) struct Ranges(SecondaryMap<Value, Option<Range>>);

impl Ranges {
    /// Nothing seen yet.
    pub(crate) fn new(function: &Function) -> Self {
        Self(function.per_value())
    }

    /// The range of a value; everything its type can hold if it was not [seen](Self::see).
    pub(crate) fn of(&self, function: &Function, value: Value) -> Range {
        self.0[value].unwrap_or_else(|| {
            let mask = function.ty(value).mask();
            Range { bits: mask, max: mask }
        })
    }

    /// Works out the range of a value from those of its operands, which were seen before.
    pub(crate) fn see(&mut self, function: &Function, value: Value) {
        if let Some(instruction) = function.def_inst(value) {
            self.0[value] = Some(self.compute(function, instruction, function.ty(value)));
        }
    }

    fn compute(&self, function: &Function, instruction: &Instruction, ty: Type) -> Range {
        let of = |value| self.of(function, value);
        match *instruction {
            Instruction::Const(_, number) => Range { bits: number, max: number },
            Instruction::Load { width, .. } | Instruction::Table { width, .. } => {
                Range::below_or_at(u64::MAX >> (64 - 8 * width.bytes()))
            }
            Instruction::Unary(op, a) => match op {
                UnaryOp::Bswap(width) => {
                    let bits = UnaryOp::Bswap(width).eval(ty, of(a).bits);
                    Range::new(bits, bits)
                }
                UnaryOp::Extend => of(a),
                UnaryOp::Truncate => {
                    let Range { bits, max } = of(a);
                    let bits = bits & ty.mask();
                    Range::new(bits, if max <= ty.mask() { max } else { bits })
                }
                UnaryOp::Neg => Range::below_or_at(ty.mask()),
            },
            Instruction::Binary(op, a, b) => binary(op, ty, of(a), of(b), function.constant(b)),
            Instruction::Read(place) => {
                Range::below_or_at(u64::MAX >> (64 - 8 * place.width.bytes()))
            }
            _ => Range::below_or_at(ty.mask()),
        }
    }
}

fn binary(op: BinaryOp, ty: Type, a: Range, b: Range, constant: Option<u64>) -> Range {
    let all = Range::below_or_at(ty.mask());
    let fits = |max: Option<u64>| max.filter(|max| *max <= ty.mask()).map(Range::below_or_at);
    match (op, constant) {
        (BinaryOp::And, _) => Range::new(a.bits & b.bits, a.max.min(b.max)),
        (BinaryOp::Or | BinaryOp::Xor, _) => Range::new(a.bits | b.bits, ones(a.max | b.max)),
        (BinaryOp::Add, _) => fits(a.max.checked_add(b.max)).unwrap_or(all),
        (BinaryOp::Mul, _) => fits(a.max.checked_mul(b.max)).unwrap_or(all),
        (BinaryOp::Shl, Some(count)) => {
            let shift = |number| BinaryOp::Shl.eval(ty, number, count);
            let whole = BinaryOp::Shr.eval(ty, shift(a.max), count) == a.max;
            Range::new(shift(a.bits), if whole { shift(a.max) } else { ty.mask() })
        }
        (BinaryOp::Shr, Some(count)) => {
            let shift = |number| BinaryOp::Shr.eval(ty, number, count);
            Range::new(shift(a.bits), shift(a.max))
        }
        (BinaryOp::Div | BinaryOp::Shr | BinaryOp::Mod, _) => Range::below_or_at(a.max),
        (BinaryOp::Sub | BinaryOp::Shl, _) => all,
    }
}
