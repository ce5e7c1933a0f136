//! The eBPF instruction set: RFC 9669 and the kernel's extensions.

mod insn;
mod operand;

mod construct;

pub use insn::{Insn, Level, Reg};
pub use operand::{AluOp, AtomicOp, Bits, JmpOp, Pseudo, Size, Src};
