//! What can be wrong with an object or its file.

use std::fmt::{self, Display, Formatter};

/// Why an object cannot be written, or a file not be read as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The file is no ELF, or its structure is broken; the text says where.
    Elf(String),
    /// The file is ELF, but not relocatable, little-endian, 64-bit BPF.
    NotBpf,
    /// The types are broken.
    Btf(nbpfc_btf::Error),
    /// A name of a program or map that kernels refuse: not 1 to 127 bytes of letters, digits,
    /// `_` and `.`.
    Name(String),
    /// Two things that are symbols in the file have this name.
    Twice(String),
    /// A section name that loaders give another meaning, or an empty one.
    Section(String),
    /// A licence with a NUL inside.
    License,
    /// Something in a program does not fit the rest.
    Program {
        /// The program.
        name: String,
        /// What does not fit.
        fault: Fault,
    },
    /// Something in the definition of a map does not fit.
    Map {
        /// The map.
        name: String,
        /// What does not fit.
        fault: MapFault,
    },
    /// An extern whose variable or function BTF does not have.
    Extern(String),
    /// The file has something that objects do not have yet.
    Unsupported(String),
}

/// What does not fit in a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It has no instruction.
    Empty,
    /// It does not begin where the one before it ends, or does not end at an instruction of its
    /// section.
    Bounds,
    /// Its function is no function type with named parameters.
    Function,
    /// There are lines but no function; the kernel refuses that.
    LinesWithoutFunction,
    /// The lines do not begin at the first instruction, or do not rise.
    LineOrder,
    /// The line of this instruction belongs to no instruction.
    Line(usize),
    /// The relocation of this instruction is at none that can have one.
    Relocation(usize),
    /// The relocation of this instruction names nothing that the object has.
    Target(usize),
    /// The CO-RE relocations do not rise.
    CoreOrder,
    /// The CO-RE relocation of this instruction is at none, or of no type.
    Core(usize),
}

/// What does not fit in the definition of a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MapFault {
    /// Its type in BTF is no structure of pointers.
    Definition,
    /// It begins with elements, for which files have no place.
    Elements,
    /// A field that is not known.
    Field(String),
    /// The type of its key or value is not there or has no size.
    Type,
    /// It is global data, but not an array of one value as long as its bytes and as writable as
    /// its section.
    Data,
    /// Its elements do not rise, do not fit, or are nothing that the object has.
    Slots,
}

impl From<nbpfc_btf::Error> for Error {
    fn from(error: nbpfc_btf::Error) -> Self {
        Self::Btf(error)
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Elf(text) => write!(f, "broken ELF file: {text}"),
            Self::NotBpf => f.write_str("not a relocatable little-endian BPF object"),
            Self::Btf(error) => write!(f, "{error}"),
            Self::Name(name) => {
                write!(f, "{name:?} is no name: 1 to 127 letters, digits, '_' and '.' are")
            }
            Self::Twice(name) => write!(f, "{name:?} is the name of two things"),
            Self::Section(name) => write!(f, "{name:?} cannot be a section of programs"),
            Self::License => f.write_str("a licence cannot contain NUL"),
            Self::Program { name, fault } => write!(f, "program {name:?}: {fault}"),
            Self::Map { name, fault } => write!(f, "map {name:?}: {fault}"),
            Self::Extern(name) => write!(f, "BTF has no extern {name:?}"),
            Self::Unsupported(what) => write!(f, "{what} is not supported"),
        }
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("it has no instruction"),
            Self::Bounds => f.write_str("its bounds are not those of instructions"),
            Self::Function => f.write_str("its function has no BTF type with named parameters"),
            Self::LinesWithoutFunction => f.write_str("it has lines but no BTF function"),
            Self::LineOrder => f.write_str("its lines do not rise from the first instruction"),
            Self::Line(insn) => write!(f, "a line begins at {insn}, where no instruction does"),
            Self::Relocation(insn) => write!(f, "instruction {insn} cannot be relocated so"),
            Self::Target(insn) => write!(f, "the relocation of {insn} names nothing known"),
            Self::CoreOrder => f.write_str("its CO-RE relocations do not rise"),
            Self::Core(insn) => write!(f, "instruction {insn} has a bad CO-RE relocation"),
        }
    }
}

impl Display for MapFault {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Elements => f.write_str("it begins with elements, for which files have no place"),
            Self::Definition => f.write_str("its definition is no structure of pointers"),
            Self::Field(field) => write!(f, "its definition has the unknown field {field:?}"),
            Self::Type => f.write_str("the type of its key or value has no size"),
            Self::Data => f.write_str("it is not an array of one value, its section's bytes"),
            Self::Slots => f.write_str("its elements do not rise, do not fit or do not exist"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Btf(error) => Some(error),
            _ => None,
        }
    }
}
