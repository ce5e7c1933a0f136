//! Types, expressions, statements: they nest in each other.

use nbpfc_source::Span;

use super::literal::{Literal, Text};
use super::name::{Ident, Path};

/// The number of an expression; dense in a module, from 0 to [`Module::expressions`].
///
/// [`Module::expressions`]: super::Module::expressions
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExprId(pub u32);

impl ExprId {
    /// As an index into a table of [`Module::expressions`] rows.
    ///
    /// [`Module::expressions`]: super::Module::expressions
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// Its number.
    pub id: ExprId,
    /// What it is.
    pub kind: ExprKind,
    /// Where it is written.
    pub span: Span,
}

impl Expr {
    /// The parts of a packet, `a / b / c`.
    pub fn layers(&self) -> Vec<&Self> {
        match &self.kind {
            ExprKind::Binary(BinaryOp::Div, left, right) => {
                let mut layers = left.layers();
                layers.push(right);
                layers
            }
            ExprKind::Paren(inner) => inner.layers(),
            _ => vec![self],
        }
    }
}

/// Kinds of expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `23`, `10.0.0.1`, `5s`.
    Literal(Literal),
    /// A word: variable, constant, verdict, protocol, function, module.
    Name(Ident),
    /// `base.name`: field, method, header of a packet, variant, member of a module.
    Field(Box<Expr>, Ident),
    /// `callee(…)`: call, conversion `u16(x)`, or value of a struct or header.
    Call(Box<Expr>, Vec<Arg>),
    /// `base[index]`; the index is a [`ExprKind::Range`] in `payload[0..4]`.
    Index(Box<Expr>, Box<Expr>),
    /// `value?`: leave with the verdict of `otherwise` if there is none.
    Try(Box<Expr>),
    /// `pkt matches "tcp port 80"`.
    Matches(Box<Expr>, Text),
    /// `value in set`, `value !in set`; the right side may be a [`ExprKind::Range`] or
    /// [`ExprKind::Set`].
    In {
        /// What is looked for.
        value: Box<Expr>,
        /// Where.
        set: Box<Expr>,
        /// `!in`.
        negated: bool,
    },
    /// `-x`, `!x`, `~x`.
    Unary(UnaryOp, Box<Expr>),
    /// `a + b`. `ethernet / ipv4 / tcp` is a packet, where the operands are headers.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `a..b`, `a..=b`; in an index either end may be missing.
    Range {
        /// The first value, or the least there is.
        start: Option<Box<Expr>>,
        /// The end, or the greatest there is.
        end: Option<Box<Expr>>,
        /// `..=`: the end belongs to it.
        inclusive: bool,
    },
    /// `[1, 2, 3]`.
    Array(Vec<Expr>),
    /// `[0; 16]`: value and length.
    Repeat(Box<Expr>, Box<Expr>),
    /// `{ 10.0.0.0/8, 127.0.0.0/8 }`, to the right of `in` and as the value of a constant.
    Set(Vec<Expr>),
    /// `file "blocked.txt"`: a set from a file, or in tests a capture.
    File(Text),
    /// `(inner)`.
    Paren(Box<Expr>),
    /// `{ …; tail }`.
    Block(Block),
    /// `if`.
    If(Box<If>),
    /// `match`.
    Match(Box<Match>),
    /// `atomic c.packets += 1`; its value is what was there before.
    Atomic {
        /// What changes.
        target: Box<Expr>,
        /// How; [`AssignOp::Set`] exchanges.
        op: AssignOp,
        /// The other operand.
        value: Box<Expr>,
        /// `atomic x = value if expected`: only if the target is equal to this.
        expected: Option<Box<Expr>>,
    },
    /// Text that is no expression.
    Error,
}

/// An argument of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Arg {
    /// The name in `name = value`.
    pub name: Option<Ident>,
    /// The value.
    pub value: Expr,
}

/// A type.
#[derive(Clone, Debug, PartialEq)]
pub struct Type {
    /// What it is.
    pub kind: TypeKind,
    /// Where it is written.
    pub span: Span,
}

/// Kinds of types.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeKind {
    /// `u32`, `u4`, `ipv4addr`, `Counter`, `set<ipv4prefix>`, `lru_hash<u32, Counter>`.
    Named {
        /// The name.
        path: Path,
        /// What stands between `<` and `>`; empty without them.
        args: Vec<Type>,
    },
    /// `[u8; 16]`. In headers the length may be an expression over fields before it.
    Array {
        /// The type of each element.
        element: Box<Type>,
        /// How many.
        length: Box<Expr>,
    },
    /// `[tcp_option]`: as many as fit.
    Slice(Box<Type>),
    /// `u16?`: a value that may be absent.
    Optional(Box<Type>),
}

/// `name: type = default` among parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// The name.
    pub name: Ident,
    /// The type; programs may leave it to the hook.
    pub ty: Option<Type>,
    /// The argument where none is given.
    pub default: Option<Expr>,
}

/// Operators with one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `-`
    Neg,
    /// `!`
    Not,
    /// `~`
    Complement,
}

/// Operators with two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `||`
    Or,
    /// `&&`
    And,
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `|`
    BitOr,
    /// `^`
    BitXor,
    /// `&`
    BitAnd,
    /// `<<`
    Shl,
    /// `>>`
    Shr,
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Rem,
}

/// How an assignment changes its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AssignOp {
    /// `=`
    Set,
    /// `+=`, `<<=` and so on: one of the arithmetic [`BinaryOp`]s.
    Compute(BinaryOp),
}

/// `if`, with or without `else`.
#[derive(Clone, Debug, PartialEq)]
pub struct If {
    /// What decides.
    pub condition: Condition,
    /// Taken when it holds.
    pub then: Block,
    /// `else`: an expression of kind `Block` or `If`.
    pub otherwise: Option<Expr>,
}

/// What `if` and `while` ask.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// A truth value.
    Expr(Expr),
    /// `let name = value`: whether there is a value, which the name then stands for.
    Let(Ident, Expr),
}

/// `match value { … }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// What is compared.
    pub value: Expr,
    /// The arms, in order.
    pub arms: Vec<MatchArm>,
}

/// `pattern if guard => value`.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchArm {
    /// What it must be.
    pub pattern: Pattern,
    /// What must hold too.
    pub guard: Option<Expr>,
    /// The value of the arm. `return …`, `break` and `continue` stand in a block.
    pub value: Expr,
    /// From the pattern to the value.
    pub span: Span,
}

/// A pattern. Names in it are constants and variants: patterns bind nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    /// What it is.
    pub kind: PatternKind,
    /// Where it is written.
    pub span: Span,
}

/// Kinds of patterns.
#[derive(Clone, Debug, PartialEq)]
pub enum PatternKind {
    /// `_`.
    Any,
    /// A constant, or a [`ExprKind::Range`] of them.
    Value(Expr),
    /// `a | b`, at least two.
    Or(Vec<Pattern>),
}

/// `{ statements tail }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// In order.
    pub statements: Vec<Stmt>,
    /// The value: an expression without `;` at the end, also an `if` or `match`.
    pub tail: Option<Box<Expr>>,
    /// With the braces.
    pub span: Span,
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Stmt {
    /// What it is.
    pub kind: StmtKind,
    /// With the `;`.
    pub span: Span,
}

/// Kinds of statements.
#[derive(Clone, Debug, PartialEq)]
pub enum StmtKind {
    /// `let`.
    Let(Box<Let>),
    /// `target = value;`, `target += value;`.
    Assign {
        /// A name, field or element.
        target: Expr,
        /// How.
        op: AssignOp,
        /// The right side.
        value: Expr,
        /// `else`: what happens when what is assigned is missing.
        otherwise: Option<Block>,
    },
    /// `value;`, and `if`, `match`, blocks, `atomic` as statements.
    Expr(Expr),
    /// `return value;`.
    Return(Option<Expr>),
    /// `break;`.
    Break,
    /// `continue;`.
    Continue,
    /// `for`.
    For(Box<For>),
    /// `while`.
    While(Box<While>),
    /// `lock place { … }`: the spin lock in `place` is held in the block.
    Lock(Expr, Block),
    /// `emit value to map;`: an event.
    Emit {
        /// The event.
        value: Expr,
        /// A ring buffer or perf event array.
        map: Expr,
    },
    /// `run program with packet expect …;`, in tests.
    Run(Box<Run>),
    /// `expect truth;`, in tests.
    Expect(Expr),
    /// `advance 5s;`, in tests: time goes on.
    Advance(Expr),
    /// Text that is no statement.
    Error,
}

/// `let mut name: type = value else { … };`.
#[derive(Clone, Debug, PartialEq)]
pub struct Let {
    /// Whether it can be assigned.
    pub mutable: bool,
    /// The variable.
    pub name: Ident,
    /// Its type, if given.
    pub ty: Option<Type>,
    /// The value.
    pub value: Expr,
    /// `else`: what happens when the value is absent; does not fall out.
    pub otherwise: Option<Block>,
}

/// `for name in iterable limit n { … }`.
#[derive(Clone, Debug, PartialEq)]
pub struct For {
    /// One name, or key and value in `for key, value in map`.
    pub names: Vec<Ident>,
    /// A range, a repeated part of a header, a map.
    pub iterable: Expr,
    /// The greatest number of rounds.
    pub limit: Option<Expr>,
    /// What is repeated.
    pub body: Block,
}

/// `while condition limit n { … }`.
#[derive(Clone, Debug, PartialEq)]
pub struct While {
    /// Asked before each round.
    pub condition: Condition,
    /// The greatest number of rounds.
    pub limit: Option<Expr>,
    /// What is repeated.
    pub body: Block,
}

/// `run program(field = value) with packet expect verdict, packet …, emit … to …;`
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The program.
    pub program: Path,
    /// Fields of the context.
    pub context: Vec<Arg>,
    /// The packet: headers with `/` between them, text for payload, or a capture.
    pub packet: Option<Expr>,
    /// `packet 3`: which packet of a capture.
    pub number: Option<Expr>,
    /// What must come of it; may be empty.
    pub expectations: Vec<Expectation>,
}

/// What a run must come to.
#[derive(Clone, Debug, PartialEq)]
pub enum Expectation {
    /// This verdict.
    Verdict(Expr),
    /// `packet …`: the packet afterwards.
    Packet(Expr),
    /// `emit … to …`: an event in a map, the next one.
    Emit {
        /// The event.
        value: Expr,
        /// The ring buffer or perf event array.
        map: Expr,
    },
}
