//! `if`, `match`, `in`, `?`: one of several ways.

use nbpfc_source::{Code, Span};
use nbpfc_syntax::ast::{self, ExprKind as Kind};

use crate::body::{Context, Scope, error, expr};
use crate::constant::{fold, value};
use crate::program::{Arm, Block, Condition, Expr, ExprKind};
use crate::types::Type;
use crate::value::Value;

/// How many numbers a range in a set has at most: as many as there are ports.
const MOST_IN_RANGE: i128 = 1 << 16;

impl<'a> Scope<'_, 'a> {
    /// What an `if` or `while` asks, and then `f` where it holds: a variable that it declares is
    /// in scope there.
    pub(crate) fn condition<R>(
        &mut self,
        node: &'a ast::Condition,
        f: impl FnOnce(&mut Self) -> R,
    ) -> (Condition, R) {
        match node {
            ast::Condition::Expr(node) => {
                let asked = self.operand(node, Some(&Type::Bool));
                let asked = match asked.ty {
                    Type::Optional(_) => {
                        let error = self.absent(&asked, "may be absent, and is no truth value");
                        self.wrong(error)
                    }
                    _ => self.coerce(asked, &Type::Bool),
                };
                (Condition::If(asked), f(self))
            }
            ast::Condition::Let(name, node) => {
                let asked = self.operand(node, None);
                let inner = match &asked.ty {
                    Type::Optional(inner) => (**inner).clone(),
                    Type::Error | Type::Never => Type::Error,
                    _ => {
                        self.never_absent(&asked);
                        Type::Error
                    }
                };
                self.nested(|scope| {
                    let local = scope.declare(name, inner, false);
                    scope.holds(local);
                    (Condition::Let(local, asked), f(scope))
                })
            }
        }
    }

    fn never_absent(&mut self, value: &Expr) {
        if value.ty == Type::Unit {
            let error = self.error(Code::NeverAbsent, value.span, "this has no value");
            let help = "write it as a statement; what cannot be done leaves by itself";
            return self.report(error.help(help));
        }
        let name = self.type_name(&value.ty);
        let error = self.error(Code::NeverAbsent, value.span, "this value is never absent");
        let error = error.label(format!("{name}, not {name}?"));
        self.report(error.help("use it as it is"));
    }

    /// `if`, with a value where both ways have one.
    pub(crate) fn if_expr(&mut self, node: &'a ast::If, want: Option<&Type>, span: Span) -> Expr {
        let mut ways = self.ways();
        let (condition, (then, mut ty)) = self.condition(&node.condition, |scope| {
            let (then, ty) = scope.block(&node.then, want);
            scope.tail_as_wanted(then, ty, want)
        });
        self.way(&mut ways, &ty);
        let Some(otherwise) = &node.otherwise else {
            let mut then = self.no_value(then, &ty);
            self.way(&mut ways, &Type::Unit);
            let mut releases = self.meet(ways).into_iter();
            then.releases.extend(releases.next().unwrap_or_default());
            let releases = releases.next().filter(|releases| !releases.is_empty());
            let otherwise = releases.map(|releases| Block { releases, ..Block::default() });
            let kind = ExprKind::If(Box::new(condition), then, otherwise);
            return expr(kind, Type::Unit, span);
        };
        let want = if ty.is_bottom() { want } else { Some(&ty) };
        let otherwise = self.expr(otherwise, want);
        let otherwise = self.as_wanted(otherwise, want);
        self.way(&mut ways, &otherwise.ty);
        let mut releases = self.meet(ways).into_iter();
        let (then, otherwise) = if otherwise.ty.is_bottom() {
            (then, otherwise)
        } else if ty.is_bottom() {
            ty = otherwise.ty.clone();
            (then, otherwise)
        } else {
            let (then, otherwise, common) = self.both(then, otherwise, &ty);
            ty = common;
            (then, otherwise)
        };
        let mut then = then;
        then.releases.extend(releases.next().unwrap_or_default());
        let releases = releases.next().unwrap_or_default();
        let otherwise = Block { tail: Some(Box::new(otherwise)), releases, ..Block::default() };
        expr(ExprKind::If(Box::new(condition), then, Some(otherwise)), ty, span)
    }

    /// A value of one way, where another may have none: `if a { drop } else { none }`.
    fn as_wanted(&mut self, value: Expr, want: Option<&Type>) -> Expr {
        let Some(ty @ Type::Optional(inner)) = want else { return value };
        let plain = |ty: &Type| ty.place().unwrap_or(ty) == &**inner;
        let number = matches!((&**inner, &value.ty), (Type::Int(_), Type::Int(_)));
        if plain(&value.ty) || number { self.coerce(value, ty) } else { value }
    }

    /// The same of a block's value.
    fn tail_as_wanted(&mut self, mut block: Block, ty: Type, want: Option<&Type>) -> (Block, Type) {
        let Some(tail) = block.tail.take_if(|tail| tail.ty == ty) else { return (block, ty) };
        let tail = self.as_wanted(*tail, want);
        let ty = tail.ty.clone();
        block.tail = Some(Box::new(tail));
        (block, ty)
    }

    /// Two ways whose values are brought to one type.
    fn both(&mut self, mut then: Block, otherwise: Expr, ty: &Type) -> (Block, Expr, Type) {
        // A place and a value are two values; two places are a place.
        if let (Type::Ref(inner), false) = (ty, otherwise.ty == *ty) {
            then.tail = then.tail.map(|tail| Box::new(Self::deref(*tail)));
            return self.both(then, otherwise, inner);
        }
        let numbers = matches!((ty, &otherwise.ty), (Type::Int(_), Type::Int(_)));
        let Some(tail) = then.tail.take_if(|_| numbers) else {
            let otherwise = self.coerce(otherwise, ty);
            return (then, otherwise, ty.clone());
        };
        match self.unify_ints(*tail, otherwise, false) {
            Some((tail, otherwise, int)) => {
                then.tail = Some(Box::new(tail));
                (then, otherwise, Type::Int(int))
            }
            None => (then, error(Span::default()), Type::Error),
        }
    }

    /// A block whose value nobody takes.
    pub(crate) fn no_value(&mut self, block: Block, ty: &Type) -> Block {
        if let (Some(tail), false) = (&block.tail, matches!(ty, Type::Unit) || ty.is_bottom()) {
            let name = self.type_name(ty);
            let error = self.error(Code::UnusedValue, tail.span, "this value is not used");
            self.report(
                error
                    .label(format!("this is {name}"))
                    .help("return it, assign it, or give the `if` an `else` with a value too"),
            );
        }
        block
    }

    /// `match`
    pub(crate) fn match_expr(
        &mut self,
        node: &'a ast::Match,
        want: Option<&Type>,
        span: Span,
    ) -> Expr {
        let subject = self.operand(&node.value, None);
        match subject.ty {
            Type::Int(_)
            | Type::Bool
            | Type::Enum(_)
            | Type::Verdict(_)
            | Type::Ipv4Addr
            | Type::MacAddr => {}
            Type::Error | Type::Never => return error(span),
            Type::Optional(_) => {
                let error = self.absent(&subject, "may be absent, so it cannot be matched");
                return self.wrong(error);
            }
            _ => {
                let name = self.type_name(&subject.ty);
                let message = format!("`match` does not take {name}");
                let error = self.error(Code::TypeMismatch, subject.span, message);
                return self.wrong(
                    error.help(
                        "it takes numbers, enums, truth values and addresses of up to 64 bits",
                    ),
                );
            }
        }
        let mut ty = Type::Never;
        let mut arms = Vec::new();
        let mut ways = self.ways();
        for node in &node.arms {
            let values = self.pattern(&node.pattern, &subject.ty);
            let guard = node.guard.as_ref().map(|guard| {
                let guard = self.operand(guard, Some(&Type::Bool));
                self.coerce(guard, &Type::Bool)
            });
            let want = if ty.is_bottom() { want } else { Some(&ty) };
            let value = self.expr(&node.value, want);
            let value = self.not_held(value);
            let value = self.decided(value);
            let value = Self::deref(value);
            let value = self.as_wanted(value, want);
            self.way(&mut ways, &value.ty);
            let value = if ty.is_bottom() {
                ty = value.ty.clone();
                value
            } else {
                self.coerce(value, &ty)
            };
            arms.push(Arm { values, guard, value });
        }
        for (arm, releases) in arms.iter_mut().zip(self.meet(ways)) {
            if !releases.is_empty() {
                let (ty, span) = (arm.value.ty.clone(), arm.value.span);
                let value = std::mem::replace(&mut arm.value, error(span));
                let block = Block { tail: Some(Box::new(value)), releases, ..Block::default() };
                arm.value = expr(ExprKind::Block(block), ty, span);
            }
        }
        self.exhaustive(&subject, &arms, span);
        expr(ExprKind::Match(Box::new(subject), arms), ty, span)
    }

    /// Reports values that no arm takes, and arms that are never asked.
    fn exhaustive(&mut self, subject: &Expr, arms: &[Arm], span: Span) {
        let certain = || arms.iter().filter(|arm| arm.guard.is_none());
        if let Some(all) = arms.iter().position(|arm| arm.values.is_none() && arm.guard.is_none()) {
            if let Some(dead) = arms.get(all + 1) {
                let error =
                    self.error(Code::NeverReached, dead.value.span, "this arm is never asked");
                self.report(error.label("`_` before it takes everything").help("put `_` last"));
            }
            return;
        }
        let ranges: Vec<_> = certain()
            .flat_map(|arm| arm.values.iter().flatten())
            .filter_map(|(low, high)| Some((low.number()?, high.number()?)))
            .collect();
        let taken =
            |number: i128| ranges.iter().any(|(low, high)| (*low..=*high).contains(&number));
        let missing: Vec<String> = match &subject.ty {
            Type::Enum(id) => {
                let variants = &self.checker.program.enums[*id].variants;
                let open = variants.iter().filter(|(_, number)| !taken(*number));
                open.map(|(name, _)| format!("`{name}`")).collect()
            }
            Type::Bool => [(0, "`false`"), (1, "`true`")]
                .into_iter()
                .filter(|(number, _)| !taken(*number))
                .map(|(_, name)| name.to_owned())
                .collect(),
            Type::Int(int) => {
                let mut least = int.min();
                while let Some((_, high)) = ranges.iter().find(|(l, h)| (*l..=*h).contains(&least))
                {
                    least = high + 1;
                }
                (least <= int.max()).then(|| format!("`{least}`")).into_iter().collect()
            }
            _ => vec!["`_`".to_owned()],
        };
        if !missing.is_empty() {
            let message = format!("no arm takes {}", missing.join(", "));
            let error = self.error(Code::NotExhaustive, span, message);
            self.report(error.help("add an arm for it, or `_ => …` for all the rest"));
        }
    }

    /// `value in set`
    pub(crate) fn in_expr(
        &mut self,
        node: &'a ast::Expr,
        set: &'a ast::Expr,
        negated: bool,
        span: Span,
    ) -> Expr {
        let looked_for = self.operand(node, None);
        if looked_for.ty.is_bottom() {
            return error(span);
        }
        if let Type::Optional(_) = looked_for.ty {
            let error = self.absent(&looked_for, "may be absent, so it cannot be looked for");
            return self.wrong(error);
        }
        if matches!(looked_for.ty, Type::Ipv4Prefix | Type::Ipv6Prefix)
            && value(&looked_for).is_none()
        {
            let error = self.error(Code::TypeMismatch, looked_for.span, "a prefix is in no set");
            return self.wrong(error.help("look for an address"));
        }
        let Some(elements) = self.elements(set, &looked_for.ty) else { return error(span) };
        let value = Box::new(looked_for);
        let found = fold(match elements {
            Elements::Values(values) => expr(ExprKind::In(value, values), Type::Bool, span),
            Elements::Between(low, high) => {
                expr(ExprKind::Between(value, low, high), Type::Bool, span)
            }
        });
        if negated { fold(expr(ExprKind::Not(Box::new(found)), Type::Bool, span)) } else { found }
    }

    fn elements(&mut self, set: &'a ast::Expr, of: &Type) -> Option<Elements> {
        let element = match of {
            Type::Ipv4Addr => Type::Ipv4Prefix,
            Type::Ipv6Addr => Type::Ipv6Prefix,
            other => other.clone(),
        };
        match &set.kind {
            Kind::Set(nodes) => {
                self.members(nodes, &element).map(|values| Elements::Values(values.into()))
            }
            Kind::Range { .. } => {
                let Type::Int(int) = of else {
                    let name = self.type_name(of);
                    let message = format!("a range needs numbers, and this is {name}");
                    let error = self.error(Code::TypeMismatch, set.span, message);
                    self.report(error.help("write the addresses as prefixes: `in { 10.0.0.0/8 }`"));
                    return None;
                };
                let (low, high) = self.between(set, &Type::Int(*int))?;
                Some(Elements::Between(low, high))
            }
            _ => {
                let want = Type::Set(Box::new(element.clone()));
                let known = self.expr(set, Some(&want));
                match (&known.ty, value(&known)) {
                    (Type::Error | Type::Never, _) => None,
                    (Type::Set(of), Some(Value::Set(values))) if **of == element => {
                        Some(Elements::Values(values.clone()))
                    }
                    // Of addresses alone: prefixes of all their bits.
                    (Type::Set(own), Some(Value::Set(values))) if **own == *of => {
                        Some(Elements::Values(values.iter().map(Value::prefix).collect()))
                    }
                    (Type::Ipv4Prefix | Type::Ipv6Prefix, _) if known.ty == element => {
                        let known = self.must_be_known(known);
                        Some(Elements::Values([value(&known)?.clone()].into()))
                    }
                    _ => {
                        let error = self.mismatch(&known, &want);
                        self.report(
                            error.help("write a set `{ … }`, a range `a..=b`, or a constant set"),
                        );
                        None
                    }
                }
            }
        }
    }

    /// The values of a set as it is written: known ones, and all numbers of ranges.
    pub(crate) fn members(&mut self, nodes: &'a [ast::Expr], element: &Type) -> Option<Vec<Value>> {
        let mut values = Vec::new();
        let mut fine = true;
        for node in nodes {
            let (Kind::Range { .. }, Type::Int(_)) = (&node.kind, element) else {
                let value = self.known(node, element);
                fine &= value.is_some();
                values.extend(value);
                continue;
            };
            let ends = self.between(node, element);
            let ends = ends.and_then(|(low, high)| Some((low.number()?, high.number()?)));
            let Some((low, high)) = ends else {
                fine = false;
                continue;
            };
            if high - low >= MOST_IN_RANGE {
                let message = format!("a range in a set has at most {MOST_IN_RANGE} numbers");
                let error = self.error(Code::TargetLimit, node.span, message);
                self.report(error.help("ask for it by itself: `… || number in LOW..=HIGH`"));
                fine = false;
                continue;
            }
            values.extend((low..=high).map(Value::Int));
        }
        fine.then_some(values)
    }

    /// The ends of a range of known numbers, both included.
    fn between(&mut self, range: &'a ast::Expr, ty: &Type) -> Option<(Value, Value)> {
        let Kind::Range { start, end, inclusive } = &range.kind else { return None };
        let &Type::Int(int) = ty else { return None };
        let low = match start {
            Some(start) => self.known(start, ty)?.number()?,
            None => int.min(),
        };
        let high = match end {
            Some(end) => {
                // The number behind the last may be one that the type does not have.
                let wide = Type::Int(crate::types::Int { bits: 64, ..int });
                self.known(end, &wide)?.number()? - i128::from(!inclusive)
            }
            None => int.max(),
        };
        if low > high || !int.holds(high) {
            let error = self.error(Code::BadValue, range.span, "no number is in this range");
            self.report(error.help("put the lesser number first; `..=` includes the end"));
            return None;
        }
        Some((Value::Int(low), Value::Int(high)))
    }

    /// `value?`
    pub(crate) fn try_expr(&mut self, node: &'a ast::Expr, span: Span) -> Expr {
        let tried = self.operand(node, None);
        let inner = match &tried.ty {
            Type::Optional(inner) => (**inner).clone(),
            Type::Error | Type::Never => return error(span),
            // What is absent fails a test, with or without it.
            _ if self.context == Context::Test => return tried,
            _ => {
                self.never_absent(&tried);
                return error(span);
            }
        };
        self.leave_without(tried, inner, span)
    }

    /// The value of what may be absent; leaves where it is.
    pub(crate) fn leave_without(&mut self, tried: Expr, inner: Type, span: Span) -> Expr {
        match &self.context {
            Context::Program { otherwise: true, .. }
            | Context::Function { result: Type::Optional(_) | Type::Unit, .. }
            | Context::Test => {}
            Context::Program { .. } => {
                let message = "`?` needs a verdict to leave with, and this program has none";
                let error = self.error(Code::NoOtherwise, span, message);
                return self.wrong(error.help("add `otherwise VERDICT` behind the hook"));
            }
            Context::Function { .. } => {
                let message = "`?` leaves a function without a value, and this one always has one";
                let error = self.error(Code::NoOtherwise, span, message);
                return self.wrong(
                    error.help("let the function give `T?`, or decide with `else` or `if let`"),
                );
            }
            Context::Constant | Context::Header(_) => {
                let error =
                    self.error(Code::NoOtherwise, span, "`?` has no meaning in a declaration");
                return self.wrong(error);
            }
        }
        expr(ExprKind::Try(Box::new(tried)), inner, span)
    }
}

/// What may stand to the right of `in`.
enum Elements {
    Values(Box<[Value]>),
    Between(Value, Value),
}
