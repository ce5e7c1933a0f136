//! The pcap-filter language of tcpdump: tokens, grammar, names, three-valued lowering to IR.
//!
//! A filter goes through these modules, each of which knows nothing of the next:
//!
//! - `tokens`: what the characters mean; the longest match wins.
//! - `grammar`: LR(1), made by the build from `grammar.lalrpop`; gives `syntax`, the filter as written.
//! - `resolve`: fills in qualifiers, looks names up, refuses words that do not go together; gives
//!   [`tree`], the filter as meant. `print` shows it.
//! - `explain`: says what is wrong with a text that the grammar refuses, and what was probably meant;
//!   `recover` goes on behind it.
//! - `lower`: makes IR of the tree, for one link type.
//!
//! [`parse`] is all but the last, [`lower()`] the last. Nothing here reads files or asks the network:
//! names come from a [`names::Names`], files of sets from [`Lists`]. The language is that of pcap-filter(7) in libpcap 1.11, for all
//! link types; which of its words have a meaning on a link type is for `lower` to say.

pub mod names;
pub mod tree;

mod tokens;
mod text;
mod lists;
mod syntax;
mod grammar;
mod resolve;
mod print;
mod explain;
mod recover;
mod parse;
mod lower;

#[cfg(test)]
mod tests;

pub use lists::{Lists, file_names};
pub use lower::{LinkType, Options, Sets, lower, lower_into};
pub use parse::{MAX_LENGTH, parse, parse_with};
pub use text::Text;
