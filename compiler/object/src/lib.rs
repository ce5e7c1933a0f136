//! The object as a value, and ELF in and out.
//!
//! An [`Object`] has programs, the functions that they call, maps, global data and types.
//! [`Object::to_elf`] writes the file that every loader takes; [`Object::from_elf`] reads it, and
//! files of clang. [`Object::link`] puts a program and what it calls in one piece.

mod error;
mod value;

mod maps;

mod check;
mod elf;

mod link;

mod write;

mod read;

#[cfg(test)]
mod tests;

pub use check::MAX_NAME;
pub use error::{Error, Fault, MapFault};
pub use link::Linked;
pub use value::{
    Contents, Core, Extern, ExternKind, Line, Map, Object, Program, Relocation, Shape, Slot, Target,
};
