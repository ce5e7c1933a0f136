//! Patterns of `match` and of `next`: ranges of values.

use nbpfc_source::Code;
use nbpfc_syntax::ast::{self, ExprKind as Kind, Pattern, PatternKind};

use crate::body::Scope;
use crate::constant::value;
use crate::types::Type;
use crate::value::Value;

impl<'a> Scope<'_, 'a> {
    /// The values that a pattern takes, as ranges, ends included; `None` for all. Empty if it was
    /// reported.
    pub(crate) fn pattern(
        &mut self,
        pattern: &'a Pattern,
        ty: &Type,
    ) -> Option<Vec<(Value, Value)>> {
        match &pattern.kind {
            PatternKind::Any => None,
            PatternKind::Value(node) => Some(self.range_pattern(node, ty).into_iter().collect()),
            PatternKind::Or(parts) => {
                let mut ranges = Vec::new();
                for part in parts {
                    ranges.extend(self.pattern(part, ty)?);
                }
                Some(ranges)
            }
        }
    }

    fn range_pattern(&mut self, node: &'a ast::Expr, ty: &Type) -> Option<(Value, Value)> {
        let Kind::Range { start, end, inclusive } = &node.kind else {
            let value = self.known(node, ty)?;
            return Some((value.clone(), value));
        };
        let Type::Int(int) = ty else {
            let message = format!("a range needs numbers, and this is {}", self.type_name(ty));
            let error = self.error(Code::TypeMismatch, node.span, message);
            self.report(error.help("list the values with `|`"));
            return None;
        };
        let start = match start {
            Some(start) => self.known(start, ty)?,
            None => Value::Int(int.min()),
        };
        let end = match end {
            Some(end) => self.known(end, ty)?,
            None => Value::Int(int.max()),
        };
        let (start, end) = (start.number()?, end.number()?);
        let last = if *inclusive { end } else { end - 1 };
        if start > last {
            let error = self.error(Code::BadValue, node.span, "this range is empty");
            self.report(error.help("put the lesser number first; `..=` includes the end"));
            return None;
        }
        Some((Value::Int(start), Value::Int(last)))
    }

    /// The value of an expression that the compiler has to know, as one of a type.
    pub(crate) fn known(&mut self, node: &'a ast::Expr, ty: &Type) -> Option<Value> {
        let checked = self.expr(node, Some(ty));
        let checked = self.coerce(checked, ty);
        let checked = self.must_be_known(checked);
        value(&checked).cloned()
    }
}
