//! Numbers whose bytes `LD_ABS` has already reversed.
//!
//! It gives host order where the IR has the bytes as they lie in the packet. Most of them are
//! compared with constants, masked first perhaps, or reversed anyhow: then the constant is
//! reversed instead, at no cost. The rest are turned back.

use std::collections::HashMap;

use nbpfc_ir::{BinaryOp, Compare, Instruction, Terminator, UnaryOp, Value, ValueDef, Width};

use super::Selector;
use super::arith::alu;
use crate::ebpf::plan::Plan;
use crate::ebpf::vcode::{Op, Operand, VReg};
use nbpfc_isa::Bits;

/// In which forms a value is needed.
#[derive(Clone, Copy, Debug, Default)]
struct Forms {
    /// As the IR has it.
    plain: bool,
    reversed: bool,
}

/// The values that can be had reversed.
#[derive(Default)]
pub(super) struct Reversed {
    /// How many bytes are reversed.
    widths: HashMap<Value, Width>,
    forms: HashMap<Value, Forms>,
    registers: HashMap<Value, VReg>,
}

/// The lowest bytes of a number in the other order; the rest of it is zero.
pub(super) const fn swap(width: Width, number: u64) -> u64 {
    number.swap_bytes() >> (64 - 8 * width.bytes())
}

const fn fits(width: Width, number: u64) -> bool {
    number <= u64::MAX >> (64 - 8 * width.bytes())
}

impl Reversed {
    pub(super) fn new(plan: &Plan<'_>) -> Self {
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

    fn width(&self, plan: &Plan<'_>, value: Value) -> Option<Width> {
        self.widths.get(&plan.resolve(value)).copied()
    }

    /// The width of a bitwise operation on a reversible value and a number.
    fn masked(&self, plan: &Plan<'_>, op: BinaryOp, a: Value, b: Value) -> Option<Width> {
        let bitwise = matches!(op, BinaryOp::And | BinaryOp::Or | BinaryOp::Xor);
        let number = plan.function.constant(plan.resolve(b)).filter(|_| bitwise)?;
        self.width(plan, a).filter(|width| fits(*width, number))
    }

    /// The width of a value that can be compared reversed with a number.
    fn compared(&self, plan: &Plan<'_>, compare: Compare, a: Value, number: u64) -> Option<Width> {
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

    /// The register that holds a value's bytes in the other order, if it was made.
    pub(super) fn register(&self, plan: &Plan<'_>, value: Value, width: Width) -> Option<VReg> {
        let value = plan.resolve(value);
        let same = self.widths.get(&value) == Some(&width);
        self.registers.get(&value).copied().filter(|_| same)
    }

    /// Says where a load's bytes are in the other order; whether they are needed plain too.
    pub(super) fn loaded(&mut self, value: Value, register: VReg) -> bool {
        self.registers.insert(value, register);
        self.forms.get(&value).is_some_and(|forms| forms.plain)
    }
}

impl Selector<'_> {
    /// The left side of a comparison with a number, if it is at hand reversed.
    pub(super) fn reversed_operand(
        &self,
        compare: Compare,
        a: Value,
        number: u64,
    ) -> Option<(VReg, Width)> {
        let width = self.reversed.compared(&self.plan, compare, a, number)?;
        Some((self.reversed.register(&self.plan, a, width)?, width))
    }

    /// Makes the reversed form of a bitwise operation where it is needed; whether the plain form
    /// is not.
    pub(super) fn reversed_binary(
        &mut self,
        value: Value,
        op: BinaryOp,
        a: Value,
        b: Value,
    ) -> bool {
        let forms = self.reversed.forms.get(&value).copied().unwrap_or_default();
        if let Some(width) = self.reversed.masked(&self.plan, op, a, b)
            && forms.reversed
            && let Some(a) = self.reversed.register(&self.plan, a, width)
            && let Some(number) = self.constant(b)
        {
            let number = swap(width, number);
            let (bits, b) = match (width, i32::try_from(number as i64)) {
                (Width::W8, Ok(imm)) => (Bits::B64, Operand::Imm(imm)),
                (Width::W8, Err(_)) => {
                    (Bits::B64, Operand::Reg(self.builder.def(|d| Op::Imm { d, number })))
                }
                _ => (Bits::B32, Operand::Imm(number as i32)),
            };
            let op = alu(op);
            let register = self.builder.def(|d| Op::Alu { bits, op, d, a, b });
            self.reversed.registers.insert(value, register);
            return !forms.plain;
        }
        false
    }
}
