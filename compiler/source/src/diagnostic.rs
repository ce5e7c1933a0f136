//! What is said about source text.

use crate::code::Code;
use crate::file::{FileId, Span};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// A bug of the compiler's.
    Bug,
    /// Nothing is produced.
    Error,
    /// Something is produced, and may not be what was meant.
    Warning,
}

/// A place and what to say at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The file that `span` is in.
    pub file: FileId,
    /// What is underlined.
    pub span: Span,
    /// The words beside the underline; may be empty.
    pub text: String,
}

/// One finding: a code, a sentence, its place, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// What kind of problem it is.
    pub code: Code,
    /// One sentence, lower case, without a full stop.
    pub message: String,
    /// The place the message is about; `None` when it is not in any source.
    pub primary: Option<Label>,
    /// Related places.
    pub labels: Vec<Label>,
    /// Facts that help to understand.
    pub notes: Vec<String>,
    /// What to write or do instead.
    pub help: Vec<String>,
}

impl Diagnostic {
    /// An error about a place in a file.
    pub fn error(code: Code, message: impl Into<String>, file: FileId, span: Span) -> Self {
        Self {
            primary: Some(Label { file, span, text: String::new() }),
            ..Self::general(code, message)
        }
    }

    /// An error that is not about a place in source.
    pub fn general(code: Code, message: impl Into<String>) -> Self {
        Self {
            severity: if code == Code::Bug { Severity::Bug } else { Severity::Error },
            code,
            message: message.into(),
            primary: None,
            labels: Vec::new(),
            notes: Vec::new(),
            help: Vec::new(),
        }
    }

    /// With words beside the primary underline.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        if let Some(primary) = &mut self.primary {
            primary.text = text.into();
        }
        self
    }

    /// What has no place is put at this one.
    #[must_use]
    pub fn at(mut self, file: FileId, span: Span) -> Self {
        self.primary.get_or_insert(Label { file, span, text: String::new() });
        self
    }

    /// With a related place in the same file as the primary one.
    #[must_use]
    pub fn related(mut self, span: Span, text: impl Into<String>) -> Self {
        if let Some(primary) = &self.primary {
            self.labels.push(Label { file: primary.file, span, text: text.into() });
        }
        self
    }

    /// With a fact that helps to understand.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// With what to write or do instead.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }
}
