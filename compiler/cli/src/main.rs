//! The nbpfc command.
fn main() {}
