//! The typed program: every name resolved to an entity, every expression with its type.

mod header;
mod operator;
mod resize;
mod code;
mod expr;
mod test;
mod parts;

use std::collections::BTreeSet;

use cranelift_entity::{PrimaryMap, entity_impl};
use nbpfc_kernel::{Helper, Hook as Row, Known, Layer as PacketLayer, MapKind, SocketField};
use nbpfc_pcap::tree::Filter as FilterTree;
use nbpfc_source::{Diagnostic, FileId, Label, Span};

use crate::measure::Measure;
use crate::operation::{MapType, MapTypeId};
use crate::types::{EnumId, HeaderId, HelperId, HookId, Int, MapId, StructId, Type, VarId};
use crate::value::Value;

pub use code::{Block, Body, Condition, Each, Local, Place, Stmt, StmtKind, Way, Write};
pub use expr::{Arm, Atomic, Expr, ExprKind, Fate};
pub use header::{Checksum, Header, HeaderField, Next, PseudoField};
pub use operator::{AtomicOp, BinaryOp, CompareOp};
pub use parts::Part;
pub use resize::{Built, BuiltField, By, Content, Follow, Number, Pop, Push, Told};
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
    /// How large its values are.
    pub measure: Measure,
    /// Whether there is a lock among its fields, or only deeper.
    pub lock: Option<bool>,
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
