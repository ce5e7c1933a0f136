//! Numbers whose bytes the load has already reversed.
//!
//! `LD_ABS` and classic BPF give host order where the IR has the bytes as they lie in the packet.
//! Most of them are compared with constants, masked first perhaps, or reversed anyhow: then the
//! constant is reversed instead, at no cost. The rest are turned back.

use rustc_hash::FxHashMap;

use nbpfc_ir::{BinaryOp, Compare, Instruction, Terminator, UnaryOp, Value, ValueDef, Width};

use crate::plan::Plan;

/// In which forms a value is needed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Forms {
    /// As the IR has it.
    pub(crate) plain: bool,
    /// The other way round.
    pub(crate) reversed: bool,
}

/// The values that can be had reversed.
#[derive(Default)]
pub(crate) struct Reversed {
    /// How many bytes are reversed.
    widths: FxHashMap<Value, Width>,
    forms: FxHashMap<Value, Forms>,
}

/// The lowest bytes of a number in the other order; the rest of it is zero.
pub(crate) const fn swap(width: Width, number: u64) -> u64 {
    number.swap_bytes() >> (64 - 8 * width.bytes())
}

const fn fits(width: Width, number: u64) -> bool {
    number <= u64::MAX >> (64 - 8 * width.bytes())
}

impl Reversed {
    pub(crate) fn new(plan: &Plan<'_>) -> Self {
        let mut this = Self::default();
        for &block in &plan.blocks {
            for &inst in &plan.function.block(block).insts {
                let width = match *plan.function.inst(inst) {
                    Instruction::Load { width, .. } if width != Width::W1 => Some(width),
                    Instruction::Binary(op, a, b) => this.masked(plan, op, a, b),
                    _ => None,
                };
                if let Some(width) = width {
                    this.widths.insert(plan.function.result(inst), width);
                }
            }
        }
        for &block in plan.blocks.iter().rev() {
            this.needed_by_end(plan, plan.function.terminator(block));
            for &inst in plan.function.block(block).insts.iter().rev() {
                this.needed_by(plan, plan.function.result(inst), *plan.function.inst(inst));
            }
        }
        this
    }

    /// How many bytes of a value can be had reversed.
    pub(crate) fn width(&self, plan: &Plan<'_>, value: Value) -> Option<Width> {
        self.widths.get(&plan.resolve(value)).copied()
    }

    /// The width of a bitwise operation on a reversible value and a number.
    pub(crate) fn masked(
        &self,
        plan: &Plan<'_>,
        op: BinaryOp,
        a: Value,
        b: Value,
    ) -> Option<Width> {
        let bitwise = matches!(op, BinaryOp::And | BinaryOp::Or | BinaryOp::Xor);
        let number = plan.function.constant(plan.resolve(b)).filter(|_| bitwise)?;
        self.width(plan, a).filter(|width| fits(*width, number))
    }

    /// The width of a value that can be compared reversed with a number.
    pub(crate) fn compared(
        &self,
        plan: &Plan<'_>,
        compare: Compare,
        a: Value,
        number: u64,
    ) -> Option<Width> {
        let bitwise = matches!(compare, Compare::Eq | Compare::Ne | Compare::Set | Compare::Clear);
        self.width(plan, a).filter(|width| bitwise && fits(*width, number))
    }

    fn need(&mut self, plan: &Plan<'_>, value: Value, reversed: bool) {
        let forms = self.forms.entry(plan.resolve(value)).or_default();
        if reversed { forms.reversed = true } else { forms.plain = true }
    }

    fn needed_by(&mut self, plan: &Plan<'_>, result: Value, instruction: Instruction) {
        if !plan.is_live(result) {
            return;
        }
        match instruction {
            Instruction::Unary(UnaryOp::Bswap(width), a) => {
                let reversed = self.width(plan, a) == Some(width);
                self.need(plan, a, reversed);
            }
            Instruction::Binary(_, a, _) if self.widths.contains_key(&result) => {
                let forms = self.forms.get(&result).copied().unwrap_or_default();
                if forms.plain {
                    self.need(plan, a, false);
                }
                if forms.reversed {
                    self.need(plan, a, true);
                }
            }
            Instruction::Load { .. } => {}
            _ => instruction.operands().for_each(|operand| self.need(plan, operand, false)),
        }
    }

    fn needed_by_end(&mut self, plan: &Plan<'_>, end: &Terminator) {
        if let Terminator::Branch { compare, a, b, .. } = end {
            let number = |value: &Value| plan.function.constant(plan.resolve(*value));
            let reversed = match (number(a), number(b)) {
                (None, Some(number)) => self.compared(plan, *compare, *a, number).map(|_| *a),
                (Some(number), None) => self.compared(plan, *compare, *b, number).map(|_| *b),
                _ => None,
            };
            if let Some(value) = reversed {
                self.need(plan, value, true);
            } else {
                self.need(plan, *a, false);
                self.need(plan, *b, false);
            }
            for call in end.clone().calls_mut() {
                call.args.iter().for_each(|value| self.need(plan, *value, false));
            }
        } else {
            end.for_each_operand(|value| self.need(plan, value, false));
        }
        if let Terminator::Check { offset: Some(offset), .. } = end {
            self.need_offset(plan, *offset);
        }
    }

    /// An offset may have been taken apart; its parts are needed in its place.
    fn need_offset(&mut self, plan: &Plan<'_>, offset: Value) {
        let mut value = offset;
        while let ValueDef::Result(inst) = plan.function.def(value)
            && let Instruction::Binary(BinaryOp::Add, a, _) = *plan.function.inst(inst)
        {
            value = a;
            self.need(plan, value, false);
        }
    }

    /// In which forms a value is needed.
    pub(crate) fn forms(&self, value: Value) -> Forms {
        self.forms.get(&value).copied().unwrap_or_default()
    }
}
