//! `test` items: what they do, and what they may ask for.
//!
//! Values are made of constants, the test's own variables, and what lies in maps and global variables,
//! with all that the compiler computes. No program runs to compute them: a test reads what programs
//! left, it is none.

mod redirect;
mod packet;

use nbpfc_source::{Code, Span};
use nbpfc_syntax::ast::{self, AssignOp, BinaryOp as Op, ExprKind as Kind, ItemKind, StmtKind};

use crate::body::{Context, Scope, expr};
use crate::checker::{Checker, ItemRef, Resolved};
use crate::computed::{only_running, peeks};
use crate::operator::binary_op;
use crate::program::{Claim, Expr, ExprKind, Rounds, Step, StepKind, Test};
use crate::types::{MapId, Type};
use crate::value::Value;

/// The check of one test.
struct Testing<'c, 'a> {
    scope: Scope<'c, 'a>,
    /// A step before this one has needed the programs to be loaded.
    loaded: bool,
}

impl<'a> Checker<'a> {
    /// A test of the user's module. Its programs have been checked.
    pub(crate) fn test_item(&mut self, source: usize, node: &'a ast::Test) {
        let name = String::from_utf8_lossy(&node.name.value).into_owned();
        let span = node.name.span;
        if let Some(earlier) = self.program.tests.iter().find(|test| test.name == name) {
            let earlier = earlier.span;
            let message = "two tests have one name";
            let error = self.error(Code::DuplicateName, source, span, message);
            let error = error.related(earlier, "first used here");
            self.report(error.help("say what this one shows"));
        }
        let scope = Scope::new(self, source, Context::Test);
        let mut testing = Testing { scope, loaded: false };
        let steps = testing.steps(&node.body);
        let locals = testing.scope.body.locals;
        self.program.tests.push(Test { name, span, locals, steps });
    }
}

impl<'a> Testing<'_, 'a> {
    fn steps(&mut self, block: &'a ast::Block) -> Vec<Step> {
        let mut steps = Vec::new();
        for node in &block.statements {
            if let Some(kind) = self.step(node) {
                steps.push(Step { kind, span: node.span });
            }
        }
        if let Some(tail) = &block.tail {
            let error = self.scope.error(Code::UnusedValue, tail.span, "a test has no value");
            self.scope.report(error.help("write `expect …;` to say what must hold"));
        }
        steps
    }

    fn step(&mut self, node: &'a ast::Stmt) -> Option<StepKind> {
        match &node.kind {
            StmtKind::Let(node) => self.let_step(node),
            StmtKind::Assign { target, op, value, otherwise } => {
                if let Some(otherwise) = otherwise {
                    self.scope.never_missing(otherwise.span);
                }
                self.put(target, *op, value, node.span)
            }
            StmtKind::Advance(time) => {
                self.loaded = true;
                Some(StepKind::Advance(self.value(time, Some(&Type::U64))?))
            }
            StmtKind::Expect(claim) => {
                self.loaded = true;
                self.claim(claim).map(StepKind::Expect)
            }
            StmtKind::Run(run) => {
                self.loaded = true;
                self.run(run, node.span).map(|run| StepKind::Run(Box::new(run)))
            }
            StmtKind::For(node) => self.for_step(node),
            StmtKind::Error => None,
            _ => {
                let message = "this does not belong into a test";
                let error = self.scope.error(Code::WrongKind, node.span, message);
                self.scope.report(error.help(
                    "a test has `run`, `expect`, `advance`, `let`, `for`, and assignments to maps and variables",
                ));
                None
            }
        }
    }

    fn let_step(&mut self, node: &'a ast::Let) -> Option<StepKind> {
        if let Some(otherwise) = &node.otherwise {
            let message = "nothing is absent here";
            let error = self.scope.error(Code::NeverAbsent, otherwise.span, message);
            self.scope.report(error.help("leave the `else` out"));
        }
        let ty = node.ty.as_ref().map(|ty| self.scope.checker.ty(self.scope.source, ty));
        let value = self.value(&node.value, ty.as_ref());
        let ty = value.as_ref().map_or(Type::Error, |value| value.ty.clone());
        let local = self.scope.declare(&node.name, ty, false);
        Some(StepKind::Let(local, value?))
    }

    fn for_step(&mut self, node: &'a ast::For) -> Option<StepKind> {
        let [name] = node.names.as_slice() else {
            let message = "a loop of a test has one variable";
            let error = self.scope.error(Code::WrongKind, node.iterable.span, message);
            self.scope.report(error.help("write `for x in …`"));
            return None;
        };
        let (rounds, ty) = if let Kind::Range { start: Some(start), end: Some(end), inclusive } =
            &node.iterable.kind
        {
            (self.numbers(start, end, *inclusive)?, Type::U32)
        } else {
            let all = self.value(&node.iterable, None)?;
            let (Type::Array(element, _) | Type::Set(element)) = all.ty.clone() else {
                let name = self.scope.type_name(&all.ty);
                let message = format!("{name} has nothing to go through");
                let error = self.scope.error(Code::TypeMismatch, all.span, message);
                self.scope.report(error.help("numbers `a..b`, arrays and sets have"));
                return None;
            };
            (Rounds::Elements(all), *element)
        };
        self.scope.enter();
        let local = self.scope.declare(name, ty, false);
        let steps = self.steps(&node.body);
        self.scope.leave();
        Some(StepKind::For(local, rounds, steps))
    }

    fn numbers(
        &mut self,
        start: &'a ast::Expr,
        end: &'a ast::Expr,
        inclusive: bool,
    ) -> Option<Rounds> {
        let start = self.value(start, Some(&Type::U32))?;
        let mut end = self.value(end, Some(&Type::U32))?;
        if inclusive {
            let one = expr(ExprKind::Value(Value::Int(1)), Type::U32, end.span);
            let span = end.span;
            end = self.scope.compute(crate::program::BinaryOp::Add, end, one, span);
        }
        Some(Rounds::Numbers(start, end))
    }

    /// `place = value;`
    fn put(
        &mut self,
        target: &'a ast::Expr,
        op: AssignOp,
        value: &'a ast::Expr,
        span: Span,
    ) -> Option<StepKind> {
        let place = self.place(target)?;
        let ty = place.ty.place()?.clone();
        if self.is_param(&place) {
            if self.loaded {
                let message = "parameters are set before programs are loaded";
                let error = self.scope.error(Code::ReadOnly, span, message);
                self.scope.report(
                    error.help("move it to the beginning of the test, or write another test"),
                );
                return None;
            }
        } else {
            self.loaded = true;
        }
        let value = match op {
            AssignOp::Set => self.value(value, Some(&ty))?,
            AssignOp::Compute(op) => {
                let value = self.value(value, None)?;
                if !matches!((&ty, &value.ty), (Type::Int(_), Type::Int(_))) {
                    let error = self.scope.mismatch(&value, &ty);
                    self.scope.report(error);
                    return None;
                }
                let old = Scope::deref(place.clone());
                let computed = self.scope.compute(binary_op(op)?, old, value, span);
                Scope::convert(computed, ty)
            }
        };
        (!value.ty.is_bottom()).then_some(StepKind::Put(place, value))
    }

    /// What need not be there: a place in memory, or the next value of a queue or a stack.
    fn perhaps(&mut self, node: &'a ast::Expr) -> Option<Expr> {
        let asked = self.scope.inside(node, None);
        if let ExprKind::Try(inner) = &asked.kind
            && let ExprKind::Operate(map, number, _) = inner.kind
            && peeks(&self.scope.checker.program, map, number)
        {
            return self.computed(asked);
        }
        self.in_memory(asked, node)
    }

    /// A place in memory.
    fn place(&mut self, node: &'a ast::Expr) -> Option<Expr> {
        let place = self.scope.inside(node, None);
        self.in_memory(place, node)
    }

    fn in_memory(&mut self, place: Expr, node: &ast::Expr) -> Option<Expr> {
        if place.ty.is_bottom() {
            return None;
        }
        if place.ty.place().is_none() {
            let message = "this is no place in memory that programs share";
            let error = self.scope.error(Code::ReadOnly, node.span, message);
            self.scope
                .report(error.help(
                    "elements of maps, global variables and parameters are, and their parts",
                ));
            return None;
        }
        self.computed(place)
    }

    /// Whether a place is one of a parameter.
    fn is_param(&self, place: &Expr) -> bool {
        match &place.kind {
            ExprKind::Var(var) => self.scope.checker.program.vars[*var].constant,
            ExprKind::Part(base, _) | ExprKind::At(base, _) => self.is_param(base),
            _ => false,
        }
    }

    /// A value.
    fn value(&mut self, node: &'a ast::Expr, want: Option<&Type>) -> Option<Expr> {
        let value = self.scope.operand(node, want);
        let value = Scope::deref(value);
        let value = match want {
            Some(want) => self.scope.coerce(value, want),
            None => value,
        };
        if value.ty.is_bottom() {
            return None;
        }
        self.computed(value)
    }

    /// An expression, unless it has a part that tests do not compute.
    fn computed(&mut self, value: Expr) -> Option<Expr> {
        let Some(span) = only_running(&self.scope.checker.program, &value) else {
            return Some(value);
        };
        let message = "only the running program has this, and a test is none";
        let error = self.scope.error(Code::NotConstant, span, message);
        self.scope.report(error.help(
            "a test computes with constants, its own variables, elements of maps and global variables",
        ));
        None
    }

    /// What an expression names, by itself or in a module: `None` if it names a variable of the test, or
    /// nothing; `Err` if the module has no such thing, which was reported.
    fn named(&mut self, node: &'a ast::Expr) -> Result<Option<ItemRef>, ()> {
        match &node.kind {
            Kind::Name(name) if self.scope.local(&name.name).is_none() => {
                Ok(self.scope.checker.lookup(self.scope.source, &name.name))
            }
            Kind::Field(base, name) => self.scope.of_module(base, name),
            _ => Ok(None),
        }
    }

    /// The map that an expression names; as [`Testing::named`].
    fn map_named(&mut self, node: &'a ast::Expr) -> Result<Option<MapId>, ()> {
        let Some(item) = self.named(node)? else { return Ok(None) };
        if !matches!(self.scope.checker.item(item), ItemKind::Map(_)) {
            return Ok(None);
        }
        match self.scope.checker.resolved(item) {
            Some(Resolved::Map(map)) => Ok(Some(map)),
            _ => Err(()),
        }
    }

    /// What `expect` says.
    fn claim(&mut self, node: &'a ast::Expr) -> Option<Claim> {
        match &node.kind {
            Kind::Paren(inner) => self.claim(inner),
            Kind::Unary(ast::UnaryOp::Not, inner) => Some(Claim::Not(Box::new(self.claim(inner)?))),
            Kind::Binary(op @ (Op::And | Op::Or), left, right) => {
                let claims = vec![self.claim(left)?, self.claim(right)?];
                Some(if *op == Op::And { Claim::All(claims) } else { Claim::Any(claims) })
            }
            Kind::Binary(op @ (Op::Eq | Op::Ne), place, right) if matches!(&right.kind, Kind::Name(name) if name.name == "none") => {
                Some(Claim::Present(self.perhaps(place)?, *op == Op::Ne))
            }
            _ => self.value(node, Some(&Type::Bool)).map(Claim::True),
        }
    }
}
