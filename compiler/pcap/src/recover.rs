//! Goes on behind a syntax error, so that the next one is found too.
//!
//! The term that the error is in is taken for one that is right, and the text is read once more. An
//! error that is not behind that term comes of this and is not told.

use lalrpop_util::ParseError;
use nbpfc_source::Span;

use crate::tokens::{LexError, SyntaxError, Token};

/// A token and its place, or what is none.
pub(crate) type Lexed<'s> = Result<(u32, Token<'s>, u32), (Span, LexError)>;

/// Where an error is: the start of its token. `None` where nothing can follow it.
pub(crate) fn place(error: &SyntaxError<'_>) -> Option<u32> {
    match error {
        ParseError::User { error: (_, LexError::TooDeep) } | ParseError::UnrecognizedEof { .. } => {
            None
        }
        ParseError::User { error: (span, _) } => Some(span.start),
        ParseError::UnrecognizedToken { token, .. } | ParseError::ExtraToken { token } => {
            Some(token.0)
        }
        ParseError::InvalidToken { location } => Some(*location),
    }
}

/// Puts one token that is a term in the place of the term that begins or ends at `place`. Gives
/// the place behind it.
pub(crate) fn replace_term(tokens: &mut Vec<Lexed<'_>>, place: u32) -> Option<u32> {
    let at = tokens.iter().position(|token| start(token) >= place)?;
    let here = tokens.get(at)?;
    if is(here, |token| token == Token::RParen) && !is_in_parentheses(&tokens[..at]) {
        let behind = start(&tokens.remove(at)) + 1;
        return Some(behind);
    }
    let before = first_of_term(&tokens[..at]);
    let behind = at + length_of_term(&tokens[at..]);
    let from = tokens.get(before).map_or(place, start);
    let to = tokens[before..behind].last().map_or(place, end);
    let (from, to) = if before == behind { (place, place) } else { (from, to) };
    tokens.splice(before..behind, [Ok((from, Token::Inbound, to))]);
    Some(to)
}

fn start(token: &Lexed<'_>) -> u32 {
    match token {
        Ok((start, ..)) => *start,
        Err((span, _)) => span.start,
    }
}

fn end(token: &Lexed<'_>) -> u32 {
    match token {
        Ok((.., end)) => *end,
        Err((span, _)) => span.end,
    }
}

fn is(token: &Lexed<'_>, test: impl Fn(Token<'_>) -> bool) -> bool {
    token.as_ref().is_ok_and(|(_, token, _)| test(*token))
}

fn joins(token: Token<'_>) -> bool {
    matches!(token, Token::And | Token::Or)
}

fn is_in_parentheses(before: &[Lexed<'_>]) -> bool {
    let count = |which| before.iter().filter(|token| is(token, |token| token == which)).count();
    count(Token::LParen) > count(Token::RParen)
}

/// The index of the first token of the last term.
fn first_of_term(tokens: &[Lexed<'_>]) -> usize {
    let mut closed = 0usize;
    for (index, token) in tokens.iter().enumerate().rev() {
        if is(token, |token| token == Token::RParen) {
            closed += 1;
        } else if is(token, |token| token == Token::LParen) && closed > 0 {
            closed -= 1;
        } else if closed == 0
            && is(token, |token| joins(token) || matches!(token, Token::LParen | Token::Not))
        {
            return index + 1;
        }
    }
    0
}

/// How many tokens are left of a term.
fn length_of_term(tokens: &[Lexed<'_>]) -> usize {
    let mut open = 0usize;
    for (index, token) in tokens.iter().enumerate() {
        if is(token, |token| token == Token::LParen) {
            open += 1;
        } else if is(token, |token| token == Token::RParen) && open > 0 {
            open -= 1;
        } else if open == 0 && is(token, |token| joins(token) || token == Token::RParen) {
            return index;
        }
    }
    tokens.len()
}
