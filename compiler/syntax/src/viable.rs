//! What the grammar has at a place.
//!
//! The parser's own list is taken after it has reduced what it could, and lacks what could have
//! continued that. Here each token is tried behind what stands before the place. Declarations do
//! not depend on each other, so the one that the place is in is enough.

use std::convert::Infallible;

use lalrpop_util::ParseError;

use crate::ast::Literal;
use crate::build::{Builder, SyntaxError};
use crate::grammar::ModuleParser;
use crate::lex::Placed;
use crate::tokens::{INNER_WORDS, ITEM_WORDS, PUNCTUATION, STATEMENT_WORDS, Token};
use logos::Logos;

/// With more tokens before the place, the parser's own list has to do.
const MOST_BEFORE: usize = 1_000;

/// The terminals that can stand behind `before`, the tokens of the declaration up to a place, as
/// the grammar calls them. `otherwise` is the parser's own list.
pub(crate) fn viable(before: &[Placed<'_>], otherwise: &[String]) -> Vec<&'static str> {
    let terminals = [ITEM_WORDS, STATEMENT_WORDS, INNER_WORDS, PUNCTUATION].into_iter().flatten();
    let terminals = terminals.copied().chain(["name", "literal", "string"]);
    if before.len() > MOST_BEFORE {
        return terminals
            .filter(|name| otherwise.iter().any(|other| other.trim_matches('"') == *name))
            .collect();
    }
    let place = u32::MAX;
    let is_viable = |token: Token<'static>| {
        let tokens = before.iter().cloned().chain([(place, token, place)]);
        match read(tokens) {
            Ok(()) => true,
            Err(error) => !is_at(&error, place),
        }
    };
    terminals.filter(|name| token(name).is_some_and(is_viable)).collect()
}

fn is_at(error: &SyntaxError<'_>, place: u32) -> bool {
    matches!(error, ParseError::UnrecognizedToken { token, .. } if token.0 == place)
}

fn read<'s>(tokens: impl Iterator<Item = Placed<'s>>) -> Result<(), SyntaxError<'s>> {
    let tokens = tokens.map(Ok::<_, Infallible>);
    ModuleParser::new().parse(&mut Builder::default(), tokens).map(|_| ())
}

/// The token that a terminal of the grammar stands for.
fn token(terminal: &'static str) -> Option<Token<'static>> {
    match terminal {
        "name" => Some(Token::Name("")),
        "literal" => Some(Token::Literal(Literal::Int(0))),
        "string" => Some(Token::Text(Box::default())),
        ">>" => Some(Token::GtJoint),
        written => Token::lexer(written).next().and_then(Result::ok),
    }
}
