//! Texts of the files that sets are in, and how the front end gets at them.
//!
//! The front end reads no file: [`file_names`] says which ones an expression names, and who calls
//! [`parse_with`](crate::parse_with) has read them.

use std::collections::BTreeMap;

use logos::Logos;
use nbpfc_source::FileId;

use crate::tokens::Token;

/// What the file of a set is, or why it cannot be read.
type Found<'a> = Result<(FileId, &'a str), String>;

/// Files that have been read, by the names that expressions give them.
#[derive(Clone, Debug, Default)]
pub struct Lists<'a> {
    files: BTreeMap<String, Found<'a>>,
}

impl<'a> Lists<'a> {
    /// Adds a file: which one it is in diagnostics, and its text, or why it cannot be read.
    pub fn add(&mut self, name: impl Into<String>, found: Result<(FileId, &'a str), String>) {
        self.files.insert(name.into(), found);
    }

    /// A file that was added.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn get(&self, name: &str) -> Result<(FileId, &'a str), String> {
        self.files.get(name).cloned().unwrap_or_else(|| Err("it has not been read".to_owned()))
    }
}

/// The names of the files that an expression's sets are in: of `host in file "x"`, `x`.
pub fn file_names(text: &str) -> Vec<&str> {
    // Next to no expression names one.
    if !text.contains("file") {
        return Vec::new();
    }
    let tokens = Token::lexer(text).filter_map(|token| match token {
        Ok(Token::SetFile(name)) => Some(name),
        _ => None,
    });
    tokens.collect()
}
