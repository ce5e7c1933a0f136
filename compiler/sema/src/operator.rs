//! Operators: which types they take, and what they give.

use nbpfc_source::{Code, Span};
use nbpfc_syntax::ast::{self, UnaryOp};

use crate::body::{Context, Scope, error, expr};
use crate::constant::{fold, number};
use crate::program::{BinaryOp, CompareOp, Expr, ExprKind};
use crate::types::{Int, Type};
use crate::value::Value;

impl<'a> Scope<'_, 'a> {
    /// `op operand`
    pub(crate) fn unary(
        &mut self,
        op: UnaryOp,
        operand: &'a ast::Expr,
        want: Option<&Type>,
        span: Span,
    ) -> Expr {
        let wanted = if op == UnaryOp::Not { Some(&Type::Bool) } else { None };
        let literal = matches!(operand.kind, ast::ExprKind::Literal(_));
        let operand = self.operand(operand, wanted);
        if operand.ty.is_bottom() {
            return error(span);
        }
        match (op, &operand.ty) {
            (UnaryOp::Not, _) => {
                let operand = self.coerce(operand, &Type::Bool);
                fold(expr(ExprKind::Not(Box::new(operand)), Type::Bool, span))
            }
            (UnaryOp::Neg, Type::Int(_)) if let (true, Some(n)) = (literal, number(&operand)) => {
                let wanted = match want {
                    Some(Type::Int(int)) if int.holds(-n) => Some(*int),
                    _ => crate::value::literal_type(-n),
                };
                let Some(int) = wanted else {
                    let error =
                        self.error(Code::BadValue, span, "this number has more than 64 bits");
                    return self.wrong(error);
                };
                expr(ExprKind::Value(Value::Int(-n)), Type::Int(int), span)
            }
            (UnaryOp::Neg | UnaryOp::Complement, Type::Int(int)) => {
                let ty = Type::Int(int.promoted());
                let operand = Box::new(self.coerce(operand, &ty));
                fold(match op {
                    UnaryOp::Neg => expr(ExprKind::Negate(operand), ty, span),
                    _ => expr(ExprKind::Complement(operand), ty, span),
                })
            }
            _ => {
                let error = self.no_number(&operand);
                self.wrong(error)
            }
        }
    }

    fn no_number(&self, operand: &Expr) -> nbpfc_source::Diagnostic {
        if let Type::Optional(_) = operand.ty {
            return self.absent(operand, "may be absent, so nothing can be computed with it");
        }
        let name = self.type_name(&operand.ty);
        let message = format!("{name} has no arithmetic");
        let error = self.error(Code::TypeMismatch, operand.span, message);
        let error = error.label(format!("this is {name}"));
        match operand.ty {
            Type::Ipv4Addr => error.help("`u32(…)` gives it as a number"),
            Type::Bool => error.help("use `&&`, `||` and `!`"),
            _ => error,
        }
    }

    /// `left op right`; the wanted type helps numbers to theirs.
    pub(crate) fn binary(
        &mut self,
        op: ast::BinaryOp,
        left: &'a ast::Expr,
        right: &'a ast::Expr,
        want: Option<&Type>,
        span: Span,
    ) -> Expr {
        match op {
            ast::BinaryOp::And | ast::BinaryOp::Or => return self.logic(op, left, right, span),
            _ => {}
        }
        let compares = compare_op(op).is_some();
        // What is computed for a wide number is computed wide.
        let wide = want.filter(|want| !compares && is_wide(want));
        let left = self.operand(left, wide);
        // A name on the right may be a variant of the left operand's enum, or a verdict of its hook.
        let want = if compares { Some(&left.ty) } else { wide };
        let has = |ty: &&Type| matches!(ty, Type::Enum(_) | Type::Int(_) | Type::Verdict(_));
        let want = want.filter(has).cloned();
        let right = self.operand(right, want.as_ref());
        if left.ty.is_bottom() || right.ty.is_bottom() {
            return error(span);
        }
        match compare_op(op) {
            Some(op) => self.compare(op, left, right, span),
            None => self.arithmetic(op, left, right, span),
        }
    }

    fn logic(
        &mut self,
        op: ast::BinaryOp,
        left: &'a ast::Expr,
        right: &'a ast::Expr,
        span: Span,
    ) -> Expr {
        let left = self.operand(left, Some(&Type::Bool));
        let left = self.coerce(left, &Type::Bool);
        let right = self.operand(right, Some(&Type::Bool));
        let right = self.coerce(right, &Type::Bool);
        if left.ty.is_bottom() || right.ty.is_bottom() {
            return error(span);
        }
        let (left, right) = (Box::new(left), Box::new(right));
        fold(match op {
            ast::BinaryOp::And => expr(ExprKind::And(left, right), Type::Bool, span),
            _ => expr(ExprKind::Or(left, right), Type::Bool, span),
        })
    }

    fn arithmetic(&mut self, op: ast::BinaryOp, left: Expr, right: Expr, span: Span) -> Expr {
        for operand in [&left, &right] {
            if !matches!(operand.ty, Type::Int(_)) {
                let error = self.no_number(operand);
                return self.wrong(error);
            }
        }
        let Some(op) = binary_op(op) else { return error(span) };
        self.compute(op, left, right, span)
    }

    /// Arithmetic on two numbers.
    pub(crate) fn compute(&mut self, op: BinaryOp, left: Expr, right: Expr, span: Span) -> Expr {
        if let (BinaryOp::Shl | BinaryOp::Shr, Type::Int(int)) = (op, &left.ty) {
            return self.shift(op, *int, left, right, span);
        }
        let Some((left, right, int)) = self.unify_ints(left, right, true) else {
            return error(span);
        };
        if let (BinaryOp::Div | BinaryOp::Rem, Some(0)) = (op, number(&right)) {
            let error = self.error(Code::BadValue, span, "this divides by zero");
            return self.wrong(
                error
                    .note("where the divisor is only known at run time, `x / 0` is 0 and `x % 0` is x")
                    .help("divide by another number"),
            );
        }
        let kind = ExprKind::Binary(op, Box::new(left), Box::new(right));
        fold(expr(kind, Type::Int(int), span))
    }

    /// The left operand decides the type.
    fn shift(&mut self, op: BinaryOp, int: Int, left: Expr, right: Expr, span: Span) -> Expr {
        let int = int.promoted();
        if let Some(count) = number(&right)
            && !(0..i128::from(int.bits)).contains(&count)
        {
            let name = self.type_name(&Type::Int(int));
            let message = format!("a {name} cannot be shifted by {count}");
            let error = self.error(Code::BadValue, right.span, message);
            let most = int.bits - 1;
            return self
                .wrong(error.help(format!("shift by 0 to {most}, or convert to a wider type")));
        }
        let left = self.coerce(left, &Type::Int(int));
        let right = Self::convert(right, Type::Int(int));
        let kind = ExprKind::Binary(op, Box::new(left), Box::new(right));
        fold(expr(kind, Type::Int(int), span))
    }

    fn compare(&mut self, op: CompareOp, left: Expr, right: Expr, span: Span) -> Expr {
        let ordered = !matches!(op, CompareOp::Eq | CompareOp::Ne);
        let in_test = self.context == Context::Test;
        let (left, right) =
            if in_test { (Self::deref(left), Self::deref(right)) } else { (left, right) };
        if matches!(left.ty, Type::Bytes(_)) || matches!(right.ty, Type::Bytes(_)) {
            return self.compare_bytes(op, left, right, span);
        }
        if let (Type::Int(int), Some(number)) = (&left.ty, number(&right))
            && !int.holds(number)
        {
            let (name, int) = (self.type_name(&left.ty), *int);
            let message = format!("no {name} is {number}, so this is always the same");
            let error = self.error(Code::BadValue, span, message);
            return self.wrong(
                error
                    .related(left.span, format!("from {} to {}", int.min(), int.max()))
                    .help("compare with a number that the left side can be"),
            );
        }
        let (left, right) = match (&left.ty, &right.ty) {
            (Type::Optional(_), _) | (_, Type::Optional(_)) => {
                let operand = if matches!(left.ty, Type::Optional(_)) { &left } else { &right };
                let error = self.absent(operand, "may be absent, so it cannot be compared");
                return self.wrong(error);
            }
            (Type::Int(_), Type::Int(_)) => match self.unify_ints(left, right, false) {
                Some((left, right, _)) => (left, right),
                None => return error(span),
            },
            (a, b) if a == b => (left, right),
            _ => {
                let error =
                    self.mismatch(&right, &left.ty).related(left.span, "compared with this");
                return self.wrong(error);
            }
        };
        let comparable = match &left.ty {
            Type::Int(_) => true,
            Type::Bool
            | Type::Enum(_)
            | Type::Verdict(_)
            | Type::Ipv4Addr
            | Type::Ipv6Addr
            | Type::MacAddr => !ordered,
            Type::Struct(_) | Type::Array(..) => in_test && !ordered,
            _ => false,
        };
        if !comparable {
            let name = self.type_name(&left.ty);
            let what = if ordered { "no order" } else { "no equality" };
            let error = self.error(Code::TypeMismatch, span, format!("{name} has {what}"));
            let error = match left.ty {
                Type::Ipv4Addr => {
                    error.help("`… in 10.0.0.0/8` asks for a prefix; `u32(…)` gives the number")
                }
                _ => error.help("compare its parts"),
            };
            return self.wrong(error);
        }
        let kind = ExprKind::Compare(op, Box::new(left), Box::new(right));
        fold(expr(kind, Type::Bool, span))
    }
}

/// Whether a type's numbers have more than 32 bits.
fn is_wide(ty: &Type) -> bool {
    matches!(ty, Type::Int(int) if int.bits > Int::U32.bits)
}

const fn compare_op(op: ast::BinaryOp) -> Option<CompareOp> {
    Some(match op {
        ast::BinaryOp::Eq => CompareOp::Eq,
        ast::BinaryOp::Ne => CompareOp::Ne,
        ast::BinaryOp::Lt => CompareOp::Lt,
        ast::BinaryOp::Le => CompareOp::Le,
        ast::BinaryOp::Gt => CompareOp::Gt,
        ast::BinaryOp::Ge => CompareOp::Ge,
        _ => return None,
    })
}

/// The arithmetic operator, if it is one.
pub(crate) const fn binary_op(op: ast::BinaryOp) -> Option<BinaryOp> {
    Some(match op {
        ast::BinaryOp::Add => BinaryOp::Add,
        ast::BinaryOp::Sub => BinaryOp::Sub,
        ast::BinaryOp::Mul => BinaryOp::Mul,
        ast::BinaryOp::Div => BinaryOp::Div,
        ast::BinaryOp::Rem => BinaryOp::Rem,
        ast::BinaryOp::BitAnd => BinaryOp::And,
        ast::BinaryOp::BitOr => BinaryOp::Or,
        ast::BinaryOp::BitXor => BinaryOp::Xor,
        ast::BinaryOp::Shl => BinaryOp::Shl,
        ast::BinaryOp::Shr => BinaryOp::Shr,
        _ => return None,
    })
}
