//! From the typed program to IR: where evidence is born.
//!
//! A value is the list of its scalars: a struct that of its fields, an IPv6 address two halves, an
//! optional value begins with whether it is there, a header is where it begins. Variables become
//! SSA on the way.
//!
//! Addresses keep the order of the wire, numbers have the machine's; so addresses are compared and
//! stored without swapping, and only numbers are swapped, which comparisons with constants undo.
//!
//! Every read of the packet is behind a check of its own. Those that say what is known already, and
//! those that could be one, are for the optimiser to find.

mod layout;
mod global;
mod shape;
mod parity;
mod graph;
mod origin;
mod cover;
mod lowering;
mod settle;
mod mark;
mod rounds;
mod number;
mod set;
mod held;
mod memory;
mod operate;
mod context;
mod socket;
mod field;
mod extent;
mod walk;
mod find;
mod bytes;
mod array;
mod choice;
mod expr;
mod repair;
mod write;
mod image;
mod around;
mod stands;
mod resize;
mod each;
mod stmt;
mod lower;

pub use global::{Global, globals};
pub use lower::{Common, Lowered, Ways, condition, lower};
pub use mark::Mark;
