//! What the tests and benches share: where things are, and what this machine has.

pub mod place;
pub mod requires;
