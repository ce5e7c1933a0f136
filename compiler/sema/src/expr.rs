//! Expressions: one arm for each kind.

use nbpfc_source::Code;
use nbpfc_syntax::ast::{self, ExprKind as Kind};

use crate::body::{Scope, error, expr};
use crate::constant::value;
use crate::program::{Block, Expr, ExprKind, Stmt};
use crate::types::Type;
use crate::value::Value;

impl<'a> Scope<'_, 'a> {
    /// An expression. The wanted type helps literals and verdicts to theirs; the result may have
    /// another, see [`Scope::coerce`].
    pub(crate) fn expr(&mut self, node: &'a ast::Expr, want: Option<&Type>) -> Expr {
        if let Some(at) = self.given.iter().position(|end| std::ptr::eq(*end, node)) {
            // All else is given back as where a function is left in the middle.
            self.given.swap_remove(at);
            let kind = self.return_stmt(Some(node), node.span);
            let statements = vec![Stmt { kind, span: node.span }];
            let block = Block { statements, ..Block::default() };
            return expr(ExprKind::Block(block), Type::Never, node.span);
        }
        let value = self.unguarded(node, want);
        self.guarded(&value);
        value
    }

    fn unguarded(&mut self, node: &'a ast::Expr, want: Option<&Type>) -> Expr {
        let span = node.span;
        match &node.kind {
            Kind::Literal(literal) => self.literal(literal, want, span),
            Kind::Name(name) => self.name(name, want, span),
            Kind::Field(base, name) => self.dotted(base, name, span),
            Kind::Call(callee, args) => self.call(callee, args, span),
            Kind::Try(inner) => self.try_expr(inner, span),
            Kind::Matches(packet, text) => self.matches(packet, text, span),
            Kind::In { value, set, negated } => self.in_expr(value, set, *negated, span),
            Kind::Unary(op, operand) => self.unary(*op, operand, want, span),
            Kind::Binary(op, left, right) => self.binary(*op, left, right, want, span),
            Kind::Paren(inner) => self.expr(inner, want).at(span),
            Kind::Block(block) => {
                let (block, ty) = self.block(block, want);
                expr(ExprKind::Block(block), ty, span)
            }
            Kind::If(node) => self.if_expr(node, want, span),
            Kind::Match(node) => self.match_expr(node, want, span),
            Kind::Set(nodes) => self.set(nodes, want, span),
            Kind::Array(nodes) => self.array(nodes, want, span),
            Kind::Repeat(value, count) => self.repeat(value, count, want, span),
            Kind::Index(base, index) => self.index(base, index, span),
            Kind::File(text) => self.set_file(text, want, span),
            Kind::Atomic { target, op, value, expected } => {
                self.atomic(target, *op, value, expected.as_deref(), span)
            }
            Kind::Range { .. } => {
                let error = self.error(Code::WrongKind, span, "a range is not a value");
                self.wrong(error.help("ranges stand behind `in`, in patterns and in `for`"))
            }
            Kind::Error => error(span),
        }
    }

    /// An expression whose value something is done with: control comes out of it.
    pub(crate) fn operand(&mut self, node: &'a ast::Expr, want: Option<&Type>) -> Expr {
        let value = self.inside(node, want);
        if value.ty != Type::Never {
            self.check_atomic(&value);
            let value = Self::read(value);
            return self.named(value);
        }
        let message = "control never comes out of this, so it has no value";
        let error = self.error(Code::NeverReached, node.span, message);
        self.wrong(error.help("leave in a statement of its own: `if … { return …; }`"))
    }

    /// `{ a, b }` as the value of a constant.
    fn set(
        &mut self,
        nodes: &'a [ast::Expr],
        want: Option<&Type>,
        span: nbpfc_source::Span,
    ) -> Expr {
        let Some(Type::Set(element)) = want else {
            let error = self.error(Code::WrongKind, span, "a set has to say what it holds");
            return self.wrong(
                error.help("`const NAME: set<u16> = { 80, 443 };`, or write it behind `in`"),
            );
        };
        match self.members(nodes, element) {
            Some(values) => {
                let ty = Type::Set(element.clone());
                expr(ExprKind::Value(Value::Set(values.into())), ty, span)
            }
            None => error(span),
        }
    }

    /// Whether an expression's value can be left without a loss.
    pub(crate) fn is_statement(value_of: &Expr) -> bool {
        matches!(value_of.ty, Type::Unit | Type::Never | Type::Error)
            || matches!(
                value_of.kind,
                ExprKind::Call(..)
                    | ExprKind::Try(_)
                    | ExprKind::Atomic(_)
                    | ExprKind::Ask(..)
                    | ExprKind::Operate(..)
            ) && value(value_of).is_none()
                && !value_of.ty.is_held()
                && !matches!(&value_of.ty, Type::Optional(inner) if inner.place().is_some() || inner.is_held())
    }
}

impl Expr {
    /// The same, written at another place.
    pub(crate) fn at(self, span: nbpfc_source::Span) -> Self {
        Self { span, ..self }
    }
}
