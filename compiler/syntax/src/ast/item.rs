//! What a module declares.

use nbpfc_source::Span;

use super::code::{Arg, Block, Expr, Param, Type};
use super::header::Header;
use super::literal::Text;
use super::name::{Ident, Path};
use super::outside::{ExternMap, ExternStruct, Hook, Prototype};

/// One source text.
#[derive(Clone, Debug, PartialEq)]
pub struct Module {
    /// In order.
    pub items: Vec<Item>,
    /// How many expressions it has: ids are below this.
    pub expressions: u32,
}

/// A declaration.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// What it is.
    pub kind: ItemKind,
    /// Where it is written.
    pub span: Span,
}

/// Kinds of declarations.
#[derive(Clone, Debug, PartialEq)]
pub enum ItemKind {
    /// `use net.vxlan as v;`
    Use(Use),
    /// `license "GPL";`
    License(Text),
    /// `const`
    Const(Const),
    /// `param name: type = default;`: constant the loader may set.
    Param(Variable),
    /// `var name: type = value;`: global variable.
    Var(Variable),
    /// `map`
    Map(Map),
    /// `struct`
    Struct(Struct),
    /// `enum`
    Enum(Enum),
    /// `header`
    Header(Header),
    /// `fn`
    Fn(Function),
    /// `program`
    Program(Program),
    /// `struct_ops`
    StructOps(StructOps),
    /// `hook`
    Hook(Hook),
    /// `extern struct`
    ExternStruct(ExternStruct),
    /// `extern map`
    ExternMap(ExternMap),
    /// `extern fn time() -> u64 from "ktime_get_ns";`: helper or kfunc.
    ExternFn(Prototype),
    /// `test`
    Test(Test),
    /// Text that is no declaration.
    Error,
}

/// `use path as name;`
#[derive(Clone, Debug, PartialEq)]
pub struct Use {
    /// The module, or a name in one.
    pub path: Path,
    /// Its name here, if not the last word of the path.
    pub alias: Option<Ident>,
}

/// `const name: type = value;`
#[derive(Clone, Debug, PartialEq)]
pub struct Const {
    /// The name.
    pub name: Ident,
    /// Its type, if given.
    pub ty: Option<Type>,
    /// The value; may be a [`Set`](super::ExprKind::Set) or a [`File`](super::ExprKind::File).
    pub value: Expr,
}

/// `param` and `var`.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// The name.
    pub name: Ident,
    /// The type.
    pub ty: Type,
    /// What it starts with; zero if `None`.
    pub value: Option<Expr>,
}

/// `map name: kind<types>(arguments) = { key => value };`, or `= [value, value];`
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    /// The name.
    pub name: Ident,
    /// Kind of map, with key and value as type arguments.
    pub ty: Type,
    /// `max_entries = 65536`, `256KiB`.
    pub args: Vec<Arg>,
    /// What it starts with, by keys.
    pub entries: Vec<Entry>,
    /// Or from the first place on: an array.
    pub elements: Option<Expr>,
}

/// `key => value`.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: Expr,
    /// A value, a program or a map.
    pub value: Expr,
}

/// `struct name { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Struct {
    /// The name.
    pub name: Ident,
    /// In order.
    pub fields: Vec<Field>,
}

/// `name: type = default`.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The name.
    pub name: Ident,
    /// The type; `u3` is a bit field.
    pub ty: Type,
    /// The value where it is not named.
    pub default: Option<Expr>,
    /// Without the `,`.
    pub span: Span,
}

/// `enum name: type { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Enum {
    /// The name.
    pub name: Ident,
    /// How it is stored.
    pub ty: Option<Type>,
    /// In order.
    pub variants: Vec<Variant>,
}

/// `name = value`.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// The name.
    pub name: Ident,
    /// Its number; one more than the one before it if `None`.
    pub value: Option<Expr>,
}

/// `fn name<types>(params) -> type { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// The name.
    pub name: Ident,
    /// The types that each call decides.
    pub generics: Vec<Ident>,
    /// In order.
    pub params: Vec<Param>,
    /// What it gives; nothing if `None`.
    pub result: Option<Type>,
    /// What it does.
    pub body: Block,
}

/// `program name(params) on hook otherwise verdict { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// The name.
    pub name: Ident,
    /// The context, or the arguments of the hooked function.
    pub params: Vec<Param>,
    /// Where it runs.
    pub hook: HookRef,
    /// The verdict when control falls off the end, or a `?` finds nothing.
    pub otherwise: Option<Expr>,
    /// What it does.
    pub body: Block,
}

/// `xdp`, `kprobe "tcp_retransmit_skb"`, `xdp(frags = true)`.
#[derive(Clone, Debug, PartialEq)]
pub struct HookRef {
    /// The hook.
    pub path: Path,
    /// The string behind it is the first argument, without a name.
    pub args: Vec<Arg>,
    /// With the arguments.
    pub span: Span,
}

/// `struct_ops name: kernel_struct { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct StructOps {
    /// The name.
    pub name: Ident,
    /// The kernel's struct.
    pub kernel_struct: Path,
    /// In order.
    pub members: Vec<OpsMember>,
}

/// What stands in `struct_ops`.
#[derive(Clone, Debug, PartialEq)]
pub enum OpsMember {
    /// An operation, with the span of the whole.
    Fn(Function, Span),
    /// `name = "reno",`
    Value(Ident, Expr),
    /// Text that is no member.
    Error(Span),
}

/// `test "what it shows" { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// What it shows.
    pub name: Text,
    /// Statements, with `run`, `expect` and `advance`.
    pub body: Block,
}
