//! The text of a filter, and where in its file it stands.

use logos::Logos;
use nbpfc_source::Span;

use crate::tokens::{LexError, Token};

/// A text, perhaps a part of a file: its places are those in the file.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    text: &'a str,
    start: u32,
}

impl<'a> Text<'a> {
    /// A text that is the whole file, or whose places are its own.
    pub const fn whole(text: &'a str) -> Self {
        Self { text, start: 0 }
    }

    /// A text that begins `start` bytes from its file's start.
    pub const fn within(text: &'a str, start: u32) -> Self {
        Self { text, start }
    }

    /// Bytes up to its end, counted from the file's start.
    pub(crate) const fn end(self) -> usize {
        self.start as usize + self.text.len()
    }

    /// What stands at a place.
    pub(crate) fn at(self, span: Span) -> &'a str {
        let place = |place: u32| place.checked_sub(self.start).map(|place| place as usize);
        let range = place(span.start).zip(place(span.end));
        range.and_then(|(start, end)| self.text.get(start..end)).unwrap_or_default()
    }

    /// What stands before a place.
    pub(crate) fn before(self, place: u32) -> &'a str {
        self.at(Span::new(self.start, place))
    }

    /// What stands at a place and behind it.
    pub(crate) fn from(self, place: u32) -> &'a str {
        self.at(Span::new(place, self.end() as u32))
    }

    /// The tokens, and what is none, each with its place.
    pub(crate) fn tokens(self) -> impl Iterator<Item = (Result<Token<'a>, LexError>, Span)> {
        Token::lexer(self.text).spanned().map(move |(token, range)| {
            let place = |place: usize| self.start + place as u32;
            (token, Span::new(place(range.start), place(range.end)))
        })
    }
}
