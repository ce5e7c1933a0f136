//! Random modules of the nbp language that keep its rules: what is made compiles.
//!
//! Every value is generated for the type that its place wants, every name is one that is known
//! there, and loops are short. What is refused all the same is a finding of whoever runs them.

mod ty;
mod scope;
mod value;
mod declare;
mod packet;
mod statement;

use std::fmt::Write as _;

use crate::choices::Choices;
use scope::Scope;

/// What a program's hook allows.
#[derive(Clone, Copy, Debug)]
pub struct On<'a> {
    /// The hook's name.
    pub hook: &'a str,
    /// Whether its packets begin with an Ethernet header.
    pub ethernet: bool,
    /// Which fields programs may assign.
    pub writes: Writes,
    /// The verdicts that programs may return.
    pub verdicts: &'a [&'a str],
}

/// Which header fields programs may assign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writes {
    /// None: programs only read.
    Nothing,
    /// Those that no transport checksum covers.
    BelowTransport,
    /// All.
    All,
}

/// A random module with one program `p`, of about `size` statements.
pub fn module(choices: &mut Choices<'_>, on: &On<'_>, size: u32) -> String {
    let mut scope = Scope::new(choices, *on);
    let mut text = declare::declarations(&mut scope, size);
    scope.enter_program();
    let otherwise = scope.verdict();
    let hook = on.hook;
    let _ = writeln!(text, "program p(pkt) on {hook} otherwise {otherwise} {{");
    let body = statement::statements(&mut scope, size, 1);
    text + &body + "}\n"
}
