//! Which values fit where: nothing is narrowed unless the source says so.

use nbpfc_kernel::ProgramType;
use nbpfc_source::{Code, Span};

use crate::body::{Scope, expr};
use crate::constant::{fold, number};
use crate::program::{Block, Expr, ExprKind};
use crate::types::{HookId, Int, Type};
use crate::value::Value;

impl Scope<'_, '_> {
    /// The expression as one of a type; reports where it is none.
    pub(crate) fn coerce(&mut self, value: Expr, want: &Type) -> Expr {
        if value.ty == *want || value.ty.is_bottom() || *want == Type::Error {
            return value;
        }
        match (&value.ty, want) {
            (Type::Ref(_) | Type::Record(_), _) => {
                let value = Self::deref(value);
                self.coerce(value, want)
            }
            (&Type::Int(from), &Type::Int(to)) => self.coerce_int(value, from, to),
            (Type::Optional(inner), _) if **inner == *want => {
                let error = self.absent(&value, "may be absent, and must not be here");
                self.wrong(error)
            }
            (_, Type::Optional(inner)) if !matches!(value.ty, Type::Optional(_)) => {
                let span = value.span;
                let present = self.coerce(value, inner);
                if present.ty.is_bottom() {
                    return present;
                }
                expr(ExprKind::Present(Box::new(present)), want.clone(), span)
            }
            (Type::Int(_), &Type::Verdict(hook)) if self.keeps_bytes(hook) => {
                self.kept(value, want)
            }
            (Type::Ipv4Addr, Type::Ipv4Prefix) => Self::as_prefix(value, 32, want),
            (Type::Ipv6Addr, Type::Ipv6Prefix) => Self::as_prefix(value, 128, want),
            _ => {
                let error = self.mismatch(&value, want);
                self.wrong(error)
            }
        }
    }

    /// A number as one of another type, if that type has all numbers that it can be.
    fn coerce_int(&mut self, value: Expr, from: Int, to: Int) -> Expr {
        if let Some(number) = number(&value) {
            if to.holds(number) {
                return Expr { ty: Type::Int(to), ..value };
            }
            let name = self.type_name(&Type::Int(to));
            let message = format!("{number} is not a {name}");
            let error = self.error(Code::BadValue, value.span, message);
            let range = format!("{name} goes from {} to {}", to.min(), to.max());
            return self
                .wrong(error.label(range).help("use a number in this range, or a wider type"));
        }
        if to.covers(from) {
            let span = value.span;
            return expr(ExprKind::Convert(Box::new(value)), Type::Int(to), span);
        }
        let error = self.mismatch(&value, &Type::Int(to));
        let name = self.type_name(&Type::Int(to));
        self.wrong(error.help(format!("`{name}(…)` converts: it keeps the low {} bits", to.bits)))
    }

    /// Whether a hook's verdict is how many bytes of the packet are kept, as that of classic socket
    /// filters is (`sk_filter_trim_cap` of `net/core/filter.c`).
    fn keeps_bytes(&self, hook: HookId) -> bool {
        let row = self.checker.program.hooks[hook].row;
        row.program_type == ProgramType::SocketFilter
    }

    /// A number of bytes as a verdict.
    fn kept(&mut self, value: Expr, verdict: &Type) -> Expr {
        let value = self.coerce(value, &Type::U32);
        if value.ty.is_bottom() || number(&value).is_some() {
            let ty = if value.ty.is_bottom() { value.ty.clone() } else { verdict.clone() };
            return Expr { ty, ..value };
        }
        let span = value.span;
        let (statements, releases) = (Vec::new(), Vec::new());
        let block = Block { statements, tail: Some(Box::new(value)), releases };
        expr(ExprKind::Block(block), verdict.clone(), span)
    }

    /// An address as the prefix of all its bits.
    fn as_prefix(value: Expr, bits: u8, want: &Type) -> Expr {
        let span = value.span;
        let length = expr(ExprKind::Value(Value::Int(bits.into())), Type::U32, span);
        Self::prefix(value, length, want.clone(), span)
    }

    /// The prefix of an address with a length.
    pub(crate) fn prefix(address: Expr, length: Expr, ty: Type, span: Span) -> Expr {
        let known = match (&address.kind, number(&length).and_then(|n| u8::try_from(n).ok())) {
            (ExprKind::Value(Value::Ipv4(address)), Some(length)) => {
                Some(Value::Ipv4Prefix(*address, length))
            }
            (ExprKind::Value(Value::Ipv6(address)), Some(length)) => {
                Some(Value::Ipv6Prefix(*address, length))
            }
            _ => None,
        };
        match known {
            Some(value) => expr(ExprKind::Value(value), ty, span),
            None => expr(ExprKind::Struct(vec![length, address]), ty, span),
        }
    }

    /// What is said where a value has another type than it must have.
    pub(crate) fn mismatch(&self, value: &Expr, want: &Type) -> nbpfc_source::Diagnostic {
        let (want_name, have) = (self.type_name(want), self.type_name(&value.ty));
        let message = format!("expected {want_name}, found {have}");
        let error =
            self.error(Code::TypeMismatch, value.span, message).label(format!("this is {have}"));
        match (&value.ty, want) {
            (Type::Int(_), Type::Bool) => error.help("compare it with a number: `… != 0`"),
            (Type::Bool | Type::Ipv4Addr | Type::Enum(_), Type::Int(_)) => {
                error.help(format!("`{want_name}(…)` gives it as a number"))
            }
            _ if Self::is_quoted(value, want) => error
                .help("addresses and prefixes stand without quotes: `10.0.0.1`, `2001:db8::/32`"),
            (Type::Optional(_), _) => error.help("take it with `?`, `else` or `if let` first"),
            _ => error,
        }
    }

    /// Whether of two types that should be one the one is text and the other an address.
    fn is_quoted(value: &Expr, want: &Type) -> bool {
        let is_address = |ty: &Type| {
            matches!(
                ty,
                Type::Ipv4Addr
                    | Type::Ipv6Addr
                    | Type::MacAddr
                    | Type::Ipv4Prefix
                    | Type::Ipv6Prefix
            )
        };
        value.ty == Type::Text && is_address(want) || *want == Type::Text && is_address(&value.ty)
    }

    /// What is said where a value is used that may be absent.
    pub(crate) fn absent(&self, value: &Expr, why: &str) -> nbpfc_source::Diagnostic {
        let message = format!("this value {why}");
        self.error(Code::AbsentValue, value.span, message)
            .label(format!("{} here", self.type_name(&value.ty)))
            .help("`…?` leaves with the verdict of `otherwise`; `let x = … else { … };` and `if let x = … { … }` decide here")
    }

    /// A number, converted to a type without a look at its size.
    pub(crate) fn convert(value: Expr, to: Type) -> Expr {
        let span = value.span;
        fold(expr(ExprKind::Convert(Box::new(value)), to, span))
    }

    /// The one type that both operands are brought to: the wider of the two, of 32 or 64 bits where
    /// arithmetic is done. A number that is known takes the other's type.
    pub(crate) fn unify_ints(
        &mut self,
        a: Expr,
        b: Expr,
        promote: bool,
    ) -> Option<(Expr, Expr, Int)> {
        let (Type::Int(left), Type::Int(right)) = (&a.ty, &b.ty) else { return None };
        let promoted = |int: Int| if promote { int.promoted() } else { int };
        let (narrow_left, narrow_right) = (*left, *right);
        let (left, right) = (promoted(narrow_left), promoted(narrow_right));
        let common = match (number(&a), number(&b)) {
            (None, Some(number)) if left.bits >= narrow_right.bits && left.holds(number) => left,
            (Some(number), None) if right.bits >= narrow_left.bits && right.holds(number) => right,
            _ if left.covers(narrow_right) => left,
            _ if right.covers(narrow_left) => right,
            (Some(_), Some(number)) if left.holds(number) => left,
            (Some(number), Some(_)) if right.holds(number) => right,
            _ => return self.no_common_type(&a, &b),
        };
        let (a, b) = (self.coerce(a, &Type::Int(common)), self.coerce(b, &Type::Int(common)));
        Some((a, b, common))
    }

    fn no_common_type(&mut self, a: &Expr, b: &Expr) -> Option<(Expr, Expr, Int)> {
        let (left, right) = (self.type_name(&a.ty), self.type_name(&b.ty));
        let message = format!("{left} and {right} do not go together");
        let error = self
            .error(Code::TypeMismatch, a.span.to(b.span), message)
            .related(a.span, format!("this is {left}"))
            .related(b.span, format!("this is {right}"))
            .help("convert one of them: `i64(…)`, `u32(…)`");
        self.report(error);
        None
    }
}
