//! Literals as values.

use nbpfc_source::{Code, Span};
use nbpfc_syntax::ast::Literal;

use crate::body::{Scope, expr};
use crate::program::{Expr, ExprKind};
use crate::types::{Int, Type};
use crate::value::{Value, literal_type};

impl Scope<'_, '_> {
    /// A literal; a number takes the type that is wanted if it is one of it.
    pub(crate) fn literal(&mut self, literal: &Literal, want: Option<&Type>, span: Span) -> Expr {
        let (value, ty) = match literal {
            Literal::Int(number) => return self.number(*number, want, span),
            Literal::Duration(number) | Literal::Size(number) | Literal::Rate(number, _) => {
                return self.number(u128::from(*number), want.or(Some(&Type::U64)), span);
            }
            Literal::Bool(truth) => (Value::Bool(*truth), Type::Bool),
            Literal::Text(text) => (Value::Text(text.value.clone()), Type::Text),
            Literal::Ipv4(address) => (Value::Ipv4((*address).into()), Type::Ipv4Addr),
            Literal::Ipv4Prefix(address, length) => {
                (Value::Ipv4Prefix((*address).into(), *length), Type::Ipv4Prefix)
            }
            Literal::Ipv6(address) => (Value::Ipv6((*address).into()), Type::Ipv6Addr),
            Literal::Ipv6Prefix(address, length) => {
                (Value::Ipv6Prefix((*address).into(), *length), Type::Ipv6Prefix)
            }
            Literal::Mac(bytes) => (Value::Mac(*bytes), Type::MacAddr),
        };
        if let Some((why, help)) = value.beyond() {
            let error = self.error(Code::BadValue, span, why);
            return self.wrong(error.help(help));
        }
        expr(ExprKind::Value(value), ty, span)
    }

    fn number(&mut self, number: u128, want: Option<&Type>, span: Span) -> Expr {
        let wanted = match want {
            Some(Type::Int(int)) => Some(*int),
            Some(Type::Optional(inner)) => match **inner {
                Type::Int(int) => Some(int),
                _ => None,
            },
            _ => None,
        };
        let number = i128::try_from(number).unwrap_or(i128::MAX);
        let int: Option<Int> =
            wanted.filter(|int| int.holds(number)).or_else(|| literal_type(number));
        let Some(int) = int else {
            let error = self.error(Code::BadValue, span, "this number has more than 64 bits");
            return self.wrong(error.help("the widest type is u64"));
        };
        expr(ExprKind::Value(Value::Int(number)), Type::Int(int), span)
    }
}
