//! How the command ends when it cannot do what was asked.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use nbpfc_driver::{Diagnostic, Files, Severity};

use crate::findings;

/// Why the command did not do what was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Findings in source text.
    Source(Files, Vec<Diagnostic>),
    /// One sentence.
    Message(String),
    /// One sentence about nbpfc itself.
    Bug(String),
}

impl Failure {
    /// Something is wrong with a file.
    pub(crate) fn file(name: &dyn Display, error: &dyn Display) -> Self {
        Self::Message(format!("{name}: {error}"))
    }

    /// Something is wrong with nbpfc.
    pub(crate) fn bug(what: &dyn Display) -> Self {
        Self::Bug(what.to_string())
    }

    /// Says it on standard error; gives the exit status.
    pub(crate) fn show(self) -> ExitCode {
        let (text, status) = match self {
            Self::Source(files, diagnostics) => {
                let bug = diagnostics.iter().any(|d| d.severity == Severity::Bug);
                (findings::text(&files, &diagnostics), if bug { 3 } else { 1 })
            }
            Self::Message(text) => (findings::sentence(Severity::Error, &text), 1),
            Self::Bug(text) => (findings::sentence(Severity::Bug, &text), 3),
        };
        // If nobody listens there is nobody to tell.
        let _ = io::stderr().write_all(text.as_bytes());
        ExitCode::from(status)
    }
}
