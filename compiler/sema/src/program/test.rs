//! Tests that stand beside programs: what is run, and what must come of it.

use cranelift_entity::PrimaryMap;
use nbpfc_kernel::Helper;
use nbpfc_source::Span;

use super::{Expr, HookField, Local, LocalId};
use crate::types::{HeaderId, MapId, Type, VarId};
use crate::value::Value;

/// A `test`.
#[derive(Debug)]
pub struct Test {
    /// What it shows.
    pub name: String,
    /// Its name in the source.
    pub span: Span,
    /// Its variables; they are never assigned.
    pub locals: PrimaryMap<LocalId, Local>,
    /// What is done, in order.
    pub steps: Vec<Step>,
}

/// One step of a test.
#[derive(Debug)]
pub struct Step {
    /// What it is.
    pub kind: StepKind,
    /// Where it is written.
    pub span: Span,
}

/// Kinds of steps.
#[derive(Debug)]
pub enum StepKind {
    /// A variable gets its value.
    Let(LocalId, Expr),
    /// A place in a map or a global variable gets a value. Parameters do before any program runs or map
    /// is touched.
    Put(Expr, Expr),
    /// Time goes on by so many nanoseconds.
    Advance(Expr),
    /// Something must hold.
    Expect(Claim),
    /// A program runs on a packet.
    Run(Box<Run>),
    /// Steps are repeated with each of these.
    For(LocalId, Rounds, Vec<Step>),
}

/// What the variable of a test's loop is, round by round.
#[derive(Debug)]
pub enum Rounds {
    /// The numbers from the first up to the second, which is not included.
    Numbers(Expr, Expr),
    /// The elements of an array or set.
    Elements(Expr),
}

/// A place in memory that programs share.
#[derive(Clone, Debug)]
pub struct Memory {
    /// Where it begins.
    pub root: Root,
    /// Which field, or element, of which of it.
    pub path: Vec<u32>,
    /// The type of what lies there.
    pub ty: Type,
}

/// Where a place in memory begins.
#[derive(Clone, Debug)]
pub enum Root {
    /// An element of a map, by its key. Keys of tries are prefixes.
    Element(MapId, Value),
    /// A global variable.
    Var(VarId),
    /// The next value of a queue or a stack; of a Bloom filter, whether it has this one.
    Peeked(MapId, Option<Value>),
}

/// What must hold.
#[derive(Clone, Debug)]
pub enum Claim {
    /// A truth value.
    True(Expr),
    /// Whether the element at this place is in its map.
    Present(Expr, bool),
    /// The opposite.
    Not(Box<Claim>),
    /// All of them.
    All(Vec<Claim>),
    /// One of them.
    Any(Vec<Claim>),
}

/// `run PROGRAM with PACKET expect …;`
#[derive(Debug)]
pub struct Run {
    /// Which of the [entries](super::Program::entries).
    pub entry: usize,
    /// What is known of the packet beside its bytes.
    pub context: Vec<(HookField, Expr)>,
    /// What helpers answer about it.
    pub answers: Vec<(&'static Helper, Expr)>,
    /// The packet; `None` for one without bytes.
    pub packet: Option<TestPacket>,
    /// What must come of it.
    pub expectations: Vec<Expectation>,
}

/// A packet of a test.
#[derive(Debug)]
pub struct TestPacket {
    /// What it is made of.
    pub kind: TestPacketKind,
    /// Where it is written.
    pub span: Span,
}

/// What a packet of a test is made of.
#[derive(Debug)]
pub enum TestPacketKind {
    /// Headers, and bytes behind or between them.
    Layers(Vec<Layer>),
    /// A packet of a capture: the file as it is named, and the packet's number, from 1 on.
    Capture(String, Expr),
}

/// A part of a packet that is built.
#[derive(Debug)]
pub enum Layer {
    /// A header with the fields that are named; the others follow from the declarations.
    Header(HeaderId, Vec<(u32, Given)>),
    /// Bytes as they are.
    Bytes(Box<[u8]>),
}

/// What a test says of a header's field.
#[derive(Debug)]
pub enum Given {
    /// Its value.
    Value(Expr),
    /// Of the last field, what repeats in it, or its bytes.
    Parts(Vec<Layer>),
}

/// Where a packet must have been sent.
#[derive(Debug)]
pub enum Redirected {
    /// Nobody says.
    Anywhere,
    /// To the interface with this index.
    Interface(Expr),
    /// To what a map holds under a key.
    Entry(MapId, Expr),
}

/// What must come of a run.
#[derive(Debug)]
pub enum Expectation {
    /// This verdict.
    Verdict(Value, Span),
    /// The packet is sent elsewhere.
    Redirect(Redirected, Span),
    /// The packet afterwards.
    Packet(TestPacket),
    /// What is known of the packet afterwards: the field, the element of one that is an array, and its
    /// value.
    Known(HookField, Option<Expr>, Expr),
    /// The next event of a ring buffer.
    Event(MapId, Expr),
}
