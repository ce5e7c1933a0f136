//! The SSA intermediate representation that both languages meet in.
//!
//! A [`Module`] has maps and functions. A [`Function`] is a graph of blocks with parameters (no phi
//! instructions). Most instructions are pure: they may be moved, copied or dropped wherever their
//! operands are at hand. What the others do is their [`Effect`], which a pass asks for first
//! ([`Function::effect`], [`Function::written`]).
//!
//! **Evidence is a value.** The kernel's verifier believes what a program has compared. So a
//! question is a terminator that hands over what it has shown, to a block that only it leads to:
//!
//! | question | shown on its first way | what rests on it |
//! |---|---|---|
//! | [`Terminator::Check`] | a view: so many bytes of the packet are there | [`Instruction::Load`], [`Instruction::Store`] |
//! | [`Terminator::NonNull`] | a pointer that is not null | [`Instruction::Read`], [`Instruction::Write`], [`Instruction::Atomic`], calls |
//! | [`Terminator::Bound`] | a number between two others | [`Instruction::Index`], the sizes that helpers take |
//!
//! A pass that keeps the IR valid keeps the program loadable: nothing else makes a view, and no
//! pointer is computed anew.
//!
//! **A pointer's type says what is there**: a [`Region`], and how many bytes. Pointers come from
//! [`Instruction::Slot`] (the stack, which must be written before it is read), from
//! [`Instruction::Global`] (global data), from calls (values of maps, records of ring buffers,
//! sockets), and from other pointers by [`Instruction::Part`] and [`Instruction::Index`]. A record
//! or socket must be given back exactly once on every way. A call that moves the packet
//! ([`nbpfc_kernel::Change::Packet`]) ends the use of every view made before.
//!
//! **Byte order is explicit.** A load gives the bytes as the little-endian
//! machine reads them; [`UnaryOp::Bswap`] turns wire order into a number.

mod entity;
mod pointer;
mod types;
mod tables;
mod effect;
mod map;
mod instruction;
mod terminator;
mod function;
mod predecessors;
mod limits;
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
pub use effect::{Class, Effect, Written};
pub use entity::{Block, Func, Inst, Map, Slot, Table, Value};
pub use fault::{Fault, Problem, User};
pub use function::{BlockData, Function, Insts, Module, SlotData, ValueDef};
pub use instruction::{Args, AtomicOp, Instruction, Place};
pub use interpret::{
    Environment, Given, Outside, Packet, Returned, Trap, interpret, interpret_program,
};
pub use limits::Limits;
pub use map::{MapData, Maps};
pub use nbpfc_kernel::Field;
pub use parse::ParseError;
pub use pointer::{Pointer, Region};
pub use predecessors::Predecessors;
pub use print::Printer;
pub use tables::TableData;
pub use terminator::{BlockCall, Terminator, Values};
pub use types::{BinaryOp, Compare, Type, UnaryOp, Width};
pub use validate::{Valid, validate, validate_function};
