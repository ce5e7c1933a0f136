//! The pcap-filter language: tokens, grammar, names, three-valued lowering to IR.

pub mod tree;
