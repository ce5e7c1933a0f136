//! What expressions, statements and blocks are made of: one list, which every kind has to be in.

use super::{AtomicOp, Block, Condition, Content, Expr, ExprKind, Stmt, StmtKind, Way};

/// Something that an expression, a statement or a block is made of.
#[derive(Clone, Copy, Debug)]
pub enum Part<'p> {
    /// An expression.
    Expr(&'p Expr),
    /// A statement.
    Stmt(&'p Stmt),
    /// A block.
    Block(&'p Block),
}

impl<'p> Part<'p> {
    /// What this is made of, in the order in which it is written.
    pub fn parts(self) -> Vec<Self> {
        match self {
            Self::Expr(expr) => expr.parts(),
            Self::Stmt(stmt) => stmt.parts(),
            Self::Block(block) => block.parts(),
        }
    }

    /// Calls `f` for this and for everything in it, outer parts first.
    pub fn each(self, f: &mut impl FnMut(Self)) {
        f(self);
        for part in self.parts() {
            part.each(f);
        }
    }

    /// Whether this, or something in it, is an expression for which `is` holds.
    pub fn any(self, is: &mut impl FnMut(&'p Expr) -> bool) -> bool {
        matches!(self, Self::Expr(expr) if is(expr))
            || self.parts().into_iter().any(|part| part.any(is))
    }
}

/// Expressions as parts.
fn all<'p>(exprs: impl IntoIterator<Item = &'p Expr>) -> Vec<Part<'p>> {
    exprs.into_iter().map(Part::Expr).collect()
}

impl Condition {
    /// What is asked.
    pub const fn asked(&self) -> &Expr {
        match self {
            Self::If(asked) | Self::Let(_, asked) => asked,
        }
    }
}

impl Block {
    /// The statements, and the value.
    pub fn parts(&self) -> Vec<Part<'_>> {
        let tail = self.tail.iter().map(|tail| Part::Expr(tail));
        self.statements.iter().map(Part::Stmt).chain(tail).collect()
    }
}

impl Stmt {
    /// The expressions and blocks in it.
    pub fn parts(&self) -> Vec<Part<'_>> {
        match &self.kind {
            StmtKind::Let(_, value, otherwise) => {
                let otherwise = otherwise.iter().map(Part::Block);
                [Part::Expr(value)].into_iter().chain(otherwise).collect()
            }
            StmtKind::Assign(place, value) => {
                let elements = place.path.iter().filter_map(|way| match way {
                    Way::Element(index) => Some(index),
                    Way::Part(_) => None,
                });
                all([value].into_iter().chain(elements))
            }
            StmtKind::Expr(value) | StmtKind::Set(_, _, value) => all([value]),
            StmtKind::Store(place, _, value) => all([place, value]),
            StmtKind::Write(write) => all([&write.base, &write.value]),
            StmtKind::Lock(place, body) => vec![Part::Expr(place), Part::Block(body)],
            StmtKind::Return(value) => all(value),
            StmtKind::Break | StmtKind::Continue => Vec::new(),
            StmtKind::For { start, end, body, .. } => {
                vec![Part::Expr(start), Part::Expr(end), Part::Block(body)]
            }
            StmtKind::Items { array, body, .. } => vec![Part::Expr(array), Part::Block(body)],
            StmtKind::Each(each) => vec![Part::Expr(&each.base), Part::Block(&each.body)],
            StmtKind::While { condition, body, .. } => {
                vec![Part::Expr(condition.asked()), Part::Block(body)]
            }
        }
    }
}

impl Expr {
    /// The field that an expression of a header's declaration is.
    pub fn field(&self) -> Option<u32> {
        match &self.kind {
            ExprKind::Field(_, _, index) => Some(*index),
            ExprKind::Convert(inner) => inner.field(),
            _ => None,
        }
    }

    /// Whether an expression of a header's declaration reads a field of it.
    pub fn mentions(&self, field: u32) -> bool {
        let reads =
            |expr: &Self| matches!(expr.kind, ExprKind::Field(_, _, index) if index == field);
        Part::Expr(self).any(&mut |expr| reads(expr))
    }

    /// The expressions and blocks that it is made of, whether all of them are computed or some
    /// only sometimes. Whoever adds a kind says here what is in it.
    pub fn parts(&self) -> Vec<Part<'_>> {
        match &self.kind {
            ExprKind::Value(_)
            | ExprKind::Local(_)
            | ExprKind::This
            | ExprKind::Whole
            | ExprKind::Meta(_)
            | ExprKind::OfContext(_)
            | ExprKind::Map(_)
            | ExprKind::GiveBack(..)
            | ExprKind::Var(_)
            | ExprKind::Matches(_, None)
            | ExprKind::Pop(_) => Vec::new(),
            ExprKind::Find(a, _)
            | ExprKind::Inner(a)
            | ExprKind::Field(a, ..)
            | ExprKind::Rest(a, ..)
            | ExprKind::Payload(a, _)
            | ExprKind::Length(a)
            | ExprKind::BeginsWith(a, _)
            | ExprKind::Part(a, _)
            | ExprKind::OfSocket(a, _)
            | ExprKind::Deref(a)
            | ExprKind::Member(a, _)
            | ExprKind::Try(a)
            | ExprKind::Present(a)
            | ExprKind::Negate(a)
            | ExprKind::Complement(a)
            | ExprKind::Not(a)
            | ExprKind::In(a, _)
            | ExprKind::Between(a, ..)
            | ExprKind::Matches(_, Some(a))
            | ExprKind::Words(a)
            | ExprKind::Convert(a) => all([&**a]),
            ExprKind::Slice(a, b)
            | ExprKind::NumberAt(a, b)
            | ExprKind::Pick(a, b)
            | ExprKind::At(a, b)
            | ExprKind::And(a, b)
            | ExprKind::Or(a, b)
            | ExprKind::Binary(_, a, b)
            | ExprKind::Compare(_, a, b) => all([&**a, &**b]),
            ExprKind::Struct(values)
            | ExprKind::Call(_, values)
            | ExprKind::Ask(_, values)
            | ExprKind::Print(_, values)
            | ExprKind::Obtain(_, values)
            | ExprKind::Operate(_, _, values) => all(values),
            ExprKind::Atomic(atomic) => {
                let expected = match &atomic.op {
                    AtomicOp::CompareExchange(expected) => Some(expected),
                    AtomicOp::Add
                    | AtomicOp::Sub
                    | AtomicOp::And
                    | AtomicOp::Or
                    | AtomicOp::Xor
                    | AtomicOp::Exchange => None,
                };
                all([&atomic.target, &atomic.value].into_iter().chain(expected))
            }
            ExprKind::If(condition, then, otherwise) => {
                let blocks = [then].into_iter().chain(otherwise).map(Part::Block);
                [Part::Expr(condition.asked())].into_iter().chain(blocks).collect()
            }
            ExprKind::Match(subject, arms) => {
                let arms = arms.iter().flat_map(|arm| arm.guard.iter().chain([&arm.value]));
                all([&**subject].into_iter().chain(arms))
            }
            ExprKind::Block(block) => vec![Part::Block(block)],
            ExprKind::Push(push) => {
                let fields = push.headers.iter().flat_map(|built| &built.fields);
                all(fields.filter_map(|field| match &field.content {
                    Content::Value(value) => Some(value),
                    Content::Size(_) | Content::Follows => None,
                }))
            }
        }
    }
}
