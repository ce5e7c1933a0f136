//! Expressions.

use nbpfc_kernel::{ContextField, Field as PacketField, SocketField};
use nbpfc_source::Span;

use super::{
    AtomicOp, BinaryOp, Block, CompareOp, Condition, FilterId, FunctionId, LocalId, Pop, Push,
};
use crate::types::{HeaderId, HelperId, MapId, Type, VarId};
use crate::value::Value;

/// An expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// The type of its value.
    pub ty: Type,
    /// Where it is written.
    pub span: Span,
}

/// Kinds of expressions.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// Known at compile time.
    Value(Value),
    /// A variable.
    Local(LocalId),
    /// The header whose declaration this is written in.
    This,
    /// Of a packet, or of what lies behind a header: the first header of a protocol. Optional.
    Find(Box<Expr>, HeaderId),
    /// What lies behind a header, as a packet of its own.
    Inner(Box<Expr>),
    /// A field of a header.
    Field(Box<Expr>, HeaderId, u32),
    /// The packet's bytes, from the first on.
    Whole,
    /// The bytes behind a header; of a packet, behind the first of these headers that it has, and
    /// none if it has none.
    Payload(Box<Expr>, Vec<HeaderId>),
    /// The bytes from a header's last field on.
    Rest(Box<Expr>, HeaderId, u32),
    /// Bytes from a number of them on. The type says how many.
    Slice(Box<Expr>, Box<Expr>),
    /// How many bytes there are.
    Length(Box<Expr>),
    /// The number in network byte order that so many bytes further on begins. Optional.
    NumberAt(Box<Expr>, Box<Expr>),
    /// Whether bytes are there and begin with these.
    BeginsWith(Box<Expr>, Box<[u8]>),
    /// What is known of the packet beside its bytes.
    Meta(PacketField),
    /// A member of the context, beside the packet's bytes.
    OfContext(&'static ContextField),
    /// A map, for its operations.
    Map(MapId),
    /// Something done with a map: which of its kind's operations, and a value for each of that
    /// operation's parameters. For a map that another one holds, that map comes first.
    Operate(MapId, usize, Vec<Expr>),
    /// The element of a map under a key; if there is none, a new one of zeros. Optional, for there may
    /// be no room. For a map that another one holds, that map comes first.
    Obtain(MapId, Vec<Expr>),
    /// A record that a variable holds goes to who reads the ring buffer, or is discarded.
    GiveBack(LocalId, Fate),
    /// A member of a socket.
    OfSocket(Box<Expr>, &'static SocketField),
    /// Writes a line to the trace pipe: the text as the kernel's helper takes it, and its numbers.
    Print(Box<[u8]>, Vec<Expr>),
    /// The place of a global variable.
    Var(VarId),
    /// The place of a field of a struct in memory, or of an element of an array.
    Part(Box<Expr>, u32),
    /// What lies at a place in memory.
    Deref(Box<Expr>),
    /// Changes a number in memory at once; its value is what was there before.
    Atomic(Box<Atomic>),
    /// A field of a struct value, or an element of an array.
    Member(Box<Expr>, u32),
    /// A struct of these fields, or an array of these elements.
    Struct(Vec<Expr>),
    /// The words of 32 bits that a value is in memory, in the machine's order.
    Words(Box<Expr>),
    /// An element of an array by a number; optional if it is not seen to be one of the array's.
    Pick(Box<Expr>, Box<Expr>),
    /// The place of an element of an array in memory, by a number that is one of the array's.
    At(Box<Expr>, Box<Expr>),
    /// Whether a filter matches the packet, or what lies behind a header.
    Matches(FilterId, Option<Box<Expr>>),
    /// The value, or leaves with the verdict of `otherwise`, or without a value.
    Try(Box<Expr>),
    /// A value as an optional one.
    Present(Box<Expr>),
    /// The negative.
    Negate(Box<Expr>),
    /// All bits inverted.
    Complement(Box<Expr>),
    /// The opposite.
    Not(Box<Expr>),
    /// Arithmetic.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// A comparison.
    Compare(CompareOp, Box<Expr>, Box<Expr>),
    /// Both; the second is asked only if the first holds.
    And(Box<Expr>, Box<Expr>),
    /// At least one; the second is asked only if the first does not hold.
    Or(Box<Expr>, Box<Expr>),
    /// Whether a value is one of these.
    In(Box<Expr>, Box<[Value]>),
    /// Between two values, ends included.
    Between(Box<Expr>, Value, Value),
    /// A number as one of the expression's type: the low bits, or extended.
    Convert(Box<Expr>),
    /// One of two ways.
    If(Box<Condition>, Block, Option<Block>),
    /// The first arm whose pattern, and guard, hold.
    Match(Box<Expr>, Vec<Arm>),
    /// Statements and a value.
    Block(Block),
    /// A function's result.
    Call(FunctionId, Vec<Expr>),
    /// A helper's result.
    Ask(HelperId, Vec<Expr>),
    /// Puts headers into the packet, or leaves as [`ExprKind::Try`] does.
    Push(Box<Push>),
    /// Takes headers out of the packet, or leaves as [`ExprKind::Try`] does.
    Pop(Box<Pop>),
}

/// What becomes of a record, with flags of the kernel's, which say whether who reads is woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is handed over.
    Submitted(u64),
    /// It is taken back.
    Discarded(u64),
}

/// An atomic change.
#[derive(Clone, Debug)]
pub struct Atomic {
    /// The place.
    pub target: Expr,
    /// How.
    pub op: AtomicOp,
    /// The other operand, of the place's type.
    pub value: Expr,
    /// Whether what was there before is used.
    pub fetch: bool,
}

/// An arm of `match`.
#[derive(Clone, Debug)]
pub struct Arm {
    /// Ranges of values, ends included; `None` for all.
    pub values: Option<Vec<(Value, Value)>>,
    /// What must hold too.
    pub guard: Option<Expr>,
    /// The value.
    pub value: Expr,
}
