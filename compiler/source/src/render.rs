//! Diagnostics as text for people; the only user of `codespan-reporting`.

use std::ops::Range;

use codespan_reporting::diagnostic as drawn;
use codespan_reporting::files::{Error, Files as Draws};
use codespan_reporting::term::{self, Config, termcolor::Buffer};

use crate::diagnostic::{Diagnostic, Severity};
use crate::excerpt::Excerpt;
use crate::file::{FileId, Files, Span};

/// Whether to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// No escape sequences.
    Plain,
    /// ANSI colours.
    Colour,
}

impl<'a> Draws<'a> for Excerpt<'_> {
    type FileId = FileId;
    type Name = &'a str;
    type Source = &'a str;

    fn name(&'a self, id: FileId) -> Result<&'a str, Error> {
        Ok(self.file(id).name())
    }

    fn source(&'a self, id: FileId) -> Result<&'a str, Error> {
        Ok(self.file(id).text())
    }

    fn line_index(&'a self, id: FileId, byte: usize) -> Result<usize, Error> {
        Ok(self.file(id).position(byte as u32).line as usize - 1)
    }

    fn line_range(&'a self, id: FileId, line: usize) -> Result<Range<usize>, Error> {
        Ok(self.file(id).line_range(line as u32 + 1))
    }

    fn column_number(&'a self, id: FileId, _: usize, byte: usize) -> Result<usize, Error> {
        Ok(self.column(id, byte))
    }
}

/// Draws one diagnostic with its excerpt; ends with a line end.
pub fn render(files: &Files, diagnostic: &Diagnostic, style: Style) -> String {
    let severity = match diagnostic.severity {
        Severity::Bug => drawn::Severity::Bug,
        Severity::Error => drawn::Severity::Error,
        Severity::Warning => drawn::Severity::Warning,
    };
    let labels = diagnostic.primary.iter().chain(&diagnostic.labels);
    let places: Vec<(FileId, Span)> = labels.map(|l| (l.file, l.span)).collect();
    let excerpt = Excerpt::new(files, &places);
    let primary = diagnostic.primary.iter().map(|l| {
        drawn::Label::primary(l.file, excerpt.range(l.file, l.span)).with_message(&l.text)
    });
    let related = diagnostic.labels.iter().map(|l| {
        drawn::Label::secondary(l.file, excerpt.range(l.file, l.span)).with_message(&l.text)
    });
    let notes = diagnostic.notes.iter().map(|n| format!("note: {n}"));
    let help = diagnostic.help.iter().map(|h| format!("help: {h}"));
    let drawing = drawn::Diagnostic::new(severity)
        .with_code(diagnostic.code.as_str())
        .with_message(&diagnostic.message)
        .with_labels_iter(primary.chain(related))
        .with_notes_iter(notes.chain(help));
    let mut buffer = match style {
        Style::Plain => Buffer::no_color(),
        Style::Colour => Buffer::ansi(),
    };
    // Writing to memory cannot fail, and every span lies in its file.
    let drawn = term::emit_to_write_style(&mut buffer, &Config::default(), &excerpt, &drawing);
    if drawn.is_err() {
        return format!("{}[{}]: {}\n", "error", diagnostic.code, diagnostic.message);
    }
    String::from_utf8_lossy(buffer.as_slice()).into_owned()
}
