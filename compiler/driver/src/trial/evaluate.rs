//! Expressions of the typed program, computed with what is known when a test runs.

use nbpfc_sema::{Expr, ExprKind, Value, compute};

/// The value of an expression; `known` has that of variables and fields. `None` if it asks for
/// something else.
pub(super) fn evaluate(expr: &Expr, known: &dyn Fn(&ExprKind) -> Option<Value>) -> Option<Value> {
    let value = |expr: &Expr| evaluate(expr, known);
    let of = |expr: &Expr| {
        value(expr).map(|value| Box::new(Expr { kind: ExprKind::Value(value), ..expr.clone() }))
    };
    let kind = match &expr.kind {
        ExprKind::Value(value) => return Some(value.clone()),
        ExprKind::Present(inner) => return value(inner),
        ExprKind::And(a, b) => {
            return match value(a)? {
                Value::Bool(true) => value(b),
                other => Some(other),
            };
        }
        ExprKind::Or(a, b) => {
            return match value(a)? {
                Value::Bool(false) => value(b),
                other => Some(other),
            };
        }
        ExprKind::Negate(a) => ExprKind::Negate(of(a)?),
        ExprKind::Complement(a) => ExprKind::Complement(of(a)?),
        ExprKind::Not(a) => ExprKind::Not(of(a)?),
        ExprKind::Convert(a) => ExprKind::Convert(of(a)?),
        ExprKind::Member(a, index) => ExprKind::Member(of(a)?, *index),
        ExprKind::Pick(a, index) => {
            let (Value::Fields(all), index) = (value(a)?, value(index)?.number()?) else {
                return None;
            };
            let picked = usize::try_from(index).ok().and_then(|index| all.get(index).cloned());
            return Some(picked.unwrap_or(Value::Absent));
        }
        ExprKind::In(a, set) => ExprKind::In(of(a)?, set.clone()),
        ExprKind::Between(a, low, high) => ExprKind::Between(of(a)?, low.clone(), high.clone()),
        ExprKind::Binary(op, a, b) => ExprKind::Binary(*op, of(a)?, of(b)?),
        ExprKind::Compare(op, a, b) => ExprKind::Compare(*op, of(a)?, of(b)?),
        ExprKind::Struct(fields) => {
            let fields: Option<Vec<Value>> = fields.iter().map(value).collect();
            return Some(Value::Fields(fields?.into()));
        }
        other => return known(other),
    };
    compute(&Expr { kind, ty: expr.ty.clone(), span: expr.span })
}
