//! The object as a value, and ELF in and out.
