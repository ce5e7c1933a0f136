//! Brackets that are not closed, or close nothing.
//!
//! The grammar is only asked about balanced text, so that one forgotten brace is one mistake. Where
//! braces do not add up, the indentation tells which one was forgotten, and a declaration that
//! begins in the middle of another one tells that the other one should have ended.

use nbpfc_source::Span;

use crate::lex::{Placed, span};
use crate::tokens::Token;

/// What does not add up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unbalanced {
    /// A bracket without an end.
    Open {
        /// The bracket.
        open: Span,
        /// What closes it is missing before this.
        before: Span,
        /// A block inside of it that ends at another indentation than it begins at.
        suspect: Option<(Span, Span)>,
    },
    /// A bracket that closes nothing.
    Close(Span),
}

struct Opened<'s> {
    token: Token<'s>,
    span: Span,
    /// How far its line is indented.
    indentation: u32,
    /// `for (a; b; c)` is another mistake.
    in_for: bool,
    /// A block inside of it whose end is indented otherwise.
    suspect: Option<(Span, Span)>,
}

struct Balance<'t, 's> {
    text: &'t str,
    /// How far the text is read.
    read: u32,
    /// How far the line is indented that this is on.
    indentation: u32,
    /// Whether nothing stands before the token on its line.
    begins_line: bool,
    open: Vec<Opened<'s>>,
    /// The word that began the declaration that is open.
    owner: Option<Token<'s>>,
    out: Vec<Placed<'s>>,
    found: Vec<Unbalanced>,
}

/// The tokens with brackets added or left out so that they add up, and where that was necessary.
pub(crate) fn balance<'s>(
    text: &str,
    tokens: Vec<Placed<'s>>,
) -> (Vec<Placed<'s>>, Vec<Unbalanced>) {
    let out = Vec::with_capacity(tokens.len());
    let mut state = Balance {
        text,
        read: 0,
        indentation: 0,
        begins_line: true,
        open: Vec::new(),
        owner: None,
        out,
        found: Vec::new(),
    };
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let next = tokens.peek().map(|(_, token, _)| token);
        state.take(token, next);
    }
    let end = text.len() as u32;
    state.close_to(0, Span::new(end, end));
    (state.out, state.found)
}

impl<'s> Balance<'_, 's> {
    fn take(&mut self, token: Placed<'s>, next: Option<&Token<'s>>) {
        self.advance(span(&token));
        if self.is_stray_item(&token, next) {
            self.close_to(0, span(&token));
        }
        let is_extern = matches!(self.out.last(), Some((_, Token::Extern, _)));
        if self.open.is_empty() && token.1.begins_item() && !is_extern {
            self.owner = Some(token.1.clone());
        }
        // Parentheses hold no statements.
        while token.1 == Token::Semicolon
            && let Some(Opened { token: Token::LParen, in_for: false, .. }) = self.open.last()
        {
            self.close_to(self.open.len() - 1, span(&token));
        }
        if token.1.closing().is_some() {
            let in_for = matches!(self.out.last(), Some((_, Token::For, _)));
            let (token, span) = (token.1.clone(), span(&token));
            let indentation = self.indentation;
            self.open.push(Opened { token, span, indentation, in_for, suspect: None });
        } else if token.1.is_closing() {
            let closes = |opened: &Opened<'_>| opened.token.closing().as_ref() == Some(&token.1);
            let Some(depth) = self.open.iter().rposition(closes) else {
                self.found.push(Unbalanced::Close(span(&token)));
                return;
            };
            self.close_to(depth + 1, span(&token));
            self.close(span(&token));
        }
        self.out.push(token);
    }

    /// Whether a declaration begins although another one is open.
    fn is_stray_item(&self, (_, token, _): &Placed<'s>, next: Option<&Token<'s>>) -> bool {
        let Some(outermost) = self.open.first() else { return false };
        let ended = matches!(
            self.out.last(),
            Some((_, Token::Semicolon | Token::RBrace | Token::LBrace, _))
        );
        let named = match token {
            Token::Extern => next.is_some_and(Token::begins_item),
            _ => matches!(next, Some(Token::Name(_) | Token::Text(_))),
        };
        let may_be_member = *token == Token::Fn
            && matches!(self.owner, Some(Token::StructOps | Token::Hook | Token::Extern));
        token.begins_item()
            && ended
            && named
            && !may_be_member
            && self.begins_line
            && self.indentation <= outermost.indentation
    }

    /// Closes all but the outermost `depth` brackets, which should have been closed before.
    fn close_to(&mut self, depth: usize, before: Span) {
        while self.open.len() > depth
            && let Some(opened) = self.open.pop()
        {
            let open = opened.span;
            // One brace too few is one mistake, however many blocks it leaves open.
            let told = matches!(self.found.last(), Some(Unbalanced::Open { before: b, .. }) if *b == before);
            if told {
                if let Some(Unbalanced::Open { suspect, open: inner, .. }) = self.found.last_mut()
                    && suspect.is_none()
                    && opened.suspect.is_some()
                {
                    (*suspect, *inner) = (opened.suspect, open);
                }
            } else {
                self.found.push(Unbalanced::Open { open, before, suspect: opened.suspect });
            }
            let at = before.start;
            self.out.extend(opened.token.closing().map(|token| (at, token, at)));
        }
    }

    /// The innermost bracket is closed at `end`.
    fn close(&mut self, end: Span) {
        let Some(opened) = self.open.pop() else { return };
        let otherwise = self.begins_line && opened.indentation != self.indentation;
        let suspect = if otherwise { Some((opened.span, end)) } else { opened.suspect };
        if let Some(outer) = self.open.last_mut() {
            outer.suspect = outer.suspect.or(suspect);
        }
    }

    /// Goes on to a token.
    fn advance(&mut self, token: Span) {
        let between = self.text.get(self.read as usize..token.start as usize).unwrap_or_default();
        self.begins_line = self.read == 0 || between.contains('\n');
        if self.begins_line {
            let line = between.rfind('\n').map_or(0, |end| end + 1);
            self.indentation = (between.len() - line) as u32;
        }
        self.read = token.end;
    }
}
