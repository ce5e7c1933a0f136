//! What is done with maps: the operations that the library declares of their kinds.

use nbpfc_kernel::{Helper, Version};
use nbpfc_source::{Code, Span};
use nbpfc_syntax::ast::{self, Arg, Ident};

use crate::body::{Context, GIVES_VERDICT, Scope, error, expr};
use crate::operation::{GET, Operation, Outcome, REDIRECT, Role};
use crate::program::{Expr, ExprKind, FunctionId, StmtKind};
use crate::types::{MapId, Type};

/// What makes an element if there is none.
const AT: &str = "at";
/// What `emit` is short for.
const OUTPUT: &str = "output";

/// A map that another one holds.
fn held_map(value: Expr) -> Option<Expr> {
    matches!(value.ty, Type::MapIn(_)).then_some(value)
}

impl<'a> Scope<'_, 'a> {
    /// One of the operations of a map's kind.
    fn operation(&self, map: MapId, name: &str) -> Option<(usize, Operation)> {
        let ty = self.checker.program.maps[map].ty;
        let operations = &self.checker.program.map_types[ty].operations;
        let found = operations.iter().enumerate().find(|(_, operation)| operation.name == name);
        found.map(|(index, operation)| (index, operation.clone()))
    }

    /// `map[key]`
    pub(crate) fn index(&mut self, base: &'a ast::Expr, index: &'a ast::Expr, span: Span) -> Expr {
        let base = self.operand(base, None);
        let (Type::Map(map) | Type::MapIn(map)) = base.ty else {
            if base.ty == Type::Error {
                return base;
            }
            if let Type::Bytes(_) | Type::Packet(_) = base.ty {
                return self.slice(base, index, span);
            }
            return self.element(base, index, span);
        };
        if self.context == Context::Test
            && let Some((number, _)) = self.operation(map, REDIRECT)
        {
            return self.reference(map, number, index, span);
        }
        let Some((number, operation)) = self.operation(map, GET) else {
            let data = &self.checker.program.maps[map];
            let kind = &self.checker.program.map_types[data.ty].name;
            let message = format!("`{}` is a {kind}: it has no elements by keys", data.name);
            let error = self.error(Code::UnknownMember, span, message);
            let help = self.has(map);
            return self.wrong(error.help(help));
        };
        let key = match operation.params.first() {
            Some((_, Role::Socket, _)) => Type::Socket,
            _ => self.checker.program.maps[map].key.clone(),
        };
        let value = self.operand(index, Some(&key));
        let value = self.coerce(value, &key);
        if value.ty == Type::Error {
            return error(span);
        }
        let defaults =
            operation.params.iter().skip(1).filter_map(|(_, role, default)| match role {
                Role::Number(ty) => Some(expr(ExprKind::Value(default.clone()?), ty.clone(), span)),
                _ => None,
            });
        let defaults: Vec<_> = defaults.collect();
        let args = held_map(base).into_iter().chain([value]).chain(defaults).collect();
        let element = self.operate(map, number, &operation, args, span);
        match (&self.context, &element.ty) {
            (Context::Test, Type::Optional(inner)) => {
                let inner = (**inner).clone();
                self.leave_without(element, inner, span)
            }
            _ => element,
        }
    }

    /// What user space puts into a map that packets are redirected by: the number of an interface or
    /// a processor, or a socket.
    fn reference(&mut self, map: MapId, number: usize, index: &'a ast::Expr, span: Span) -> Expr {
        let key = self.checker.program.maps[map].key.clone();
        let value = self.operand(index, Some(&key));
        let value = self.coerce(value, &key);
        if value.ty == Type::Error {
            return error(span);
        }
        let inner = Type::Ref(Box::new(Type::U32));
        let ty = Type::Optional(Box::new(inner.clone()));
        let element = expr(ExprKind::Operate(map, number, vec![value]), ty, span);
        self.leave_without(element, inner, span)
    }

    /// What there is to do with a map, for a help line.
    fn has(&self, map: MapId) -> String {
        let ty = self.checker.program.maps[map].ty;
        let operations = &self.checker.program.map_types[ty].operations;
        let names: Vec<_> = operations
            .iter()
            .map(|operation| match operation.name.as_str() {
                GET => "`m[key]`".to_owned(),
                OUTPUT => "`emit … to m`".to_owned(),
                name => format!("`{name}`"),
            })
            .collect();
        if names.is_empty() {
            return "programs do nothing with it but name it".to_owned();
        }
        format!("it has {}", names.join(", "))
    }

    /// `map.method(…)`
    pub(crate) fn map_call(
        &mut self,
        map: MapId,
        held: Option<Expr>,
        method: &Ident,
        args: &'a [Arg],
        span: Span,
    ) -> Expr {
        let Some((number, operation)) = self.operation(map, &method.name) else {
            let ty = self.checker.program.maps[map].ty;
            let kind = &self.checker.program.map_types[ty].name;
            let message = format!("maps of type `{kind}` have no `{}`", method.name);
            let error = self.error(Code::UnknownMember, method.span, message);
            let help = self.has(map);
            return self.wrong(error.help(help));
        };
        let params: Vec<_> = operation
            .params
            .iter()
            .map(|(name, role, default)| {
                let data = &self.checker.program.maps[map];
                let ty = match role {
                    Role::Key => data.key.clone(),
                    Role::Value | Role::Map => data.value.clone(),
                    Role::Socket => Type::Socket,
                    Role::Number(ty) => ty.clone(),
                };
                (name.clone(), ty, default.clone())
            })
            .collect();
        match self.arguments(&method.name, &params, args, span) {
            Some(args) => {
                let args = held.into_iter().chain(args).collect();
                let done = self.operate(map, number, &operation, args, span);
                match (&self.context, &operation.outcome, &done.ty) {
                    // What is absent fails a test, as an element does.
                    (Context::Test, Outcome::Value, Type::Optional(inner)) => {
                        let inner = (**inner).clone();
                        self.leave_without(done, inner, span)
                    }
                    _ => done,
                }
            }
            None => error(span),
        }
    }

    fn operate(
        &mut self,
        map: MapId,
        number: usize,
        operation: &Operation,
        args: Vec<Expr>,
        span: Span,
    ) -> Expr {
        let value = self.checker.program.maps[map].value.clone();
        let Some(row) = operation.row else {
            // The element under a key, made if need be: if there is no room, it leaves.
            let ty = Type::Optional(Box::new(Type::Ref(Box::new(value.clone()))));
            let made = expr(ExprKind::Obtain(map, args), ty, span);
            let inner = Type::Ref(Box::new(value.clone()));
            return self.leave_without(made, inner, span);
        };
        self.available(row, &operation.name, span);
        let since = row.since_with(self.checker.program.maps[map].kind);
        if since > row.since {
            self.since(since, &operation.name, span);
        }
        self.until(row.until_with(self.checker.program.maps[map].kind), &operation.name, span);
        if *row == Helper::TAIL_CALL {
            self.tail_call(map, span);
        }
        let optional = |inner: Type| Type::Optional(Box::new(inner));
        let ty = match operation.outcome {
            Outcome::Nothing => Type::Unit,
            Outcome::Done | Outcome::Holds => Type::Bool,
            Outcome::Content => optional(Type::U32),
            Outcome::Number => Type::U64,
            Outcome::Element if let Some(inner) = self.checker.program.maps[map].inner => {
                optional(Type::MapIn(inner))
            }
            // As of other maps, it leaves where there is no room.
            Outcome::Element if operation.name == AT => {
                let inner = Type::Ref(Box::new(value));
                let made =
                    expr(ExprKind::Operate(map, number, args), optional(inner.clone()), span);
                return self.leave_without(made, inner, span);
            }
            Outcome::Element => optional(Type::Ref(Box::new(value))),
            Outcome::Place => Type::Ref(Box::new(value)),
            Outcome::Socket => optional(Type::Socket),
            Outcome::Record => optional(Type::Record(Box::new(value))),
            Outcome::Value => optional(value),
            Outcome::Verdict => {
                let Some(hook) = self.hook() else {
                    let message =
                        format!("only programs have verdicts, as `{}` gives", operation.name);
                    let error = self.error(Code::WrongKind, span, message);
                    return self.wrong(error.help(GIVES_VERDICT));
                };
                Type::Verdict(hook)
            }
        };
        expr(ExprKind::Operate(map, number, args), ty, span)
    }

    /// A call that does not come back: nothing is held there, and the program's hook has to be known. In a
    /// function it is one of whoever calls that.
    pub(crate) fn tail_call(&mut self, map: MapId, span: Span) {
        match self.context {
            Context::Program { hook, .. } => self.checker.tail_calls.push((map, hook, span)),
            Context::Function { .. } if self.body.tail_calls.contains(&map) => {}
            Context::Function { .. } => self.body.tail_calls.push(map),
            _ => {
                let message = "only the running program goes on in another one";
                let error = self.error(Code::WrongKind, span, message);
                self.report(error.help("leave it out here"));
            }
        }
        let Some(local) = self.held.now.last() else { return };
        let data = &self.body.locals[*local];
        let message = format!("`{}` is held here, and the program does not come back", data.name);
        let error = self.error(Code::Held, span, message);
        let error = error.related(data.span, "held since here");
        self.report(error.help("give it back before"));
    }

    /// A call of a function, which may go on in programs.
    pub(crate) fn called(&mut self, id: FunctionId, args: Vec<Expr>, span: Span) -> Expr {
        let function = &self.checker.program.functions[id];
        let (result, maps) = (function.result.clone(), function.body.tail_calls.clone());
        self.body.resizes |= function.body.resizes;
        for map in maps {
            self.tail_call(map, span);
        }
        expr(ExprKind::Call(id, args), result, span)
    }

    /// `emit value to map;`
    pub(crate) fn emit(&mut self, value: &'a ast::Expr, map: &'a ast::Expr) -> Option<StmtKind> {
        let named = self.operand(map, None);
        let Type::Map(id) = named.ty else {
            if named.ty != Type::Error {
                let message = format!("{} takes no events", self.type_name(&named.ty));
                let error = self.error(Code::WrongKind, named.span, message);
                self.report(error.help("`map events: ringbuf<Event>(256KiB);` does"));
            }
            return None;
        };
        let Some((number, operation)) = self.operation(id, OUTPUT) else {
            let message = format!("{} takes no events", self.type_name(&named.ty));
            let error = self.error(Code::WrongKind, named.span, message);
            self.report(error.help("`map events: ringbuf<Event>(256KiB);` does"));
            return None;
        };
        let want = self.checker.program.maps[id].value.clone();
        let value = self.operand(value, Some(&want));
        let value = self.coerce(value, &want);
        if value.ty == Type::Error {
            return None;
        }
        let span = value.span.to(named.span);
        let defaults = operation.params.iter().filter_map(|(_, role, default)| match role {
            Role::Number(ty) => {
                let default = default.clone()?;
                Some(expr(ExprKind::Value(default), ty.clone(), span))
            }
            _ => None,
        });
        let args = [value].into_iter().chain(defaults).collect();
        Some(StmtKind::Expr(self.operate(id, number, &operation, args, span)))
    }

    /// Reports what the kernel has not yet.
    fn since(&mut self, since: Version, name: &str, span: Span) {
        let kernel = self.checker.options.kernel;
        if since > kernel {
            let message = format!("`{name}` needs Linux {since}, and the target is {kernel}");
            let error = self.error(Code::NotOnTarget, span, message);
            self.report(error.help(format!("compile with `--kernel {since}`")));
        }
    }

    /// Reports what the kernel no longer has.
    fn until(&mut self, until: Option<Version>, name: &str, span: Span) {
        let kernel = self.checker.options.kernel;
        if let Some(until) = until.filter(|until| *until <= kernel) {
            let message = format!("Linux {until} has `{name}` no more, and the target is {kernel}");
            let error = self.error(Code::NotOnTarget, span, message);
            self.report(error.help("have user space do it, or compile with an older `--kernel`"));
        }
    }

    /// Reports a helper that the kernel, or the program's licence, does not let programs call.
    pub(crate) fn available(&mut self, row: &Helper, name: &str, span: Span) {
        self.since(row.since, name, span);
        let license = self.checker.program.license.clone();
        if let Some(license) = license.filter(|_| row.gpl)
            && !nbpfc_kernel::is_gpl_compatible(&license)
        {
            let message = format!("`{name}` is for programs under the GPL only");
            let error = self.error(Code::NotOnTarget, span, message);
            let error = error.note(format!("`license \"{license}\";` is not compatible with it"));
            self.report(error.help(
                "write `license \"Dual MIT/GPL\";` or `license \"GPL\";`, or leave the call out",
            ));
        }
    }
}
