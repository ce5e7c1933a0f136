//! Which of the tokens `<` and `>` are brackets around types.

use crate::tokens::Token;

/// Where types are written: behind `:` and `->`, and behind the name that a declaration gives.
#[derive(Debug, Default)]
pub(crate) struct Types {
    /// A type can go on here.
    inside: bool,
    /// `<` that are open.
    depth: u32,
    /// In so many tokens the types of a declaration may begin: one is its name.
    declared: u32,
    was_extern: bool,
}

impl Types {
    /// Whether brackets around types are open.
    pub(crate) const fn are_open(&self) -> bool {
        self.depth > 0
    }

    /// Whether the token is a bracket around types.
    pub(crate) fn take(&mut self, token: &Token<'_>) -> bool {
        let declares = match token {
            Token::Struct | Token::Map => self.was_extern,
            Token::Fn => true,
            _ => false,
        };
        let begins = self.declared == 1;
        self.was_extern = *token == Token::Extern;
        self.declared = if declares { 2 } else { self.declared.saturating_sub(1) };
        match token {
            Token::Colon | Token::Arrow => {
                self.inside = true;
                self.depth = 0;
                false
            }
            Token::Lt if self.inside || begins || self.depth > 0 => {
                self.inside = true;
                self.depth += 1;
                true
            }
            Token::Gt | Token::GtJoint if self.depth > 0 => {
                self.depth -= 1;
                true
            }
            Token::Name(_) | Token::Dot | Token::LBracket => false,
            // As a type it is any map.
            Token::Map if self.inside => false,
            token if token.is_soft_word() => false,
            _ if self.depth > 0 => false,
            _ => {
                self.inside = false;
                false
            }
        }
    }
}
