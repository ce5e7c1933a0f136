//! What the grammar has at a place, in few words.

use super::Context;
use crate::tokens::{INNER_WORDS, ITEM_WORDS, STATEMENT_WORDS, Token};

const OPERATORS: &[&str] = &[
    "||", "&&", "==", "!=", "<", "<=", ">", ">=", "|", "^", "&", "<<", ">>", "+", "-", "*", "/",
    "%", "in", "matches", "!", ".", "?", "(", "[", "..", "..=",
];

const ASSIGNMENTS: &[&str] = &["=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="];

/// What a value begins with.
const VALUE: &[&str] = &[
    "name", "literal", "string", "(", "[", "-", "!", "~", "error", "file", "if", "match", "atomic",
    "{",
];

/// What goes on with a name or type: hardly ever what was forgotten.
const CONTINUATIONS: &[&str] = &[".", "?", "<"];

/// Such as: a value, `)` or `,`.
pub(super) fn terms(context: &Context<'_, '_>) -> String {
    let mut left: Vec<&str> = context.expected.to_vec();
    let has = |name: &str| context.expects(name);
    let mut terms: Vec<String> = Vec::new();
    left.retain(|name| !matches!(*name, "error" | "skipped"));
    if has("struct_ops") && has("license") {
        terms.push("a declaration such as `program` or `fn`".to_owned());
        left.retain(|name| !ITEM_WORDS.contains(name));
    }
    if has("let") && has("return") {
        terms.push("a statement".to_owned());
        left.retain(|name| {
            !STATEMENT_WORDS.contains(name) && !VALUE.contains(name) && !INNER_WORDS.contains(name)
        });
    } else if has("literal") {
        terms.push("a value".to_owned());
        left.retain(|name| !VALUE.contains(name) && !is_name(name));
    } else if has("name") {
        let typed = matches!(context.before(1), Some(Token::Colon | Token::Arrow | Token::Lt));
        terms.push(if typed && has("[") { "a type" } else { "a name" }.to_owned());
        left.retain(|name| *name != "name" && !is_name(name) && !(typed && *name == "["));
    }
    if has("+") && !has("literal") {
        left.retain(|name| !OPERATORS.contains(name));
        if left.iter().any(|name| ASSIGNMENTS.contains(name)) && left.contains(&"+=") {
            left.retain(|name| !ASSIGNMENTS.contains(name));
        }
        if left.is_empty() {
            terms.push("an operator".to_owned());
        }
    }
    if left.iter().any(|name| !CONTINUATIONS.contains(name)) || !terms.is_empty() {
        left.retain(|name| !CONTINUATIONS.contains(name));
    }
    // What ends something is what was most probably forgotten.
    left.sort_by_key(|name| match *name {
        ";" => 0,
        "," => 1,
        ")" | "]" | "}" | ">" => 2,
        "{" => 3,
        _ => 4,
    });
    terms.extend(left.iter().filter(|name| **name != ">>" || !has(">")).map(|name| match *name {
        "string" => "a string in `\"`".to_owned(),
        "literal" => "a number or address".to_owned(),
        name => format!("`{name}`"),
    }));
    listed(&terms)
}

/// Whether this terminal is a word that is a name at most places.
fn is_name(terminal: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphabetic() || c == '_';
    terminal.chars().all(plain)
        && !matches!(terminal, "string" | "literal" | "in" | "matches" | "_")
}

fn listed(terms: &[String]) -> String {
    const MOST: usize = 5;
    match terms {
        [] => "nothing more".to_owned(),
        [one] => one.clone(),
        _ if terms.len() > MOST => format!("{} or others", terms[..MOST].join(", ")),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}
