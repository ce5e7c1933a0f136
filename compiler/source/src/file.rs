//! Files and byte ranges in them.

use std::fmt;

/// One source text of a [`Files`] table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(u32);

/// A half-open range of bytes in one source text.
///
/// A span does not name its file: whoever holds a span holds the file too.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

impl Span {
    /// The range `start..end`, in bytes.
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// The least span that covers both.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The span as a range to slice the text with.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

impl From<std::ops::Range<usize>> for Span {
    fn from(range: std::ops::Range<usize>) -> Self {
        Self { start: range.start as u32, end: range.end as u32 }
    }
}

/// A place as people count: both from 1, columns in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1, in bytes.
    pub column: u32,
}

/// U+FEFF, the byte order mark.
const MARK: char = '\u{feff}';

/// A named source text.
#[derive(Clone, Debug)]
pub struct File {
    name: String,
    text: String,
    has_mark: bool,
    line_starts: Vec<u32>,
}

impl File {
    /// A file called `name` (a path, or `<expression>`) with this text. A byte order mark at its
    /// beginning, which some editors write, is no part of the text, and counts in no span.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let mut text = text.into();
        let has_mark = text.starts_with(MARK);
        if has_mark {
            text.drain(..MARK.len_utf8());
        }
        let line_starts = std::iter::once(0)
            .chain(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i as u32 + 1))
            .collect();
        Self { name: name.into(), text, has_mark, line_starts }
    }

    /// Whether the file began with a byte order mark.
    pub fn has_mark(&self) -> bool {
        self.has_mark
    }

    /// The name that diagnostics and line information show.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column of a byte offset; offsets past the end count as the end.
    pub fn position(&self, offset: u32) -> Position {
        let offset = offset.min(self.text.len() as u32);
        let line = self.line_starts.partition_point(|start| *start <= offset);
        Position { line: line as u32, column: offset - self.line_starts[line - 1] + 1 }
    }

    /// The bytes of a line, counted from 1, with its line end; empty if there is no such line.
    pub fn line_range(&self, line: u32) -> std::ops::Range<usize> {
        let start = |i: u32| {
            self.line_starts.get(i as usize).map_or(self.text.len(), |start| *start as usize)
        };
        start(line.saturating_sub(1))..start(line)
    }

    /// The bytes of every line, in order, each with its line end.
    pub(crate) fn lines(&self) -> impl Iterator<Item = std::ops::Range<usize>> {
        (1..=self.line_starts.len() as u32).map(|line| self.line_range(line))
    }

    /// The text of a line, counted from 1, without its line end; empty if there is no such line.
    pub fn line(&self, line: u32) -> &str {
        self.text[self.line_range(line)].trim_end_matches(['\n', '\r'])
    }
}

/// The source texts of one compilation.
#[derive(Clone, Debug, Default)]
pub struct Files {
    files: Vec<File>,
}

impl Files {
    /// Adds a file and names it.
    pub fn add(&mut self, file: File) -> FileId {
        self.files.push(file);
        FileId(self.files.len() as u32 - 1)
    }

    /// The file of an id that [`Files::add`] of this table gave.
    pub fn get(&self, id: FileId) -> &File {
        &self.files[id.0 as usize]
    }
}
