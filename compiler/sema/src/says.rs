//! By what a header says what follows it.

use crate::constant::number;
use crate::program::{CompareOp, Expr, ExprKind, Part, Program};
use crate::types::HeaderId;

/// The field that an expression of a header's declaration is.
pub(crate) fn field_of(expr: &Expr) -> Option<u32> {
    match &expr.kind {
        ExprKind::Field(_, _, index) => Some(*index),
        ExprKind::Convert(inner) => field_of(inner),
        _ => None,
    }
}

/// What fields are, for a condition to hold that asks for equality.
fn equalities(condition: &Expr) -> Option<Vec<(u32, i128)>> {
    match &condition.kind {
        ExprKind::Compare(CompareOp::Eq, a, b) => {
            let (field, number) = match (field_of(a), number(b)) {
                (Some(field), Some(number)) => (field, number),
                _ => (field_of(b)?, number(a)?),
            };
            Some(vec![(field, number)])
        }
        ExprKind::And(a, b) => Some([equalities(a)?, equalities(b)?].concat()),
        ExprKind::Or(a, b) => equalities(a).or_else(|| equalities(b)),
        _ => None,
    }
}

impl Program {
    /// What the fields of a header are where it says that another one follows; `None` if it never
    /// says so.
    pub fn says(&self, header: HeaderId, next: HeaderId) -> Option<Vec<(u32, i128)>> {
        self.headers[header].next.iter().find_map(|step| {
            let (ranges, _) = step.arms.iter().find(|(_, to)| *to == next)?;
            match (&step.selector, &step.condition) {
                (Some(selector), _) => {
                    let &(low, _) = ranges.first()?;
                    Some(vec![(field_of(selector)?, low)])
                }
                (None, None) => Some(Vec::new()),
                (None, Some(condition)) => equalities(condition),
            }
        })
    }

    /// The field by which a header says what follows.
    pub(crate) fn selector(&self, header: HeaderId) -> Option<u32> {
        let mut selectors =
            self.headers[header].next.iter().filter_map(|next| next.selector.as_ref());
        selectors.find_map(field_of)
    }
}

/// Whether an expression of a header's declaration reads a field of it.
pub(crate) fn mentions(expr: &Expr, field: u32) -> bool {
    let reads = |expr: &Expr| matches!(expr.kind, ExprKind::Field(_, _, index) if index == field);
    Part::Expr(expr).any(&mut |expr| reads(expr))
}
