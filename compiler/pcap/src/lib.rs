//! The pcap-filter language: tokens, grammar, names, three-valued lowering to IR.

pub mod names;
pub mod tree;

mod tokens;
mod syntax;
mod grammar;
mod resolve;
mod print;
mod explain;
mod parse;
mod lower;

#[cfg(test)]
mod tests;

pub use lower::{LinkType, Options, lower};
pub use parse::{MAX_LENGTH, parse};
