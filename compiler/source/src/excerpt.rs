//! Sources as diagnostics draw them: of lines that nobody would read to their end, only what lies
//! around the places that are meant.

use std::ops::Range;

use crate::file::{File, FileId, Files, Span};

/// Lines up to so many bytes are drawn whole.
const LONG: usize = 400;

/// How many bytes are drawn before and behind a place in a longer line.
const AROUND: usize = 80;

/// What stands for bytes that are left out.
const LEFT_OUT: &str = "…";

/// The files, some with lines that were cut.
pub(crate) struct Excerpt<'a> {
    files: &'a Files,
    cut: Vec<(FileId, Cut)>,
}

/// A file with lines that were cut.
struct Cut {
    file: File,
    /// Where pieces were taken from, how long they are, and where they lie now; in order.
    pieces: Vec<(usize, usize, usize)>,
}

impl<'a> Excerpt<'a> {
    /// Of the files that hold these places.
    pub(crate) fn new(files: &'a Files, places: &[(FileId, Span)]) -> Self {
        let mut cut: Vec<(FileId, Cut)> = Vec::new();
        for &(id, _) in places {
            let file = files.get(id);
            if cut.iter().all(|(known, _)| *known != id)
                && file.lines().any(|line| line.len() > LONG)
            {
                let here = places.iter().filter(|(other, _)| *other == id);
                let ends: Vec<usize> =
                    here.flat_map(|(_, span)| [span.start as usize, span.end as usize]).collect();
                cut.push((id, Cut::new(file, &ends)));
            }
        }
        Self { files, cut }
    }

    fn cut(&self, id: FileId) -> Option<&Cut> {
        self.cut.iter().find(|(known, _)| *known == id).map(|(_, cut)| cut)
    }

    /// The file as it is drawn.
    pub(crate) fn file(&self, id: FileId) -> &File {
        self.cut(id).map_or_else(|| self.files.get(id), |cut| &cut.file)
    }

    /// Where a place lies in the file as it is drawn.
    pub(crate) fn range(&self, id: FileId, span: Span) -> Range<usize> {
        let range = span.range();
        match self.cut(id) {
            Some(cut) => cut.drawn(range.start)..cut.drawn(range.end),
            None => range,
        }
    }

    /// The column, in characters from 1, that a byte of the file as it is drawn has in the file.
    pub(crate) fn column(&self, id: FileId, byte: usize) -> usize {
        let file = self.files.get(id);
        let byte = self.cut(id).map_or(byte, |cut| cut.original(byte));
        let start = file.line_range(file.position(byte as u32).line).start;
        file.text().get(start..byte).map_or(1, |before| before.chars().count() + 1)
    }
}

impl Cut {
    /// Cuts a file; `ends` are the ends of the places in it.
    fn new(file: &File, ends: &[usize]) -> Self {
        let text = file.text();
        let mut drawn = String::new();
        let mut pieces = Vec::new();
        for line in file.lines() {
            let whole = text[line.clone()].trim_end_matches(['\n', '\r']);
            let end = line.start + whole.len();
            let mut at = line.start;
            for piece in kept(text, line.start..end, ends) {
                if piece.start > at {
                    drawn.push_str(LEFT_OUT);
                }
                pieces.push((piece.start, piece.len(), drawn.len()));
                drawn.push_str(&text[piece.clone()]);
                at = piece.end;
            }
            if at < end {
                drawn.push_str(LEFT_OUT);
            }
            pieces.push((end, line.end - end, drawn.len()));
            drawn.push_str(&text[end..line.end]);
        }
        Self { file: File::new(file.name(), drawn), pieces }
    }

    fn drawn(&self, byte: usize) -> usize {
        let next = self.pieces.partition_point(|(from, ..)| *from <= byte);
        let piece = next.checked_sub(1).map(|index| self.pieces[index]);
        piece.map_or(0, |(from, length, to)| to + (byte - from).min(length))
    }

    fn original(&self, byte: usize) -> usize {
        let next = self.pieces.partition_point(|(.., to)| *to <= byte);
        let piece = next.checked_sub(1).map(|index| self.pieces[index]);
        piece.map_or(0, |(from, length, to)| from + (byte - to).min(length))
    }
}

/// The parts of a line that are drawn.
fn kept(text: &str, line: Range<usize>, ends: &[usize]) -> Vec<Range<usize>> {
    if line.len() <= LONG {
        return vec![line];
    }
    let mut here: Vec<usize> =
        ends.iter().copied().filter(|end| (line.start..=line.end).contains(end)).collect();
    here.sort_unstable();
    if here.is_empty() {
        here.push(line.start);
    }
    let mut kept: Vec<Range<usize>> = Vec::new();
    for end in here {
        let start = text.floor_char_boundary(end.saturating_sub(AROUND).max(line.start));
        let end = text.ceil_char_boundary((end + AROUND).min(line.end));
        match kept.last_mut() {
            Some(last) if start <= last.end => last.end = last.end.max(end),
            _ => kept.push(start..end),
        }
    }
    kept
}

#[cfg(test)]
mod tests;
