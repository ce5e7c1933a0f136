//! From the filter as written to the filter as meant.
//!
//! Qualifiers flow from left to right: an id without words of its own takes
//! those of the expression to its left, and what stands in parentheses takes
//! those in force before the parenthesis. After a primitive that has no
//! qualifiers there are none to take.

mod arith;
mod error;
mod id;
mod port;
mod words;

use nbpfc_source::{Diagnostic, FileId, Span};

use crate::names::Names;
use crate::syntax::{Head, Id, IdKind, IdList, Node, NodeKind};
use crate::tokens::Kind;
use crate::tree::{Dir, Expr, ExprKind, Filter, Op, Proto, Test};

use error::Fail;

/// After this many errors the rest is not told.
const MAX_ERRORS: usize = 20;

/// What the words in front of an id say about it.
#[derive(Clone, Copy, Debug)]
struct Qualifiers {
    proto: Option<Proto>,
    dir: Dir,
    /// `None`: not written, which means `host`.
    kind: Option<Kind>,
    /// The words.
    span: Span,
}

impl Qualifiers {
    fn of(head: Head) -> Option<Self> {
        let spans =
            [head.proto.map(|p| p.span), head.dir.map(|d| d.span), head.kind.map(|k| k.span)];
        Some(Self {
            proto: head.proto.map(|proto| proto.value),
            dir: head.dir.map_or(Dir::SrcOrDst, |dir| dir.value),
            kind: head.kind.map(|kind| kind.value),
            span: spans.into_iter().flatten().reduce(Span::to)?,
        })
    }

    /// The type word, written or meant.
    fn kind(&self) -> Kind {
        self.kind.unwrap_or(Kind::Host)
    }
}

/// Resolves a whole filter; `None` if anything in it is wrong.
pub(crate) fn filter(
    node: Option<Node<'_>>,
    text: &str,
    file: FileId,
    names: &dyn Names,
) -> (Option<Filter>, Vec<Diagnostic>) {
    let Some(node) = node else { return (Some(Filter { root: None }), Vec::new()) };
    let mut resolver = Resolver { text, file, names, diagnostics: Vec::new() };
    let (root, _) = resolver.expr(node, None);
    let filter = root.map(|root| Filter { root: Some(root) });
    (filter.filter(|_| resolver.diagnostics.is_empty()), resolver.diagnostics)
}

/// The state of the walk.
struct Resolver<'a> {
    text: &'a str,
    file: FileId,
    names: &'a dyn Names,
    diagnostics: Vec<Diagnostic>,
}

impl Resolver<'_> {
    /// Resolves an expression that has `before` in front of it. Gives the qualifiers that what follows may take.
    fn expr(
        &mut self,
        node: Node<'_>,
        before: Option<Qualifiers>,
    ) -> (Option<Expr>, Option<Qualifiers>) {
        let span = node.span;
        match node.value {
            NodeKind::Chain(first, rest) => self.chain(span, *first, rest, before),
            NodeKind::Not(times, inner) => {
                let (inner, after) = self.expr(*inner, before);
                (inner.map(|inner| negate(span, times, inner)), after)
            }
            NodeKind::Group(inner) => {
                let (inner, _) = self.expr(*inner, before);
                (inner.map(|inner| Expr { span, ..inner }), before)
            }
            NodeKind::Primitive(head, id) => {
                let qualifiers = Qualifiers::of(head);
                let expr = self.id(id, qualifiers);
                (expr.map(|expr| Expr { span, ..expr }), qualifiers)
            }
            NodeKind::Elided(id) => (self.id(id, before), before),
            NodeKind::Word(word) => {
                let test = self.word(span, word);
                (self.keep(test).map(|test| leaf(span, test)), None)
            }
        }
    }

    fn chain(
        &mut self,
        span: Span,
        first: Node<'_>,
        rest: Vec<(Op, Node<'_>)>,
        before: Option<Qualifiers>,
    ) -> (Option<Expr>, Option<Qualifiers>) {
        let (first, mut qualifiers) = self.expr(first, before);
        let mut operands = Vec::with_capacity(rest.len());
        for (op, node) in rest {
            let operand;
            (operand, qualifiers) = self.expr(node, qualifiers);
            operands.extend(operand.map(|operand| (op, operand)));
        }
        (first.map(|first| chain(span, first, operands)), qualifiers)
    }

    /// Resolves an id, or ids in parentheses, under the qualifiers in force.
    fn id(&mut self, id: Id<'_>, qualifiers: Option<Qualifiers>) -> Option<Expr> {
        let span = id.span;
        match id.value {
            IdKind::Not(times, inner) => Some(negate(span, times, self.id(*inner, qualifiers)?)),
            IdKind::Group(list) => {
                let IdList { first, rest } = *list;
                let first = self.id(first, qualifiers);
                let mut operands = Vec::with_capacity(rest.len());
                for (op, id) in rest {
                    operands.extend(self.id(id, qualifiers).map(|id| (op, id)));
                }
                Some(chain(span, first?, operands))
            }
            _ => {
                let test = match qualifiers {
                    Some(qualifiers) => self.test(&id, qualifiers),
                    None => Err(self.nothing_to_take(&id)),
                };
                self.keep(test).map(|test| leaf(span, test))
            }
        }
    }

    /// Takes the value, or notes what is wrong.
    fn keep<T>(&mut self, result: Result<T, Fail>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(fail) => {
                if self.diagnostics.len() < MAX_ERRORS {
                    self.diagnostics.push(*fail);
                }
                None
            }
        }
    }

    fn source(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }
}

fn leaf(span: Span, test: Test) -> Expr {
    Expr { span, kind: ExprKind::Test(test) }
}

fn negate(span: Span, times: u32, inner: Expr) -> Expr {
    if times % 2 == 0 {
        Expr { span, ..inner }
    } else {
        Expr { span, kind: ExprKind::Not(Box::new(inner)) }
    }
}

fn chain(span: Span, first: Expr, rest: Vec<(Op, Expr)>) -> Expr {
    if rest.is_empty() {
        return Expr { span, ..first };
    }
    Expr { span, kind: ExprKind::Chain { first: Box::new(first), rest } }
}
