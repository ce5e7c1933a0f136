//! Expressions computed at compile time.

use crate::program::{BinaryOp, CompareOp, Expr, ExprKind};
use crate::types::{Int, Type};
use crate::value::Value;

/// The value of an expression that is one.
pub(crate) fn value(expr: &Expr) -> Option<&Value> {
    match &expr.kind {
        ExprKind::Value(value) => Some(value),
        _ => None,
    }
}

/// The number of an expression that is one.
pub(crate) fn number(expr: &Expr) -> Option<i128> {
    match value(expr)? {
        Value::Int(number) => Some(*number),
        _ => None,
    }
}

/// The expression, computed where its operands are values.
pub(crate) fn fold(mut expr: Expr) -> Expr {
    if let Some(value) = compute(&expr) {
        expr.kind = ExprKind::Value(value);
    }
    expr
}

/// An expression over a header's fields, computed where these are known.
pub(crate) fn with_fields(expr: &Expr, known: &[Option<Value>]) -> Expr {
    let of = |a: &Expr| Box::new(with_fields(a, known));
    let kind = match &expr.kind {
        ExprKind::Field(_, _, index) => match known.get(*index as usize) {
            Some(Some(value)) => ExprKind::Value(value.clone()),
            _ => return expr.clone(),
        },
        ExprKind::Negate(a) => ExprKind::Negate(of(a)),
        ExprKind::Complement(a) => ExprKind::Complement(of(a)),
        ExprKind::Not(a) => ExprKind::Not(of(a)),
        ExprKind::Convert(a) => ExprKind::Convert(of(a)),
        ExprKind::Member(a, index) => ExprKind::Member(of(a), *index),
        ExprKind::In(a, set) => ExprKind::In(of(a), set.clone()),
        ExprKind::Between(a, low, high) => ExprKind::Between(of(a), low.clone(), high.clone()),
        ExprKind::Binary(op, a, b) => ExprKind::Binary(*op, of(a), of(b)),
        ExprKind::Compare(op, a, b) => ExprKind::Compare(*op, of(a), of(b)),
        ExprKind::And(a, b) => ExprKind::And(of(a), of(b)),
        ExprKind::Or(a, b) => ExprKind::Or(of(a), of(b)),
        _ => return expr.clone(),
    };
    fold(Expr { kind, ..expr.clone() })
}

/// The value of an expression whose operands are values.
pub(crate) fn compute(expr: &Expr) -> Option<Value> {
    let int = match expr.ty {
        Type::Int(int) => Some(int),
        _ => None,
    };
    Some(match &expr.kind {
        ExprKind::Negate(a) => Value::Int(int?.wrap(-number(a)?)),
        ExprKind::Complement(a) => Value::Int(int?.wrap(!number(a)?)),
        ExprKind::Not(a) => match value(a)? {
            Value::Bool(truth) => Value::Bool(!truth),
            _ => return None,
        },
        ExprKind::Binary(op, a, b) => Value::Int(binary(*op, int?, number(a)?, number(b)?)),
        ExprKind::Compare(op, a, b) => Value::Bool(compare(*op, value(a)?, value(b)?)?),
        ExprKind::And(a, b) => match (value(a)?, value(b)) {
            (Value::Bool(false), _) => Value::Bool(false),
            (Value::Bool(true), Some(Value::Bool(b))) => Value::Bool(*b),
            _ => return None,
        },
        ExprKind::Or(a, b) => match (value(a)?, value(b)) {
            (Value::Bool(true), _) => Value::Bool(true),
            (Value::Bool(false), Some(Value::Bool(b))) => Value::Bool(*b),
            _ => return None,
        },
        ExprKind::In(a, set) => Value::Bool(contains(set, value(a)?)),
        ExprKind::Between(a, low, high) => {
            let value = value(a)?.number()?;
            Value::Bool(low.number()? <= value && value <= high.number()?)
        }
        ExprKind::Convert(a) => convert(value(a)?, &expr.ty)?,
        ExprKind::Struct(fields) => {
            Value::Fields(fields.iter().map(|field| value(field).cloned()).collect::<Option<_>>()?)
        }
        ExprKind::Member(a, index) => match value(a)? {
            Value::Fields(fields) => fields.get(*index as usize)?.clone(),
            _ => return None,
        },
        _ => return None,
    })
}

/// Arithmetic as the machine does it: wrapping, with `x / 0 = 0` and `x % 0 = x`.
fn binary(op: BinaryOp, int: Int, a: i128, b: i128) -> i128 {
    let count = b & i128::from(int.bits - 1);
    int.wrap(match op {
        BinaryOp::Add => a + b,
        BinaryOp::Sub => a - b,
        BinaryOp::Mul => a.wrapping_mul(b),
        BinaryOp::Div if b == 0 => 0,
        BinaryOp::Div => a / b,
        BinaryOp::Rem if b == 0 => a,
        BinaryOp::Rem => a % b,
        BinaryOp::And => a & b,
        BinaryOp::Or => a | b,
        BinaryOp::Xor => a ^ b,
        BinaryOp::Shl => int.wrap(a) << count,
        BinaryOp::Shr => a >> count,
    })
}

fn compare(op: CompareOp, a: &Value, b: &Value) -> Option<bool> {
    let ordering = match (a.number(), b.number()) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => match op {
            CompareOp::Eq => return Some(a == b),
            CompareOp::Ne => return Some(a != b),
            _ => return None,
        },
    };
    Some(match op {
        CompareOp::Eq => ordering.is_eq(),
        CompareOp::Ne => ordering.is_ne(),
        CompareOp::Lt => ordering.is_lt(),
        CompareOp::Le => ordering.is_le(),
        CompareOp::Gt => ordering.is_gt(),
        CompareOp::Ge => ordering.is_ge(),
    })
}

/// Whether a set has a value, or a prefix that covers it.
fn contains(set: &[Value], value: &Value) -> bool {
    set.iter().any(|element| match (element, value) {
        (Value::Ipv4Prefix(prefix, length), Value::Ipv4(address)) => {
            let rest = 32 - u32::from(*length);
            u64::from(*prefix) >> rest == u64::from(*address) >> rest
        }
        (Value::Ipv6Prefix(prefix, length), Value::Ipv6(address)) => {
            *length == 0 || (prefix ^ address) >> (128 - u32::from(*length)) == 0
        }
        _ => element == value,
    })
}

/// A value as one of another type; addresses and enums convert to numbers and back.
fn convert(value: &Value, ty: &Type) -> Option<Value> {
    if let (Value::Ipv6(address), Type::Int(int)) = (value, ty) {
        return Some(Value::Int(int.wrap(*address as i128)));
    }
    let number = value.number()?;
    Some(match ty {
        Type::Int(int) => Value::Int(int.wrap(number)),
        Type::Ipv4Addr => Value::Ipv4(number as u32),
        Type::Enum(id) => Value::Enum(*id, number),
        Type::MacAddr => {
            let [_, _, mac @ ..] = (number as u64).to_be_bytes();
            Value::Mac(mac)
        }
        _ => return None,
    })
}
