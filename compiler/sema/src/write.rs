//! Assignments to fields of headers.

use nbpfc_kernel::{Helper, ProgramType};
use nbpfc_source::{Code, Span};
use nbpfc_syntax::ast::AssignOp;

use crate::body::{Context, Scope};
use crate::operator::binary_op;
use crate::program::{Expr, ExprKind, StmtKind, Write};
use crate::types::{HeaderId, Type};

impl Scope<'_, '_> {
    /// Whether a value is a header that `pkt.NAME` found, not one from the inside of a tunnel.
    pub(crate) fn is_of_packet(&self, value: &Expr) -> bool {
        match &value.kind {
            ExprKind::Find(base, _) => matches!(base.ty, Type::Packet(_)),
            ExprKind::Try(inner) => self.is_of_packet(inner),
            ExprKind::Local(local) => self.packet_headers.contains(local),
            _ => false,
        }
    }

    /// `header.field = value;`; the target is a field.
    pub(crate) fn write(
        &mut self,
        target: &Expr,
        op: AssignOp,
        value: Expr,
        span: Span,
    ) -> Option<StmtKind> {
        let ExprKind::Field(base, header, field) = target.kind.clone() else { return None };
        if !self.may_write(target, &base, header, field) {
            return None;
        }
        let value = match op {
            AssignOp::Set => value,
            AssignOp::Compute(op) => {
                if !matches!((&target.ty, &value.ty), (Type::Int(_), Type::Int(_))) {
                    let error = self.mismatch(&value, &target.ty);
                    self.report(error);
                    return None;
                }
                let ty = target.ty.clone();
                let computed = self.compute(binary_op(op)?, target.clone(), value, span);
                Self::convert(computed, ty)
            }
        };
        let value = self.coerce(value, &target.ty);
        self.checker.link();
        let program = &self.checker.program;
        let decides = program.decides(header, field);
        let covers = program.covers(header, field);
        let Some(covers) = covers else {
            self.not_yet(target.span, "assigning a field whose checksum has it elsewhere");
            return None;
        };
        let transport = covers.iter().any(|cover| {
            let checksum = &program.headers[cover.header].checksums[cover.checksum];
            !cover.own || checksum.of_pseudo
        });
        if let Context::Program { hook, .. } = self.context {
            let hook = &self.checker.program.hooks[hook];
            let program_type = hook.row.program_type;
            // Of packets that are sent, the network card may have the checksum still to do.
            let replaces = Helper::L4_CSUM_REPLACE.programs.contains(&program_type);
            if transport && program_type != ProgramType::Xdp && !replaces {
                let what = format!("assigning what a transport checksum covers on {}", hook.name);
                self.not_yet(target.span, &what);
                return None;
            }
        }
        Some(StmtKind::Write(Box::new(Write {
            base: *base,
            header,
            field,
            value,
            covers,
            decides,
        })))
    }

    fn may_write(&mut self, target: &Expr, base: &Expr, header: HeaderId, field: u32) -> bool {
        let Context::Program { hook, .. } = self.context else {
            self.not_yet(target.span, "assigning a header's field in a function");
            return false;
        };
        let hook = &self.checker.program.hooks[hook];
        if hook.row.store.is_none() {
            let message = format!("programs on {} do not write packets", hook.name);
            let error = self.error(Code::NotOnTarget, target.span, message);
            self.report(error.help("programs on xdp and tc do"));
            return false;
        }
        if !self.is_of_packet(base) {
            self.not_yet(target.span, "assigning a header that is not found by `pkt.NAME`");
            return false;
        }
        self.checker.link();
        let data = &self.checker.program.headers[header];
        let info = &data.fields[field as usize];
        if info.condition.is_some() {
            self.not_yet(target.span, "assigning a field that may be missing");
            return false;
        }
        let bits = info.ty.wire_bits().unwrap_or(0);
        let (first, end) = (info.offset / 8, (info.offset + bits).div_ceil(8));
        let aligned = info.offset.is_multiple_of(8) && bits.is_multiple_of(8);
        let one_load = (end - first).next_power_of_two() <= data.fixed.min(8);
        if end.next_multiple_of(2) > data.fixed || !(aligned || one_load) {
            self.not_yet(target.span, "assigning a field at such a place");
            return false;
        }
        if self.checker.program.measures(header, field) {
            let message = "this field says how long the header is, which stays as it is";
            let error = self.error(Code::ReadOnly, target.span, message);
            self.report(error.help("assign the other fields"));
            return false;
        }
        true
    }
}
