//! `lock`: what is done while other processors have to wait.
//!
//! The kernel's verifier lets a program hold one lock, and call nothing while it does
//! (`process_spin_lock` and `check_helper_call` of its `kernel/bpf/verifier.c`).

use nbpfc_kernel::Helper;
use nbpfc_source::{Code, Span};
use nbpfc_syntax::ast;

use crate::body::{Scope, expr};
use crate::program::{Expr, ExprKind, StmtKind};
use crate::types::Type;

impl<'a> Scope<'_, 'a> {
    /// `lock place { … }`
    pub(crate) fn lock_stmt(
        &mut self,
        place: &'a ast::Expr,
        body: &'a ast::Block,
    ) -> Option<StmtKind> {
        let place = self.expr(place, None);
        let span = place.span;
        if place.ty.is_bottom() {
            return None;
        }
        let Some(place) = self.lock_at(place) else {
            let error = self.error(Code::WrongKind, span, "there is no lock at this place");
            self.report(error.help(
                "`lock v { … }` takes the lock of an element whose struct has a field of type `spin_lock`",
            ));
            return None;
        };
        if let Some(other) = self.held.lock {
            let error = self.error(Code::Held, span, "a program holds one lock at a time");
            self.report(error.related(other, "held since here").help("end the block before"));
        }
        self.available(&Helper::SPIN_LOCK, "lock", span);
        let before = self.held.lock.replace(span);
        let (block, ty) = self.block(body, None);
        self.held.lock = before;
        Some(StmtKind::Lock(place, self.no_value(block, &ty)))
    }

    /// The place of a lock: the one that is named, or that of the struct that is.
    fn lock_at(&self, place: Expr) -> Option<Expr> {
        let Type::Ref(inner) = &place.ty else { return None };
        match &**inner {
            Type::Lock => Some(place),
            Type::Struct(id) => {
                let fields = &self.checker.program.structs[*id].fields;
                let index = fields.iter().position(|field| field.ty == Type::Lock)?;
                let span = place.span;
                let kind = ExprKind::Part(Box::new(place), index as u32);
                Some(expr(kind, Type::Ref(Box::new(Type::Lock)), span))
            }
            _ => None,
        }
    }

    /// Reports what is not done while a lock is held.
    pub(crate) fn guarded(&mut self, value: &Expr) {
        if self.held.lock.is_none() {
            return;
        }
        let what = match &value.kind {
            ExprKind::Operate(..) | ExprKind::Obtain(..) => "nothing is done with maps",
            ExprKind::Try(inner) if matches!(inner.kind, ExprKind::Obtain(..)) => {
                "nothing is done with maps"
            }
            ExprKind::Ask(..) | ExprKind::Print(..) => "the kernel is asked nothing",
            ExprKind::Call(..) => "no function is called",
            ExprKind::GiveBack(..) => "nothing is given back",
            ExprKind::Value(_)
            | ExprKind::Local(_)
            | ExprKind::Map(_)
            | ExprKind::Var(_)
            | ExprKind::Part(..)
            | ExprKind::At(..)
            | ExprKind::Pick(..)
            | ExprKind::Deref(_)
            | ExprKind::Atomic(_)
            | ExprKind::Member(..)
            | ExprKind::Struct(_)
            | ExprKind::Try(_)
            | ExprKind::Present(_)
            | ExprKind::Negate(_)
            | ExprKind::Complement(_)
            | ExprKind::Not(_)
            | ExprKind::Binary(..)
            | ExprKind::Compare(..)
            | ExprKind::And(..)
            | ExprKind::Or(..)
            | ExprKind::In(..)
            | ExprKind::Between(..)
            | ExprKind::Convert(_)
            | ExprKind::If(..)
            | ExprKind::Match(..)
            | ExprKind::Block(_) => return,
            _ => "packets are not read",
        };
        self.not_locked(value.span, what);
    }

    /// Reports this, if a lock is held.
    pub(crate) fn not_locked(&mut self, span: Span, what: &str) {
        let Some(lock) = self.held.lock else { return };
        let error = self.error(Code::Held, span, format!("{what} while a lock is held"));
        let error = error.related(lock, "held since here");
        self.report(
            error
                .note("the kernel lets other processors wait for short work only")
                .help("do it before `lock`, and keep what comes of it in a variable"),
        );
    }
}
