//! The pcap-filter language: tokens, grammar, names, three-valued lowering to IR.

pub mod names;
pub mod tree;
