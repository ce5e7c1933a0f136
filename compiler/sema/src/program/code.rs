//! What code does: variables, blocks and statements.

use cranelift_entity::PrimaryMap;
use nbpfc_kernel::ContextField;
use nbpfc_source::Span;

use super::{BinaryOp, Expr, LocalId};
use crate::types::{HeaderId, Int, MapId, Type};

/// Code with its variables.
#[derive(Debug, Default)]
pub struct Body {
    /// The variables.
    pub locals: PrimaryMap<LocalId, Local>,
    /// The statements.
    pub block: Block,
    /// Whether some of them put headers into the packet or take them out.
    pub resizes: bool,
    /// The maps in whose programs it goes on, of a function.
    pub tail_calls: Vec<MapId>,
}

/// A variable.
#[derive(Clone, Debug)]
pub struct Local {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub ty: Type,
    /// Whether it may be assigned.
    pub mutable: bool,
    /// Where it is declared.
    pub span: Span,
}

/// A field of a header of the packet gets a value.
#[derive(Clone, Debug)]
pub struct Write {
    /// The header.
    pub base: Expr,
    /// What it is.
    pub header: HeaderId,
    /// The field.
    pub field: u32,
    /// The value, of the field's type.
    pub value: Expr,
}

/// Statements and the value behind them.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// In order.
    pub statements: Vec<Stmt>,
    /// The value.
    pub tail: Option<Box<Expr>>,
    /// What is given back where control comes to the end, behind the value: records are discarded.
    pub releases: Vec<LocalId>,
}

/// A statement.
#[derive(Clone, Debug)]
pub struct Stmt {
    /// What it is.
    pub kind: StmtKind,
    /// Where it is written.
    pub span: Span,
}

/// Kinds of statements.
#[derive(Clone, Debug)]
pub enum StmtKind {
    /// A variable gets its first value. With a block, the value may be absent; the block, which
    /// control does not come out of, is run then.
    Let(LocalId, Expr, Option<Block>),
    /// A place gets a value.
    Assign(Place, Expr),
    /// A place in memory gets a value: this one, or what an operator makes of what is there and of
    /// it, computed with numbers of this type.
    Store(Expr, Option<(BinaryOp, Int)>, Expr),
    /// A field of a header of the packet gets a value.
    Write(Box<Write>),
    /// An element of a member of the context, number 0 of what is not an array, gets a value.
    Set(&'static ContextField, u8, Expr),
    /// What is done while a lock is held; the place of the lock.
    Lock(Expr, Block),
    /// A value that is not used.
    Expr(Expr),
    /// Leaves the function or program.
    Return(Option<Expr>),
    /// Leaves the loop.
    Break,
    /// Goes on with the loop's next round.
    Continue,
    /// A loop over numbers, of at most so many rounds.
    For {
        /// The number.
        local: LocalId,
        /// The first.
        start: Expr,
        /// The one behind the last, or the last.
        end: Expr,
        /// Whether the end is the last.
        included: bool,
        /// The greatest number of rounds.
        limit: u32,
        /// What is repeated.
        body: Block,
    },
    /// A loop over headers that repeat in another one, or behind it.
    Each(Box<Each>),
    /// A loop over the elements of an array.
    Items {
        /// One of them.
        local: LocalId,
        /// The array.
        array: Expr,
        /// What is repeated.
        body: Block,
    },
    /// A loop as long as a condition holds, of at most so many rounds.
    While {
        /// Asked before each round.
        condition: Condition,
        /// The greatest number of rounds.
        limit: u32,
        /// What is repeated.
        body: Block,
    },
}

/// A loop over headers that repeat.
#[derive(Clone, Debug)]
pub struct Each {
    /// One of them.
    pub local: LocalId,
    /// The header that has them.
    pub base: Expr,
    /// What it is.
    pub header: HeaderId,
    /// Its field that they are.
    pub field: u32,
    /// What they are.
    pub element: HeaderId,
    /// They follow the header and each other, as the headers say; else they lie in it.
    pub follow: bool,
    /// The greatest number of rounds.
    pub limit: u32,
    /// What is repeated.
    pub body: Block,
}

/// What can be assigned.
#[derive(Clone, Debug)]
pub struct Place {
    /// The variable.
    pub local: LocalId,
    /// The way to a part of it.
    pub path: Vec<Way>,
}

/// A step on the way to a part of a variable.
#[derive(Clone, Debug)]
pub enum Way {
    /// A field of a struct, or an element of an array.
    Part(u32),
    /// An element of an array, by a number that is one of its.
    Element(Expr),
}

/// What `if` and `while` ask.
#[derive(Clone, Debug)]
pub enum Condition {
    /// A truth value.
    If(Expr),
    /// Whether there is a value, which the variable then holds.
    Let(LocalId, Expr),
}
