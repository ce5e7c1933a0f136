//! Headers that may begin at odd bytes: there the kernel's helper for checksums takes none.

use nbpfc_sema::{BinaryOp, Expr, ExprKind, Header, HeaderField, HeaderId, Program};

/// The headers that may begin at odd bytes of a packet, which itself begins at an even one.
pub(crate) fn may_be_odd(program: &Program) -> Vec<HeaderId> {
    let ends_odd = |id: &HeaderId| has_odd_length(&program.headers[*id]);
    let mut open: Vec<_> = program.headers.keys().filter(ends_odd).collect();
    let mut odd = Vec::new();
    while let Some(id) = open.pop() {
        for next in program.followers(id) {
            if !odd.contains(&next) {
                odd.push(next);
                open.push(next);
            }
        }
    }
    odd
}

/// Whether a header may have an odd number of bytes.
fn has_odd_length(header: &Header) -> bool {
    if let Some((length, ..)) = &header.length {
        return !is_even(length) || header.fixed % 2 == 1;
    }
    // Fields that are there together are even together.
    let is_odd = |field: &&HeaderField| {
        field.ty.wire_bits().is_none_or(|bits| bits / 8 % 2 == 1) && field.condition.is_some()
    };
    let conditions =
        || header.fields.iter().filter(is_odd).filter_map(|field| field.condition.as_ref());
    let together = |one: &Expr| conditions().filter(|other| is_same(one, other)).count();
    header.fixed % 2 == 1 || conditions().any(|condition| together(condition) % 2 == 1)
}

/// Whether two conditions over a header's fields are seen to be the same.
fn is_same(one: &Expr, other: &Expr) -> bool {
    match (&one.kind, &other.kind) {
        (ExprKind::Value(one), ExprKind::Value(other)) => one == other,
        (ExprKind::Field(_, _, one), ExprKind::Field(_, _, other)) => one == other,
        (ExprKind::Not(one), ExprKind::Not(other)) => is_same(one, other),
        (ExprKind::And(a, b), ExprKind::And(c, d)) | (ExprKind::Or(a, b), ExprKind::Or(c, d)) => {
            is_same(a, c) && is_same(b, d)
        }
        (ExprKind::Compare(one, a, b), ExprKind::Compare(other, c, d)) => {
            one == other && is_same(a, c) && is_same(b, d)
        }
        _ => false,
    }
}

/// Whether a number is seen to be even.
fn is_even(number: &Expr) -> bool {
    match &number.kind {
        ExprKind::Value(value) => value.number().is_some_and(|number| number % 2 == 0),
        ExprKind::Convert(inner) | ExprKind::Present(inner) => is_even(inner),
        ExprKind::Binary(BinaryOp::Mul | BinaryOp::And, a, b) => is_even(a) || is_even(b),
        ExprKind::Binary(BinaryOp::Add | BinaryOp::Sub, a, b) => is_even(a) && is_even(b),
        _ => false,
    }
}
