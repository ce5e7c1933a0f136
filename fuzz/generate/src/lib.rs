//! Random filter expressions, random modules of nbp, and random packets.
//!
//! Both draw addresses, ports and protocols from the same small pools, so that a random filter
//! has a fair chance to match a random packet. What is made depends on the [`Choices`] alone: a
//! seed, or the bytes of a fuzzer.

mod choices;
mod pool;
mod expression;
mod set;
mod list;
mod special;
mod packet;
mod module;

pub use choices::Choices;
pub use expression::expression;
pub use list::expression_with_list;
pub use module::{FILES, ONLY_LOADED, On, module};
pub use packet::packet;
pub use set::expression_with_set;
pub use special::expression_on;

#[cfg(test)]
mod tests;
