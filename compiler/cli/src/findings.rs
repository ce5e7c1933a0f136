//! Findings in source text, for people and for tools.
//!
//! For tools (`--error-format json`) each is an object on a line of its own: `severity`, `code`,
//! `message`, `place`, `related`, `notes`, `help`. A place has the name of the `file`, `start` and
//! `end` (behind the last byte), each with `byte` (from 0), `line` and `column` (from 1, in bytes),
//! and the `label`; what is about no place has `null`.

use std::fmt::Write as _;
use std::io::{self, IsTerminal};
use std::sync::OnceLock;

use nbpfc_driver::{Diagnostic, Files, Label, Severity, Style, render};
use serde_json::{Value, json};

use crate::args::ErrorFormat;

/// How this run says what is wrong.
static FORMAT: OnceLock<ErrorFormat> = OnceLock::new();

/// Sets how this run says what is wrong; the first time counts.
pub(crate) fn set_format(format: ErrorFormat) {
    let _ = FORMAT.set(format);
}

/// Whether tools read what is wrong.
pub(crate) fn for_tools() -> bool {
    FORMAT.get() == Some(&ErrorFormat::Json)
}

/// Findings as standard error gets them.
pub(crate) fn text(files: &Files, found: &[Diagnostic]) -> String {
    if for_tools() {
        let mut text = String::new();
        for finding in found {
            let _ = writeln!(text, "{}", as_json(files, finding));
        }
        return text;
    }
    // As https://no-color.org has it: set, and not empty.
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let colour = io::stderr().is_terminal() && !plain;
    let style = if colour { Style::Colour } else { Style::Plain };
    found.iter().map(|finding| render(files, finding, style)).collect()
}

/// A sentence about no source, as standard error gets it.
pub(crate) fn sentence(severity: Severity, message: &str) -> String {
    let word = word(severity);
    if for_tools() {
        let line = json!({
            "severity": word, "code": null, "message": message, "place": null,
            "related": [], "notes": [], "help": [],
        });
        return format!("{line}\n");
    }
    format!("{word}: {message}\n")
}

const fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Bug => "bug",
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn as_json(files: &Files, finding: &Diagnostic) -> Value {
    json!({
        "severity": word(finding.severity),
        "code": finding.code.as_str(),
        "message": finding.message,
        "place": finding.primary.as_ref().map(|label| place(files, label)),
        "related": finding.labels.iter().map(|label| place(files, label)).collect::<Vec<_>>(),
        "notes": finding.notes,
        "help": finding.help,
    })
}

fn place(files: &Files, label: &Label) -> Value {
    let file = files.get(label.file);
    let at = |byte: u32| {
        let position = file.position(byte);
        json!({ "byte": byte, "line": position.line, "column": position.column })
    };
    json!({
        "file": file.name(),
        "start": at(label.span.start),
        "end": at(label.span.end),
        "label": label.text,
    })
}
