//! Selection of looking up in constant tables.

use nbpfc_ir::{BinaryOp, Instruction, Table, Value, Width};
use nbpfc_isa::{AluOp, Bits};

use super::Selector;
use super::access::size;
use crate::ebpf::vcode::{Op, Operand, VReg};
use crate::error::Error;

/// Bytes of a table, all of which the verifier lets an index reach (`BPF_MAX_VAR_OFF`).
const LONGEST: usize = 1 << 29;

/// How far a record's number is moved up at most.
const MOVED: u64 = 8;

impl Selector<'_> {
    /// An element of a table. The index is cut to the table's length where the verifier would not
    /// know that it is inside.
    pub(super) fn table(
        &mut self,
        width: Width,
        table: Table,
        index: Value,
    ) -> Result<VReg, Error> {
        if !self.target.has_tables() {
            let span = self.builder.span;
            return Err(Error::Inexpressible { what: "constant tables before Linux 5.2", span });
        }
        let data = self.function.table(table);
        if data.bytes().len() > LONGEST {
            let span = self.builder.span;
            return Err(Error::Inexpressible { what: "a constant table that long", span });
        }
        let count = data.count(width);
        if self.constant(index).is_none()
            && let Some(found @ (record, by, element)) = self.record(index)
            && (u128::from(self.limits.max(record)) << by) + u128::from(element) < count.into()
        {
            return Ok(self.element(width, table, found));
        }
        let base = self.builder.def(|d| Op::Table { d, table });
        if let Some(index) = self.constant(index) {
            let offset = (index & (count - 1)) * u64::from(width.bytes());
            if let Ok(off) = i16::try_from(offset) {
                return Ok(self.builder.def(|d| Op::Load { size: size(width), d, base, off }));
            }
        }
        let inside = self.limits.max(index) < count;
        let mut offset = self.register(index);
        let alu = |op, number| (op, Operand::Imm(number));
        let cut = (!inside).then_some(alu(AluOp::And, (count - 1) as i32));
        let scaled =
            (width != Width::W1).then_some(alu(AluOp::Lsh, width.bytes().trailing_zeros() as i32));
        for (op, b) in cut.into_iter().chain(scaled) {
            let a = offset;
            offset = self.builder.def(|d| Op::Alu { bits: Bits::B64, op, d, a, b });
        }
        let b = Operand::Reg(offset);
        let place =
            self.builder.def(|d| Op::Alu { bits: Bits::B64, op: AluOp::Add, d, a: base, b });
        Ok(self.builder.def(|d| Op::Load { size: size(width), d, base: place, off: 0 }))
    }
    /// Of an index that numbers elements of records, whose lengths are powers of two: the record's
    /// number, how far that is moved up, and the element's number in it.
    fn record(&self, index: Value) -> Option<(Value, u32, u64)> {
        let binary = |value: Value, wanted: BinaryOp| match self.function.def_inst(value) {
            Some(&Instruction::Binary(op, a, b)) if op == wanted => Some((a, self.constant(b)?)),
            _ => None,
        };
        let index = self.plan.resolve(index);
        let (moved, element) = binary(index, BinaryOp::Or).unwrap_or((index, 0));
        let (record, by) = binary(self.plan.resolve(moved), BinaryOp::Shl)?;
        (by < MOVED && element < 1 << by).then_some((record, by as u32, element))
    }

    /// An element of a record, whose number the verifier knows to be small enough.
    fn element(
        &mut self,
        width: Width,
        table: Table,
        (record, by, element): (Value, u32, u64),
    ) -> VReg {
        let up = (by + width.bytes().trailing_zeros()) as i32;
        let record = self.plan.resolve(record);
        let known = self.records.get(&(table, record, up)).copied();
        let known = known.filter(|(home, _)| self.plan.dominators.dominates(*home, self.current));
        let place = known.map_or_else(|| self.place(table, record, up), |(_, place)| place);
        let off = (element * u64::from(width.bytes())) as i16;
        self.builder.def(|d| Op::Load { size: size(width), d, base: place, off })
    }

    /// Where a record lies.
    fn place(&mut self, table: Table, record: Value, up: i32) -> VReg {
        let base = self.builder.def(|d| Op::Table { d, table });
        let (a, b) = (self.register(record), Operand::Imm(up));
        let offset = self.builder.def(|d| Op::Alu { bits: Bits::B64, op: AluOp::Lsh, d, a, b });
        let (op, b) = (AluOp::Add, Operand::Reg(offset));
        let place = self.builder.def(|d| Op::Alu { bits: Bits::B64, op, d, a: base, b });
        self.records.insert((table, record, up), (self.current, place));
        place
    }
}
