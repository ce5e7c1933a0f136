//! Statements and blocks.

use nbpfc_source::{Code, Span};
use nbpfc_syntax::ast::{self, AssignOp, ExprKind as Kind, StmtKind as Node};

use crate::array::MAX_LOCAL;
use crate::body::{Context, Scope, expr};
use crate::constant::number;
use crate::context::of_context;
use crate::operator::binary_op;
use crate::program::{Block, Expr, ExprKind, Local, Stmt, StmtKind};
use crate::types::Type;
use crate::write::may_be_missing;

/// The greatest bound of a loop: `BPF_MAX_LOOPS`, and more than the verifier follows.
const MAX_ROUNDS: i128 = 1 << 23;

impl<'a> Scope<'_, 'a> {
    /// A block, and the type of its value: that of its tail, or `Never` where control does not
    /// come to its end.
    pub(crate) fn block(&mut self, node: &'a ast::Block, want: Option<&Type>) -> (Block, Type) {
        self.nested(|scope| {
            let mut block = Block::default();
            let mut ends = false;
            let held = scope.held.now.len();
            for node in &node.statements {
                if ends {
                    let error =
                        scope.error(Code::NeverReached, node.span, "control never comes here");
                    scope.report(error.help("take it out, or decide before it with `if`"));
                    break;
                }
                let Some(stmt) = scope.stmt(node) else { continue };
                ends = never_ends(&stmt);
                block.statements.push(stmt);
            }
            let Some(tail) = &node.tail else {
                scope.leave_block(&mut block, held, ends);
                return (block, if ends { Type::Never } else { Type::Unit });
            };
            let tail = scope.expr(tail, want);
            let tail = Self::read(tail);
            let tail = if scope.gives_socket() && scope.is_whole() && tail.ty != Type::Unit {
                let want = Type::Optional(Box::new(Type::Socket));
                let tail = scope.coerce(tail, &want);
                scope.handed_over(tail)
            } else {
                let tail = scope.not_held(tail);
                scope.decided(tail)
            };
            let ty = if ends { Type::Never } else { tail.ty.clone() };
            block.tail = Some(Box::new(tail));
            scope.leave_block(&mut block, held, ty.is_bottom());
            (block, ty)
        })
    }

    fn stmt(&mut self, node: &'a ast::Stmt) -> Option<Stmt> {
        let span = node.span;
        let kind = match &node.kind {
            Node::Let(node) => self.let_stmt(node),
            Node::Assign { target, op, value, otherwise } => {
                self.assign(target, (*op, value), otherwise.as_ref(), span)?
            }
            Node::Expr(node) => self.expr_stmt(node),
            Node::Return(value) => self.return_stmt(value.as_ref(), span),
            Node::Break => self.in_loop(StmtKind::Break, "break", span)?,
            Node::Continue => self.in_loop(StmtKind::Continue, "continue", span)?,
            Node::For(node) => self.for_stmt(node, span)?,
            Node::While(node) => self.while_stmt(node, span),
            Node::Lock(place, body) => self.lock_stmt(place, body)?,
            Node::Emit { value, map } => self.emit(value, map)?,
            Node::Run(_) | Node::Expect(_) | Node::Advance(_) => {
                let error = self.error(Code::WrongKind, span, "this belongs into a `test`");
                self.report(error.help("move it into `test \"…\" { … }`"));
                return None;
            }
            Node::Error => return None,
        };
        Some(Stmt { kind, span })
    }

    fn let_stmt(&mut self, node: &'a ast::Let) -> StmtKind {
        let ty = node.ty.as_ref().map(|ty| self.checker.ty(self.source, ty));
        let value = self.expr(&node.value, ty.as_ref());
        let Some(otherwise) = &node.otherwise else {
            let value = match &ty {
                Some(ty) => self.coerce(value, ty),
                None => value,
            };
            let value = if node.mutable {
                Self::copied(value)
            } else if is_part(&value) {
                Self::read(value)
            } else {
                value
            };
            let value = Self::of_record(value);
            self.check_atomic(&value);
            let value = self.storable(value);
            let ty = ty.unwrap_or_else(|| value.ty.clone());
            let greatest = self.greatest(&value).filter(|_| !node.mutable);
            let local = self.declare(&node.name, ty, node.mutable);
            if let Some(greatest) = greatest {
                self.greatest.insert(local, greatest);
            }
            self.holds(local);
            return StmtKind::Let(local, value, None);
        };
        let inner = match &value.ty {
            Type::Optional(inner) => (**inner).clone(),
            Type::Error | Type::Never => Type::Error,
            _ => {
                let error = self.error(Code::NeverAbsent, value.span, "this value is never absent");
                self.report(error.help("leave the `else` out"));
                Type::Error
            }
        };
        let mut ways = self.ways();
        let (block, ends) = self.block(otherwise, None);
        self.way(&mut ways, &ends);
        if !ends.is_bottom() {
            let message = "this `else` must not fall through: there would be no value";
            let error = self.error(Code::FallsThrough, otherwise.span, message);
            self.report(error.help("end it with `return`, `break` or `continue`"));
        }
        let copy = match &inner {
            Type::Ref(inner) if node.mutable || ty.is_some() => Some((**inner).clone()),
            _ => None,
        };
        if let Some(want) = ty
            && want != *copy.as_ref().unwrap_or(&inner)
            && inner != Type::Error
        {
            let (want, have) = (self.type_name(&want), self.type_name(&inner));
            let message = format!("expected {want}, found {have}");
            let error = self.error(Code::TypeMismatch, value.span, message);
            self.report(error.help("convert the value behind this statement"));
        }
        if let Some(ty) = copy {
            return self.let_copy(node, value, inner, ty, block);
        }
        let local = self.declare(&node.name, inner, node.mutable);
        self.holds(local);
        StmtKind::Let(local, value, Some(block))
    }

    /// `let mut x = PLACE else { … };`: the variable is no name of the place, which has one of its own.
    fn let_copy(
        &mut self,
        node: &'a ast::Let,
        value: Expr,
        place: Type,
        ty: Type,
        otherwise: Block,
    ) -> StmtKind {
        let span = value.span;
        let local = Local { name: "place".to_owned(), ty: place.clone(), mutable: false, span };
        let hidden = self.body.locals.push(local);
        let copy = Self::deref(expr(ExprKind::Local(hidden), place, span));
        let local = self.declare(&node.name, ty, node.mutable);
        let statements =
            [StmtKind::Let(hidden, value, Some(otherwise)), StmtKind::Let(local, copy, None)];
        let statements = statements.map(|kind| Stmt { kind, span }).into();
        let block = Block { statements, ..Block::default() };
        StmtKind::Expr(expr(ExprKind::Block(block), Type::Unit, span))
    }

    /// A value that a variable can hold.
    fn storable(&mut self, value: Expr) -> Expr {
        let why = match value.ty {
            Type::Unit => "there is no value here",
            Type::Map(_) => "a map is not a value",
            Type::Ref(ref inner) if **inner == Type::Lock => {
                let error = self.error(Code::WrongKind, value.span, "a lock is no value");
                return self.wrong(error.help("`lock … { … }` takes it"));
            }
            // Functions may be for the compiler to run, which has more room.
            Type::Array(_, count)
                if count > MAX_LOCAL && !matches!(self.context, Context::Function { .. }) =>
            {
                let message = format!("a variable has at most {MAX_LOCAL} elements");
                let error = self.error(Code::TargetLimit, value.span, message);
                return self.wrong(error.help("keep it in a map, or in a `const`"));
            }
            Type::Text | Type::Set(_) => "this exists only at compile time",
            Type::Record(_) | Type::Socket | Type::MapIn(_)
                if matches!(value.kind, ExprKind::Local(_)) =>
            {
                return self.not_held(value);
            }
            Type::Optional(ref inner) if inner.is_held() => return self.decided(value),
            _ => return value,
        };
        let error = self.error(Code::WrongKind, value.span, why);
        self.wrong(match value.ty {
            Type::Map(_) => error.help("name the map where it is used"),
            Type::Unit => error.help("a block ends in its value, without `;`, on every way"),
            _ => error.help("declare it with `const`, outside of the program"),
        })
    }

    fn expr_stmt(&mut self, node: &'a ast::Expr) -> StmtKind {
        let mut value = self.expr(node, None);
        if let ExprKind::Atomic(atomic) = &mut value.kind {
            atomic.fetch = false;
        }
        self.check_atomic(&value);
        value = self.decided(value);
        if !Self::is_statement(&value) {
            let name = self.type_name(&value.ty);
            let error = self.error(Code::UnusedValue, value.span, "this value is not used");
            let error = error.label(format!("this is {name}"));
            self.report(match node.kind {
                Kind::Binary(ast::BinaryOp::Eq, ..) => error.help("`=` assigns, `==` compares"),
                _ => error.help("assign it with `let`, return it, or take the statement out"),
            });
        }
        StmtKind::Expr(value)
    }

    pub(crate) fn return_stmt(&mut self, value: Option<&'a ast::Expr>, span: Span) -> StmtKind {
        let want = match &self.context {
            Context::Program { hook, .. } => Type::Verdict(*hook),
            Context::Function { result, .. } => result.clone(),
            Context::Constant | Context::Header(_) | Context::Test => Type::Error,
        };
        let Some(node) = value else {
            if want != Type::Unit && want != Type::Error {
                let message = format!("`return` needs a value: {}", self.type_name(&want));
                let error = self.error(Code::TypeMismatch, span, message);
                self.report(match want {
                    Type::Verdict(_) => error.help("name a verdict: `return pass;`"),
                    _ => error.help("write `return VALUE;`"),
                });
            }
            return StmtKind::Return(None);
        };
        let value = self.expr(node, Some(&want));
        let value = self.coerce(value, &want);
        let value = if self.gives_socket() { self.handed_over(value) } else { value };
        StmtKind::Return(Some(value))
    }

    fn in_loop(&mut self, kind: StmtKind, word: &str, span: Span) -> Option<StmtKind> {
        if self.loops > 0 {
            self.goes_on(span);
            return Some(kind);
        }
        let error = self.error(Code::WrongKind, span, format!("`{word}` outside of a loop"));
        self.report(error.help("`return` leaves the program"));
        None
    }

    fn assign(
        &mut self,
        target: &'a ast::Expr,
        (op, value): (AssignOp, &'a ast::Expr),
        otherwise: Option<&'a ast::Block>,
        span: Span,
    ) -> Option<StmtKind> {
        let old = self.inside(target, None);
        let old = self.named(old);
        if may_be_missing(&old) {
            return self.write_if_there(old, (op, value), otherwise, span);
        }
        if let Some(otherwise) = otherwise {
            self.never_missing(otherwise.span);
        }
        let (old, before) = match op {
            AssignOp::Compute(_) => self.once(old),
            AssignOp::Set => (old, Vec::new()),
        };
        if let Some(ty) = old.ty.place().cloned() {
            let value = self.operand(value, Some(&ty));
            return self.store(old, &ty, op, value, span);
        }
        let value = self.operand(value, Some(&old.ty));
        if old.ty.is_bottom() {
            return None;
        }
        let is_array = matches!(old.ty, Type::Array(..));
        let assign = if let Some(member) = of_context(&old) {
            self.assign_member(&old, member, (op, value), span)?
        } else if let ExprKind::Field(..) = old.kind
            && !is_array
        {
            self.write(&old, &old, (op, value), span)?
        } else {
            self.assign_place(&old, op, value, span)?
        };
        if before.is_empty() {
            return Some(assign);
        }
        let mut statements = before;
        statements.push(Stmt { kind: assign, span });
        let block = Block { statements, ..Block::default() };
        Some(StmtKind::Expr(expr(ExprKind::Block(block), Type::Unit, span)))
    }

    /// A variable or a part of it gets a value.
    fn assign_place(
        &mut self,
        old: &Expr,
        op: AssignOp,
        value: Expr,
        span: Span,
    ) -> Option<StmtKind> {
        let place = self.place_of(old)?;
        let value = self.assigned(old, op, value, span)?;
        Some(StmtKind::Assign(place, value))
    }

    /// What a variable or field, which was `old` before, gets.
    pub(crate) fn assigned(
        &mut self,
        old: &Expr,
        op: AssignOp,
        value: Expr,
        span: Span,
    ) -> Option<Expr> {
        let AssignOp::Compute(op) = op else { return Some(self.coerce(value, &old.ty)) };
        let ty = old.ty.clone();
        let (Type::Int(_), Type::Int(_)) = (&ty, &value.ty) else {
            if !value.ty.is_bottom() {
                let error = self.mismatch(&value, &ty);
                self.report(error);
            }
            return None;
        };
        // The result is reduced to the width of what it is assigned to.
        let computed = self.compute(binary_op(op)?, old.clone(), value, span);
        Some(self.coerce(Self::convert(computed, ty), &old.ty))
    }

    pub(crate) fn limit(&mut self, node: Option<&'a ast::Expr>) -> Option<u32> {
        let node = node?;
        let value = self.checker.constant(self.source, node, Some(&Type::U32));
        let rounds = number(&value).filter(|n| (1..=MAX_ROUNDS).contains(n));
        if rounds.is_none() && value.ty != Type::Error {
            let message = format!("a loop has at most {MAX_ROUNDS} rounds, and at least one");
            let error = self.error(Code::BadValue, node.span, message);
            self.report(error);
        }
        Some(rounds.unwrap_or(1) as u32)
    }

    fn for_stmt(&mut self, node: &'a ast::For, span: Span) -> Option<StmtKind> {
        if let ([name], Kind::Field(base, part)) = (node.names.as_slice(), &node.iterable.kind) {
            return self.each(node, name, base, part);
        }
        let [name] = node.names.as_slice() else {
            let message = "a loop has one variable";
            let error = self.error(Code::WrongKind, node.iterable.span, message);
            self.report(error.help("write `for x in …`; `for i in 0..n` counts"));
            return None;
        };
        let Kind::Range { start, end, inclusive } = &node.iterable.kind else {
            let array = self.operand(&node.iterable, None);
            return self.items(node, name, array);
        };
        let (Some(start), Some(end)) = (start, end) else {
            let missing = if start.is_none() { "where it begins" } else { "where it ends" };
            let message = format!("this range does not say {missing}");
            let error = self.error(Code::Unbounded, node.iterable.span, message);
            self.report(error.help("write `a..b`, and `limit 64` where `b` is not known"));
            return None;
        };
        let (start, end) = (self.operand(start, None), self.operand(end, None));
        if start.ty.is_bottom() || end.ty.is_bottom() {
            return None;
        }
        let Some((start, mut end, int)) = self.unify_ints(start, end, true) else {
            let error = self.error(Code::TypeMismatch, node.iterable.span, "`for` counts numbers");
            self.report(error);
            return None;
        };
        let mut included = *inclusive;
        if let Some(last) = number(&end).filter(|last| included && *last < int.max()) {
            end.kind = ExprKind::Value(crate::value::Value::Int(last + 1));
            included = false;
        }
        let known = number(&start).zip(number(&end));
        let known = known.map(|(start, end)| (start, end + i128::from(included)));
        let limit = match (self.limit(node.limit.as_ref()), known) {
            (Some(limit), _) => limit,
            (None, Some((start, end))) => self.rounds(start, end, node.iterable.span),
            (None, None) => {
                let message = "the compiler cannot see how often this loop runs";
                let error = self.error(Code::Unbounded, span, message);
                let error = error.related(node.iterable.span, "known only when the program runs");
                self.report(error.help("add a bound: `for i in a..b limit 64 { … }`"));
                1
            }
        };
        let (local, body) = self.nested(|scope| {
            let local = scope.declare(name, Type::Int(int), false);
            if let Some((0.., end)) = known {
                scope.greatest.insert(local, end - 1);
            }
            scope.enter_loop(scope.held.now.clone());
            let (body, ty) = scope.block(&node.body, None);
            scope.leave_loop(&ty, node.body.span);
            (local, scope.no_value(body, &ty))
        });
        Some(StmtKind::For { local, start, end, included, limit, body })
    }

    /// How often a loop runs whose ends are known.
    fn rounds(&mut self, start: i128, end: i128, span: Span) -> u32 {
        let rounds = end - start;
        if !(0..=MAX_ROUNDS).contains(&rounds) {
            let error = if rounds < 0 {
                let error = self.error(Code::BadValue, span, "this range ends before it begins");
                error.help("a loop counts upwards")
            } else {
                let message = format!("a loop has at most {MAX_ROUNDS} rounds, and this {rounds}");
                let error = self.error(Code::BadValue, span, message);
                error.help("`limit 64` behind the range ends the loop earlier")
            };
            self.report(error);
            return 1;
        }
        rounds as u32
    }

    fn while_stmt(&mut self, node: &'a ast::While, span: Span) -> StmtKind {
        let limit = self.limit(node.limit.as_ref());
        if limit.is_none() {
            let error = self.error(Code::Unbounded, span, "this loop has no bound");
            self.report(
                error
                    .note("the kernel takes only programs that end")
                    .help("say how often it runs at most: `while … limit 64 { … }`"),
            );
        }
        let before = self.held.now.clone();
        let (condition, body) = self.condition(&node.condition, |scope| {
            scope.enter_loop(before);
            let (mut body, ty) = scope.block(&node.body, None);
            body.releases.extend(scope.leave_loop(&ty, node.body.span));
            scope.no_value(body, &ty)
        });
        StmtKind::While { condition, limit: limit.unwrap_or(1), body }
    }
}

/// Whether control does not get past a statement.
fn never_ends(stmt: &Stmt) -> bool {
    match &stmt.kind {
        StmtKind::Return(_) | StmtKind::Break | StmtKind::Continue => true,
        StmtKind::Expr(value) | StmtKind::Let(_, value, _) => value.ty == Type::Never,
        _ => false,
    }
}

/// Whether a value is a part of a place or a global variable, which by itself nobody means as a place:
/// `let before = c.packets;`.
fn is_part(value: &Expr) -> bool {
    let is_lock = matches!(&value.ty, Type::Ref(inner) if **inner == Type::Lock);
    matches!(value.kind, ExprKind::Part(..) | ExprKind::At(..) | ExprKind::Var(_)) && !is_lock
}
