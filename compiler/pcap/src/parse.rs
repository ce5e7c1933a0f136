//! From text to tree.

use logos::Logos;
use nbpfc_source::{Code, Diagnostic, File, FileId, Span};

use crate::explain;
use crate::grammar::FilterParser;
use crate::names::Names;
use crate::resolve;
use crate::tokens::{LexError, Token};
use crate::tree::{Filter, MAX_DEPTH};

/// The longest text that is read, in bytes.
pub const MAX_LENGTH: usize = 16 << 20;

/// Reads the text of `source`, which is known as `file`, as a filter.
///
/// The filter is `None` exactly if the diagnostics have an error. A text that
/// does not follow the grammar gives one diagnostic; one that does gives one for
/// each primitive that makes no sense.
pub fn parse(source: &File, file: FileId, names: &dyn Names) -> (Option<Filter>, Vec<Diagnostic>) {
    let text = source.text();
    if text.len() > MAX_LENGTH {
        let message = format!("the filter is longer than {MAX_LENGTH} bytes");
        return (None, vec![Diagnostic::error(Code::TooLarge, message, file, Span::default())]);
    }
    match FilterParser::new().parse(tokens(text)) {
        Ok(node) => resolve::filter(node, text, file, names),
        Err(error) => (None, vec![explain::syntax_error(&error, text, file)]),
    }
}

/// The tokens of a text with their places, until the first that is none.
fn tokens(text: &str) -> impl Iterator<Item = Result<(u32, Token<'_>, u32), (Span, LexError)>> {
    let mut depth = 0usize;
    Token::lexer(text).spanned().map(move |(token, range)| {
        let span = Span::from(range);
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
