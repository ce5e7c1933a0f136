//! Meaning: from the trees of modules to a typed [`Program`], or what is wrong with them.
//!
//! Names become entities, literals values, declarations of protocols a graph. Items are resolved
//! when something asks for them, so that their order does not matter and what is not used of the
//! library costs nothing.
//!
//! Arithmetic is typed as it is computed: in 32 or 64 bits, wrapping. What the kernel's verifier
//! would refuse has no typed form: an absent value has to be handled before it is used, a loop has
//! a bound, functions do not call themselves.

mod types;
mod value;
mod wire;
mod operation;
mod measure;
mod program;
mod constant;
mod layout;
mod computed;
mod evaluate;
mod bound;
mod checker;
mod path;
mod describe;
mod body;
mod coerce;
mod held;
mod literal;
mod ty;
mod operator;
mod bytes;
mod array;
mod find;
mod name;
mod filter;
mod call;
mod memory;
mod operate;
mod print;
mod socket;
mod write;
mod context;
mod says;
mod build;
mod resize;
mod stale;
mod choice;
mod pattern;
mod list;
mod expr;
mod each;
mod lock;
mod place;
mod stmt;
mod helper;
mod map_type;
mod generic;
mod contents;
mod map_limit;
mod map;
mod item;
mod checksum;
mod header;
mod link;
mod hook;
mod function;
mod entry;
mod uncalled;
mod testing;
mod check;

pub use array::MAX_LOCAL;
pub use check::check;
pub use checker::{Options, Source};
pub use evaluate::{Reader, answer, in_header, locate};
pub use layout::{Layout, Leaf, bytes, field_offset, halves, scalars, size_of};
pub use measure::Measure;
pub use operation::{MapType, MapTypeId, Operation, Outcome, Role};
pub use program::{
    Arm, Atomic, AtomicOp, BinaryOp, Block, Body, Built, BuiltField, By, Checksum, CompareOp,
    Condition, Content, Each, Entry, Enum, Expr, ExprKind, Fate, Filter, FilterId, Follow,
    Function, FunctionId, Header, HeaderField, Hook, HookField, KernelFunction, Local, LocalId,
    Map, Next, Number, Part, Place, Pop, Program, PseudoField, Push, Stmt, StmtKind, Struct,
    StructField, Told, Var, Way, Write,
};
pub use program::{
    Claim, Expectation, Given, Layer, Memory, Redirected, Root, Rounds, Run, Step, StepKind, Test,
    TestPacket, TestPacketKind,
};
pub use types::{EnumId, HeaderId, HelperId, HookId, Int, MapId, StructId, Type, VarId};
pub use value::Value;
pub use wire::{put_bits, wire_number};
