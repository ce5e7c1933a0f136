//! `test` items: what they do, and what they may ask for.
//!
//! Values are constants, the test's own variables, and what lies in maps and global variables. No
//! program runs to compute them: a test reads what programs left, it is none.

mod packet;

use nbpfc_source::{Code, Span, nearest};
use nbpfc_syntax::ast::{self, AssignOp, BinaryOp as Op, ExprKind as Kind, ItemKind, StmtKind};

use crate::body::{Context, Scope, expr};
use crate::checker::{Checker, Resolved};
use crate::program::{
    Claim, CompareOp, Expr, ExprKind, Memory, Operand, Root, Step, StepKind, Test,
};
use crate::types::{Type, VarId};
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
        let scope = Scope::new(self, source, Context::Constant);
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
            StmtKind::Assign { target, op, value } => self.put(target, *op, value, node.span),
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
        let ([name], Kind::Range { start: Some(start), end: Some(end), inclusive }) =
            (node.names.as_slice(), &node.iterable.kind)
        else {
            self.scope.not_yet(node.iterable.span, "`for` over this, in a test,");
            return None;
        };
        let start = self.value(start, Some(&Type::U32))?;
        let mut end = self.value(end, Some(&Type::U32))?;
        if *inclusive {
            let one = expr(ExprKind::Value(Value::Int(1)), Type::U32, end.span);
            let span = end.span;
            end = self.scope.compute(crate::program::BinaryOp::Add, end, one, span);
        }
        self.scope.enter();
        let local = self.scope.declare(name, Type::U32, false);
        let steps = self.steps(&node.body);
        self.scope.leave();
        Some(StepKind::For(local, start, end, steps))
    }

    /// `place = value;`
    fn put(
        &mut self,
        target: &'a ast::Expr,
        op: AssignOp,
        value: &'a ast::Expr,
        span: Span,
    ) -> Option<StepKind> {
        let Some(place) = self.memory(target).ok()? else {
            let message = "a test cannot assign this";
            let error = self.scope.error(Code::ReadOnly, target.span, message);
            self.scope
                .report(error.help("it assigns elements of maps, global variables and parameters"));
            return None;
        };
        if op != AssignOp::Set {
            self.scope.not_yet(span, "computing with what is there, in a test,");
            return None;
        }
        if let Root::Var(var) = place.root
            && self.scope.checker.program.vars[var].constant
        {
            return self.param(var, &place, value, span);
        }
        self.loaded = true;
        let value = self.operand_as(value, &place.ty.clone())?;
        Some(StepKind::Put(place, value))
    }

    fn param(
        &mut self,
        var: VarId,
        place: &Memory,
        value: &'a ast::Expr,
        span: Span,
    ) -> Option<StepKind> {
        if self.loaded {
            let message = "parameters are set before programs are loaded";
            let error = self.scope.error(Code::ReadOnly, span, message);
            self.scope
                .report(error.help("move it to the beginning of the test, or write another test"));
            return None;
        }
        if !place.path.is_empty() {
            self.scope.not_yet(place.span, "setting a part of a parameter");
            return None;
        }
        Some(StepKind::Param(var, self.value(value, Some(&place.ty))?))
    }

    /// What constants and the test's variables say.
    fn value(&mut self, node: &'a ast::Expr, want: Option<&Type>) -> Option<Expr> {
        let value = self.scope.operand(node, want);
        let value = match want {
            Some(want) => self.scope.coerce(value, want),
            None => value,
        };
        if value.ty.is_bottom() {
            return None;
        }
        if let Some(span) = beyond(&value) {
            self.scope.not_yet(span, "computing this in a test");
            return None;
        }
        Some(value)
    }

    /// What lies in memory, if the expression names a place there. The error is reported.
    fn memory(&mut self, node: &'a ast::Expr) -> Result<Option<Memory>, ()> {
        match &node.kind {
            // What is absent fails the test, with or without `?`.
            Kind::Paren(inner) | Kind::Try(inner) => self.memory(inner),
            Kind::Name(name) => Ok(match self.shared(&name.name) {
                Some(Resolved::Var(var)) => {
                    let ty = self.scope.checker.program.vars[var].ty.clone();
                    Some(Memory { root: Root::Var(var), path: Vec::new(), ty, span: node.span })
                }
                _ => None,
            }),
            Kind::Index(base, index) => {
                let Kind::Name(name) = &base.kind else { return Ok(None) };
                let Some(Resolved::Map(map)) = self.shared(&name.name) else { return Ok(None) };
                let data = &self.scope.checker.program.maps[map];
                let (key, ty) = (data.key.clone(), data.value.clone());
                if key == Type::Unit {
                    let message = format!("`{}` has no elements with keys", name.name);
                    let error = self.scope.error(Code::UnknownMember, node.span, message);
                    let help =
                        format!("`run … expect emit … to {}` takes its next event", name.name);
                    self.scope.report(error.help(help));
                    return Err(());
                }
                let key = self.value(index, Some(&key)).ok_or(())?;
                let root = Root::Element(map, key);
                Ok(Some(Memory { root, path: Vec::new(), ty, span: node.span }))
            }
            Kind::Field(base, name) => {
                let Some(mut place) = self.memory(base)? else { return Ok(None) };
                let index = self.field(&place.ty, name).ok_or(())?;
                place.ty = index.1;
                place.path.push(index.0);
                place.span = node.span;
                Ok(Some(place))
            }
            _ => Ok(None),
        }
    }

    /// The map or global variable of a name that no variable of the test has.
    fn shared(&mut self, name: &str) -> Option<Resolved> {
        if self.scope.local(name).is_some() {
            return None;
        }
        let item = self.scope.checker.lookup(self.scope.source, name)?;
        let is_shared = matches!(
            self.scope.checker.item(item),
            ItemKind::Map(_) | ItemKind::Var(_) | ItemKind::Param(_)
        );
        is_shared.then(|| self.scope.checker.resolved(item))?
    }

    fn field(&mut self, ty: &Type, name: &ast::Ident) -> Option<(u32, Type)> {
        let Type::Struct(id) = ty else {
            let message = format!("{} has no parts", self.scope.type_name(ty));
            let error = self.scope.error(Code::UnknownMember, name.span, message);
            self.scope.report(error.help("only structs have"));
            return None;
        };
        let data = &self.scope.checker.program.structs[*id];
        let found = data.fields.iter().position(|field| field.name == name.name);
        if let Some(index) = found {
            return Some((index as u32, data.fields[index].ty.clone()));
        }
        let near = nearest(&name.name, data.fields.iter().map(|field| field.name.as_str()));
        let near = near.map(str::to_owned);
        let message = format!("{} has no field `{}`", data.name, name.name);
        let error = self.scope.error(Code::UnknownMember, name.span, message);
        self.scope.report(match near {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help("see its declaration for what it has"),
        });
        None
    }

    /// A value that is asked for, of a type that is known.
    fn operand_as(&mut self, node: &'a ast::Expr, want: &Type) -> Option<Operand> {
        let Some(memory) = self.memory(node).ok()? else {
            return self.value(node, Some(want)).map(Operand::Value);
        };
        if !comparable(&memory.ty, want) {
            self.mismatch(&memory, want);
            return None;
        }
        Some(Operand::Memory(memory))
    }

    fn mismatch(&mut self, memory: &Memory, want: &Type) {
        let (want, have) = (self.scope.type_name(want), self.scope.type_name(&memory.ty));
        let message = format!("expected {want}, found {have}");
        let error = self.scope.error(Code::TypeMismatch, memory.span, message);
        self.scope.report(error.label(format!("this is {have}")));
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
            Kind::Binary(op, left, right) if let Some(op) = compare_op(*op) => {
                self.comparison(op, left, right, node)
            }
            _ => self.operand_as(node, &Type::Bool).map(Claim::True),
        }
    }

    fn comparison(
        &mut self,
        op: CompareOp,
        left: &'a ast::Expr,
        right: &'a ast::Expr,
        whole: &'a ast::Expr,
    ) -> Option<Claim> {
        let is_none = matches!(&right.kind, Kind::Name(name) if name.name == "none");
        let (first, second) = (self.memory(left).ok()?, self.memory(right).ok()?);
        match (first, second) {
            (Some(memory), _) if is_none && matches!(op, CompareOp::Eq | CompareOp::Ne) => {
                Some(Claim::Present(memory, op == CompareOp::Ne))
            }
            (Some(memory), _) => {
                let other = self.operand_as(right, &memory.ty.clone())?;
                self.ordered(op, &memory)?;
                Some(Claim::Compare(op, Box::new((Operand::Memory(memory), other))))
            }
            (None, Some(memory)) => {
                let other = self.value(left, Some(&memory.ty))?;
                self.ordered(op, &memory)?;
                let sides = (Operand::Value(other), Operand::Memory(memory));
                Some(Claim::Compare(op, Box::new(sides)))
            }
            (None, None) => {
                self.value(whole, Some(&Type::Bool)).map(Operand::Value).map(Claim::True)
            }
        }
    }

    /// Reports a comparison of size where there is none.
    fn ordered(&mut self, op: CompareOp, memory: &Memory) -> Option<()> {
        if matches!(op, CompareOp::Eq | CompareOp::Ne) || matches!(memory.ty, Type::Int(_)) {
            return Some(());
        }
        let message = format!("{} has no order", self.scope.type_name(&memory.ty));
        let error = self.scope.error(Code::TypeMismatch, memory.span, message);
        self.scope.report(error.help("`==` and `!=` compare it"));
        None
    }
}

/// Whether values of one type are compared with, and put where values of the other are.
fn comparable(a: &Type, b: &Type) -> bool {
    a == b || matches!((a, b), (Type::Int(_), Type::Int(_)))
}

fn compare_op(op: Op) -> Option<CompareOp> {
    Some(match op {
        Op::Eq => CompareOp::Eq,
        Op::Ne => CompareOp::Ne,
        Op::Lt => CompareOp::Lt,
        Op::Le => CompareOp::Le,
        Op::Gt => CompareOp::Gt,
        Op::Ge => CompareOp::Ge,
        _ => return None,
    })
}

/// A part of an expression that is not computed in tests.
fn beyond(value: &Expr) -> Option<Span> {
    match &value.kind {
        ExprKind::Value(_) | ExprKind::Local(_) => None,
        ExprKind::Negate(a)
        | ExprKind::Complement(a)
        | ExprKind::Not(a)
        | ExprKind::Convert(a)
        | ExprKind::Member(a, _)
        | ExprKind::In(a, _)
        | ExprKind::Between(a, ..) => beyond(a),
        ExprKind::Binary(_, a, b)
        | ExprKind::Compare(_, a, b)
        | ExprKind::And(a, b)
        | ExprKind::Or(a, b) => beyond(a).or_else(|| beyond(b)),
        ExprKind::Struct(fields) => fields.iter().find_map(beyond),
        _ => Some(value.span),
    }
}
