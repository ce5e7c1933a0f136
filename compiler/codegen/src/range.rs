//! How large the target's verifier takes a number to be.
//!
//! The verifier follows each path on its own, so a block's parameter is as large as the largest
//! of its arguments. What it forgets (division; byte swaps on older kernels) is unknown here too:
//! a bound that only the compiler knows does not make a program loadable.

use std::collections::HashMap;

use nbpfc_ir::{BinaryOp, Function, Instruction, Type, UnaryOp, Value, ValueDef, Width};
use nbpfc_kernel::{FieldSource, Target};

/// How deep definitions are followed; what lies deeper counts as unknown.
const DEPTH: u32 = 32;

/// Largest values, computed as they are asked for.
pub(crate) struct Ranges<'a> {
    function: &'a Function,
    target: &'a Target,
    arguments: HashMap<Value, Vec<Value>>,
    known: HashMap<Value, u64>,
}

impl<'a> Ranges<'a> {
    pub(crate) fn new(function: &'a Function, target: &'a Target) -> Self {
        let mut arguments: HashMap<Value, Vec<Value>> = HashMap::new();
        for &block in &function.layout {
            let mut end = function.terminator(block).clone();
            // An edge without a block call, a check's `ok`, carries a view and no number.
            for call in end.calls_mut() {
                for (&param, &arg) in function.block(call.block).params.iter().zip(&call.args) {
                    arguments.entry(param).or_default().push(arg);
                }
            }
        }
        Self { function, target, arguments, known: HashMap::new() }
    }

    /// The largest that the verifier thinks a number can be, as an unsigned 64-bit register.
    pub(crate) fn max(&mut self, value: Value) -> u64 {
        self.bound(value, 0)
    }

    fn bound(&mut self, value: Value, depth: u32) -> u64 {
        if let Some(&max) = self.known.get(&value) {
            return max;
        }
        let top = match self.function.ty(value) {
            Type::I32 => u64::from(u32::MAX),
            Type::I64 | Type::View => u64::MAX,
        };
        if depth == DEPTH {
            return top;
        }
        // What a loop carries around is unknown while it is being worked out.
        self.known.insert(value, top);
        let max = match self.function.def(value) {
            ValueDef::Result(inst) => {
                self.result(*self.function.inst(inst), top, depth + 1).unwrap_or(top)
            }
            ValueDef::Param(..) => {
                let arguments = self.arguments.get(&value).cloned().unwrap_or_default();
                arguments.into_iter().map(|a| self.bound(a, depth + 1)).max().unwrap_or(top)
            }
        };
        self.known.insert(value, max);
        max
    }

    /// `None` where nothing is known, or where the result may wrap.
    fn result(&mut self, instruction: Instruction, top: u64, depth: u32) -> Option<u64> {
        let fits = |max: u64| (max <= top).then_some(max);
        match instruction {
            Instruction::Const(_, number) => Some(number),
            Instruction::Load { width, .. } | Instruction::Table { width, .. } => {
                Some(Self::of_width(width))
            }
            Instruction::Meta(field) => match self.target.field(field) {
                Some(FieldSource::Constant(number)) => Some(u64::from(number)),
                _ => None,
            },
            Instruction::Unary(UnaryOp::Bswap(width), _) => {
                self.target.bounds_survive_bswap().then(|| Self::of_width(width))
            }
            Instruction::Unary(UnaryOp::Neg, _) => None,
            Instruction::Unary(UnaryOp::Extend | UnaryOp::Truncate, a) => {
                fits(self.bound(a, depth))
            }
            Instruction::Binary(op, a, b) => {
                let (a_max, b_max) = (self.bound(a, depth), self.bound(b, depth));
                let constant = self.function.constant(b);
                let width = if top == u64::MAX { 64 } else { 32 };
                match op {
                    BinaryOp::And => Some(a_max.min(b_max)),
                    // Every bit up to the highest of either may be set.
                    BinaryOp::Or | BinaryOp::Xor => {
                        Some(u64::MAX.checked_shr((a_max | b_max).leading_zeros()).unwrap_or(0))
                    }
                    BinaryOp::Add => a_max.checked_add(b_max).and_then(fits),
                    // The verifier gives up on larger factors.
                    BinaryOp::Mul if a_max <= 0xffff && b_max <= 0xffff => fits(a_max * b_max),
                    BinaryOp::Shl => {
                        let by = constant? % width;
                        a_max.checked_mul(1 << by).and_then(fits)
                    }
                    BinaryOp::Shr => Some(a_max >> (constant? % width)),
                    BinaryOp::Mul | BinaryOp::Sub | BinaryOp::Div | BinaryOp::Mod => None,
                }
            }
        }
    }

    const fn of_width(width: Width) -> u64 {
        u64::MAX >> (64 - 8 * width.bytes())
    }
}
