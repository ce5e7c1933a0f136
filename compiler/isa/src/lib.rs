//! The eBPF instruction set.
mod insn;
pub use insn::{Insn, Level, Reg};
