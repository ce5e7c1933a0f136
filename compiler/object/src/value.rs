//! The object as a value: what a loader, an emulator or a verifier needs, without ELF.

use nbpfc_btf::{Btf, TypeId};
use nbpfc_isa::Insn;

/// Programs and the maps that they use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Object {
    /// The licence that the kernel is told, such as `GPL`; empty for none.
    pub license: String,
    /// The programs in the order of the file.
    pub programs: Vec<Program>,
    /// The maps in the order of the file.
    pub maps: Vec<Map>,
    /// The types that programs and maps name.
    pub btf: Option<Btf>,
}

/// A function that is loaded by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Name of the function.
    pub name: String,
    /// The ELF section, whose name tells loaders the program's type. Several programs may share
    /// one.
    pub section: String,
    /// The instructions.
    pub insns: Vec<Insn>,
    /// What is not known before loading, in the order of instructions.
    pub relocations: Vec<Relocation>,
    /// Its [`Type::Func`](nbpfc_btf::Type::Func), without which the kernel takes no lines and
    /// the libxdp dispatcher no program.
    pub function: Option<TypeId>,
    /// Where its source lines begin, in the order of instructions.
    pub lines: Vec<Line>,
}

/// A place in a program that the loader fills in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relocation {
    /// Index of the instruction's first slot in its program.
    pub insn: usize,
    /// What it stands for.
    pub target: Target,
}

/// What a relocation stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The map of this index in [`Object::maps`], in a 64-bit immediate that is 0 until then.
    Map(usize),
}

/// A source line begins at an instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Index of the instruction's first slot in its program.
    pub insn: usize,
    /// Name of the source file.
    pub file: String,
    /// The line's text.
    pub text: String,
    /// Line number from 1, at most 2^22 - 1.
    pub line: u32,
    /// Column from 1, at most 1023; 0 if not known.
    pub column: u32,
}

/// A map, as BTF defines it in `.maps`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Map {
    /// Its name.
    pub name: String,
    /// Its type's number (`enum bpf_map_type` of the kernel's `include/uapi/linux/bpf.h`).
    pub kind: u32,
    /// Its keys.
    pub key: Shape,
    /// Its values.
    pub value: Shape,
    /// The greatest number of elements.
    pub max_entries: u32,
    /// The flags of its creation (`BPF_F_…`).
    pub flags: u32,
    /// Whether loaders pin it by its name and share it so.
    pub pinned: bool,
}

/// What the keys or values of a map are.
///
/// The kernel knows types only of both together: for a map with one type libbpf warns and creates
/// it without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// So many bytes; 0 for maps that have none.
    Bytes(u32),
    /// A type in [`Object::btf`].
    Type(TypeId),
}

impl Shape {
    /// Size in bytes; `None` for a type that is not in `btf` or has no size.
    pub fn size(self, btf: Option<&Btf>) -> Option<u32> {
        match self {
            Self::Bytes(size) => Some(size),
            Self::Type(id) => btf?.size_of(id),
        }
    }
}
