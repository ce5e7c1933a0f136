//! Assignments to fields of headers.

use nbpfc_source::{Code, Span};
use nbpfc_syntax::ast::{self, AssignOp};

use crate::body::{Scope, expr};
use crate::program::{Block, Condition, Expr, ExprKind, Hook, Local, Stmt, StmtKind, Write};
use crate::types::{HeaderId, Type};

impl<'a> Scope<'_, 'a> {
    /// `header.field = value;`, where `old` is what the field was before.
    pub(crate) fn write(
        &mut self,
        field: &Expr,
        old: &Expr,
        (op, value): (AssignOp, Expr),
        span: Span,
    ) -> Option<StmtKind> {
        let ExprKind::Field(base, header, index) = field.kind.clone() else { return None };
        self.not_locked(span, "packets are not written");
        if !self.may_write(field, header, index) {
            return None;
        }
        let value = self.assigned(old, op, value, span)?;
        Some(StmtKind::Write(Box::new(Write { base: *base, header, field: index, value })))
    }

    /// `header.field? = value;` and `header.field = value else { … };` of a field that may be missing:
    /// whether it is there is asked before the value.
    pub(crate) fn write_if_there(
        &mut self,
        target: Expr,
        (op, value): (AssignOp, &'a ast::Expr),
        otherwise: Option<&'a ast::Block>,
        span: Span,
    ) -> Option<StmtKind> {
        let (field, leaves) = match target.kind {
            ExprKind::Try(field) => (*field, true),
            _ => (target, false),
        };
        let Type::Optional(ty) = field.ty.clone() else { return None };
        if let Type::Array(..) = *ty {
            // No place: says so.
            self.place_of(&field)?;
        }
        let (field, mut statements) = self.once(field);
        let local = Local { name: "old".to_owned(), ty: *ty, mutable: false, span: field.span };
        let old = expr(ExprKind::Local(self.body.locals.next_key()), local.ty.clone(), field.span);
        let local = self.body.locals.push(local);
        let kind = match otherwise {
            None if !leaves => {
                let message = "this field may be missing, which is not decided about";
                let error = self.error(Code::AbsentValue, field.span, message);
                self.report(error.help(
                    "`….field? = value;` leaves with the verdict of `otherwise`; `….field = value else { … };` decides here",
                ));
                return None;
            }
            None => {
                let tried =
                    expr(ExprKind::Try(Box::new(field.clone())), old.ty.clone(), field.span);
                let kind = StmtKind::Let(local, tried, None);
                statements.push(Stmt { kind, span: field.span });
                let value = self.operand(value, Some(&old.ty));
                self.write(&field, &old, (op, value), span)?
            }
            Some(otherwise) => {
                if leaves {
                    self.never_missing(otherwise.span);
                }
                let mut ways = self.ways();
                let value = self.operand(value, Some(&old.ty));
                let write = self.write(&field, &old, (op, value), span);
                self.way(&mut ways, &Type::Unit);
                let (mut block, ends) = self.block(otherwise, None);
                block = self.no_value(block, &ends);
                self.way(&mut ways, &ends);
                let mut releases = self.meet(ways).into_iter();
                let then = Block {
                    statements: vec![Stmt { kind: write?, span }],
                    releases: releases.next().unwrap_or_default(),
                    ..Block::default()
                };
                block.releases.extend(releases.next().unwrap_or_default());
                let asked = Box::new(Condition::Let(local, field));
                let choice = ExprKind::If(asked, then, Some(block));
                StmtKind::Expr(expr(choice, Type::Unit, span))
            }
        };
        statements.push(Stmt { kind, span });
        let block = Block { statements, ..Block::default() };
        Some(StmtKind::Expr(expr(ExprKind::Block(block), Type::Unit, span)))
    }

    /// Reports an `else` of what is never missing.
    pub(crate) fn never_missing(&mut self, otherwise: Span) {
        let message = "what is assigned here is never missing";
        let error = self.error(Code::NeverAbsent, otherwise, message);
        self.report(
            error.help("leave it out; whether a value is there, `let x = … else { … };` decides"),
        );
    }

    fn may_write(&mut self, target: &Expr, header: HeaderId, field: u32) -> bool {
        if let Some(hook) = self.hook()
            && let Some(error) = self.checker.program.hooks[hook].not_written()
        {
            let error = self.error(Code::NotOnTarget, target.span, error);
            self.report(error.help(Hook::WRITTEN));
            return false;
        }
        self.checker.link();
        if self.checker.program.measures(header, field) {
            let message = "this field says how long the header is, which stays as it is";
            let error = self.error(Code::ReadOnly, target.span, message);
            self.report(error.help("assign the other fields"));
            return false;
        }
        true
    }
}

/// Whether what is assigned is a field of a header that may be missing, with `?` or without.
pub(crate) fn may_be_missing(target: &Expr) -> bool {
    match &target.kind {
        ExprKind::Try(field) => matches!(field.kind, ExprKind::Field(..)),
        ExprKind::Field(..) => matches!(target.ty, Type::Optional(_)),
        _ => false,
    }
}

impl Hook {
    /// What helps who assigns fields where programs do not write packets.
    pub const WRITTEN: &str = "programs on xdp, tc and lwt.xmit do";

    /// Why programs do not assign fields of packets, if they do not.
    pub fn not_written(&self) -> Option<String> {
        let message = || format!("programs on {} do not write packets", self.name);
        self.row.store.is_none().then(message)
    }
}
