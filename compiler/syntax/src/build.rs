//! What the grammar's actions build with: numbers for expressions, errors, small shapes.

use std::convert::Infallible;

use lalrpop_util::ParseError;
use nbpfc_source::Span;

use crate::ast::{
    AssignOp, BinaryOp, Block, Expr, ExprId, ExprKind, Ident, Literal, Path, Stmt, StmtKind, Text,
    Type, TypeKind,
};
use crate::tokens::Token;

/// How deep expressions and types may be, and brackets open in each other. What recurses over the
/// tree needs no more than this twice on its stack.
pub const MAX_DEPTH: u32 = 256;

/// What the parser says of a place where it cannot go on.
pub(crate) type SyntaxError<'s> = ParseError<u32, Token<'s>, Infallible>;

/// The state of the actions.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    /// How many expressions there are.
    pub(crate) expressions: u32,
    /// The first expression or type that was too deep; it is left out.
    pub(crate) too_deep: Option<Span>,
    /// Where the expressions and types begin that are part of nothing yet, and their depth.
    loose: Vec<(u32, u32)>,
}

impl Builder {
    /// The depth of what `l..r` is. Parts are made before the whole, so that they are the last
    /// ones that begin behind `l`.
    fn is_too_deep(&mut self, l: u32, r: u32) -> bool {
        let mut depth = 1;
        while let Some((_, inner)) = self.loose.pop_if(|(start, _)| *start >= l) {
            depth = depth.max(inner + 1);
        }
        let too_deep = depth > MAX_DEPTH;
        if too_deep {
            self.too_deep.get_or_insert(Span::new(l, r));
        }
        self.loose.push((l, if too_deep { 1 } else { depth }));
        too_deep
    }

    /// An expression at `l..r`.
    pub(crate) fn expr(&mut self, l: u32, kind: ExprKind, r: u32) -> Expr {
        let kind = if self.is_too_deep(l, r) { ExprKind::Error } else { kind };
        let id = ExprId(self.expressions);
        self.expressions += 1;
        Expr { id, kind, span: Span::new(l, r) }
    }

    /// Two operands with an operator between them.
    pub(crate) fn binary(&mut self, op: BinaryOp, left: Expr, right: Expr) -> Expr {
        let (l, r) = (left.span.start, right.span.end);
        self.expr(l, ExprKind::Binary(op, Box::new(left), Box::new(right)), r)
    }

    /// `start..end`.
    pub(crate) fn range(
        &mut self,
        l: u32,
        start: Option<Expr>,
        inclusive: bool,
        end: Option<Expr>,
        r: u32,
    ) -> Expr {
        let (start, end) = (start.map(Box::new), end.map(Box::new));
        self.expr(l, ExprKind::Range { start, end, inclusive }, r)
    }

    /// `value in set`.
    pub(crate) fn is_in(&mut self, value: Expr, negated: bool, set: Expr) -> Expr {
        let (l, r) = (value.span.start, set.span.end);
        self.expr(l, ExprKind::In { value: Box::new(value), set: Box::new(set), negated }, r)
    }

    /// A block as an expression.
    pub(crate) fn block(&mut self, block: Block) -> Expr {
        let span = block.span;
        self.expr(span.start, ExprKind::Block(block), span.end)
    }

    /// One statement where an expression is wanted: `=> return drop`.
    pub(crate) fn statement_as_block(&mut self, statement: Stmt) -> Expr {
        let span = statement.span;
        self.block(Block { statements: vec![statement], tail: None, span })
    }

    /// A type at `l..r`.
    pub(crate) fn ty(&mut self, l: u32, kind: TypeKind, r: u32) -> Type {
        let kind = if self.is_too_deep(l, r) { shallow(kind) } else { kind };
        Type { kind, span: Span::new(l, r) }
    }
}

/// A type that stands for one that is too deep.
fn shallow(kind: TypeKind) -> TypeKind {
    match kind {
        TypeKind::Named { path, .. } => TypeKind::Named { path, args: Vec::new() },
        TypeKind::Array { element, .. }
        | TypeKind::Slice(element)
        | TypeKind::Optional(element) => shallow(element.kind),
    }
}

/// A word at `l..r`.
pub(crate) fn ident(l: u32, name: &str, r: u32) -> Ident {
    Ident { name: name.to_owned(), span: Span::new(l, r) }
}

/// A string at `l..r`.
pub(crate) fn string(l: u32, value: Box<[u8]>, r: u32) -> Text {
    Text { value, span: Span::new(l, r) }
}

/// A string as a value.
pub(crate) fn text_literal(text: Text) -> ExprKind {
    ExprKind::Literal(Literal::Text(text))
}

/// Words with dots.
pub(crate) fn path(first: Ident, rest: Vec<Ident>) -> Path {
    let span = rest.last().map_or(first.span, |last| first.span.to(last.span));
    Path { segments: std::iter::once(first).chain(rest).collect(), span }
}

/// A statement at `l..r`.
pub(crate) fn stmt(l: u32, kind: StmtKind, r: u32) -> Stmt {
    Stmt { kind, span: Span::new(l, r) }
}

/// A block; an `if`, `match` or block that ends it is its value.
pub(crate) fn block(l: u32, mut statements: Vec<Stmt>, tail: Option<Expr>, r: u32) -> Block {
    let is_value = |stmt: &Stmt| match &stmt.kind {
        StmtKind::Expr(expr) => {
            expr.span == stmt.span
                && matches!(expr.kind, ExprKind::If(_) | ExprKind::Match(_) | ExprKind::Block(_))
        }
        _ => false,
    };
    let mut tail = tail.map(Box::new);
    if tail.is_none()
        && let Some(Stmt { kind: StmtKind::Expr(value), .. }) = statements.pop_if(|s| is_value(s))
    {
        tail = Some(Box::new(value));
    }
    Block { statements, tail, span: Span::new(l, r) }
}

/// `op=`.
pub(crate) fn compute(op: BinaryOp) -> AssignOp {
    AssignOp::Compute(op)
}
