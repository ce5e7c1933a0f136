//! Memory that other programs see: elements of maps, global variables; what is done with them.

use nbpfc_kernel::ATOMICS_SINCE;
use nbpfc_source::{Code, Span};
use nbpfc_syntax::ast::{self, AssignOp};

use crate::body::{Context, Scope, error, expr};
use crate::checker::{ItemRef, Resolved};
use crate::operator::binary_op;
use crate::program::{Atomic, AtomicOp, Expr, ExprKind, StmtKind};
use crate::types::Type;

impl<'a> Scope<'_, 'a> {
    /// A map or a global variable.
    pub(crate) fn shared(&mut self, item: ItemRef, span: Span) -> Expr {
        if matches!(self.context, Context::Constant | Context::Header(_)) {
            let message = "only the running program has this";
            let error = self.error(Code::NotConstant, span, message);
            return self.wrong(error.help("use literals, `const`s and arithmetic on them"));
        }
        match self.checker.resolved(item) {
            Some(Resolved::Map(map)) => expr(ExprKind::Map(map), Type::Map(map), span),
            Some(Resolved::Var(var)) => {
                let data = &self.checker.program.vars[var];
                let (ty, constant) = (data.ty.clone(), data.constant);
                let place = expr(ExprKind::Var(var), Type::Ref(Box::new(ty)), span);
                let set = self.context == Context::Test;
                if constant && !set { Self::deref(place) } else { place }
            }
            _ => error(span),
        }
    }

    /// What lies at a place, where it is a place of something that is used as a whole.
    pub(crate) fn read(value: Expr) -> Expr {
        match &value.ty {
            Type::Ref(inner) | Type::Record(inner)
                if !matches!(**inner, Type::Struct(_) | Type::Array(..)) =>
            {
                Self::deref(value)
            }
            _ => value,
        }
    }

    /// What lies at a place of a map or of a global variable, whatever it is; records stay where they are.
    pub(crate) fn copied(value: Expr) -> Expr {
        match &value.ty {
            Type::Ref(inner) if **inner != Type::Lock => Self::deref(value),
            _ => Self::read(value),
        }
    }

    /// What lies at a place.
    pub(crate) fn deref(place: Expr) -> Expr {
        let Some(inner) = place.ty.place() else { return place };
        let (ty, span) = (inner.clone(), place.span);
        expr(ExprKind::Deref(Box::new(place)), ty, span)
    }

    /// `place = value;`, `place += value;`
    pub(crate) fn store(
        &mut self,
        place: Expr,
        ty: &Type,
        op: AssignOp,
        value: Expr,
        span: Span,
    ) -> Option<StmtKind> {
        let AssignOp::Compute(op) = op else {
            let value = self.coerce(value, ty);
            return Some(StmtKind::Store(place, None, value));
        };
        if !matches!((ty, &value.ty), (Type::Int(_), Type::Int(_))) {
            let error = self.mismatch(&value, ty);
            self.report(error);
            return None;
        }
        let old = Self::deref(place.clone());
        let computed = self.compute(binary_op(op)?, old, value, span);
        let Type::Int(int) = computed.ty else { return None };
        match computed.kind {
            ExprKind::Binary(op, _, value) => Some(StmtKind::Store(place, Some((op, int)), *value)),
            _ => None,
        }
    }

    /// `atomic place op= value`
    pub(crate) fn atomic(
        &mut self,
        target: &'a ast::Expr,
        op: AssignOp,
        value: &'a ast::Expr,
        expected: Option<&'a ast::Expr>,
        span: Span,
    ) -> Expr {
        let target = self.inside(target, None);
        if target.ty.is_bottom() {
            return error(span);
        }
        let Type::Ref(inner) = &target.ty else {
            let message = "only what other programs see is changed atomically";
            let error = self.error(Code::WrongKind, target.span, message);
            return self.wrong(error.help("elements of maps and global variables are"));
        };
        let ty = (**inner).clone();
        if !matches!(&ty, Type::Int(int) if matches!(int.bits, 32 | 64)) {
            let name = self.type_name(&ty);
            let message = format!("{name} is not changed atomically");
            let error = self.error(Code::TypeMismatch, target.span, message);
            return self.wrong(error.help("numbers of 32 and 64 bits are"));
        }
        let value = self.operand(value, Some(&ty));
        let value = self.coerce(value, &ty);
        let expected = expected.map(|expected| {
            let expected = self.operand(expected, Some(&ty));
            self.coerce(expected, &ty)
        });
        let op = match (op, expected) {
            (AssignOp::Set, Some(expected)) => AtomicOp::CompareExchange(expected),
            (AssignOp::Set, None) => AtomicOp::Exchange,
            (AssignOp::Compute(ast::BinaryOp::Add), None) => AtomicOp::Add,
            (AssignOp::Compute(ast::BinaryOp::Sub), None) => AtomicOp::Sub,
            (AssignOp::Compute(ast::BinaryOp::BitAnd), None) => AtomicOp::And,
            (AssignOp::Compute(ast::BinaryOp::BitOr), None) => AtomicOp::Or,
            (AssignOp::Compute(ast::BinaryOp::BitXor), None) => AtomicOp::Xor,
            _ => {
                let error = self.error(Code::WrongKind, span, "this is not done atomically");
                return self.wrong(
                    error.help("`=`, `+=`, `-=`, `&=`, `|=`, `^=` are, and `= value if expected`"),
                );
            }
        };
        let atomic = Atomic { target, op, value, fetch: true };
        expr(ExprKind::Atomic(Box::new(atomic)), ty, span)
    }

    /// Reports an atomic change that the target does not have.
    pub(crate) fn check_atomic(&mut self, value: &Expr) {
        let ExprKind::Atomic(atomic) = &value.kind else { return };
        let adds = matches!(atomic.op, AtomicOp::Add | AtomicOp::Sub) && !atomic.fetch;
        let kernel = self.checker.options.kernel;
        if adds || kernel >= ATOMICS_SINCE {
            return;
        }
        let message = format!("this needs Linux {ATOMICS_SINCE}, and the target is {kernel}");
        let error = self.error(Code::NotOnTarget, value.span, message);
        self.report(error.help(format!(
            "compile with `--kernel {ATOMICS_SINCE}`; `+=` and `-=` whose value is not used are older"
        )));
    }
}
