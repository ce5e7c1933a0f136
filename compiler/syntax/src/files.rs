//! Which files a module names, found before its tree is made.

use logos::Logos;

use crate::tokens::Token;

/// The names of the files that a module's sets are in: of `file "blocked.txt"`, `blocked.txt`.
pub fn file_names(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    // Next to no module names one.
    if !text.contains("file") {
        return names;
    }
    let mut is_behind = false;
    for token in Token::lexer(text).flatten() {
        match &token {
            Token::Text(name) if is_behind => names.extend(String::from_utf8(name.to_vec()).ok()),
            _ => {}
        }
        is_behind = token == Token::File;
    }
    names
}
