//! What is wrong with a text that the grammar refuses, and what was probably meant.

mod lexical;
mod spelling;
mod wireshark;
mod address;
mod arithmetic;
mod hint;

use lalrpop_util::ParseError;
use nbpfc_source::{Code, Diagnostic, FileId, Span};

use crate::text::Text;
use crate::tokens::{LexError, SyntaxError, Token};

#[cfg(test)]
pub(crate) use spelling::WORDS;

/// How many tokens behind the error are looked at.
const LOOK_AHEAD: usize = 8;

/// A token and its place.
type Placed<'s> = (Token<'s>, Span);

/// A guess at what was meant; `None` if what it knows about is not what is there.
type Guess = fn(&Context<'_>) -> Option<String>;

/// The text around the token at which the parser stopped.
struct Context<'s> {
    text: Text<'s>,
    /// What stands before it.
    before: Vec<Placed<'s>>,
    /// The token; `None` at the end of the text.
    at: Option<Placed<'s>>,
    /// A few tokens behind it.
    after: Vec<Placed<'s>>,
    /// The terminals of the grammar that could have stood there.
    expected: Vec<String>,
}

impl<'s> Context<'s> {
    fn new(text: Text<'s>, at: Option<Placed<'s>>, end: u32, expected: &[String]) -> Self {
        let start = at.map_or(end, |(_, span)| span.start);
        let mut before = Vec::new();
        let mut after = Vec::new();
        for (token, span) in text.tokens() {
            let Ok(token) = token else { break };
            if span.start < start {
                before.push((token, span));
            } else if span.start > start {
                after.push((token, span));
            }
            if after.len() == LOOK_AHEAD {
                break;
            }
        }
        let expected = expected.iter().map(|name| name.trim_matches('"').to_owned()).collect();
        Self { text, before, at, after, expected }
    }

    fn source(&self, span: Span) -> &'s str {
        self.text.at(span)
    }

    fn expects(&self, terminal: &str) -> bool {
        self.expected.iter().any(|name| name == terminal)
    }

    /// Whether a primitive could have started there.
    fn expects_primitive(&self) -> bool {
        self.expects("less")
    }

    /// The token `back` places before the error, 0 being the nearest.
    fn previous(&self, back: usize) -> Option<Placed<'s>> {
        self.before.iter().rev().nth(back).copied()
    }

    /// The innermost parenthesis or bracket that is still open.
    fn innermost_open(&self) -> Option<Placed<'s>> {
        let mut open = Vec::new();
        for placed in &self.before {
            match placed.0 {
                Token::LParen | Token::LBracket | Token::SetOpen => open.push(*placed),
                Token::RParen | Token::RBracket | Token::SetClose => {
                    open.pop();
                }
                _ => {}
            }
        }
        open.pop()
    }
}

/// The diagnostic for a text that is not in the language.
pub(crate) fn syntax_error(error: &SyntaxError<'_>, text: Text<'_>, file: FileId) -> Diagnostic {
    match error {
        ParseError::User { error: (span, error) } => lexical::error(*error, *span, text, file),
        ParseError::UnrecognizedToken { token: (start, token, end), expected } => {
            let at = (*token, Span::new(*start, *end));
            unexpected(&Context::new(text, Some(at), *end, expected), at.1, file)
        }
        ParseError::UnrecognizedEof { location, expected } => {
            let end = Span::new(*location, *location);
            unexpected(&Context::new(text, None, *location, expected), end, file)
        }
        ParseError::InvalidToken { location } => {
            lexical::error(LexError::Character, Span::new(*location, *location), text, file)
        }
        ParseError::ExtraToken { token: (start, token, end) } => {
            let at = (*token, Span::new(*start, *end));
            unexpected(&Context::new(text, Some(at), *end, &[]), at.1, file)
        }
    }
}

fn unexpected(context: &Context<'_>, span: Span, file: FileId) -> Diagnostic {
    let error = |message: String| Diagnostic::error(Code::UnexpectedToken, message, file, span);
    let open = context.innermost_open();
    let mut diagnostic = match (context.at, open) {
        (Some((token @ (Token::RParen | Token::RBracket | Token::SetClose), _)), None) => {
            let (close, open) = match token {
                Token::RParen => (")", "("),
                Token::RBracket => ("]", "["),
                _ => ("}", "in {"),
            };
            return error(format!("`{close}` closes nothing"))
                .label(format!("no `{open}` is open here"));
        }
        (None, Some((Token::LParen, _))) => {
            error("`(` is never closed".to_owned()).label(expected(context))
        }
        (None, Some((Token::SetOpen, _))) => {
            error("`{` is never closed".to_owned()).label(expected(context))
        }
        (None, Some(_)) => error("`[` is never closed".to_owned()).label(expected(context)),
        (None, None) => error("the filter ends too early".to_owned()).label(expected(context)),
        (Some(_), _) => {
            error(format!("unexpected `{}`", context.source(span))).label(expected(context))
        }
    };
    if let Some((token, opened)) = open {
        let close = match token {
            Token::LParen => ")",
            Token::LBracket => "]",
            _ => "}",
        };
        if context.at.is_none() || context.expects(close) || hint::is_in_list(context) {
            diagnostic = diagnostic.related(opened, "opened here");
        }
    }
    match hint::hint(context) {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}

/// What could have stood at the place of the error, in words.
fn expected(context: &Context<'_>) -> String {
    let mut words: Vec<&str> = Vec::new();
    let mut add = |terminals: &[&str], text: &[&'static str]| {
        let found = terminals.iter().all(|terminal| context.expects(terminal));
        if found {
            words.extend(text);
        }
        found
    };
    let primitive = add(&["less"], &["a primitive such as `host`, `port` or `tcp`"]);
    let id = add(&["MAC address"], &["an address, a number or a name"]);
    if !primitive {
        let operator = add(&["*"], &["an operator"]);
        let comparison = add(&["<="], &["a comparison"]);
        let value = !id && add(&["len"], &["a number", "`proto[offset]`"]);
        if !id && !value {
            add(&["number"], &["a number"]);
            add(&["name"], &["a name"]);
            add(&["IPv4 address"], &["an IPv4 address"]);
        }
        add(&["and"], &["`and`"]);
        add(&["or"], &["`or`"]);
        let kinds = add(&["host"], &["`host`", "`net`", "`port`"]);
        add(&[")"], &["`)`"]);
        add(&["]"], &["`]`"]);
        add(&["}"], &["`,`", "`}`"]);
        add(&[":"], &["`:`"]);
        if !operator {
            add(&["/"], &["`/`"]);
            add(&["mask"], &["`mask`"]);
        }
        if !kinds {
            add(&["subtype"], &["`subtype`"]);
        }
        if !comparison {
            add(&["="], &["`=`"]);
        }
    }
    match words.split_last() {
        None => "not expected here".to_owned(),
        Some((only, [])) => format!("expected {only}"),
        Some((last, [first])) => format!("expected {first} or {last}"),
        Some((last, others)) => format!("expected {}, or {last}", others.join(", ")),
    }
}
