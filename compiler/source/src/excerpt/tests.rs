//! What is drawn of long lines.

use crate::{Code, Diagnostic, File, Files, Span, Style, render};

fn drawn(text: &str, span: Span) -> String {
    let mut files = Files::default();
    let id = files.add(File::new("<expression>", text));
    render(&files, &Diagnostic::error(Code::BadToken, "no", id, span).label("here"), Style::Plain)
}

#[test]
fn short_lines_are_whole() {
    let text = format!("{} bad", "x".repeat(300));
    assert!(drawn(&text, Span::new(301, 304)).contains(&text));
}

#[test]
fn long_lines_are_cut_around_the_place() {
    let text = format!("ok\n{} bad {}\nok", "x".repeat(1 << 20), "é".repeat(1 << 20));
    let at = text.find("bad").unwrap_or(0) as u32;
    let drawn = drawn(&text, Span::new(at, at + 3));
    assert!(drawn.len() < 1000, "{}", drawn.len());
    assert!(drawn.contains(&format!("<expression>:2:{}", (1 << 20) + 2)), "{drawn}");
    let line = drawn.lines().find(|line| line.contains("bad")).unwrap_or_default();
    let marks = drawn.lines().find(|line| line.contains("^^^")).unwrap_or_default();
    let column = |line: &str, what| line.find(what).map(|byte| line[..byte].chars().count());
    assert_eq!(column(line, "bad"), column(marks, "^^^"));
    assert!(line.contains("…x") && line.ends_with("é…"), "{line}");
}

#[test]
fn places_far_apart_are_both_drawn() {
    let text = format!("first {} last", "x ".repeat(5000));
    let drawn = drawn(&text, Span::new(0, text.len() as u32));
    assert!(drawn.contains("first x") && drawn.contains("x …") && drawn.contains(" last"));
    assert!(drawn.len() < 1000, "{}", drawn.len());
}
