//! What is wrong with a text that the grammar refuses.

use nbpfc_source::{Code, Diagnostic, FileId, Span};

use crate::tokens::SyntaxError;

pub(crate) fn syntax_error(error: &SyntaxError<'_>, _text: &str, file: FileId) -> Diagnostic {
    Diagnostic::error(Code::UnexpectedToken, format!("{error:?}"), file, Span::default())
}
