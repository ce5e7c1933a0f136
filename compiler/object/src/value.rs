//! The object as a value: what a loader, an emulator or a verifier needs, without ELF.

use nbpfc_btf::{Btf, CoreKind, TypeId};
use nbpfc_isa::Insn;

/// `BPF_MAP_TYPE_ARRAY`, which global data is.
const ARRAY: u32 = 2;
/// `BPF_F_RDONLY_PROG`: programs cannot write the map, and the verifier knows its values once it
/// is frozen.
const READ_ONLY: u32 = 1 << 7;

/// Programs, what they call and the maps that they use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Object {
    /// The licence that the kernel is told, such as `GPL`; empty for none.
    pub license: String,
    /// The programs in the order of the file.
    pub programs: Vec<Program>,
    /// The functions that programs and each other call, in the order of `.text`, which is the
    /// section of each.
    pub subprograms: Vec<Program>,
    /// The maps in the order of the file: those with a definition, then global data.
    pub maps: Vec<Map>,
    /// What the kernel defines and the programs name.
    pub externs: Vec<Extern>,
    /// The types that programs and maps name.
    pub btf: Option<Btf>,
}

/// A function.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
    /// What depends on the types of the running kernel, in the order of instructions.
    pub core: Vec<Core>,
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
    /// The byte at this offset of global data, in a 64-bit immediate that is 0 until then.
    MapValue {
        /// Index in [`Object::maps`] of a map whose contents are [`Contents::Data`].
        map: usize,
        /// Offset in bytes.
        offset: u32,
    },
    /// The function of this index in [`Object::subprograms`]: in a local call, whose immediate is
    /// -1 until then, or as a callback in a 64-bit immediate that is 0 until then.
    Subprogram(usize),
    /// The symbol of this index in [`Object::externs`]: in a call, whose source is that of a local
    /// call and whose immediate is -1 until then, or in a 64-bit immediate that is 0 until then.
    Extern(usize),
}

/// A place in a program that depends on the types of the running kernel (CO-RE).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Core {
    /// Index of the instruction's first slot in its program.
    pub insn: usize,
    /// The root type.
    pub ty: TypeId,
    /// The way from the root, such as `0:1:2`.
    pub access: String,
    /// What is wanted.
    pub kind: CoreKind,
}

/// Something that the kernel defines and the programs name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extern {
    /// The symbol.
    pub name: String,
    /// Its variable or function in [`Object::btf`], of external linkage.
    pub ty: TypeId,
    /// What it is.
    pub kind: ExternKind,
    /// Whether programs cope with its absence.
    pub weak: bool,
}

/// What the kernel defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExternKind {
    /// A function (`.ksyms`).
    Function,
    /// A variable (`.ksyms`).
    Variable,
    /// A value of its configuration (`.kconfig`).
    Config,
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

/// A map, as BTF defines it in `.maps`, or a section of global data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Map {
    /// Its name; of global data that of the section.
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
    /// `map_extra`, whose meaning depends on the type; 0 for none.
    pub extra: u32,
    /// What the maps in a map of maps are like; its name counts for nothing.
    pub inner: Option<Box<Map>>,
    /// What is in it when programs see it first.
    pub contents: Contents,
}

impl Map {
    /// The map of a section of global data: an array of one value. Programs cannot write it if the
    /// section is `.rodata` or begins with `.rodata.`.
    pub fn data(section: &str, bytes: Vec<u8>, value: Shape) -> Self {
        Self {
            name: section.to_owned(),
            kind: ARRAY,
            key: Shape::Bytes(4),
            value,
            max_entries: 1,
            flags: if is_named(section, ".rodata") { READ_ONLY } else { 0 },
            contents: Contents::Data(bytes),
            ..Self::default()
        }
    }

    /// Whether loaders freeze it once it is filled: global data that programs cannot write.
    pub fn is_frozen(&self) -> bool {
        matches!(self.contents, Contents::Data(_)) && self.flags & READ_ONLY != 0
    }

    /// Whether it is global data of which the file has only the size.
    pub(crate) fn is_uninitialised(&self) -> bool {
        let Contents::Data(bytes) = &self.contents else { return false };
        is_named(&self.name, ".bss") && bytes.iter().all(|byte| *byte == 0)
    }

    /// Whether a section holds global data, by its name.
    pub(crate) fn is_data_section(name: &str) -> bool {
        [".rodata", ".data", ".bss"].iter().any(|base| is_named(name, base))
    }
}

/// Whether a section is `base` or a part of it, `base.…`.
fn is_named(section: &str, base: &str) -> bool {
    section.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// What is in a map when programs see it first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Contents {
    /// Nothing, or in an array zeros.
    #[default]
    Empty,
    /// Global data: the bytes of its one value.
    Data(Vec<u8>),
    /// What some indexes of a map of maps or of programs hold, in rising order.
    Slots(Vec<(u32, Slot)>),
    /// What a map of maps holds: the bytes of keys, and indexes in [`Object::maps`]. Files have a place
    /// only for what is in [`Self::Slots`].
    Maps(Vec<(Vec<u8>, usize)>),
    /// Elements: the bytes of keys and values. Files have no place for them.
    Elements(Vec<(Vec<u8>, Vec<u8>)>),
}

impl Contents {
    /// What a map of maps with room for so many holds: the bytes of keys, and indexes in
    /// [`Object::maps`].
    pub fn maps(mut held: Vec<(Vec<u8>, usize)>, max_entries: u32) -> Self {
        let index = |key: &[u8]| key.try_into().ok().map(u32::from_ne_bytes);
        let slots = held.iter().map(|(key, map)| {
            let index = index(key).filter(|index| *index < max_entries.min(MAX_SLOTS))?;
            Some((index, Slot::Map(*map)))
        });
        match slots.collect::<Option<Vec<_>>>() {
            _ if held.is_empty() => Self::Empty,
            Some(mut slots) => {
                slots.sort_unstable_by_key(|(index, _)| *index);
                Self::Slots(slots)
            }
            None => {
                held.sort_unstable();
                Self::Maps(held)
            }
        }
    }
}

/// Elements that a definition can fill: each takes 8 bytes of the file.
pub(crate) const MAX_SLOTS: u32 = 1 << 20;

/// An element of a map of maps or of programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// The map of this index in [`Object::maps`].
    Map(usize),
    /// The program of this index in [`Object::programs`].
    Program(usize),
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

impl Default for Shape {
    fn default() -> Self {
        Self::Bytes(0)
    }
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
