//! What has to be given back: each is given back exactly once on every way.
//!
//! A variable holds it. It is given back by what is called of it, or where its scope ends. Where ways
//! meet on only some of which it was given back, the others give it back there too, so that behind
//! them nobody holds it: what a program holds at a place does not depend on the way that led there.

use nbpfc_source::{Code, Span};
use nbpfc_syntax::ast::{self, Arg, Ident};

use crate::body::{Scope, error, expr};
use crate::constant::number;
use crate::program::{Block, Expr, ExprKind, Fate, LocalId};
use crate::types::Type;
use crate::value::Value;

/// `BPF_RB_FORCE_WAKEUP`
const MOST_FLAGS: u64 = 2;

/// What was held at the ends of ways that begin at one place and lead to another.
pub(crate) struct Ways {
    before: Vec<LocalId>,
    /// Of each way; `None` if control does not come to its end.
    ends: Vec<Option<Vec<LocalId>>>,
}

impl<'a> Scope<'_, 'a> {
    /// Ways begin here.
    pub(crate) fn ways(&self) -> Ways {
        Ways { before: self.held.now.clone(), ends: Vec::new() }
    }

    /// One of them is over, with a value of this type; the next begins.
    pub(crate) fn way(&mut self, ways: &mut Ways, ty: &Type) {
        let held = std::mem::replace(&mut self.held.now, ways.before.clone());
        ways.ends.push((!ty.is_bottom()).then_some(held));
    }

    /// The ways meet: what each has to give back at its end.
    pub(crate) fn meet(&mut self, ways: Ways) -> Vec<Vec<LocalId>> {
        let Ways { before, ends } = ways;
        let all = |local: &LocalId| ends.iter().flatten().all(|end| end.contains(local));
        let joined: Vec<_> = before.into_iter().filter(all).collect();
        let releases = ends.iter().map(|end| {
            let extra = end.iter().flatten().copied().filter(|local| !joined.contains(local));
            extra.collect()
        });
        let releases = releases.collect();
        self.held.now = joined;
        releases
    }

    /// A variable holds what its type says has to be given back.
    pub(crate) fn holds(&mut self, local: LocalId) {
        if self.body.locals[local].ty.is_held() {
            self.held.now.push(local);
        }
    }

    /// Whoever calls a function holds what its parameters are.
    pub(crate) fn lend(&mut self, params: &[LocalId]) {
        let held = params.iter().copied().filter(|local| self.body.locals[*local].ty.is_held());
        self.held.lent.extend(held);
        self.held.now.extend(&self.held.lent);
    }

    /// What a block gives back at its end: what it came to itself.
    pub(crate) fn leave_block(&mut self, block: &mut Block, before: usize, ends: bool) {
        if self.held.now.len() > before {
            let own = self.held.now.split_off(before);
            if !ends {
                block.releases.extend(own);
            }
        }
    }

    /// The body of a loop begins, before which this was held.
    pub(crate) fn enter_loop(&mut self, before: Vec<LocalId>) {
        self.loops += 1;
        self.held.loops.push(before);
    }

    /// The body of a loop ends, with a value of this type: what it has to give back there.
    pub(crate) fn leave_loop(&mut self, ty: &Type, span: Span) -> Vec<LocalId> {
        if !ty.is_bottom() {
            self.goes_on(span);
        }
        self.loops -= 1;
        let before = self.held.loops.pop().unwrap_or_default();
        let held = std::mem::replace(&mut self.held.now, before);
        if ty.is_bottom() {
            return Vec::new();
        }
        held.into_iter().filter(|local| !self.held.now.contains(local)).collect()
    }

    /// Control leaves a round of a loop here. What was held before the loop has to be held still, for
    /// there may have been any number of rounds.
    pub(crate) fn goes_on(&mut self, span: Span) {
        let mut gone = self.held.loops.last().cloned().unwrap_or_default();
        gone.retain(|local| !self.held.now.contains(local));
        for local in gone {
            let name = self.body.locals[local].name.clone();
            let message = format!("`{name}` is given back in a loop, which may do so again");
            let mut error = self.error(Code::Held, span, message);
            if let Some(at) = self.held.given.get(&local) {
                error = error.related(*at, "given back here");
            }
            self.report(error.help("leave by `return` behind that, or get it inside of the loop"));
        }
    }

    /// Whether a variable still holds what it was made with; reports what is used too late.
    pub(crate) fn check_held(&mut self, local: LocalId, span: Span) -> bool {
        let data = &self.body.locals[local];
        if !data.ty.is_held() || self.held.now.contains(&local) {
            return true;
        }
        let message = format!("`{}` was given back", data.name);
        let mut error = self.error(Code::Held, span, message);
        if let Some(at) = self.held.given.get(&local) {
            error = error.related(*at, "here, on some way that leads on");
        }
        self.report(error.help("use it before that, or get another"));
        false
    }

    /// An expression in which nothing is given back that is held around it: other expressions are
    /// computed before and behind it, or instead of it.
    pub(crate) fn inside(&mut self, node: &'a ast::Expr, want: Option<&Type>) -> Expr {
        let before = self.held.now.clone();
        let value = self.expr(node, want);
        let gone = before.iter().find(|local| !self.held.now.contains(local)).copied();
        self.held.now = before;
        let Some(local) = gone else { return value };
        let name = &self.body.locals[local].name;
        let message = format!("`{name}` is given back in the middle of an expression");
        let error = self.error(Code::Held, value.span, message);
        self.wrong(error.help("give it back in a statement of its own"))
    }

    /// Only variables hold what has to be given back.
    pub(crate) fn named(&mut self, value: Expr) -> Expr {
        if !value.ty.is_held() || matches!(value.kind, ExprKind::Local(_)) {
            return value;
        }
        let message = format!("{} has to have a name", self.type_name(&value.ty));
        let error = self.error(Code::Held, value.span, message);
        self.wrong(
            error
                .note("it is given back where the scope of its name ends")
                .help("`let x = … else { … };` gives it one"),
        )
    }

    /// What is given a name: a part of a record is copied, as the name may outlast the record.
    pub(crate) fn of_record(value: Expr) -> Expr {
        let mut at = &value;
        while let ExprKind::Part(base, _) = &at.kind {
            if matches!(base.ty, Type::Record(_)) {
                return Self::deref(value);
            }
            at = base;
        }
        value
    }

    /// What may be there and would have to be given back is asked for at once: behind this it has a name.
    pub(crate) fn decided(&mut self, value: Expr) -> Expr {
        let Type::Optional(inner) = &value.ty else { return value };
        if !inner.is_held() {
            return value;
        }
        let message = "whether this is there has to be decided at once";
        let error = self.error(Code::Held, value.span, message);
        self.wrong(error.help("write `let x = … else { … };`, or `…?`"))
    }

    /// A function's value, which may be a socket that a variable of its own holds: who calls holds it then.
    pub(crate) fn handed_over(&mut self, value: Expr) -> Expr {
        let ExprKind::Present(inner) = &value.kind else { return value };
        let ExprKind::Local(local) = inner.kind else { return value };
        if self.held.lent.contains(&local) {
            let name = &self.body.locals[local].name;
            let message = format!("`{name}` is held by who calls this function");
            let error = self.error(Code::Held, value.span, message);
            return self.wrong(error.help("give back one that was got here"));
        }
        self.held.now.retain(|other| *other != local);
        self.held.given.insert(local, value.span);
        value
    }

    /// A value of something held is no value: it stays where it is.
    pub(crate) fn not_held(&mut self, value: Expr) -> Expr {
        if !value.ty.stays() {
            return value;
        }
        let message = format!("{} cannot be passed on", self.type_name(&value.ty));
        let error = self.error(Code::Held, value.span, message);
        self.wrong(error.help(if self.gives_socket() {
            "use it by its own name; `return` gives it to who calls the function"
        } else if value.ty == Type::Socket {
            "use it by its own name; one of several a function gives: `fn NAME(…) -> socket?`"
        } else {
            "use it by its own name"
        }))
    }

    /// The flags of `e.submit(flags)`, which the compiler has to know.
    fn wakes(&mut self, method: &Ident, args: &'a [Arg], span: Span) -> Option<u64> {
        let params = [("flags".to_owned(), Type::U64, Some(Value::Int(0)))];
        let flags = self.arguments(&method.name, &params, args, span)?.pop()?;
        let flags = self.must_be_known(flags);
        let known = number(&flags).and_then(|flags| u64::try_from(flags).ok());
        if flags.ty != Type::Error && known.is_none_or(|flags| flags > MOST_FLAGS) {
            let error = self.error(Code::BadValue, flags.span, "a ring buffer has no such flag");
            self.report(error.help("1 does not wake who reads, 2 does in any case"));
            return None;
        }
        known
    }

    /// `e.submit()`, `e.discard()`
    pub(crate) fn held_call(
        &mut self,
        base: &Expr,
        method: &Ident,
        args: &'a [Arg],
        span: Span,
    ) -> Expr {
        let ExprKind::Local(local) = base.kind else { return error(span) };
        let fate = match (method.name.as_str(), &base.ty) {
            ("submit", Type::Record(_)) => self.wakes(method, args, span).map(Fate::Submitted),
            ("discard", Type::Record(_)) => self.wakes(method, args, span).map(Fate::Discarded),
            ("release", Type::Socket) => {
                if let Some(arg) = args.first() {
                    let error =
                        self.error(Code::WrongArguments, arg.value.span, "`release` takes nothing");
                    return self.wrong(error.help("leave it out"));
                }
                Some(Fate::Discarded(0))
            }
            (other, ty) => {
                let message = format!("{} has no `{other}`", self.type_name(ty));
                let error = self.error(Code::UnknownMember, method.span, message);
                return self.wrong(error.help(match ty {
                    Type::Socket => "it has `release`, and its fields",
                    _ => "it has `submit` and `discard`, and its fields",
                }));
            }
        };
        let Some(fate) = fate else { return error(span) };
        if self.held.lent.contains(&local) {
            let message =
                format!("`{}` is held by who calls this function", self.body.locals[local].name);
            let error = self.error(Code::Held, span, message);
            return self.wrong(error.help("give it back there"));
        }
        self.held.now.retain(|other| *other != local);
        self.held.given.insert(local, span);
        expr(ExprKind::GiveBack(local, fate), Type::Unit, span)
    }
}
