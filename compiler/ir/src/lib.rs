//! The SSA intermediate representation that both languages meet in.
//!
//! A [`Function`] is a graph of blocks with parameters (no phi instructions).
//! Everything in it is a pure function of the packet, its metadata and the
//! function's constant tables, so an instruction may be moved, copied or dropped wherever its operands are at hand.
//!
//! **Packet bytes are read through a view.** The terminator
//! [`Terminator::Check`] asks whether a window of the packet is there; on its
//! `ok` edge it hands over a *view* of that window, and a load names the view it
//! rests on. The kernel's verifier accepts a load for the same reason, so a pass
//! that keeps the IR valid keeps the program loadable.
//!
//! **Byte order is explicit.** A load gives the bytes as the little-endian
//! machine reads them; [`UnaryOp::Bswap`] turns wire order into a number.

mod entity;
mod types;
mod tables;
mod function;
mod dominators;
mod demand;
mod compact;
mod builder;
mod print;
mod lex;
mod parse;
mod fault;
mod validate;
mod interpret;
pub mod set;
#[cfg(any(test, feature = "generate"))]
pub mod generate;

pub use builder::{FunctionBuilder, Variable};
pub use demand::{Demand, Evidence, Need, Windows, verdict};
pub use dominators::{Dominators, reverse_postorder};
pub use entity::{Block, Inst, Table, Value};
pub use fault::{Fault, Problem, User};
pub use function::{BlockCall, BlockData, Function, Instruction, Module, Terminator, ValueDef};
pub use interpret::{Packet, Trap, interpret};
pub use nbpfc_kernel::Field;
pub use parse::ParseError;
pub use print::Printer;
pub use tables::TableData;
pub use types::{BinaryOp, Compare, Type, UnaryOp, Width};
pub use validate::{Valid, validate, validate_function};
