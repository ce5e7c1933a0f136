//! Assignments to what is known of a packet beside its bytes: members of the context.

use nbpfc_kernel::{ContextField, HOOKS, Hook as Row, Known};
use nbpfc_source::{Code, Span};
use nbpfc_syntax::ast::AssignOp;

use crate::body::Scope;
use crate::constant::number;
use crate::program::{Expr, ExprKind, StmtKind};
use crate::types::Type;

/// The member of the context that is assigned, and which of its elements.
pub(crate) fn of_context(target: &Expr) -> Option<(&'static ContextField, u32)> {
    match &target.kind {
        ExprKind::OfContext(row) => Some((row, 0)),
        ExprKind::Member(base, element) => Some((of_context(base)?.0, *element)),
        ExprKind::Pick(base, index) => Some((of_context(base)?.0, number(index)?.try_into().ok()?)),
        _ => None,
    }
}

impl Scope<'_, '_> {
    /// `pkt.field = value;`, where `old` is what the field was before.
    pub(crate) fn assign_member(
        &mut self,
        old: &Expr,
        (row, element): (&'static ContextField, u32),
        (op, value): (AssignOp, Expr),
        span: Span,
    ) -> Option<StmtKind> {
        if !self.may_set(old, row) {
            return None;
        }
        let value = self.assigned(old, op, value, span)?;
        Some(StmtKind::Set(row, element as u8, value))
    }

    fn may_set(&mut self, target: &Expr, row: &'static ContextField) -> bool {
        let Some(hook) = self.hook() else { return true };
        let hook = &self.checker.program.hooks[hook];
        let mutable =
            hook.fields.iter().any(|field| field.row == Known::Member(row) && field.mutable);
        let writes = |hook: &Row| row.written.contains(&hook.program_type);
        let error = if !mutable {
            let error = self.error(Code::ReadOnly, target.span, "this cannot be assigned");
            error.label("known of the packet, not part of it")
        } else if !writes(hook.row) {
            let message = format!("programs on {} only read this", hook.name);
            let others: Vec<_> =
                HOOKS.iter().filter(|hook| writes(hook)).map(|hook| hook.name).collect();
            let error = self.error(Code::ReadOnly, target.span, message);
            error.help(format!("it is assigned on {}", others.join(", ")))
        } else if matches!(target.ty, Type::Array(..)) {
            let error =
                self.error(Code::ReadOnly, target.span, "an array is not assigned as a whole");
            error.help("assign its elements: `pkt.cb[0] = value;`")
        } else {
            return true;
        };
        self.report(error);
        false
    }
}
