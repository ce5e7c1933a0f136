//! The object as a value, and ELF in and out.
//!
//! An [`Object`] has programs, maps and types. [`Object::to_elf`] writes the file that every
//! loader takes; [`Object::from_elf`] reads it, and simple files of clang.

mod error;
mod value;

mod check;
mod elf;
mod maps;

mod write;

mod read;

#[cfg(test)]
mod tests;

pub use error::{Error, Fault, MapFault};
pub use value::{Line, Map, Object, Program, Relocation, Shape, Target};
