//! What the library says of kinds of maps: the data.

use cranelift_entity::entity_impl;
use nbpfc_kernel::{Helper, MapKind};

use crate::types::Type;
use crate::value::Value;

/// Names a kind of maps of [`Program::map_types`](crate::Program::map_types).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MapTypeId(u32);
entity_impl!(MapTypeId, "map_type");

/// The operation that `m[k]` is short for.
pub(crate) const GET: &str = "get";
/// Of maps by which packets are sent elsewhere.
pub(crate) const REDIRECT: &str = "redirect";

/// A kind of maps.
#[derive(Debug)]
pub struct MapType {
    /// Its name in the language.
    pub name: String,
    /// The kernel's row.
    pub row: MapKind,
    /// What stands between `<` and `>`, in order.
    pub generics: Vec<Role>,
    /// What programs do with it.
    pub operations: Vec<Operation>,
}

/// One thing that programs do with maps of a kind.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Its name.
    pub name: String,
    /// The helper that does it; `None` for what the compiler makes of several.
    pub row: Option<&'static Helper>,
    /// Names, what each is, and what it is where it is not given.
    pub params: Vec<(String, Role, Option<Value>)>,
    /// What it gives.
    pub outcome: Outcome,
}

/// What a parameter of an operation is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// A key of the map.
    Key,
    /// A value of the map.
    Value,
    /// A map that the map holds, of one kind.
    Map,
    /// A socket, which a variable holds.
    Socket,
    /// A number of this type, for the helper.
    Number(Type),
}

/// What an operation gives, of what its helper returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing.
    Nothing,
    /// Whether the helper returned 0.
    Done,
    /// Whether the helper returned 1.
    Holds,
    /// The place of an element that is always there.
    Place,
    /// A socket, which may be absent, and has to be given back.
    Socket,
    /// The place of an element, which may be absent.
    Element,
    /// The number that lies in an element, which programs only read, and which may be absent.
    Content,
    /// A record to be filled in, which may be absent.
    Record,
    /// What the helper wrote where it was told to, absent unless it returned 0.
    Value,
    /// What the helper returned, a number.
    Number,
    /// A verdict of the program's hook.
    Verdict,
}
