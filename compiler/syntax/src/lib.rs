//! The nbp language as text: tokens, grammar, tree, formatter.
//!
//! [`ast`] is faithful: whatever the formatter needs to write a module down again is in it, except
//! comments, which it takes from the text. Names are not resolved and nothing is desugared here.

pub mod ast;
mod literal;
mod tokens;
mod types;
mod build;
mod grammar;
mod lex;
mod balance;
mod viable;
mod recover;
mod explain;
mod parse;
mod files;
mod format;

pub use build::MAX_DEPTH;
pub use files::{file_names, filters};
pub use format::format;
pub use parse::{MAX_LENGTH, parse};

#[cfg(test)]
mod tests;
