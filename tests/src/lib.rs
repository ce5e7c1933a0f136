//! What the tests and benches share: where things are, and what this machine has.

pub mod classic;
pub mod baseline;
pub mod place;
pub mod requires;
