//! Between what limits the kernel's verifier takes a number to be.
//!
//! The verifier follows each path on its own, so a block's parameter is as large as the largest
//! of its arguments. What it forgets (division; byte swaps on older kernels) is unknown here too:
//! a bound that only the compiler knows does not make a program loadable.

use rustc_hash::FxHashMap;

use nbpfc_kernel::{FieldSource, Target};

use crate::entity::Value;
use crate::function::{Function, ValueDef};
use crate::instruction::{Instruction, Place};
use crate::terminator::Terminator;
use crate::types::{BinaryOp, Type, UnaryOp, Width};

/// How deep definitions are followed; what lies deeper counts as unknown.
const DEPTH: u32 = 32;

/// From the least to the greatest number that a value may be, as an unsigned 64-bit register.
type Range = (u64, u64);

/// The limits of values, computed as they are asked for.
pub struct Limits<'a> {
    function: &'a Function,
    target: Option<&'a Target>,
    arguments: FxHashMap<Value, Vec<Value>>,
    known: FxHashMap<Value, Range>,
}

impl<'a> Limits<'a> {
    /// For a target's verifier, or for any that nbpfc compiles for.
    ///
    /// # Panics
    /// If a block in the layout is not finished.
    pub fn new(function: &'a Function, target: Option<&'a Target>) -> Self {
        let mut arguments: FxHashMap<Value, Vec<Value>> = FxHashMap::default();
        let mut known = FxHashMap::default();
        for &block in &function.layout {
            let end = function.terminator(block);
            for call in end.calls() {
                for (&param, &arg) in function.block(call.block).params.iter().zip(&call.args) {
                    arguments.entry(param).or_default().push(arg);
                }
            }
            if let &Terminator::Bound { low, high, inside, .. } = end
                && let Some(&param) = function.block(inside).params.first()
            {
                known.insert(param, (low.into(), high.into()));
            }
        }
        Self { function, target, arguments, known }
    }

    /// The largest that the verifier thinks a number can be.
    pub fn max(&mut self, value: Value) -> u64 {
        self.range(value, 0).1
    }

    /// The smallest.
    pub fn min(&mut self, value: Value) -> u64 {
        self.range(value, 0).0
    }

    fn range(&mut self, value: Value, depth: u32) -> Range {
        if let Some(&range) = self.known.get(&value) {
            return range;
        }
        let top = match self.function.ty(value) {
            Type::I32 => u64::from(u32::MAX),
            _ => u64::MAX,
        };
        if depth == DEPTH {
            return (0, top);
        }
        // What a loop carries around is unknown while it is being worked out.
        self.known.insert(value, (0, top));
        let range = match self.function.def(value) {
            ValueDef::Result(inst) => {
                let instruction = *self.function.inst(inst);
                self.result(instruction, top, depth + 1).unwrap_or((0, top))
            }
            ValueDef::Param(..) => {
                let arguments = self.arguments.get(&value).cloned().unwrap_or_default();
                let ranges = arguments.into_iter().map(|a| self.range(a, depth + 1));
                ranges.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))).unwrap_or((0, top))
            }
        };
        self.known.insert(value, range);
        range
    }

    /// `None` where nothing is known, or where the result may wrap.
    fn result(&mut self, instruction: Instruction, top: u64, depth: u32) -> Option<Range> {
        let fits = |range: Range| (range.1 <= top).then_some(range);
        match instruction {
            Instruction::Const(_, number) => Some((number, number)),
            Instruction::Load { width, .. }
            | Instruction::Table { width, .. }
            | Instruction::Read(Place { width, .. }) => Some((0, Self::of_width(width))),
            Instruction::Meta(field) => match self.target?.field(field) {
                Some(FieldSource::Constant(number)) => Some((number.into(), number.into())),
                _ => None,
            },
            Instruction::Unary(UnaryOp::Bswap(width), _) => {
                self.target?.bounds_survive_bswap().then(|| (0, Self::of_width(width)))
            }
            Instruction::Unary(UnaryOp::Extend | UnaryOp::Truncate, a) => {
                fits(self.range(a, depth))
            }
            Instruction::Binary(op, a, b) => {
                let (a, b_range) = (self.range(a, depth), self.range(b, depth));
                Self::binary(op, a, b_range, self.function.constant(b), top).and_then(fits)
            }
            _ => None,
        }
    }

    fn binary(
        op: BinaryOp,
        (a_min, a_max): Range,
        (b_min, b_max): Range,
        constant: Option<u64>,
        top: u64,
    ) -> Option<Range> {
        let width = if top == u64::MAX { 64 } else { 32 };
        match op {
            BinaryOp::And => Some((0, a_max.min(b_max))),
            // Every bit up to the highest of either may be set.
            BinaryOp::Or | BinaryOp::Xor => {
                let max = u64::MAX.checked_shr((a_max | b_max).leading_zeros()).unwrap_or(0);
                Some((if op == BinaryOp::Or { a_min.max(b_min) } else { 0 }, max))
            }
            BinaryOp::Add => Some((a_min.checked_add(b_min)?, a_max.checked_add(b_max)?)),
            // The verifier gives up on larger factors.
            BinaryOp::Mul if a_max <= 0xffff && b_max <= 0xffff => {
                Some((a_min * b_min, a_max * b_max))
            }
            BinaryOp::Shl => {
                let factor = 1 << (constant? % width);
                Some((a_min.checked_mul(factor)?, a_max.checked_mul(factor)?))
            }
            BinaryOp::Shr => {
                let by = constant? % width;
                Some((a_min >> by, a_max >> by))
            }
            BinaryOp::Mul | BinaryOp::Sub | BinaryOp::Div | BinaryOp::Mod => None,
        }
    }

    const fn of_width(width: Width) -> u64 {
        u64::MAX >> (64 - 8 * width.bytes())
    }
}
