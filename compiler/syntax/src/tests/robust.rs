//! Texts that nobody would write.

use std::time::{Duration, Instant};

use nbpfc_source::Code;

use super::{file, inputs};
use crate::{MAX_LENGTH, parse};

/// The codes that a text is answered with; each has a place in the text.
fn codes(text: &str) -> Vec<Code> {
    let (files, id) = file("module.nbp", text);
    let (_, found) = parse(files.get(id), id);
    for label in found.iter().flat_map(|d| d.primary.iter().chain(&d.labels)) {
        let range = label.span.range();
        assert!(text.get(range).is_some(), "{:?} is not in {text:?}", label.span);
    }
    found.iter().map(|diagnostic| diagnostic.code).collect()
}

fn in_program(statement: &str) -> String {
    format!("program p(pkt) on xdp otherwise pass {{\n{statement}\n}}\n")
}

#[test]
fn deep_nesting_is_an_error() {
    const MANY: usize = 100_000;
    let nested = |open: &str, inner: &str, close: &str| {
        format!("{}{inner}{}", open.repeat(MANY), close.repeat(MANY))
    };
    for statement in [
        format!("let x = {};", nested("(", "1", ")")),
        format!("let x = {};", nested("[", "1", "]")),
        format!("let x = {};", nested("f(", "1", ")")),
        format!("let x = {};", nested("!", "y", "")),
        format!("let x = {};", nested("", "y", "?")),
        format!("let x = {};", nested("", "y", ".y")),
        format!("let x = {};", nested("", "y", " + y")),
        format!("let x = {};", nested("y || ", "y", "")),
        format!("let x: {} = 1;", nested("a<", "b", ">")),
        format!("let x: {} = 1;", nested("", "b", "?")),
        nested("{", "x;", "}"),
        nested("if a {", "x;", "}"),
        nested("while a {", "x;", "}"),
        nested("", "if a { } ", "else if a { } "),
        nested("match x { 1 => ", "2", "}"),
    ] {
        assert_eq!(codes(&in_program(&statement)), [Code::TooLarge], "{}", &statement[..40]);
    }
}

#[test]
fn nesting_within_the_limit_is_none() {
    let within = crate::MAX_DEPTH as usize - 10;
    let nested = |open: &str, close: &str| {
        format!("let x = {}y{};", open.repeat(within), close.repeat(within))
    };
    for statement in [nested("(", ")"), nested("-", ""), nested("", " + y"), nested("", ".y")] {
        assert_eq!(codes(&in_program(&statement)), [], "{}", &statement[..40]);
    }
}

#[test]
fn unclosed_brackets_are_one_mistake() {
    for open in ["(", "[", "{", "f(", "if a {"] {
        let statement = open.repeat(200);
        assert_eq!(codes(&in_program(&statement)), [Code::UnexpectedToken], "{open}");
    }
    assert_eq!(codes(&in_program(&"{".repeat(100_000))), [Code::TooLarge]);
}

#[test]
fn long_texts_are_read() {
    let begin = Instant::now();
    let mut text = String::new();
    while text.len() < 1 << 20 {
        text += &in_program(
            "let ip = pkt.ipv4?; if ip.ttl < 5 && ip.src in 10.0.0.0/8 { return drop; }",
        );
    }
    assert_eq!(codes(&text), []);
    let set = "10.0.0.1, ".repeat(100_000);
    assert_eq!(codes(&format!("const SET: set<ipv4addr> = {{ {set} }};")), []);
    let broken = in_program("let x = ;").repeat(20_000);
    assert_eq!(codes(&broken).len(), 20);
    assert!(begin.elapsed() < Duration::from_mins(1), "{:?}", begin.elapsed());
    assert_eq!(codes(&" ".repeat(MAX_LENGTH + 1)), [Code::TooLarge]);
}

#[test]
fn every_beginning_of_a_module_is_answered() {
    for (path, text) in inputs("trees").into_iter().chain(inputs("errors")) {
        for (end, _) in text.char_indices().step_by(29) {
            codes(&text[..end]);
        }
        assert!(codes(&text).len() <= 20, "{}", path.display());
    }
}

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }
}

#[test]
fn words_in_any_order_are_answered() {
    let mut words = Vec::new();
    let texts = inputs("trees");
    for (_, text) in &texts {
        let (files, id) = file("module.nbp", text);
        let lexed = crate::lex::lex(files.get(id).text());
        words.extend(
            lexed.tokens.iter().map(|token| text[crate::lex::span(token).range()].to_owned()),
        );
    }
    let mut dice = Dice(1);
    for _ in 0..300 {
        let length = 1 + dice.below(40);
        let soup: Vec<_> = (0..length).map(|_| words[dice.below(words.len())].as_str()).collect();
        codes(&soup.join(" "));
        codes(&in_program(&soup.join(" ")));
    }
}

#[test]
fn modules_with_a_word_too_few_or_too_many_are_answered() {
    let mut dice = Dice(2);
    for (_, text) in inputs("trees") {
        let lexed = crate::lex::lex(&text);
        for _ in 0..30 {
            let place =
                |dice: &mut Dice| crate::lex::span(&lexed.tokens[dice.below(lexed.tokens.len())]);
            let (one, other) = (place(&mut dice), place(&mut dice));
            codes(&format!("{}{}", &text[..one.range().start], &text[one.range().end..]));
            let (before, behind) = text.split_at(one.range().start);
            codes(&format!("{before} {} {behind}", &text[other.range()]));
        }
    }
}
