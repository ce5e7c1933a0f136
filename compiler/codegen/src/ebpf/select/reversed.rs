//! Selection where `LD_ABS` has reversed the bytes of numbers.

use nbpfc_ir::{BinaryOp, Compare, Value, Width};
use nbpfc_isa::Bits;

use super::Selector;
use super::arith::alu;
use crate::ebpf::vcode::{Op, Operand, VReg};
use crate::reversed::swap;

impl Selector<'_> {
    /// The register that holds a value's bytes in the other order, if it was made.
    pub(super) fn reversed_register(&self, value: Value, width: Width) -> Option<VReg> {
        let same = self.reversed.width(&self.plan, value) == Some(width);
        self.reversed_values.get(&self.plan.resolve(value)).copied().filter(|_| same)
    }

    /// The left side of a comparison with a number, if it is at hand reversed.
    pub(super) fn reversed_operand(
        &self,
        compare: Compare,
        a: Value,
        number: u64,
    ) -> Option<(VReg, Width)> {
        let width = self.reversed.compared(&self.plan, compare, a, number)?;
        Some((self.reversed_register(a, width)?, width))
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
        let forms = self.reversed.forms(value);
        if let Some(width) = self.reversed.masked(&self.plan, op, a, b)
            && forms.reversed
            && let Some(a) = self.reversed_register(a, width)
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
            self.reversed_values.insert(value, register);
            return !forms.plain;
        }
        false
    }
}
