//! The eBPF instruction set: RFC 9669 and the kernel's extensions.
//!
//! [`ROWS`] is the list of all forms of instruction. [`Insn::row`] finds an instruction's row;
//! the constructors of [`Insn`] make instructions, [`disassemble`] prints them.

mod insn;
mod operand;

mod construct;
mod row;

mod table;

mod print;

#[cfg(test)]
mod tests;

pub use insn::{Insn, Level, Reg};
pub use operand::{AluOp, AtomicOp, Bits, JmpOp, Pseudo, Size, Src};
pub use print::{Text, disassemble};
pub use row::{Field, Group, Op, Row};
pub use table::ROWS;
