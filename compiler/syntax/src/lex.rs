//! The tokens of a text, and what in it is none.

use logos::Logos;
use nbpfc_source::Span;

use crate::ast::Literal;
use crate::build::MAX_DEPTH;
use crate::literal::LexError;
use crate::tokens::Token;
use crate::types::Types;

/// A token between the offsets of its first byte and behind its last one.
pub(crate) type Placed<'s> = (u32, Token<'s>, u32);

/// A text as the grammar gets it.
#[derive(Debug, Default)]
pub(crate) struct Lexed<'s> {
    /// A literal with a mistake is there as one without; other mistakes are left out.
    pub(crate) tokens: Vec<Placed<'s>>,
    /// What is no token, in order.
    pub(crate) errors: Vec<(Span, LexError)>,
    /// The first bracket that is open in too many others: reading has stopped there.
    pub(crate) too_deep: Option<Span>,
}

/// Where a token is.
pub(crate) fn span(token: &Placed<'_>) -> Span {
    Span::new(token.0, token.2)
}

/// Reads a text of at most [`MAX_LENGTH`](crate::MAX_LENGTH) bytes.
pub(crate) fn lex(text: &str) -> Lexed<'_> {
    let mut lexed = Lexed::default();
    let mut depth = 0u32;
    let mut types = Types::default();
    for (token, range) in Token::lexer(text).spanned() {
        let span = Span::from(range);
        match token {
            Ok(Token::Shr) => {
                let middle = span.start + 1;
                for (start, token, end) in
                    [(span.start, Token::GtJoint, middle), (middle, Token::Gt, span.end)]
                {
                    types.take(&token);
                    lexed.tokens.push((start, token, end));
                }
            }
            // What closes a type, and the sign of what it is the type of.
            Ok(token @ (Token::Ge | Token::ShrAssign)) if types.are_open() => {
                let closes = if token == Token::Ge {
                    &[Token::Gt][..]
                } else {
                    &[Token::GtJoint, Token::Gt]
                };
                for (start, token) in (span.start..).zip(closes.iter().chain([&Token::Assign])) {
                    types.take(token);
                    lexed.tokens.push((start, token.clone(), start + 1));
                }
            }
            Ok(token) => {
                if token.closing().is_some() {
                    depth += 1;
                } else if token.is_closing() {
                    depth = depth.saturating_sub(1);
                }
                if depth > MAX_DEPTH {
                    lexed.too_deep = Some(span);
                    return lexed;
                }
                types.take(&token);
                lexed.tokens.push((span.start, token, span.end));
            }
            Err(error) => {
                let stands_in = match error {
                    LexError::Character | LexError::BlockComment => None,
                    LexError::OpenString | LexError::Escape => Some(Token::Text(Box::default())),
                    LexError::Name => text.get(span.range()).map(Token::Name),
                    _ => Some(Token::Literal(Literal::Int(0))),
                };
                lexed.tokens.extend(stands_in.map(|token| (span.start, token, span.end)));
                match lexed.errors.last_mut() {
                    Some((last, LexError::Character))
                        if error == LexError::Character && last.end == span.start =>
                    {
                        last.end = span.end;
                    }
                    _ => lexed.errors.push((span, error)),
                }
            }
        }
    }
    lexed
}
