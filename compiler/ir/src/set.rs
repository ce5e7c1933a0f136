//! Sets of numbers, and the cheapest way to ask whether a number is in one.
//!
//! A [`Set`] is a value: ranges, sorted and apart. A [`Lookup`] makes IR of the question, in
//! a shape that depends on what is in the set (what they cost is in `shape`):
//!
//! - `tree`: comparisons, balanced, as code. Few ranges of any width, and whatever there is where
//!   the target has no tables.
//! - `bits`: one bit for each number: in a constant for numbers that lie together, in a table for
//!   numbers of 16 bits, and for each block of 256 where 32-bit ranges are many.
//! - `hash`: a perfect hash, in two tables. The same few instructions for any size.
//! - `lengths`: a search for a prefix's length, by a hash for each. Long ranges of wide numbers.

mod numbers;
mod key;
mod tree;
mod perfect;
mod hash;
mod bits;
mod lengths;
mod shape;
mod ranks;

#[cfg(test)]
mod tests;

pub use key::Key;
pub use numbers::Set;
pub use ranks::Ranks;
pub use shape::{Lookup, branch};
