//! What is wrong with a text that is not in the language, in the language's terms.

mod lexical;
mod expected;
mod meant;

use nbpfc_source::{Code, Diagnostic, FileId, Span};

use crate::balance::Unbalanced;
use crate::lex::{Placed, span};
use crate::tokens::Token;

pub(crate) use lexical::lexical;

/// The surroundings of the token that the grammar does not have there.
struct Context<'c, 's> {
    text: &'s str,
    tokens: &'c [Placed<'s>],
    /// The token's index; behind the last one at the end of the text.
    at: usize,
    /// The terminals that the grammar has there, as they are called in it, without quotes.
    expected: &'c [&'c str],
}

impl<'c, 's> Context<'c, 's> {
    fn token(&self, index: Option<usize>) -> Option<&'c Token<'s>> {
        index.and_then(|index| self.tokens.get(index)).map(|(_, token, _)| token)
    }

    /// The token that is not expected; `None` at the end.
    fn found(&self) -> Option<&'c Token<'s>> {
        self.token(Some(self.at))
    }

    /// The token so many places before it.
    fn before(&self, back: usize) -> Option<&'c Token<'s>> {
        self.token(self.at.checked_sub(back))
    }

    /// The token so many places behind it.
    fn behind(&self, on: usize) -> Option<&'c Token<'s>> {
        self.token(Some(self.at + on))
    }

    /// The token at this index, if it is a name.
    fn name(&self, index: usize) -> Option<&'s str> {
        match self.token(Some(index))? {
            Token::Name(name) => Some(name),
            _ => None,
        }
    }

    fn name_before(&self, back: usize) -> Option<&'s str> {
        self.at.checked_sub(back).and_then(|index| self.name(index))
    }

    fn name_behind(&self, on: usize) -> Option<&'s str> {
        self.name(self.at + on)
    }

    /// Where the token is that is so many places before it; the beginning if there is none.
    fn place_before(&self, back: usize) -> Span {
        let token = self.at.checked_sub(back).and_then(|index| self.tokens.get(index));
        token.map_or(Span::new(0, 0), span)
    }

    fn place(&self) -> Span {
        let end = self.text.len() as u32;
        self.tokens.get(self.at).map_or(Span::new(end, end), span)
    }

    fn source(&self, span: Span) -> &'s str {
        self.text.get(span.range()).unwrap_or_default()
    }

    fn expects(&self, terminal: &str) -> bool {
        self.expected.contains(&terminal)
    }
}

/// The diagnostic for the token at the index `at`, which the grammar does not have there, and a
/// token that was probably forgotten before it.
pub(crate) fn unexpected(
    tokens: &[Placed<'_>],
    at: usize,
    expected: &[&str],
    text: &str,
    file: FileId,
) -> (Diagnostic, Option<Token<'static>>) {
    let context = Context { text, tokens, at, expected };
    let terms = expected::terms(&context);
    let meant = meant::meant(&context);
    let mut diagnostic = if let Some(missing) = meant.missing {
        let end = context.place_before(1).end;
        let message = format!("`{missing}` is missing");
        Diagnostic::error(Code::UnexpectedToken, message, file, Span::new(end, end))
            .label(format!("expected {terms}"))
            .related(context.place(), "before this")
    } else {
        let message = match context.found() {
            Some(_) => format!("unexpected `{}`", shown(context.source(context.place()))),
            None => "unexpected end of the text".to_owned(),
        };
        Diagnostic::error(Code::UnexpectedToken, message, file, context.place())
            .label(format!("expected {terms}"))
    };
    diagnostic.help.extend(meant.help);
    let token = meant.missing.map(|missing| match missing {
        "," => Token::Comma,
        _ => Token::Semicolon,
    });
    (diagnostic, token)
}

/// The diagnostic for brackets that do not add up.
pub(crate) fn unbalanced(unbalanced: Unbalanced, text: &str, file: FileId) -> Diagnostic {
    let bracket = |span: Span| text.get(span.range()).unwrap_or_default();
    match unbalanced {
        Unbalanced::Open { open, before, suspect } => {
            let message = format!("`{}` is not closed", bracket(open));
            let behind = if before.start == before.end {
                "the text ends without what closes it"
            } else {
                "what closes it is missing before this"
            };
            let mut diagnostic = Diagnostic::error(Code::UnexpectedToken, message, file, open)
                .label("opened here")
                .related(before, behind);
            if let Some((begin, end)) = suspect {
                diagnostic = diagnostic
                    .related(begin, "this one may be what is not closed: …")
                    .related(end, "… its end is indented otherwise");
            }
            diagnostic
        }
        Unbalanced::Close(span) => {
            let message = format!("`{}` closes nothing", bracket(span));
            Diagnostic::error(Code::UnexpectedToken, message, file, span)
                .label("nothing is open here")
        }
    }
}

/// The beginning of what may be long.
fn shown(source: &str) -> String {
    let line = source.lines().next().unwrap_or_default();
    match line.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}
