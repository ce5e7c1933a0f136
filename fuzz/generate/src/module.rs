//! Random modules of the nbp language that keep its rules: what is made compiles.
//!
//! Every value is generated for the type that its place wants, every name is one that is known
//! there, and loops are short. What is refused all the same is a finding of whoever runs them.

mod ty;
mod packet;
mod library;
mod scope;
mod array;
mod kernel;
mod value;
mod hold;
mod declare;
mod statement;

use std::fmt::Write as _;

use crate::choices::Choices;
pub use library::FILES;
use scope::{Kind, Map, Scope};

/// What a program's hook allows.
#[derive(Clone, Copy, Debug)]
pub struct On<'a> {
    /// The hook's name.
    pub hook: &'a str,
    /// Whether its packets begin with an Ethernet header.
    pub ethernet: bool,
    /// Whether programs may assign fields of headers.
    pub writes: bool,
    /// The verdicts that programs may return.
    pub verdicts: &'a [&'a str],
}

impl On<'_> {
    /// Whether the hook is one of these, or one of their kind: `tc` is `tc.ingress` too.
    fn is(&self, families: &[&str]) -> bool {
        families.iter().any(|family| {
            self.hook
                .strip_prefix(family)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }
}

/// What stands before a module whose programs do something else each time: they are only loaded.
pub const ONLY_LOADED: &str = "//- compared\n";

/// A random module of about `size` statements: a program `p`, and perhaps others in which it goes on.
pub fn module(choices: &mut Choices<'_>, on: &On<'_>, size: u32) -> String {
    let mut scope = Scope::new(choices, *on);
    let mut text = if scope.compared { String::new() } else { ONLY_LOADED.to_owned() };
    text += &library::begins(&mut scope);
    text += &declare::declarations(&mut scope, size);
    let others = if size > 2 && scope.c.one_in(4) { 1 + scope.c.below(2) } else { 0 };
    if others > 0 {
        let slots: Vec<String> = (0..others).map(|at| format!("{at} => p{at}")).collect();
        let _ =
            writeln!(text, "map steps: prog_array(max_entries = 4) = {{ {} }};", slots.join(", "));
        scope.maps.push(Map {
            name: "steps".into(),
            kind: Kind::Programs,
            key: ty::U32,
            value: ty::U32,
        });
    }
    let mark = scope.mark();
    text += &program(&mut scope, "p", size);
    for at in 0..others {
        scope.leave(mark);
        scope.headers.clear();
        let size = 1 + scope.c.below(size.min(12));
        text += &program(&mut scope, &format!("p{at}"), size);
    }
    if scope.c.one_in(6) {
        text += &library::tested(&mut scope);
    }
    text
}

fn program(scope: &mut Scope<'_, '_, '_>, name: &str, size: u32) -> String {
    scope.enter_program();
    let otherwise = scope.verdict();
    let hook = scope.on.hook;
    let mut text = format!("program {name}(pkt) on {hook} otherwise {otherwise} {{\n");
    text += &statement::statements(scope, size, 1);
    text + "}\n"
}
