//! Which files a module names, found before its tree is made.

use logos::Logos;

use crate::tokens::Token;

/// The names of the files that a module's sets are in: of `file "blocked.txt"`, `blocked.txt`.
pub fn file_names(text: &str) -> Vec<String> {
    texts_behind(text, &Token::File, "file")
}

/// The filters in a module: of `matches "tcp"`, `tcp`.
pub fn filters(text: &str) -> Vec<String> {
    texts_behind(text, &Token::Matches, "matches")
}

/// The texts that stand behind a word.
fn texts_behind(text: &str, word: &Token, spelled: &str) -> Vec<String> {
    let mut texts = Vec::new();
    // Most modules have no such word.
    if !text.contains(spelled) {
        return texts;
    }
    let mut is_behind = false;
    for token in Token::lexer(text).flatten() {
        match &token {
            Token::Text(text) if is_behind => texts.extend(String::from_utf8(text.to_vec()).ok()),
            _ => {}
        }
        is_behind = token == *word;
    }
    texts
}
