//! Words: mistyped, of other languages, at another place.

use nbpfc_source::nearest;

use crate::explain::Context;
use crate::tokens::{ITEM_WORDS, STATEMENT_WORDS, Token};

/// Words that begin a part of a header.
const HEADER_WORDS: &[&str] = &["length", "checksum", "pseudo", "next", "after", "limit"];

/// Words of other languages at the beginning of something, and what stands there here.
const BEGINNINGS: &[(&str, &str)] = &[
    ("function", "`fn`"),
    ("func", "`fn`"),
    ("fun", "`fn`"),
    ("def", "`fn`"),
    ("import", "`use`"),
    ("include", "`use`"),
    ("using", "`use`"),
    ("switch", "`match`"),
    ("elif", "`else if`"),
    ("elsif", "`else if`"),
    ("elseif", "`else if`"),
    ("loop", "`while true limit 64`"),
    ("do", "`while … limit 64`"),
    ("foreach", "`for`"),
    ("unless", "`if !`"),
    ("static", "`var`, or `const` if it never changes,"),
    ("global", "`var`"),
    ("typedef", "`struct`"),
    ("record", "`struct`"),
    ("protocol", "`header`"),
    ("filter", "`program`"),
    ("section", "`program`"),
];

/// Operators of other languages that are words.
const OPERATORS: &[(&str, &str)] = &[
    ("and", "`&&`"),
    ("or", "`||`"),
    ("not", "`!`, and `!in` for what is not in a set,"),
    ("xor", "`^`"),
    ("mod", "`%`"),
    ("is", "`==`"),
    ("eq", "`==`"),
    ("then", "`{`"),
];

fn look_up(table: &'static [(&str, &str)], word: &str) -> Option<&'static str> {
    table.iter().find(|(other, _)| *other == word).map(|(_, ours)| *ours)
}

/// The name before the place, if something begins with it.
fn beginning<'s>(context: &Context<'_, 's>) -> Option<&'s str> {
    use Token::{Comma, LBrace, RBrace, Semicolon, Skipped};
    let begins =
        matches!(context.before(2), None | Some(Semicolon | LBrace | RBrace | Comma | Skipped));
    context.name_before(1).filter(|_| begins)
}

pub(super) fn mistyped(context: &Context<'_, '_>) -> Option<String> {
    if let Some(found) = context.name_behind(0)
        && let Some(word) = nearest(found, context.expected.iter().copied().filter(is_word))
    {
        return Some(format!("did you mean `{word}`?"));
    }
    let begin = beginning(context)?;
    let words = if context.expects(":") && !context.expects("&&") {
        HEADER_WORDS.to_vec()
    } else {
        STATEMENT_WORDS.iter().chain(&["else"]).copied().collect()
    };
    let word = nearest(begin, words).filter(|word| *word != begin)?;
    Some(format!("did you mean `{word}` instead of `{begin}`?"))
}

/// Whether the terminal of the grammar is a word that is written like this.
fn is_word(terminal: &&str) -> bool {
    let classes = ["name", "string", "literal", "error", "skipped"];
    terminal.starts_with(|c: char| c.is_ascii_alphabetic()) && !classes.contains(terminal)
}

pub(super) fn of_other_languages(context: &Context<'_, '_>) -> Option<String> {
    let found = context.name_behind(0);
    if let Some((word, ours)) =
        found.and_then(|word| look_up(OPERATORS, word).map(|ours| (word, ours)))
    {
        return Some(format!("nbp writes {ours} for `{word}`"));
    }
    let at_beginning = context.expects("struct_ops");
    let word = found.filter(|_| at_beginning).or_else(|| beginning(context))?;
    let ours = look_up(BEGINNINGS, word)?;
    Some(format!("nbp writes {ours} for `{word}`"))
}

pub(super) fn at_another_place(context: &Context<'_, '_>) -> Option<String> {
    let found = context.found()?;
    let word = context.source(context.place());
    let help = match found {
        Token::Var if context.expects("let") => {
            "a variable of a function is `let mut`; `var` stands outside".to_owned()
        }
        Token::Const if context.expects("let") => {
            "a name for a value is `let` in a function; `const` stands outside".to_owned()
        }
        _ if context.expects("let") && ITEM_WORDS.contains(&word) => {
            format!("`{word}` stands outside of programs and functions")
        }
        _ if context.expects("struct_ops") && STATEMENT_WORDS.contains(&word) => {
            "statements stand in a program, a function or a test".to_owned()
        }
        _ => return None,
    };
    Some(help)
}

pub(super) fn not_a_name(context: &Context<'_, '_>) -> Option<String> {
    let word = context.source(context.place());
    let is_word = word.starts_with(|c: char| c.is_ascii_alphabetic())
        && !matches!(context.found(), Some(Token::Name(_) | Token::Literal(_)));
    (is_word && context.expects("name") && !context.expects("literal"))
        .then(|| format!("`{word}` is a word of the language; choose another name"))
}
