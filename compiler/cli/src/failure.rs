//! How the command ends when it cannot do what was asked.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use nbpfc_driver::{Diagnostic, Files, Severity, Style, render};

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
        let mut stderr = io::stderr();
        let style = if stderr.is_terminal() { Style::Colour } else { Style::Plain };
        let (text, status) = match self {
            Self::Source(files, diagnostics) => {
                let bug = diagnostics.iter().any(|d| d.severity == Severity::Bug);
                let text = diagnostics.iter().map(|d| render(&files, d, style)).collect();
                (text, if bug { 3 } else { 1 })
            }
            Self::Message(text) => (format!("error: {text}\n"), 1),
            Self::Bug(text) => (format!("bug: {text}\n"), 3),
        };
        // If nobody listens there is nobody to tell.
        let _ = stderr.write_all(text.as_bytes());
        ExitCode::from(status)
    }
}
