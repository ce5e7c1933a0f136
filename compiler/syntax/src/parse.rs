//! From text to tree.

use std::convert::Infallible;

use lalrpop_util::ParseError;
use nbpfc_source::{Code, Diagnostic, File, FileId, Span};

use crate::ast::Module;
use crate::balance::{Unbalanced, balance};
use crate::build::{Builder, MAX_DEPTH, SyntaxError};
use crate::explain;
use crate::grammar::ModuleParser;
use crate::lex::{Placed, lex};
use crate::literal::LexError;
use crate::recover::{begin_of_item, leave_out};
use crate::viable::viable;

/// The longest text that is read, in bytes.
pub const MAX_LENGTH: usize = 16 << 20;

/// How many mistakes of one text are told.
const MAX_ERRORS: usize = 20;

/// How often a text is read, at most: not every part that is left out was the mistake.
const MAX_ROUNDS: usize = 4 * MAX_ERRORS;

/// Reads the text of `source`, which is known as `file`, as a module.
///
/// The module is what could be read. If the diagnostics have an error, what is wrong is left out of
/// it, or is there as an `Error` kind. Diagnostics are in the order of their places.
pub fn parse(source: &File, file: FileId) -> (Module, Vec<Diagnostic>) {
    let text = source.text();
    let nothing = Module { items: Vec::new(), expressions: 0 };
    if text.len() > MAX_LENGTH {
        let message = format!("the text is longer than {MAX_LENGTH} bytes");
        return (nothing, vec![Diagnostic::error(Code::TooLarge, message, file, Span::default())]);
    }
    let lexed = lex(text);
    let lexical =
        lexed.errors.iter().map(|(span, error)| explain::lexical(*error, *span, text, file));
    let mut found: Vec<_> = lexical.collect();
    if let Some(span) = lexed.too_deep {
        found.push(too_deep(span, file));
        return (nothing, found);
    }
    let (mut tokens, unbalanced) = balance(text, lexed.tokens);
    found.extend(unbalanced.iter().map(|one| explain::unbalanced(*one, text, file)));
    let mut module = nothing;
    for _ in 0..MAX_ROUNDS {
        let (result, builder) = read(&tokens);
        match result {
            Ok(read) => {
                module = read;
                found.extend(builder.too_deep.map(|span| too_deep(span, file)));
                break;
            }
            Err(error) => {
                let at = index_of(&error, &tokens);
                let mut missing = None;
                if !is_consequence(text, &tokens, at, &lexed.errors, &unbalanced) {
                    let expected = expected(&error, &tokens, at);
                    let (diagnostic, token) =
                        explain::unexpected(&tokens, at, &expected, text, file);
                    found.push(diagnostic);
                    missing = token;
                }
                if found.len() >= MAX_ERRORS {
                    break;
                }
                if let Some(token) = missing {
                    let end = at.checked_sub(1).map_or(0, |before| tokens[before].2);
                    tokens.insert(at, (end, token, end));
                } else if !leave_out(&mut tokens, at) {
                    break;
                }
            }
        }
    }
    found.sort_by_key(|diagnostic| diagnostic.primary.as_ref().map(|label| label.span.start));
    found.truncate(MAX_ERRORS);
    (module, found)
}

fn read<'s>(tokens: &[Placed<'s>]) -> (Result<Module, SyntaxError<'s>>, Builder) {
    let mut builder = Builder::default();
    let tokens = tokens.iter().cloned().map(Ok::<_, Infallible>);
    let result = ModuleParser::new().parse(&mut builder, tokens);
    (result, builder)
}

fn too_deep(span: Span, file: FileId) -> Diagnostic {
    let message = format!("this is nested more than {MAX_DEPTH} deep");
    Diagnostic::error(Code::TooLarge, message, file, span)
        .help("give parts of it names with `let`, `const` or `fn`")
}

/// The index of the token that the grammar does not have there; behind the last one at the end.
fn index_of(error: &SyntaxError<'_>, tokens: &[Placed<'_>]) -> usize {
    let (start, end) = match error {
        ParseError::UnrecognizedToken { token, .. } | ParseError::ExtraToken { token } => {
            (token.0, token.2)
        }
        ParseError::UnrecognizedEof { .. }
        | ParseError::InvalidToken { .. }
        | ParseError::User { .. } => return tokens.len(),
    };
    let first = tokens.partition_point(|token| (token.0, token.2) < (start, end));
    match error {
        ParseError::UnrecognizedToken { token, .. } => {
            // Brackets that were added can share one place.
            let same = |other: &&Placed<'_>| **other == *token;
            tokens[first..].iter().position(|other| same(&other)).map_or(first, |more| first + more)
        }
        _ => first,
    }
}

/// What the grammar has in the place of the token at the index `at`.
fn expected(error: &SyntaxError<'_>, tokens: &[Placed<'_>], at: usize) -> Vec<&'static str> {
    let own = match error {
        ParseError::UnrecognizedToken { expected, .. }
        | ParseError::UnrecognizedEof { expected, .. } => expected.as_slice(),
        _ => &[],
    };
    let before = &tokens[..at];
    viable(&before[begin_of_item(before)..], own)
}

/// Whether this comes of a mistake that is told already.
fn is_consequence(
    text: &str,
    tokens: &[Placed<'_>],
    at: usize,
    lexical: &[(Span, LexError)],
    unbalanced: &[Unbalanced],
) -> bool {
    let place = tokens.get(at).map_or(u32::MAX, |token| token.0);
    let from = at.checked_sub(1).map_or(0, |before| tokens[before].0);
    let begins_line = text[..text.len().min(place as usize)]
        .rsplit('\n')
        .next()
        .is_none_or(|line| line.trim().is_empty());
    // A line that begins behind what was left out is the beginning of something else.
    let near = if begins_line { tokens.get(at..) } else { tokens.get(at.saturating_sub(1)..) };
    near.unwrap_or_default()
        .iter()
        .take(2 - usize::from(begins_line))
        .any(|(start, token, end)| token.stands_in() || start == end)
        || lexical.iter().any(|(span, _)| span.start >= from && span.start <= place)
        || unbalanced.iter().any(|one| match one {
            // Parentheses hold no statements: all up to their end may come of it.
            Unbalanced::Open { open, before, .. } => {
                let around = open.start < place && place <= before.start;
                before.start == place || around && !text[open.range()].starts_with('{')
            }
            Unbalanced::Close(span) => span.start >= from && span.start <= place,
        })
}
