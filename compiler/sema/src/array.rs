//! Arrays: their elements, and which of them a number can be.

use nbpfc_source::{Code, Diagnostic, Span};
use nbpfc_syntax::ast;

use crate::body::{Scope, error, expr};
use crate::constant::{fold, number, value};
use crate::layout::size_of;
use crate::measure::Measure;
use crate::program::{BinaryOp, Expr, ExprKind};
use crate::types::Type;

/// Elements of an array that is a variable of a program, at most: each is a value of its own.
pub const MAX_LOCAL: u32 = 64;

/// The longest array that is written out, in elements.
const MAX_ELEMENTS: i128 = 1 << 16;

impl<'a> Scope<'_, 'a> {
    /// `[a, b, c]`
    pub(crate) fn array(
        &mut self,
        nodes: &'a [ast::Expr],
        want: Option<&Type>,
        span: Span,
    ) -> Expr {
        let (mut element, count) = match want {
            Some(Type::Array(element, count)) => (Some((**element).clone()), Some(*count)),
            _ => (None, None),
        };
        if let Some(count) = count.filter(|count| *count as usize != nodes.len()) {
            let message = format!("{} elements are given, and {count} are wanted", nodes.len());
            let error = self.error(Code::TypeMismatch, span, message);
            return self.wrong(error.help("`[0; 16]` is an element 16 times"));
        }
        let mut elements = Vec::new();
        for node in nodes {
            let value = self.operand(node, element.as_ref());
            let value = match &element {
                Some(element) => self.coerce(value, element),
                None => value,
            };
            if value.ty.is_bottom() {
                return error(span);
            }
            element.get_or_insert_with(|| value.ty.clone());
            elements.push(value);
        }
        match element {
            Some(element) if !elements.is_empty() => self.array_of(element, elements, span),
            _ => {
                let error = self.error(Code::BadValue, span, "an array has at least one element");
                self.wrong(error.help("write `[0; 16]`, or leave it out"))
            }
        }
    }

    /// `[value; count]`
    pub(crate) fn repeat(
        &mut self,
        node: &'a ast::Expr,
        count: &'a ast::Expr,
        want: Option<&Type>,
        span: Span,
    ) -> Expr {
        let element = match want {
            Some(Type::Array(element, _)) => Some((**element).clone()),
            _ => None,
        };
        let repeated = self.operand(node, element.as_ref());
        let repeated = match &element {
            Some(element) => self.coerce(repeated, element),
            None => repeated,
        };
        let known = self.checker.constant(self.source, count, Some(&Type::U32));
        if repeated.ty.is_bottom() || known.ty.is_bottom() {
            return error(span);
        }
        let Some(count) = number(&known).filter(|n| (1..=MAX_ELEMENTS).contains(n)) else {
            let message = format!("an array has from 1 to {MAX_ELEMENTS} elements");
            let error = self.error(Code::BadValue, known.span, message);
            return self.wrong(error);
        };
        if value(&repeated).is_none() && !matches!(repeated.kind, ExprKind::Local(_)) {
            let message = "what is repeated is a constant or a variable";
            let error = self.error(Code::NotConstant, repeated.span, message);
            return self.wrong(error.help("give it a name before: `let x = …;`"));
        }
        let whole = Measure::of(&self.checker.program, &repeated.ty).times(count as u64);
        if !self.checker.is_small(whole, self.source, span) {
            return error(span);
        }
        let elements = vec![repeated.clone(); count as usize];
        self.array_of(repeated.ty, elements, span)
    }

    fn array_of(&mut self, element: Type, elements: Vec<Expr>, span: Span) -> Expr {
        if !element.is_stored() {
            let message = format!("an array cannot hold {}", self.type_name(&element));
            let error = self.error(Code::WrongKind, span, message);
            return self
                .wrong(error.help("it holds numbers, addresses, truth values, enums and structs"));
        }
        let whole = Measure::of(&self.checker.program, &element).times(elements.len() as u64);
        if !self.checker.is_small(whole, self.source, span) {
            return error(span);
        }
        let ty = Type::Array(Box::new(element), elements.len() as u32);
        fold(expr(ExprKind::Struct(elements), ty, span))
    }

    /// `words(value)`: the words that it is in memory.
    pub(crate) fn words(&mut self, args: &'a [ast::Arg], span: Span) -> Expr {
        let [ast::Arg { name: None, value }] = args else {
            let error = self.error(Code::WrongArguments, span, "`words(…)` takes one value");
            return self.wrong(error.help("write one value between the parentheses"));
        };
        let value = self.operand(value, None);
        let value = if value.ty.place().is_some() { Self::deref(value) } else { value };
        if value.ty.is_bottom() {
            return error(span);
        }
        let lies = value.ty.is_stored() && self.checker.has_lock(&value.ty).is_none();
        let count = size_of(&self.checker.program, &value.ty).div_ceil(4);
        if !lies || count > MAX_LOCAL {
            let name = self.type_name(&value.ty);
            let message = format!("{name} has no words");
            let error = self.error(Code::WrongKind, value.span, message);
            return self.wrong(error.help(format!(
                "numbers, addresses, truth values, enums, and structs and arrays of them have, \
                 of up to {} bytes",
                MAX_LOCAL * 4
            )));
        }
        let ty = Type::Array(Box::new(Type::U32), count);
        expr(ExprKind::Words(Box::new(value)), ty, span)
    }

    /// `array[index]`
    pub(crate) fn element(&mut self, base: Expr, index: &'a ast::Expr, span: Span) -> Expr {
        let in_memory = matches!(base.ty, Type::Ref(_) | Type::Record(_));
        let Type::Array(element, count) = base.ty.place().unwrap_or(&base.ty).clone() else {
            let message = format!("{} has no elements", self.type_name(&base.ty));
            let error = self.error(Code::TypeMismatch, base.span, message);
            return self.wrong(error.help("maps, arrays and bytes have"));
        };
        let index = self.operand(index, Some(&Type::U32));
        let index = self.coerce(index, &Type::U32);
        if index.ty.is_bottom() {
            return error(span);
        }
        let of = |ty: Type| if in_memory { Type::Ref(Box::new(ty)) } else { ty };
        if let Some(at) = number(&index) {
            if at >= i128::from(count) {
                let message = format!("this array has {count} elements, from 0 to {}", count - 1);
                let error = self.error(Code::BadValue, index.span, message);
                return self.wrong(error.help("the first is `[0]`"));
            }
            let (base, at) = (Box::new(base), at as u32);
            let kind =
                if in_memory { ExprKind::Part(base, at) } else { ExprKind::Member(base, at) };
            return fold(expr(kind, of(*element), span));
        }
        let inside = self.greatest(&index).is_some_and(|most| most < i128::from(count));
        let (base, at) = (Box::new(base), Box::new(index));
        match (in_memory, inside) {
            (true, true) => expr(ExprKind::At(base, at), of(*element), span),
            (true, false) => {
                let error = self.not_inside(at.span, count);
                self.wrong(error)
            }
            (false, true) => expr(ExprKind::Pick(base, at), *element, span),
            (false, false) => expr(ExprKind::Pick(base, at), Type::Optional(element), span),
        }
    }

    /// What is said where an element is assigned that need not be there.
    pub(crate) fn not_inside(&self, index: Span, count: u32) -> Diagnostic {
        let message = format!("the compiler cannot see that this is less than {count}");
        let error = self.error(Code::Unbounded, index, message);
        error.help(format!("write `… % {count}`, or count with `for i in 0..{count}`"))
    }

    /// The greatest number that an unsigned expression can be, as far as it is seen.
    pub(crate) fn greatest(&self, expr: &Expr) -> Option<i128> {
        let Type::Int(int) = expr.ty else { return None };
        if let Some(number) = number(expr) {
            return Some(number).filter(|number| *number >= 0);
        }
        let all = (!int.signed).then(|| int.max());
        let seen = match &expr.kind {
            ExprKind::Local(local) => self.greatest.get(local).copied(),
            ExprKind::Convert(inner) => match inner.ty {
                Type::Int(from) if int.covers(from) => self.greatest(inner),
                Type::Bool => Some(1),
                _ => None,
            },
            ExprKind::Binary(BinaryOp::And, a, b) => {
                let (a, b) = (self.greatest(a), self.greatest(b));
                a.into_iter().chain(b).min()
            }
            ExprKind::Binary(BinaryOp::Rem, _, b) if !int.signed => {
                number(b).filter(|n| *n > 0).map(|n| n - 1)
            }
            ExprKind::Binary(BinaryOp::Shr, a, b) => {
                number(b).and_then(|by| Some(self.greatest(a)? >> (by & i128::from(int.bits - 1))))
            }
            ExprKind::Binary(BinaryOp::Add, a, b) => {
                let sum = self.greatest(a)? + self.greatest(b)?;
                int.holds(sum).then_some(sum)
            }
            _ => None,
        };
        seen.into_iter().chain(all).min()
    }
}
