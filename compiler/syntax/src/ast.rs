//! The tree of a module, as it is written.
//!
//! Every node has its span. Names are words: whether `a.b` is a field, a hook or a module is for
//! the next stage to find out. `Error` kinds stand where the text made no sense; a tree that has
//! one came with diagnostics.

mod literal;
mod name;
mod code;
mod header;
mod outside;
mod item;

pub use code::{
    Arg, AssignOp, BinaryOp, Block, Condition, Expectation, Expr, ExprId, ExprKind, For, If, Let,
    Match, MatchArm, Param, Pattern, PatternKind, Run, Stmt, StmtKind, Type, TypeKind, UnaryOp,
    While,
};
pub use header::{Header, HeaderField, HeaderPart, Next, NextArm, NextTargets};
pub use item::{
    Const, Entry, Enum, Field, Function, HookRef, Item, ItemKind, Map, Module, OpsMember, Program,
    Struct, StructOps, Test, Use, Variable, Variant,
};
pub use literal::{Literal, RateUnit, Text};
pub use name::{Ident, Path};
pub use outside::{
    ExternMap, ExternStruct, Hook, Member, MemberField, Origin, Prototype, VerdictName,
};
