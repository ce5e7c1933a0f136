//! From the filter as written to the filter as meant.
//!
//! Qualifiers flow from left to right: an id without words of its own takes
//! those of the expression to its left, and what stands in parentheses takes
//! those in force before the parenthesis. After a primitive that has no
//! qualifiers there are none to take.

mod error;
mod port;
mod protocol;
mod id;
mod set;
mod arith;
mod words;

use nbpfc_source::{Diagnostic, FileId, Span};

use crate::lists::Lists;
use crate::names::Names;
use crate::syntax::{Head, Id, IdKind, IdList, Node, NodeKind, Word};
use crate::text::Text;
use crate::tokens::Kind;
use crate::tree::{Dir, Expr, ExprKind, Filter, Op, Proto, Test};

use error::Fail;
pub(crate) use words::{LLC_SUPERVISORY, LLC_UNNUMBERED, PF_ACTIONS};

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
    text: Text<'_>,
    file: FileId,
    names: &dyn Names,
    lists: &Lists<'_>,
) -> (Option<Filter>, Vec<Diagnostic>) {
    let Some(node) = node else { return (Some(Filter { root: None }), Vec::new()) };
    let mut resolver = Resolver { text, file, names, lists, diagnostics: Vec::new() };
    let root = resolver.expr(&node, None).expr;
    let filter = root.map(|root| Filter { root: Some(root) });
    (filter.filter(|_| resolver.diagnostics.is_empty()), resolver.diagnostics)
}

/// A resolved expression, unless something is wrong in it, and the qualifiers that what follows may take.
struct Resolved {
    expr: Option<Expr>,
    qualifiers: Option<Qualifiers>,
}

/// The state of the walk.
struct Resolver<'a> {
    text: Text<'a>,
    file: FileId,
    names: &'a dyn Names,
    lists: &'a Lists<'a>,
    diagnostics: Vec<Diagnostic>,
}

impl Resolver<'_> {
    /// Resolves an expression that has `before` in front of it.
    ///
    /// Kept small, as are the functions that it calls in turn: their frames are stacked as deep as parentheses nest.
    fn expr(&mut self, node: &Node<'_>, before: Option<Qualifiers>) -> Resolved {
        match &node.value {
            NodeKind::Chain(first, rest) => self.chain(node.span, first, rest, before),
            NodeKind::Not(times, inner) => self.not(node.span, *times, inner, before),
            NodeKind::Group(inner) => self.group(node.span, inner, before),
            NodeKind::Primitive(head, id) => self.primitive(node.span, *head, id),
            NodeKind::Elided(id) => Resolved { expr: self.id(id, before), qualifiers: before },
            NodeKind::Word(word) => self.leaf_word(node.span, word),
        }
    }

    fn chain(
        &mut self,
        span: Span,
        first: &Node<'_>,
        rest: &[(Op, Node<'_>)],
        before: Option<Qualifiers>,
    ) -> Resolved {
        let Resolved { expr: first, mut qualifiers } = self.expr(first, before);
        let mut operands = Vec::with_capacity(rest.len());
        for (op, node) in rest {
            let operand = self.expr(node, qualifiers);
            qualifiers = operand.qualifiers;
            operands.extend(operand.expr.map(|operand| (*op, operand)));
        }
        Resolved { expr: first.map(|first| chain(span, first, operands)), qualifiers }
    }

    fn not(
        &mut self,
        span: Span,
        times: u32,
        inner: &Node<'_>,
        before: Option<Qualifiers>,
    ) -> Resolved {
        let inner = self.expr(inner, before);
        Resolved { expr: inner.expr.map(|inner| negate(span, times, inner)), ..inner }
    }

    fn group(&mut self, span: Span, inner: &Node<'_>, before: Option<Qualifiers>) -> Resolved {
        let inner = self.expr(inner, before);
        Resolved { expr: inner.expr.map(|inner| Expr { span, ..inner }), qualifiers: before }
    }

    fn primitive(&mut self, span: Span, head: Head, id: &Id<'_>) -> Resolved {
        let qualifiers = Qualifiers::of(head);
        let expr = self.id(id, qualifiers);
        Resolved { expr: expr.map(|expr| Expr { span, ..expr }), qualifiers }
    }

    fn leaf_word(&mut self, span: Span, word: &Word<'_>) -> Resolved {
        let test = self.word(span, word);
        Resolved { expr: self.keep(test).map(|test| leaf(span, test)), qualifiers: None }
    }

    /// Resolves an id, or ids in parentheses, under the qualifiers in force.
    fn id(&mut self, id: &Id<'_>, qualifiers: Option<Qualifiers>) -> Option<Expr> {
        match &id.value {
            IdKind::Not(times, inner) => {
                let inner = self.id(inner, qualifiers)?;
                Some(negate(id.span, *times, inner))
            }
            IdKind::Group(list) => self.list(id.span, list, qualifiers),
            IdKind::Set(members) => self.set(id.span, members, qualifiers),
            IdKind::File(name) => self.set_in_file(id.span, name, qualifiers),
            _ => self.leaf_id(id, qualifiers),
        }
    }

    fn list(
        &mut self,
        span: Span,
        list: &IdList<'_>,
        qualifiers: Option<Qualifiers>,
    ) -> Option<Expr> {
        let first = self.id(&list.first, qualifiers);
        let mut operands = Vec::with_capacity(list.rest.len());
        for (op, id) in &list.rest {
            operands.extend(self.id(id, qualifiers).map(|id| (*op, id)));
        }
        Some(chain(span, first?, operands))
    }

    fn leaf_id(&mut self, id: &Id<'_>, qualifiers: Option<Qualifiers>) -> Option<Expr> {
        let test = match qualifiers {
            Some(qualifiers) => self.test(id, qualifiers),
            None => Err(self.nothing_to_take(id)),
        };
        self.keep(test).map(|test| leaf(id.span, test))
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
        self.text.at(span)
    }
}

fn leaf(span: Span, test: Test) -> Expr {
    Expr { span, kind: ExprKind::Test(test) }
}

fn negate(span: Span, times: u32, inner: Expr) -> Expr {
    if times.is_multiple_of(2) {
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
