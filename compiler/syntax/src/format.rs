//! The formatter: one way to space and indent a module, line by line.
//!
//! Lines are the author's: where they break is kept, and so are single empty lines and all comments.
//! What is made uniform is the rest: indentation by brackets, spaces between tokens, and the column
//! of comments behind code on neighbouring lines. Tokens stay what they are, so the meaning does.

use nbpfc_source::{Diagnostic, File, FileId};

use crate::lex::lex;
use crate::parse::parse;
use crate::tokens::Token;
use crate::types::Types;

/// Spaces that a bracket indents by.
const INDENT: usize = 4;
/// The most columns that a comment behind code is moved to stand below others.
const MOST_PADDING: usize = 40;

/// The text of `source`, which is known as `file`, in its one form.
///
/// # Errors
/// What is no module has no form: the mistakes.
pub fn format(source: &File, file: FileId) -> Result<String, Vec<Diagnostic>> {
    let (_, found) = parse(source, file);
    if !found.is_empty() {
        return Err(found);
    }
    let lines = lines(source.text());
    Ok(write(&lines))
}

/// A token, as it is written.
#[derive(Clone, Debug)]
struct Piece<'s> {
    text: &'s str,
    kind: Kind,
    /// `<` and `>` around types.
    of_type: bool,
    /// A sign in front of an operand.
    unary: bool,
}

/// What matters of a token here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Open,
    Close,
    /// A name, a literal, or a word that is a name elsewhere.
    Word,
    /// A word that never ends an operand.
    Keyword,
    Other,
}

/// A line of the source.
#[derive(Clone, Debug, Default)]
struct Line<'s> {
    pieces: Vec<Piece<'s>>,
    comment: Option<&'s str>,
    /// An empty line is in front of it.
    apart: bool,
}

/// The lines that have something on them.
fn lines(text: &str) -> Vec<Line<'_>> {
    let mut lines = vec![Line::default()];
    let mut end = 0;
    let mut types = Types::default();
    let mut before: Option<Piece<'_>> = None;
    let tokens = lex(text).tokens;
    let mut tokens = tokens.into_iter().peekable();
    while let Some((start, token, stop)) = tokens.next() {
        gap(&text[end..start as usize], &mut lines);
        // `>>` is two tokens to the grammar, and one here unless it closes types.
        let mut stop = stop as usize;
        let of_type = types.take(&token);
        if token == Token::GtJoint && !of_type {
            stop += 1;
            tokens.next();
        }
        let kind = kind(&token);
        let unary = matches!(token, Token::Minus | Token::Bang | Token::Tilde)
            && before.as_ref().is_none_or(|before| !ends_operand(before));
        let piece = Piece { text: &text[start as usize..stop], kind, of_type, unary };
        before = Some(piece.clone());
        if let Some(line) = lines.last_mut() {
            line.pieces.push(piece);
        }
        end = stop;
    }
    gap(&text[end..], &mut lines);
    lines.retain(|line| !line.pieces.is_empty() || line.comment.is_some());
    lines
}

/// White space and comments between two tokens.
fn gap<'s>(text: &'s str, lines: &mut Vec<Line<'s>>) {
    for (index, part) in text.split('\n').enumerate() {
        if index > 0 {
            let empty =
                lines.last().is_some_and(|line| line.pieces.is_empty() && line.comment.is_none());
            if empty {
                if let Some(line) = lines.last_mut() {
                    line.apart = true;
                }
            } else {
                lines.push(Line::default());
            }
        }
        let part = part.trim();
        if let Some(line) = lines.last_mut()
            && !part.is_empty()
        {
            line.comment = Some(part);
        }
    }
}

fn kind(token: &Token<'_>) -> Kind {
    if token.closing().is_some() {
        return Kind::Open;
    }
    if token.is_closing() {
        return Kind::Close;
    }
    match token {
        Token::Literal(_) | Token::Text(_) | Token::Name(_) | Token::Underscore => Kind::Word,
        Token::Let
        | Token::Mut
        | Token::If
        | Token::Else
        | Token::Match
        | Token::For
        | Token::While
        | Token::Return
        | Token::Break
        | Token::Continue
        | Token::Atomic
        | Token::Emit
        | Token::Run
        | Token::Expect
        | Token::Advance
        | Token::In
        | Token::Matches
        | Token::Packet => Kind::Keyword,
        token if token.begins_item() => Kind::Keyword,
        token if token.is_soft_word() => Kind::Word,
        _ => Kind::Other,
    }
}

fn ends_operand(piece: &Piece<'_>) -> bool {
    match piece.kind {
        Kind::Word | Kind::Close => true,
        Kind::Open | Kind::Keyword => false,
        Kind::Other => piece.text == "?",
    }
}

/// Whether a space stands between two tokens of a line.
fn spaced(a: &Piece<'_>, b: &Piece<'_>, before_a: Option<&Piece<'_>>) -> bool {
    // A sign belongs to what is behind it; `!in` is one word.
    if a.unary || a.text == "!" && b.text == "in" {
        return false;
    }
    if a.of_type && a.text == "<" || b.of_type {
        return false;
    }
    let tight = matches!(a.text, "(" | "[" | "." | ".." | "..=");
    // Behind a dot every word is a name.
    let is_name = before_a.is_some_and(|before| before.text == ".");
    match b.text {
        "," | ";" | ":" | "." | "?" | ")" | "]" | ".." | "..=" => false,
        "(" => match a.kind {
            Kind::Word => a.text == "pseudo" && !is_name,
            Kind::Keyword => !is_name,
            Kind::Close => a.text == "}",
            Kind::Open => a.text == "{",
            Kind::Other => !tight && a.text != "?" && !a.of_type,
        },
        "[" => match a.kind {
            Kind::Word => false,
            Kind::Keyword => !is_name,
            Kind::Close => a.text == "}",
            Kind::Open => a.text == "{",
            Kind::Other => !tight && a.text != "?",
        },
        "}" => a.text != "{",
        _ => !tight,
    }
}

/// A line's tokens with spaces between them.
fn joined(pieces: &[Piece<'_>]) -> String {
    let mut text = String::new();
    for (index, piece) in pieces.iter().enumerate() {
        if let Some(before) = index.checked_sub(1) {
            let earlier = before.checked_sub(1).map(|earlier| &pieces[earlier]);
            if spaced(&pieces[before], piece, earlier) {
                text.push(' ');
            }
        }
        text.push_str(piece.text);
    }
    text
}

/// An open bracket.
#[derive(Clone, Copy, Debug)]
struct Open {
    /// Whether it indents: of several that one line opens, the first does.
    indents: bool,
}

fn write(lines: &[Line<'_>]) -> String {
    let mut open: Vec<Open> = Vec::new();
    let mut written: Vec<(String, Option<&str>, bool)> = Vec::new();
    let mut last: Option<&Piece<'_>> = None;
    // The line before is a comment of its own.
    let mut after_comment = false;
    for line in lines {
        // Brackets that the line begins with closing belong to the lines before.
        let closing = line.pieces.iter().take_while(|piece| piece.kind == Kind::Close).count();
        let outer = open.len().saturating_sub(closing);
        let depth = open[..outer].iter().filter(|open| open.indents).count();
        let goes_on = last.is_some_and(|last| continues(last, line.pieces.first()));
        let indent = (depth + usize::from(goes_on)) * INDENT;
        let text = joined(&line.pieces);
        let first = written.is_empty();
        let begins_block = last.is_some_and(|last| last.kind == Kind::Open) && !after_comment;
        let apart = line.apart && !first && !begins_block && closing == 0;
        let text = if text.is_empty() { text } else { format!("{:indent$}{text}", "") };
        let comment = line.comment;
        if text.is_empty() {
            // A comment of its own.
            let comment = comment.map(|comment| format!("{:indent$}{comment}", ""));
            written.push((comment.unwrap_or_default(), None, apart));
        } else {
            written.push((text, comment, apart));
        }
        let mut indents = true;
        for piece in &line.pieces {
            match piece.kind {
                Kind::Open => {
                    open.push(Open { indents });
                    indents = false;
                }
                Kind::Close => {
                    if let Some(closed) = open.pop() {
                        indents |= closed.indents;
                    }
                }
                _ => {}
            }
        }
        after_comment = line.pieces.is_empty();
        last = line.pieces.last().or(last);
    }
    put_together(&written)
}

/// Whether a line goes on with what the line before began.
fn continues(last: &Piece<'_>, first: Option<&Piece<'_>>) -> bool {
    let Some(first) = first else { return false };
    // What is between braces is deeper than the line that opens them.
    if first.kind == Kind::Close || first.text == "{" {
        return false;
    }
    if last.kind == Kind::Open || last.text == "}" {
        return false;
    }
    if matches!(last.text, ";" | ",") {
        return false;
    }
    // The clauses of headers have nothing between them.
    let clause =
        matches!(first.text, "length" | "checksum" | "pseudo" | "next" | "after" | "limit");
    !(clause && ends_operand(last))
}

/// The lines, comments behind code below each other.
fn put_together(lines: &[(String, Option<&str>, bool)]) -> String {
    let mut text = String::new();
    let mut index = 0;
    while index < lines.len() {
        let block = lines[index..]
            .iter()
            .enumerate()
            .take_while(|(at, (_, comment, apart))| comment.is_some() && (*at == 0 || !apart))
            .count();
        let widths = lines[index..index + block].iter().map(|(code, ..)| code.chars().count());
        let (least, most) = widths.fold((usize::MAX, 0), |(a, b), w| (a.min(w), b.max(w)));
        let column = if most.saturating_sub(least) > MOST_PADDING { 0 } else { most + 2 };
        for (code, comment, apart) in &lines[index..index + block.max(1)] {
            if *apart {
                text.push('\n');
            }
            text.push_str(code);
            if let Some(comment) = comment {
                let width = code.chars().count();
                let padding = column.saturating_sub(width).max(2);
                text.extend(std::iter::repeat_n(' ', padding));
                text.push_str(comment);
            }
            text.push('\n');
        }
        index += block.max(1);
    }
    text
}
