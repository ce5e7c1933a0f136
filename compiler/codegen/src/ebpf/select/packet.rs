//! Selection of what changes the packet: stores, and making its bytes lie where `data` leads.

use nbpfc_ir::{Compare, Field, Value, Width};
use nbpfc_isa::Size;
use nbpfc_kernel::{FieldSource, Helper, ProgramType};

use super::Selector;
use super::access::{SCRATCH_AT, View, size};
use crate::ebpf::vcode::{End, Op, Operand, VReg};
use crate::error::Error;

impl Selector<'_> {
    /// Writes bytes of a view's window.
    pub(super) fn store(
        &mut self,
        width: Width,
        view: Value,
        displacement: u32,
        value: Value,
    ) -> Result<(), Error> {
        let Some(helper) = self.target.hook.store else {
            let hook = self.target.hook.name;
            return Err(Error::NoStore { hook, span: self.builder.span });
        };
        let Some(view) = self.views.get(&view).cloned() else {
            self.missing = true;
            return Ok(());
        };
        let value = self.operand(value);
        match view {
            View::Memory { base, disp } => {
                let (base, off) = self.near_view(base, disp, displacement);
                self.builder.op(Op::Store { size: size(width), base: Some(base), off, value });
                Ok(())
            }
            View::Stack { index, disp, .. } | View::Packet { index, disp } => {
                self.store_bytes(helper, width, index, disp.wrapping_add(displacement), value)
            }
        }
    }

    /// Has a helper write the bytes. They are there, so that it fails only if the kernel is out of
    /// memory to make them its own; then the packet stays as it is.
    fn store_bytes(
        &mut self,
        helper: &'static Helper,
        width: Width,
        index: Option<VReg>,
        disp: u32,
        value: Operand,
    ) -> Result<(), Error> {
        if !self.target.may_call(helper) {
            let (hook, helper) = (self.target.hook.name, helper.name);
            return Err(Error::NoHelper { hook, helper, span: self.builder.span });
        }
        self.scratch = true;
        self.builder.op(Op::Store { size: size(width), base: None, off: SCRATCH_AT, value });
        let number = |number: u32| move |d| Op::Imm { d, number: number.into() };
        let offset = match index {
            Some(index) => self.add(index, disp as i32),
            None => self.builder.def(number(disp)),
        };
        let from = self.builder.def(|d| Op::FrameAddress { d, off: SCRATCH_AT.into() });
        let (length, flags) =
            (self.builder.def(number(width.bytes())), self.builder.def(number(0)));
        let args = [self.context, offset, from, length, flags];
        let count = if self.target.hook.program_type == ProgramType::Xdp { 4 } else { 5 };
        self.builder.def(|d| Op::Call { helper: helper.id, d, args, count });
        Ok(())
    }

    /// `data` and `data_end` of a packet whose bytes, as many of them as are asked for anywhere,
    /// lie between the two if it has them. Where they do not, they are pulled there: it costs three
    /// instructions to see that they need not be.
    pub(super) fn pulled(&mut self) -> (VReg, VReg) {
        let asked = self.plan.asked.and_then(|asked| i32::try_from(asked).ok());
        let (data, end) = self.fresh_bounds();
        let span = self.span_of((data, end));
        let (join, there) = (self.builder.label(), self.builder.label());
        let bounds = (self.builder.param(join), self.builder.param(join));
        if let Some(asked) = asked {
            let short = self.builder.label();
            self.branch_to(span, Compare::Lt, Operand::Imm(asked), short, there);
            self.continue_in(short);
        }
        let (length, pull) = (self.length(), self.builder.label());
        self.branch_to(span, Compare::Lt, Operand::Reg(length), pull, there);
        self.continue_in(pull);
        let bytes = match asked {
            Some(asked) => self.smaller(length, asked),
            None => length,
        };
        let args = [self.context, bytes, bytes, bytes, bytes];
        self.builder.def(|d| Op::Call { helper: Helper::SKB_PULL_DATA.id, d, args, count: 2 });
        let (again, end_again) = self.fresh_bounds();
        self.builder.end(End::Jump(join, vec![again, end_again]));
        self.continue_in(there);
        self.builder.end(End::Jump(join, vec![data, end]));
        self.continue_in(join);
        bounds
    }

    /// The smaller of a register and a number that is not negative.
    fn smaller(&mut self, register: VReg, number: i32) -> VReg {
        let (above, not, join) = (self.builder.label(), self.builder.label(), self.builder.label());
        let smaller = self.builder.param(join);
        self.branch_to(register, Compare::Gt, Operand::Imm(number), above, not);
        self.continue_in(not);
        self.builder.end(End::Jump(join, vec![register]));
        self.continue_in(above);
        let number = self.builder.def(|d| Op::Imm { d, number: number as u64 });
        self.builder.end(End::Jump(join, vec![number]));
        self.continue_in(join);
        smaller
    }

    /// The packet's length, as the context of an skb tells it.
    fn length(&mut self) -> VReg {
        let off = match self.target.field(Field::Length) {
            Some(FieldSource::Context(off)) => off as i16,
            _ => 0,
        };
        let base = self.context;
        self.builder.def(|d| Op::Load { size: Size::W, d, base, off })
    }
}
