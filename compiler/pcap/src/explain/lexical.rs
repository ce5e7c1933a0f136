//! What is wrong with characters that are no token.

use nbpfc_source::{Code, Diagnostic, FileId, Span};

use crate::text::Text;
use crate::tokens::LexError;
use crate::tree::MAX_DEPTH;

/// The diagnostic for characters that the lexer refuses.
pub(super) fn error(error: LexError, span: Span, text: Text<'_>, file: FileId) -> Diagnostic {
    let word = text.at(span);
    let diagnostic = |message: String| Diagnostic::error(Code::BadToken, message, file, span);
    match error {
        LexError::Character => {
            let control = word.chars().all(char::is_control);
            let shown = if control { word.escape_debug().to_string() } else { word.to_owned() };
            let diagnostic = diagnostic(format!("the language does not have `{shown}`"));
            match character(word) {
                Some(help) => diagnostic.help(help),
                None => diagnostic,
            }
        }
        LexError::Overflow(base) => diagnostic(format!("{base} number {word} overflows 32 bits"))
            .label("the greatest number is 0xffffffff"),
        LexError::NotOctal => diagnostic(format!("number {word} contains non-octal digit"))
            .label("a number that starts with 0 is octal")
            .help(format!("for a decimal number write `{}`", word.trim_start_matches('0'))),
        LexError::Colons => {
            let what = if word.contains("::") || word.matches(':').count() > 5 {
                "IPv6"
            } else {
                "Ethernet"
            };
            diagnostic(format!("invalid {what} address {word}"))
                .help("an Ethernet address has six groups of one or two hexadecimal digits, an IPv6 address eight of up to four, or `::`")
        }
        LexError::TooDeep => {
            let message = format!("parentheses and brackets nest deeper than {MAX_DEPTH}");
            Diagnostic::error(Code::TooLarge, message, file, span)
        }
    }
}

/// What to write in place of a character.
fn character(word: &str) -> Option<String> {
    let help = match word.chars().next()? {
        ';' => "join tests with `and` or `or`",
        '"' | '\'' | '`' | '\u{2018}'..='\u{201f}' | '\u{ab}' | '\u{bb}' => {
            "names and numbers are written without quotes"
        }
        '{' => "group with `(` and `)`; a set is written `host in {…}`",
        '#' => "there are no comments",
        '~' => "there is no bitwise not; `x ^ 0xffffffff` is the same",
        '\u{2010}'..='\u{2015}' | '\u{2212}' => "write a plain `-`",
        '\u{a0}' | '\u{2000}'..='\u{200b}' | '\u{202f}' | '\u{3000}' => {
            "this is not a plain space; write one"
        }
        '$' => "an address of one byte is written `$` and one or two hexadecimal digits",
        '?' | '@' => "there are no patterns; compare bytes with `proto[offset:size]`",
        '\\' => "`\\` stands directly in front of a word that is meant as a name",
        _ => return None,
    };
    Some(help.to_owned())
}

/// The proposal for ids that are separated by commas.
pub(super) fn list(comma: Span, text: Text<'_>) -> String {
    let of_id = |c: char| c.is_ascii_alphanumeric() || ".:/-_\\$".contains(c);
    let before = text.before(comma.start).trim_end();
    let first = before.rsplit(|c| !of_id(c)).next().unwrap_or_default();
    let mut ids = vec![first];
    let mut rest = text.from(comma.start);
    while let Some(next) = rest.trim_start().strip_prefix(',') {
        let next = next.trim_start();
        let end = next.find(|c| !of_id(c)).unwrap_or(next.len());
        ids.push(&next[..end]);
        rest = &next[end..];
    }
    ids.retain(|id| !id.is_empty());
    if ids.len() < 2 || ids.len() > 16 {
        return "join ids with `or`, as in `port (80 or 443)`".to_owned();
    }
    let words = before.strip_suffix(first).unwrap_or_default().trim_end();
    let last = words.rsplit([' ', '(']).next().unwrap_or_default();
    let head = if matches!(last, "host" | "net" | "port" | "portrange" | "src" | "dst" | "proto") {
        last
    } else {
        "…"
    };
    format!("join ids with `or`: `{head} ({})`", ids.join(" or "))
}
