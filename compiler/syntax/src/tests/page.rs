//! `lang-spec/grammar.md`: its grammar is the parser's own, and its examples are of the language.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::read;

const GRAMMAR: &str = include_str!("../grammar.lalrpop");
/// What stands for text that was left out behind a mistake; nobody writes it.
const UNWRITTEN: [&str; 2] = ["\"error\"", "\"skipped\""];

/// Tokens of the grammar's file.
fn tokens(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if first == '"' {
            rest[1..].find('"').map_or(rest.len(), |end| end + 2)
        } else if first.is_alphanumeric() || first == '_' {
            rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
        } else if rest.starts_with("=>") {
            2
        } else {
            first.len_utf8()
        };
        let (token, after) = rest.split_at(length);
        if !token.trim().is_empty() && !token.starts_with("//") {
            // `Comma<T>` is one thing, `Name <T>` two.
            let glued = token == "<"
                && found.last().is_some_and(|last: &String| {
                    last.starts_with(char::is_uppercase)
                        && text[..text.len() - rest.len()].ends_with(last)
                });
            found.push(if glued { "of".to_owned() } else { token.to_owned() });
        }
        rest = after;
    }
    found
}

/// The symbols of one alternative, captures and places left out.
fn symbols(tokens: &[String]) -> String {
    let mut text = String::new();
    let mut index = 0;
    let mut brackets = Vec::new();
    while let Some(token) = tokens.get(index) {
        index += 1;
        match token.as_str() {
            "of" => {
                brackets.push(")");
                text.push('(');
            }
            "<" => {
                brackets.push("");
                // A name for the actions, which may be `mut`.
                index += usize::from(tokens.get(index).is_some_and(|t| t == "mut"));
                if tokens.get(index + 1).is_some_and(|t| t == ":") {
                    index += 2;
                }
            }
            ">" => text.push_str(brackets.pop().unwrap_or_default()),
            "@" => index += 1,
            "(" => {
                if !text.is_empty() && !text.ends_with('(') {
                    text.push(' ');
                }
                text.push('(');
            }
            ")" | "?" | "*" | "+" => text.push_str(token),
            "," => text.push_str(", "),
            word => {
                if !text.is_empty() && !text.ends_with(['(', ' ']) {
                    text.push(' ');
                }
                text.push_str(word);
            }
        }
    }
    text
}

/// The end of what begins at `from`: the first of `ends` outside of brackets.
fn end(tokens: &[String], from: usize, ends: &[&str]) -> usize {
    let mut depth = 0;
    for (index, token) in tokens.iter().enumerate().skip(from) {
        match token.as_str() {
            word if depth == 0 && ends.contains(&word) => return index,
            "(" | "{" | "[" | "<" | "of" => depth += 1,
            ")" | "}" | "]" | ">" => depth -= 1,
            _ => {}
        }
    }
    tokens.len()
}

/// The grammar as the page has it.
fn grammar() -> String {
    let begin = GRAMMAR.find("pub Module").unwrap_or(0);
    let tokens = tokens(&GRAMMAR[begin..]);
    let mut text = String::new();
    let mut at = 0;
    while at < tokens.len() {
        at += usize::from(tokens[at] == "pub");
        let colon = end(&tokens, at, &[":"]);
        let name = symbols(&tokens[at..colon]);
        let equals = end(&tokens, colon, &["="]);
        let (mut from, list) = match tokens.get(equals + 1).map(String::as_str) {
            Some("{") => (equals + 2, true),
            _ => (equals + 1, false),
        };
        let stop: &[&str] = if list { &[",", "}"] } else { &[";"] };
        let mut alternatives = Vec::new();
        loop {
            let arrow = end(&tokens, from, &["=>", stop[0], *stop.last().unwrap_or(&";")]);
            let alternative = symbols(&tokens[from..arrow]);
            if !alternative.is_empty() && !UNWRITTEN.iter().any(|word| alternative.contains(word)) {
                alternatives.push(alternative);
            }
            // The lexer splits `>>`, so that it closes types.
            for alternative in &mut alternatives {
                *alternative = alternative.replace("\">>\" \">\"", "\">>\"");
            }
            let over = end(&tokens, arrow, stop);
            from = over + 1;
            if tokens.get(over).is_none_or(|token| token != ",") {
                break;
            }
        }
        // Behind a list there may be a `;`, and there need not.
        at = from + usize::from(tokens.get(from).is_some_and(|token| token == ";"));
        let words: usize = alternatives.iter().map(String::len).sum();
        let short = alternatives.iter().all(|alternative| !alternative.contains(' '));
        let between =
            if short && words < 300 { " | ".to_owned() } else { format!("\n{:14}| ", "") };
        let _ = writeln!(text, "{name:13} = {}", alternatives.join(&between));
    }
    text
}

fn page() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../lang-spec/grammar.md")
}

#[test]
fn the_page_has_the_parsers_grammar() -> Result<(), String> {
    let text = fs::read_to_string(page()).map_err(|error| error.to_string())?;
    let (before, rest) = text.split_once("```ebnf\n").ok_or("the page has no grammar")?;
    let (_, after) = rest.split_once("```").ok_or("the grammar has no end")?;
    super::expect(&page(), &format!("{before}```ebnf\n{}```{after}", grammar()))
}

#[test]
fn the_pages_examples_are_of_the_language() -> Result<(), String> {
    let text = fs::read_to_string(page()).map_err(|error| error.to_string())?;
    let mut count = 0;
    for example in text.split("```nbp\n").skip(1).filter_map(|rest| rest.split("```").next()) {
        let (_, found) = read("example.nbp", example);
        if !found.is_empty() {
            return Err(found);
        }
        count += 1;
    }
    if count > 0 { Ok(()) } else { Err("the page has no examples".to_owned()) }
}
