//! Bytes of the packet that no header declares: what lies behind one, as text and numbers.

use nbpfc_source::{Code, Span};
use nbpfc_syntax::ast::{self, Arg, ExprKind as Kind, Ident};

use crate::body::{Scope, error, expr};
use crate::constant::{number, value};
use crate::program::{BinaryOp, CompareOp, Expr, ExprKind, Program};
use crate::types::{HeaderId, Int, Type};
use crate::value::Value;

/// With so many bytes others are compared at most.
const MAX_TEXT: usize = 64;

/// As far behind the start of bytes programs look: what the kernel's verifier lets them.
const FURTHEST: i128 = 0xffff;

impl<'a> Scope<'_, 'a> {
    /// `base.payload`, of a header or of the packet.
    pub(crate) fn payload(&mut self, base: Expr, span: Span) -> Expr {
        let mut carriers = Vec::new();
        self.checker.link();
        if let Type::Packet(hook) = base.ty
            && let Some(start) = self.checker.program.hooks[hook].packet
        {
            carriers = self.checker.program.carriers(start);
        }
        expr(ExprKind::Payload(Box::new(base), carriers), Type::Bytes(None), span)
    }

    /// `bytes.name`
    pub(crate) fn of_bytes(&mut self, base: Expr, name: &Ident, span: Span) -> Expr {
        if name.name == "len" {
            return match base.ty {
                Type::Bytes(Some(count)) => {
                    expr(ExprKind::Value(Value::Int(count.into())), Type::U32, span)
                }
                _ => expr(ExprKind::Length(Box::new(base)), Type::U32, span),
            };
        }
        self.no_bytes_member(name)
    }

    fn no_bytes_member(&mut self, name: &Ident) -> Expr {
        let message = format!("bytes have no `{}`", name.name);
        let error = self.error(Code::UnknownMember, name.span, message);
        self.wrong(error.help(
            "they have `len`, `u8_at(i)`, `u16_at(i)`, `u32_at(i)`, `u64_at(i)` and `starts_with(\"…\")`",
        ))
    }

    /// The packet's own bytes, where it is a packet.
    fn as_bytes(base: Expr) -> Expr {
        match base.ty {
            Type::Packet(_) => expr(ExprKind::Whole, Type::Bytes(None), base.span),
            _ => base,
        }
    }

    /// `bytes.method(…)`
    pub(crate) fn bytes_call(
        &mut self,
        base: Expr,
        method: &Ident,
        args: &'a [Arg],
        span: Span,
    ) -> Expr {
        let base = Self::as_bytes(base);
        let width = match method.name.as_str() {
            "u8_at" => 8,
            "u16_at" => 16,
            "u32_at" => 32,
            "u64_at" => 64,
            "starts_with" => 0,
            _ => return self.no_bytes_member(method),
        };
        let [Arg { name: None, value: arg }] = args else {
            let what = if width == 0 { "a text" } else { "the number of bytes before it" };
            let message = format!("`{}` takes {what}", method.name);
            let error = self.error(Code::WrongArguments, span, message);
            return self.wrong(error.help("write it between the parentheses, without a name"));
        };
        if width == 0 {
            let arg = self.operand(arg, Some(&Type::Text));
            let Some(text) = self.text(&arg) else { return error(span) };
            if let Type::Bytes(Some(count)) = base.ty
                && text.len() > count as usize
            {
                return self.never_equal(count, text.len(), span);
            }
            return expr(ExprKind::BeginsWith(Box::new(base), text), Type::Bool, span);
        }
        let Some(index) = self.offset(arg) else { return error(span) };
        if let (Type::Bytes(Some(count)), Some(at)) = (&base.ty, number(&index))
            && at + width / 8 > i128::from(*count)
        {
            let message = format!("only {count} bytes are here, and this is behind them");
            let error = self.error(Code::BadValue, index.span, message);
            return self.wrong(error.help("read less far, or of a longer slice"));
        }
        let int = Int { bits: width as u8, signed: false };
        let ty = Type::Optional(Box::new(Type::Int(int)));
        expr(ExprKind::NumberAt(Box::new(base), Box::new(index)), ty, span)
    }

    /// How many bytes something lies behind the start.
    fn offset(&mut self, node: &'a ast::Expr) -> Option<Expr> {
        let index = self.operand(node, Some(&Type::U32));
        let index = self.coerce(index, &Type::U32);
        if index.ty.is_bottom() {
            return None;
        }
        match number(&index) {
            Some(at) if at > FURTHEST => {
                let message = "no packet is read so far from here";
                let error = self.error(Code::BadValue, index.span, message);
                self.report(error.help(format!("the furthest is {FURTHEST}")));
                None
            }
            _ => Some(index),
        }
    }

    /// `bytes[start..end]`
    pub(crate) fn slice(&mut self, base: Expr, index: &'a ast::Expr, span: Span) -> Expr {
        let base = Self::as_bytes(base);
        let Type::Bytes(count) = base.ty else { return error(span) };
        let Kind::Range { start, end, inclusive } = &index.kind else {
            let error = self.error(Code::WrongKind, index.span, "`[…]` of bytes takes a range");
            return self
                .wrong(error.help("`[0..4]` are four bytes; `.u8_at(0)?` is one as a number"));
        };
        let start = match start {
            Some(start) => self.offset(start),
            None => Some(expr(ExprKind::Value(Value::Int(0)), Type::U32, index.span)),
        };
        let end = match end {
            Some(end) => match self.offset(end) {
                Some(end) => Some(end),
                None => return error(span),
            },
            None => None,
        };
        let Some(start) = start else { return error(span) };
        let extra = i128::from(*inclusive);
        let length = match (&end, number(&start)) {
            (None, _) if count.is_none() => None,
            (None, Some(first)) => Some(i128::from(count.unwrap_or(0)) - first),
            (Some(end), Some(first)) if let Some(end) = number(end) => Some(end + extra - first),
            (Some(end), _)
                if let Some(length) = distance(&start, end)
                    && count.is_none() =>
            {
                Some(length + extra)
            }
            _ => {
                let message = "the compiler has to know how many bytes this is";
                let error = self.error(Code::NotConstant, index.span, message);
                return self.wrong(error.help(
                    "write `[i..i + 4]`, or compare with `[i..].starts_with(\"…\")`, of the whole payload",
                ));
            }
        };
        let last = number(&start).zip(length).map(|(first, length)| first + length);
        if length.is_some_and(|length| length <= 0)
            || last.zip(count).is_some_and(|(last, count)| last > i128::from(count))
        {
            let error = self.error(Code::BadValue, index.span, "there are no such bytes");
            return self.wrong(match count {
                Some(count) => error.help(format!("{count} bytes can be taken from here")),
                None => error.help("put the lesser number first; `..=` includes the end"),
            });
        }
        let length = length.and_then(|length| u32::try_from(length).ok());
        expr(ExprKind::Slice(Box::new(base), Box::new(start)), Type::Bytes(length), span)
    }

    /// The bytes of a text that the compiler knows.
    fn text(&mut self, text: &Expr) -> Option<Box<[u8]>> {
        if text.ty.is_bottom() {
            return None;
        }
        let Some(Value::Text(bytes)) = value(text) else {
            let message =
                format!("bytes are compared with text, and this is {}", self.type_name(&text.ty));
            let error = self.error(Code::TypeMismatch, text.span, message);
            self.report(error.help("write `\"GET \"`, or read a number: `.u32_at(0)?`"));
            return None;
        };
        if bytes.is_empty() || bytes.len() > MAX_TEXT {
            let message = format!("this text has {} bytes", bytes.len());
            let error = self.error(Code::BadValue, text.span, message);
            self.report(error.help(format!("from 1 to {MAX_TEXT} bytes are compared at once")));
            return None;
        }
        Some(bytes.clone())
    }

    fn never_equal(&mut self, count: u32, text: usize, span: Span) -> Expr {
        let message = format!("{count} bytes are never the {text} of this text");
        let error = self.error(Code::BadValue, span, message);
        self.wrong(error.help("take as many bytes as the text has"))
    }

    /// `bytes == "text"`, either way round.
    pub(crate) fn compare_bytes(
        &mut self,
        op: CompareOp,
        left: Expr,
        right: Expr,
        span: Span,
    ) -> Expr {
        let (bytes, text) =
            if matches!(left.ty, Type::Bytes(_)) { (left, right) } else { (right, left) };
        if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
            let error = self.error(Code::TypeMismatch, span, "bytes have no order");
            return self.wrong(error.help("read numbers: `.u32_at(0)?`"));
        }
        let Some(text) = self.text(&text) else { return error(span) };
        match bytes.ty {
            Type::Bytes(Some(count)) if count as usize != text.len() => {
                return self.never_equal(count, text.len(), span);
            }
            Type::Bytes(None) => {
                let message = "this goes to the packet's end, however far that is";
                let error = self.error(Code::TypeMismatch, bytes.span, message);
                let count = text.len();
                return self.wrong(error.help(format!(
                    "take as many bytes as the text has: `[0..{count}]`, or ask `.starts_with(…)`"
                )));
            }
            _ => {}
        }
        let same = expr(ExprKind::BeginsWith(Box::new(bytes), text), Type::Bool, span);
        match op {
            CompareOp::Eq => same,
            _ => expr(ExprKind::Not(Box::new(same)), Type::Bool, span),
        }
    }
}

/// How much greater a number is than another, if it is that one plus a constant.
fn distance(start: &Expr, end: &Expr) -> Option<i128> {
    let ExprKind::Binary(BinaryOp::Add, base, more) = &end.kind else { return None };
    let local = |expr: &Expr| match &plain(expr).kind {
        ExprKind::Local(local) => Some(*local),
        _ => None,
    };
    let same = local(start).is_some() && local(start) == local(base);
    if same { number(more) } else { None }
}

/// An expression without the conversions around it that keep every number.
fn plain(expr: &Expr) -> &Expr {
    match (&expr.kind, &expr.ty) {
        (ExprKind::Convert(inner), Type::Int(to)) if matches!(inner.ty, Type::Int(from) if to.covers(from)) => {
            plain(inner)
        }
        _ => expr,
    }
}

impl Program {
    /// The headers behind whose first a packet's payload lies: what its network layer carries, not
    /// what stands in between, as extensions do.
    fn carriers(&self, start: HeaderId) -> Vec<HeaderId> {
        let is = |header: &HeaderId| {
            let data = &self.headers[*header];
            !data.is_network && !data.is_between
        };
        self.carried(start).into_iter().filter(is).collect()
    }
}
