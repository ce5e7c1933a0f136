//! Splits the text form into tokens.

use nbpfc_source::Span;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind<'a> {
    /// A letter, `_` or a dot, then those and digits: `b3`, `load.u16`, `.bss`.
    Word(&'a str),
    /// A decimal number, or a hexadecimal one behind `0x`.
    Number(u64),
    /// One of `@ { } ( ) : , = + ?` and `->`.
    Mark(&'static str),
    /// What is behind the last token.
    End,
}

/// A token and where it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token<'a> {
    pub(crate) kind: Kind<'a>,
    /// Offset of its first byte.
    pub(crate) offset: u32,
    /// What a comment behind it on its line says, if that is a span: `; 3..9`.
    pub(crate) note: Option<Span>,
}

const MARKS: &[&str] = &["->", "@", "{", "}", "(", ")", ":", ",", "=", "+", "?"];

/// The tokens of a text; [`Kind::End`] is the last. An error is an offset and what is wrong there.
pub(crate) fn tokens(text: &str) -> Result<Vec<Token<'_>>, (u32, String)> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut rest = text;
    let mut fresh_line = true;
    while let Some(first) = rest.chars().next() {
        let offset = (text.len() - rest.len()) as u32;
        let length = if first == ';' {
            let length = rest.find('\n').unwrap_or(rest.len());
            if let (false, Some(last)) = (fresh_line, tokens.last_mut()) {
                last.note = span(&rest[1..length]);
            }
            length
        } else if first.is_whitespace() {
            fresh_line |= first == '\n';
            first.len_utf8()
        } else {
            let (kind, length) = token(rest).map_err(|message| (offset, message))?;
            tokens.push(Token { kind, offset, note: None });
            fresh_line = false;
            length
        };
        rest = &rest[length..];
    }
    tokens.push(Token { kind: Kind::End, offset: text.len() as u32, note: None });
    Ok(tokens)
}

/// The token that a text begins with, and its length in bytes.
fn token(rest: &str) -> Result<(Kind<'_>, usize), String> {
    if let Some(mark) = MARKS.iter().find(|mark| rest.starts_with(**mark)) {
        return Ok((Kind::Mark(mark), mark.len()));
    }
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let length = rest.find(|c| !word(c)).unwrap_or(rest.len());
    let text = &rest[..length];
    match rest.chars().next() {
        Some('0'..='9') => {
            let number = number(text).ok_or_else(|| format!("`{text}` is not a 64-bit number"))?;
            Ok((Kind::Number(number), length))
        }
        Some(_) if length > 0 => Ok((Kind::Word(text), length)),
        other => Err(format!("unexpected character {:?}", other.unwrap_or_default())),
    }
}

fn number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

fn span(comment: &str) -> Option<Span> {
    let (start, end) = comment.trim().split_once("..")?;
    Some(Span::new(start.parse().ok()?, end.parse().ok()?))
}
