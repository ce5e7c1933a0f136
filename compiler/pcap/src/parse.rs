//! From text to tree.

use nbpfc_source::{Code, Diagnostic, File, FileId, Span};

use crate::explain;
use crate::grammar::FilterParser;
use crate::lists::Lists;
use crate::names::Names;
use crate::recover::{self, Lexed};
use crate::resolve;
use crate::text::Text;
use crate::tokens::{LexError, SyntaxError, Token};
use crate::tree::{Filter, MAX_DEPTH};

/// The longest text that is read, in bytes.
pub const MAX_LENGTH: usize = 16 << 20;

/// How many syntax errors of one text are told.
const MAX_ERRORS: usize = 5;

/// Reads the text of `source`, which is known as `file`, as a filter.
///
/// The filter is `None` exactly if the diagnostics have an error. A text that
/// does not follow the grammar gives one diagnostic for each term that does not; one that does
/// gives one for each primitive that makes no sense.
pub fn parse(source: &File, file: FileId, names: &dyn Names) -> (Option<Filter>, Vec<Diagnostic>) {
    parse_with(Text::whole(source.text()), file, names, &Lists::default())
}

/// As [`parse`], of a text that may be a part of a file, where sets may be in files.
pub fn parse_with(
    text: Text<'_>,
    file: FileId,
    names: &dyn Names,
    lists: &Lists<'_>,
) -> (Option<Filter>, Vec<Diagnostic>) {
    if text.end() > MAX_LENGTH {
        let message = format!("the filter is longer than {MAX_LENGTH} bytes");
        return (None, vec![Diagnostic::error(Code::TooLarge, message, file, Span::default())]);
    }
    match FilterParser::new().parse(tokens(text)) {
        Ok(node) => resolve::filter(node, text, file, names, lists),
        Err(error) => (None, syntax_errors(error, text, file)),
    }
}

/// The first error and those that are found behind it.
fn syntax_errors<'s>(mut error: SyntaxError<'s>, text: Text<'s>, file: FileId) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut tokens: Vec<_> = tokens(text).collect();
    let mut behind = 0;
    loop {
        let place = recover::place(&error);
        // At the end of the text, what is missing there may come of what was left out.
        if !found.is_empty() && place.is_none_or(|place| place < behind) {
            return found;
        }
        found.push(explain::syntax_error(&error, text, file));
        let next = place.and_then(|place| recover::replace_term(&mut tokens, place));
        let Some(next) = next.filter(|_| found.len() < MAX_ERRORS) else { return found };
        behind = next.max(place.map_or(0, |place| place + 1));
        match FilterParser::new().parse(tokens.iter().copied()) {
            Ok(_) => return found,
            Err(next) => error = next,
        }
    }
}

/// The tokens of a text with their places, until the first that is none.
fn tokens(text: Text<'_>) -> impl Iterator<Item = Lexed<'_>> {
    let mut depth = 0usize;
    text.tokens().map(move |(token, span)| {
        let token = token.map_err(|error| (span, error))?;
        match token {
            Token::LParen | Token::LBracket => depth += 1,
            Token::RParen | Token::RBracket => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Err((span, LexError::TooDeep));
        }
        Ok((span.start, token, span.end))
    })
}
