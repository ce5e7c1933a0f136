//! The check of one piece of code: where it stands, what is in scope.

use std::collections::BTreeMap;

use nbpfc_source::{Code, Diagnostic, Span};
use nbpfc_syntax::ast::{Expr as Node, Ident};

use crate::checker::Checker;
use crate::program::{Body, Expr, ExprKind, Local, LocalId};
use crate::types::{HeaderId, HookId, Type};

/// What helps who wants a verdict in a function.
pub(crate) const GIVES_VERDICT: &str =
    "let the function say that it gives one: `fn NAME(…) -> verdict { … }`, or `verdict?`";

/// Where code stands, which decides what it can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Context {
    /// In the value of a constant, or another place that the compiler computes.
    Constant,
    /// In the declaration of a header.
    Header(HeaderId),
    /// In a test.
    Test,
    /// In a function.
    Function {
        /// What it gives.
        result: Type,
        /// Where the programs run that it is for, if it says that.
        hook: Option<HookId>,
    },
    /// In a program.
    Program {
        /// Where it runs.
        hook: HookId,
        /// Whether it says `otherwise`.
        otherwise: bool,
    },
}

/// What has to be given back.
#[derive(Clone, Debug, Default)]
pub(crate) struct Held {
    /// The variables that hold something, in the order in which they came to it.
    pub(crate) now: Vec<LocalId>,
    /// Those of them that whoever calls a function holds for it.
    pub(crate) lent: Vec<LocalId>,
    /// Where the lock that is held was taken.
    pub(crate) lock: Option<Span>,
    /// Where others gave back what they held.
    pub(crate) given: BTreeMap<LocalId, Span>,
    /// What was held before each loop around.
    pub(crate) loops: Vec<Vec<LocalId>>,
}

/// The check of one body.
pub(crate) struct Scope<'c, 'a> {
    pub(crate) checker: &'c mut Checker<'a>,
    /// The source that the code stands in.
    pub(crate) source: usize,
    pub(crate) context: Context,
    pub(crate) body: Body,
    /// The names in scope, innermost block last.
    blocks: Vec<BTreeMap<&'a str, LocalId>>,
    /// The greatest numbers that variables are, where that is less than their types have.
    pub(crate) greatest: BTreeMap<LocalId, i128>,
    /// In how many loops the code is.
    pub(crate) loops: u32,
    /// What the code holds here and has to give back, and where it gave back what it held.
    pub(crate) held: Held,
    /// The expressions by which a function gives a socket without `return`.
    pub(crate) given: Vec<&'a Node>,
}

impl<'c, 'a> Scope<'c, 'a> {
    pub(crate) fn new(checker: &'c mut Checker<'a>, source: usize, context: Context) -> Self {
        let (body, blocks) = (Body::default(), vec![BTreeMap::new()]);
        let (loops, held) = (0, Held::default());
        let greatest = BTreeMap::new();
        let given = Vec::new();
        Self { checker, source, context, body, blocks, greatest, loops, held, given }
    }

    /// Where the program runs that the code is of, if that is known.
    pub(crate) fn hook(&self) -> Option<HookId> {
        match self.context {
            Context::Program { hook, .. } => Some(hook),
            Context::Function { hook, .. } => hook,
            Context::Constant | Context::Header(_) | Context::Test => None,
        }
    }

    /// Whether the code is a function that gives a socket to who calls it.
    pub(crate) fn gives_socket(&self) -> bool {
        matches!(&self.context, Context::Function { result: Type::Optional(inner), .. } if **inner == Type::Socket)
    }

    /// Whether the innermost block is the whole code.
    pub(crate) fn is_whole(&self) -> bool {
        // Around it are the parameters.
        self.blocks.len() == 2
    }

    /// Runs `f` in a block of its own: names declared in it end with it.
    pub(crate) fn nested<R>(&mut self, f: impl FnOnce(&mut Self) -> R) -> R {
        self.enter();
        let result = f(self);
        self.leave();
        result
    }

    /// Begins a block.
    pub(crate) fn enter(&mut self) {
        self.blocks.push(BTreeMap::new());
    }

    /// Ends the innermost block: its names are forgotten.
    pub(crate) fn leave(&mut self) {
        self.blocks.pop();
    }

    /// Declares a variable.
    pub(crate) fn declare(&mut self, name: &'a Ident, ty: Type, mutable: bool) -> LocalId {
        let local = Local { name: name.name.clone(), ty, mutable, span: name.span };
        let id = self.body.locals.push(local);
        if let Some(block) = self.blocks.last_mut() {
            block.insert(&name.name, id);
        }
        id
    }

    /// The variable that a name means here.
    pub(crate) fn local(&self, name: &str) -> Option<LocalId> {
        self.blocks.iter().rev().find_map(|block| block.get(name)).copied()
    }

    /// The names of variables in scope.
    pub(crate) fn local_names(&self) -> Vec<&'a str> {
        self.blocks.iter().flat_map(|block| block.keys().copied()).collect()
    }

    pub(crate) fn error(&self, code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        self.checker.error(code, self.source, span, message)
    }

    pub(crate) fn report(&mut self, diagnostic: Diagnostic) {
        self.checker.report(diagnostic);
    }

    pub(crate) fn type_name(&self, ty: &Type) -> String {
        self.checker.type_name(ty)
    }

    /// Reports, and gives an expression that fits everywhere.
    pub(crate) fn wrong(&mut self, diagnostic: Diagnostic) -> Expr {
        let span = diagnostic.primary.as_ref().map(|label| label.span).unwrap_or_default();
        self.report(diagnostic);
        error(span)
    }
}

/// What stands for an expression that was reported.
pub(crate) fn error(span: Span) -> Expr {
    Expr { kind: ExprKind::Block(crate::program::Block::default()), ty: Type::Error, span }
}

/// An expression.
pub(crate) fn expr(kind: ExprKind, ty: Type, span: Span) -> Expr {
    Expr { kind, ty, span }
}
