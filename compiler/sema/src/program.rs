//! The typed program: every name resolved to an entity, every expression with its type.

mod header;
mod operator;
mod test;
mod parts;

use std::collections::BTreeSet;

use cranelift_entity::{PrimaryMap, entity_impl};
use nbpfc_kernel::{
    ContextField, Field as PacketField, Helper, Hook as Row, Known, Layer as PacketLayer, MapKind,
    SocketField,
};
use nbpfc_pcap::tree::Filter as FilterTree;
use nbpfc_source::{Diagnostic, FileId, Label, Span};

use crate::operation::{MapType, MapTypeId};
use crate::types::{EnumId, HeaderId, HelperId, HookId, Int, MapId, StructId, Type, VarId};
use crate::value::Value;

pub use header::{Checksum, Header, HeaderField, Next, PseudoField};
pub use operator::{AtomicOp, BinaryOp, CompareOp};
pub use parts::Part;
pub use test::{
    Claim, Expectation, Given, Layer, Memory, Redirected, Root, Rounds, Run, Step, StepKind, Test,
    TestPacket, TestPacketKind,
};

/// Names a function of [`Program::functions`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FunctionId(u32);
entity_impl!(FunctionId, "fn");

/// Names a filter of [`Program::filters`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FilterId(u32);
entity_impl!(FilterId, "filter");

/// Names a variable of a [`Body`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LocalId(u32);
entity_impl!(LocalId, "local");

/// Everything that one object is made from.
#[derive(Debug, Default)]
pub struct Program {
    /// The programs, in the order of the source.
    pub entries: Vec<Entry>,
    /// The functions that they call.
    pub functions: PrimaryMap<FunctionId, Function>,
    /// The protocols that packets are read by.
    pub headers: PrimaryMap<HeaderId, Header>,
    /// Those of them that programs look for.
    pub wanted: BTreeSet<HeaderId>,
    /// The structs.
    pub structs: PrimaryMap<StructId, Struct>,
    /// The enums.
    pub enums: PrimaryMap<EnumId, Enum>,
    /// The hooks that the programs are on.
    pub hooks: PrimaryMap<HookId, Hook>,
    /// The filters of `matches`.
    pub filters: PrimaryMap<FilterId, Filter>,
    /// The kinds of maps that there are any of.
    pub map_types: PrimaryMap<MapTypeId, MapType>,
    /// The maps.
    pub maps: PrimaryMap<MapId, Map>,
    /// The helpers of the kernel that have a name in the language.
    pub helpers: PrimaryMap<HelperId, KernelFunction>,
    /// The members of sockets that have a name in the language, and their types.
    pub socket: Vec<(String, &'static SocketField, Type)>,
    /// The global variables.
    pub vars: PrimaryMap<VarId, Var>,
    /// The names that the main module has for variables of others, such as `MODULE.NAME`.
    pub paths: Vec<(String, VarId)>,
    /// What `license` says.
    pub license: Option<String>,
    /// The tests, if they were asked for.
    pub tests: Vec<Test>,
}

/// The filter of a `matches`.
#[derive(Debug)]
pub struct Filter {
    /// What it means.
    pub tree: FilterTree,
    /// The file that it stands in.
    pub file: FileId,
    /// The text, with the quotes.
    pub span: Span,
    /// The text has no escapes, so places in the filter are places in the file.
    pub plain: bool,
    /// It is about what lies behind a header, and this is what that begins with.
    pub inside: Option<PacketLayer>,
}

impl Filter {
    /// A finding about the filter, placed in the file. What is in the file of a set stays there.
    pub fn place(file: FileId, span: Span, plain: bool, mut diagnostic: Diagnostic) -> Diagnostic {
        if !plain {
            let place = |label: Label| {
                let span = if label.file == file { span } else { label.span };
                Label { span, ..label }
            };
            diagnostic.primary = diagnostic.primary.map(place);
            diagnostic.labels.retain(|label| label.file != file);
        }
        diagnostic
    }
}

/// A map.
#[derive(Debug)]
pub struct Map {
    /// Its name.
    pub name: String,
    /// What the library says of its kind.
    pub ty: MapTypeId,
    /// The kernel's type.
    pub kind: MapKind,
    /// The type of its keys; [`Type::Unit`] if it has none.
    pub key: Type,
    /// The type of its values, or of its records; [`Type::Unit`] if it has none.
    pub value: Type,
    /// How many elements it has at most; of a ring buffer, how many bytes.
    pub max_entries: u32,
    /// What the maps in it are like, if it is a map of maps.
    pub inner: Option<MapId>,
    /// The maps that are in it when programs see it first, each under a key of its own.
    pub holds: Vec<(Value, MapId)>,
    /// The programs that are in it when programs see it first, by rising index, and where each is named.
    pub programs: Vec<(u32, String, Span)>,
    /// The elements that are in it when programs see it first, each under a key of its own.
    pub elements: Vec<(Value, Value)>,
    /// Where it is declared.
    pub place: (FileId, Span),
}

/// A helper of the kernel, as the library declares it.
#[derive(Debug)]
pub struct KernelFunction {
    /// Its name in the language.
    pub name: String,
    /// The kernel's row.
    pub row: &'static Helper,
    /// Names and types of what a call gives it, and what each is where it is not given; the context it
    /// gets by itself.
    pub params: Vec<(String, Type, Option<Value>)>,
    /// How many of the first parameters lie one behind the other in memory, in network order.
    pub in_memory: usize,
    /// What it gives.
    pub result: Type,
    /// The hooks whose programs alone call it, if functions do that any program may call.
    pub hooks: Vec<String>,
}

/// A global variable.
#[derive(Debug)]
pub struct Var {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// What it begins with, if that is not zero.
    pub value: Option<Value>,
    /// Programs only read it: the loader may set it before they are loaded.
    pub constant: bool,
}

/// A program on a hook.
#[derive(Debug)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Where it is declared.
    pub span: Span,
    /// Where it runs.
    pub hook: HookId,
    /// What it returns when control falls off its end, or a `?` finds nothing.
    pub otherwise: Option<u32>,
    /// What it does.
    pub body: Body,
}

/// A function.
#[derive(Debug)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Its parameters, the first variables of the body.
    pub params: Vec<LocalId>,
    /// What each is where it is not given.
    pub defaults: Vec<Option<Value>>,
    /// What it gives.
    pub result: Type,
    /// The file that it stands in.
    pub file: FileId,
    /// What it does.
    pub body: Body,
}

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

/// A hook, as the library declares it.
#[derive(Debug)]
pub struct Hook {
    /// Its name, such as `tc.ingress`.
    pub name: String,
    /// What the kernel says of it.
    pub row: &'static Row,
    /// The header that its packets begin with.
    pub packet: Option<HeaderId>,
    /// What is known of a packet beside its bytes.
    pub fields: Vec<HookField>,
    /// What programs may return, by name.
    pub verdicts: Vec<(String, u32)>,
    /// What its programs alone may call.
    pub functions: Vec<HelperId>,
}

/// What programs on a hook know of a packet beside its bytes.
#[derive(Clone, Debug)]
pub struct HookField {
    /// Its name.
    pub name: String,
    /// What it is to the kernel.
    pub row: Known,
    /// Its type.
    pub ty: Type,
    /// Whether it is declared to be assigned.
    pub mutable: bool,
}

/// A struct.
#[derive(Debug)]
pub struct Struct {
    /// Its name.
    pub name: String,
    /// Its fields, in order.
    pub fields: Vec<StructField>,
}

/// A field of a struct.
#[derive(Debug)]
pub struct StructField {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// What it is where it is not named.
    pub default: Option<Value>,
}

/// An enum.
#[derive(Debug)]
pub struct Enum {
    /// Its name.
    pub name: String,
    /// How it is stored.
    pub repr: Int,
    /// Names and numbers, in order.
    pub variants: Vec<(String, i128)>,
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

/// Headers that are put into the packet.
#[derive(Clone, Debug)]
pub struct Push {
    /// They stand behind the packet's first header, this one; else in front of the packet.
    pub behind: Option<HeaderId>,
    /// The headers.
    pub headers: Vec<Built>,
    /// How the last of them says what follows, if the packet decides that.
    pub follow: Option<Follow>,
    /// It is a VLAN tag, which the kernel keeps beside packets on some hooks.
    pub tag: bool,
}

/// Headers that are taken out of the packet.
#[derive(Clone, Debug)]
pub struct Pop {
    /// They stand behind the packet's first header, this one; else they begin the packet.
    pub behind: Option<HeaderId>,
    /// The headers, which directly follow each other.
    pub headers: Vec<HeaderId>,
    /// How the header before them says what follows.
    pub told: Option<Told>,
    /// It is a VLAN tag, which the kernel keeps beside packets on some hooks.
    pub tag: bool,
}

/// How a header says what follows when others are taken out behind it.
#[derive(Clone, Debug)]
pub struct Told {
    /// The field that says it.
    pub to: (HeaderId, u32),
    /// By what.
    pub by: By,
}

/// What tells a number by which a header says what follows.
#[derive(Clone, Debug)]
pub enum By {
    /// That of the last header that is taken out.
    Last(Follow),
    /// Which of these headers stands behind it, asked in this order.
    Behind(Vec<(HeaderId, Number)>),
}

/// The number by which a header is said to follow.
#[derive(Clone, Debug)]
pub enum Number {
    /// This one.
    Known(i128),
    /// One that the header tells, of which it is a part of what stands there.
    From(Follow),
}

/// A number by which one header says what follows it, made from that of another.
#[derive(Clone, Debug)]
pub struct Follow {
    /// The header and the field that it is made from.
    pub from: (HeaderId, u32),
    /// The header and the field that get it.
    pub to: (HeaderId, u32),
    /// Ranges of the one, ends included, and the other. None: both have the same numbers.
    pub numbers: Option<Vec<((i128, i128), i128)>>,
}

/// A header that is built.
#[derive(Clone, Debug)]
pub struct Built {
    /// What it is.
    pub header: HeaderId,
    /// Bytes.
    pub size: u32,
    /// Its fields, those that are not zero.
    pub fields: Vec<BuiltField>,
    /// The fields that get the checksum of the header itself.
    pub sums: Vec<u32>,
}

/// A field of a header that is built, or of one that repeats in it.
#[derive(Clone, Debug)]
pub struct BuiltField {
    /// What lies there.
    pub ty: Type,
    /// Where it begins, in bits from the header's start.
    pub offset: u32,
    /// What it is.
    pub content: Content,
}

/// What a field of a header that is built is.
#[derive(Clone, Debug)]
pub enum Content {
    /// This.
    Value(Expr),
    /// How many bytes there are behind the header, and so many more.
    Size(u32),
    /// What the packet decides, by [`Push::follow`].
    Follows,
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
