//! What the tests and benches share: where things are, what this machine has, the yardstick, and
//! the properties that fuzzers check too.

pub mod classic;
pub mod baseline;
pub mod place;
pub mod timing;
pub mod clang;
pub mod packets;
pub mod expressions;
pub mod requires;
pub mod machine;
pub mod property;
pub mod surroundings;
pub mod effects;
pub mod programs;
pub mod members;
