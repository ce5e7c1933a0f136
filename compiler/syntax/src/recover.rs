//! Goes on behind a mistake, so that the next one is found too.
//!
//! The smallest part of a list that the mistake is in (an argument, a statement, a field, a
//! declaration) is left out, with a token that stands in for it, and the text is read once more. If
//! that does not help, the part around it is left out.

use std::ops::Range;

use nbpfc_source::Span;

use crate::lex::{Placed, span};
use crate::tokens::Token;

/// Leaves out the part that the token at the index `at` is in. Gives `false` if nothing is left.
pub(crate) fn leave_out(tokens: &mut Vec<Placed<'_>>, at: usize) -> bool {
    let mut at = at.min(tokens.len());
    loop {
        let open = innermost_open(&tokens[..at]);
        let in_braces = open.is_none_or(|open| tokens[open].1 == Token::LBrace);
        for commas in [true, false] {
            let range = part(tokens, open, at, commas && open.is_some());
            let nothing_left = match &tokens[range.clone()] {
                [one] => one.1.stands_in(),
                [] => in_braces,
                _ => false,
            };
            if !nothing_left {
                replace(tokens, range, in_braces);
                return true;
            }
        }
        let Some(open) = open else { return false };
        at = open;
    }
}

fn replace(tokens: &mut Vec<Placed<'_>>, range: Range<usize>, in_braces: bool) {
    let place = tokens.get(range.start).or(tokens.last()).map_or(0, |token| token.0);
    let whole = match &tokens[range.clone()] {
        [first, .., last] => span(first).to(span(last)),
        [one] => span(one),
        [] => Span::new(place, place),
    };
    let token = if in_braces { Token::Skipped } else { Token::Error };
    tokens.splice(range, [(whole.start, token, whole.end)]);
}

/// The index of the innermost bracket that is open behind these tokens.
fn innermost_open(tokens: &[Placed<'_>]) -> Option<usize> {
    let mut closed = 0usize;
    tokens.iter().rposition(|(_, token, _)| {
        if token.is_closing() {
            closed += 1;
        } else if token.closing().is_some() {
            if closed == 0 {
                return true;
            }
            closed -= 1;
        }
        false
    })
}

/// Where the declaration begins that goes on behind these tokens.
pub(crate) fn begin_of_item(tokens: &[Placed<'_>]) -> usize {
    part(tokens, None, tokens.len(), false).start
}

/// The part of the list behind `open` that holds `at`. In braces what ends a part belongs to it.
fn part(tokens: &[Placed<'_>], open: Option<usize>, at: usize, commas: bool) -> Range<usize> {
    let first = open.map_or(0, |open| open + 1);
    let in_braces = open.is_none_or(|open| tokens[open].1 == Token::LBrace);
    let mut begin = first;
    let mut level = 0usize;
    for (index, (_, token, _)) in tokens.iter().enumerate().skip(first) {
        let next = tokens.get(index + 1).map(|(_, token, _)| token);
        // Where a part ends, and where the next one begins.
        let mut ends = None;
        if token.closing().is_some() {
            level += 1;
        } else if token.is_closing() {
            if level == 0 {
                return begin..index;
            }
            level -= 1;
            let goes_on =
                matches!(next, Some(Token::Else | Token::Semicolon | Token::Comma | Token::From));
            if level == 0 && *token == Token::RBrace && in_braces && !goes_on {
                ends = Some((index + 1, index + 1));
            }
        } else if level == 0 {
            let separates = *token == Token::Semicolon || commas && *token == Token::Comma;
            if separates {
                ends = Some((if in_braces { index + 1 } else { index }, index + 1));
            } else if open.is_none() && begins_item(tokens, index) && index > begin {
                ends = Some((index, index));
            }
        }
        match ends {
            Some((end, _)) if end > at || end == at && !in_braces => return begin..end,
            Some((_, next)) => begin = next,
            None => {}
        }
    }
    begin..tokens.len()
}

fn begins_item(tokens: &[Placed<'_>], index: usize) -> bool {
    let before = index.checked_sub(1).map(|before| &tokens[before].1);
    tokens[index].1.begins_item() && before != Some(&Token::Extern)
}
