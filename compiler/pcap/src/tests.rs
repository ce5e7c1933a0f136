//! The whole front end: trees, diagnostics, and the corpora.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use logos::Logos;
use nbpfc_source::{Code, Diagnostic, File, Files, Style, render};

use crate::explain;
use crate::names::{Names, NoNames, Tables};
use crate::parse;
use crate::tokens::Token;
use crate::tree::{Arith, BinOp, Expr, ExprKind, Filter, MAX_DEPTH, Step, Test};

fn names() -> Tables {
    Tables::default()
        .with_hosts(include_str!("../cases/etc/hosts"))
        .with_ethers(include_str!("../cases/etc/ethers"))
        .with_networks(include_str!("../cases/etc/networks"))
        .with_services(include_str!("../cases/etc/services"))
        .with_protocols(include_str!("../cases/etc/protocols"))
}

fn read(text: &str, names: &dyn Names) -> (Files, Option<Filter>, Vec<Diagnostic>) {
    let mut files = Files::default();
    let id = files.add(File::new("<expression>", text));
    let (filter, diagnostics) = parse(files.get(id), id, names);
    assert_eq!(
        filter.is_none(),
        !diagnostics.is_empty(),
        "a filter, or what is wrong with it: {text:.200}"
    );
    (files, filter, diagnostics)
}

/// The tree in one spelling, or the diagnostics as they are shown.
fn shown(text: &str, names: &dyn Names) -> String {
    let (files, filter, diagnostics) = read(text, names);
    match filter {
        Some(filter) => format!("{filter}\n"),
        None => {
            diagnostics.iter().map(|diagnostic| render(&files, diagnostic, Style::Plain)).collect()
        }
    }
}

/// The lines of a file of the shared corpus; `None` where that is not at hand.
fn corpus(name: &str) -> Option<Vec<Vec<String>>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus").join(name);
    let text = std::fs::read_to_string(path).ok()?;
    Some(text.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect())
}

/// Runs a file of cases: a line `> filter`, then what it gives.
fn run_cases(name: &str) {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases").join(name);
    let text = std::fs::read_to_string(&path).unwrap();
    let names = names();
    let mut found = String::new();
    for line in text.lines() {
        if let Some(filter) = line.strip_prefix("> ") {
            let filter = filter.replace("\\n", "\n");
            writeln!(found, "{line}\n{}\n", shown(&filter, &names).trim_end()).unwrap();
        } else if line.starts_with("# ") {
            writeln!(found, "{line}\n").unwrap();
        }
    }
    bless_or_compare(&path, &text, &found);
}

/// Compares what a file says with what is found. With `BLESS=1` writes down what is found.
fn bless_or_compare(path: &Path, text: &str, found: &str) {
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, found).unwrap();
        return;
    }
    assert!(text == found, "{} says something else:\n{found}", path.display());
}

/// The tokens of a text, one a line, with what each stands for.
#[test]
fn longest_match() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/tokens.txt");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut found = String::new();
    for line in text.lines() {
        let Some(tokens) = line.strip_prefix("> ") else {
            if line.starts_with("# ") {
                writeln!(found, "{line}\n").unwrap();
            }
            continue;
        };
        writeln!(found, "{line}").unwrap();
        for (token, range) in Token::lexer(tokens).spanned() {
            match token {
                Ok(token) => writeln!(found, "{token:?} {}", &tokens[range]).unwrap(),
                Err(error) => writeln!(found, "no token ({error:?}) {}", &tokens[range]).unwrap(),
            }
        }
        found.push('\n');
    }
    bless_or_compare(&path, &text, &found);
}

#[test]
fn every_word_that_is_proposed_is_a_word() {
    for word in explain::WORDS {
        let tokens: Vec<_> = Token::lexer(word).collect();
        assert!(
            matches!(tokens[..], [Ok(token)] if !matches!(token, Token::Name(_))),
            "{word} is {tokens:?}"
        );
    }
}

#[test]
fn trees() {
    run_cases("trees.txt");
}

#[test]
fn syntax_errors() {
    run_cases("syntax-errors.txt");
}

#[test]
fn meaning_errors() {
    run_cases("meaning-errors.txt");
}

#[test]
fn every_accepted_expression_of_the_corpus_is_read() {
    let Some(rows) = corpus("filters.tsv") else { return };
    let names = names();
    let refused: Vec<String> = rows
        .iter()
        .filter(|row| read(&row[1], &names).1.is_none())
        .map(|row| shown(&row[1], &names))
        .collect();
    assert!(
        refused.is_empty(),
        "{} of {} refused\n{}",
        refused.len(),
        rows.len(),
        refused.join("\n")
    );
}

/// Whether libpcap's message is about more than the words of the filter.
fn depends_on_link_type(message: &str) -> bool {
    let words = [
        "not supported",
        "supported only",
        "rejects all packets",
        "not a live capture",
        "PPP protocol",
        "LLC DSAP",
        "not implemented",
        "valid for 802.11 syntax only",
    ];
    words.iter().any(|words| message.contains(words))
}

#[test]
fn refused_expressions_of_the_corpus_are_refused() {
    let Some(rows) = corpus("rejected.tsv") else { return };
    let names = names();
    let mut read_anyway = Vec::new();
    for row in &rows {
        if read(&row[1], &names).1.is_some() && !depends_on_link_type(&row[2]) {
            read_anyway.push(row.join("\t"));
        }
    }
    assert!(
        read_anyway.is_empty(),
        "{} of {}\n{}",
        read_anyway.len(),
        rows.len(),
        read_anyway.join("\n")
    );
}

/// Sets all spans to nothing, so that trees of different texts can be compared.
fn without_spans(expr: &mut Expr) {
    expr.span = nbpfc_source::Span::default();
    match &mut expr.kind {
        ExprKind::Not(inner) => without_spans(inner),
        ExprKind::Chain { first, rest } => {
            without_spans(first);
            for (_, expr) in rest {
                without_spans(expr);
            }
        }
        ExprKind::Test(Test::Relation { left, right, .. }) => {
            left.steps.iter_mut().chain(&mut right.steps).for_each(|(_, span)| *span = expr.span);
        }
        ExprKind::Test(Test::AtmField { values, .. } | Test::Mtp3Field { values, .. }) => {
            for value in values {
                value.span = expr.span;
            }
        }
        ExprKind::Test(_) => {}
    }
}

fn has_names_with_more(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Not(inner) => has_names_with_more(inner),
        ExprKind::Chain { first, rest } => {
            has_names_with_more(first) || rest.iter().any(|(_, expr)| has_names_with_more(expr))
        }
        ExprKind::Test(Test::Gateway { .. }) => true,
        ExprKind::Test(Test::Address(test)) => test.networks.len() > 1,
        ExprKind::Test(_) => false,
    }
}

#[test]
fn printed_trees_read_the_same() {
    let Some(rows) = corpus("filters.tsv") else { return };
    let names = names();
    let mut compared = 0;
    for row in &rows {
        let Some(Filter { root: Some(mut root) }) = read(&row[1], &names).1 else { continue };
        if has_names_with_more(&root) {
            continue;
        }
        let printed = root.to_string();
        let Some(Filter { root: Some(mut again) }) = read(&printed, &NoNames).1 else {
            panic!("{}\n{}", row[1], shown(&printed, &NoNames));
        };
        without_spans(&mut root);
        without_spans(&mut again);
        assert_eq!(root, again, "{} | {printed}", row[1]);
        compared += 1;
    }
    assert!(compared > 2000, "only {compared} compared");
}

/// A generator of pseudo-random numbers (xorshift64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

/// Words, signs and ids of the language, and some that are not.
const SOUP: &[&str] = &[
    "host",
    "net",
    "port",
    "portrange",
    "proto",
    "protochain",
    "gateway",
    "src",
    "dst",
    "or",
    "and",
    "not",
    "(",
    ")",
    "(",
    ")",
    "[",
    "]",
    ":",
    "+",
    "-",
    "*",
    "/",
    "%",
    "&",
    "|",
    "^",
    "<<",
    ">>",
    "<",
    ">",
    "=",
    "!=",
    "<=",
    "ip",
    "tcp",
    "udp",
    "ip6",
    "ether",
    "arp",
    "decnet",
    "iso",
    "isis",
    "radio",
    "vlan",
    "mpls",
    "pppoed",
    "geneve",
    "len",
    "less",
    "greater",
    "byte",
    "type",
    "subtype",
    "dir",
    "mgt",
    "llc",
    "rnr",
    "on",
    "reason",
    "action",
    "vpi",
    "oam",
    "sio",
    "fisu",
    "mask",
    "broadcast",
    "multicast",
    "0",
    "1",
    "80",
    "0x1f",
    "017",
    "10.0.0.0",
    "10.0",
    "1.2.3.4",
    "::1",
    "fe80::",
    "02:00:00:00:00:01",
    "$1f",
    "localhost",
    "80-90",
    "\\tcp",
    "len-4",
    "tcp.port",
    ",",
    "\"",
    "TCP",
    "hsot",
    "addr1",
    "é",
    "\u{2013}",
    "999.1",
    "08",
    "4294967296",
    "1:2:3",
    "\\",
    "$",
];

#[test]
fn soup_of_tokens_never_panics() {
    let names = names();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut accepted = 0;
    for _ in 0..20_000 {
        let text: Vec<&str> =
            (0..=random.below(12)).map(|_| SOUP[random.below(SOUP.len())]).collect();
        let text = text.join(if random.below(4) == 0 { "" } else { " " });
        accepted += usize::from(read(&text, &names).1.is_some());
        shown(&text, &names);
    }
    assert!(accepted > 100, "only {accepted} accepted");
}

#[test]
fn soup_of_characters_never_panics() {
    let names = names();
    let mut random = Random(42);
    for _ in 0..20_000 {
        let bytes: Vec<u8> = (0..random.below(40)).map(|_| random.below(256) as u8).collect();
        shown(&String::from_utf8_lossy(&bytes), &names);
        let ascii: String = bytes.iter().map(|byte| char::from(byte % 0x60 + 0x20)).collect();
        shown(&ascii, &names);
    }
}

#[test]
fn mutated_filters_never_panic() {
    let Some(rows) = corpus("filters.tsv") else { return };
    let names = names();
    let mut random = Random(7);
    for row in &rows {
        let mut text: Vec<char> = row[1].chars().collect();
        for _ in 0..3 {
            let at = random.below(text.len().max(1)).min(text.len());
            match random.below(3) {
                0 if at < text.len() => drop(text.remove(at)),
                1 => text.insert(at, char::from(random.below(0x5f) as u8 + 0x20)),
                _ => text.truncate(at),
            }
            shown(&text.iter().collect::<String>(), &names);
        }
    }
}

/// The value of arithmetic over constants; `None` if it ends the filter.
fn evaluate(arith: &Arith) -> Option<u32> {
    let mut stack = Vec::new();
    for (step, _) in &arith.steps {
        let value = match step {
            Step::Number(number) => *number,
            Step::Length | Step::Load { .. } => return None,
            Step::Negate => stack.pop().map(u32::wrapping_neg)?,
            Step::Binary(op) => {
                let (right, left): (u32, u32) = (stack.pop()?, stack.pop()?);
                match op {
                    BinOp::Add => left.wrapping_add(right),
                    BinOp::Sub => left.wrapping_sub(right),
                    BinOp::Mul => left.wrapping_mul(right),
                    BinOp::Div => left.checked_div(right)?,
                    BinOp::Mod => left.checked_rem(right)?,
                    BinOp::And => left & right,
                    BinOp::Or => left | right,
                    BinOp::Xor => left ^ right,
                    BinOp::Shl => left.checked_shl(right).unwrap_or(0),
                    BinOp::Shr => left.checked_shr(right).unwrap_or(0),
                }
            }
        };
        stack.push(value);
    }
    stack.pop().filter(|_| stack.is_empty())
}

/// Each line of the file holds: libpcap folds it to true.
#[test]
fn arithmetic_groups_as_in_libpcap() {
    for text in include_str!("../cases/arithmetic.txt").lines() {
        let Some(Filter { root: Some(root) }) = read(text, &NoNames).1 else { panic!("{text}") };
        let ExprKind::Test(Test::Relation { left, right, .. }) = &root.kind else {
            panic!("{text}")
        };
        assert_eq!(evaluate(left), evaluate(right), "{text} | {root}");
    }
}

/// The code of the first diagnostic.
fn code(text: &str) -> Option<Code> {
    read(text, &NoNames).2.first().map(|diagnostic| diagnostic.code)
}

#[test]
fn nesting_has_a_limit() {
    let nested = |open: &str, inner: &str, close: &str, depth: usize| {
        format!("{}{inner}{}", open.repeat(depth), close.repeat(depth))
    };
    for (open, inner, close) in [
        ("(", "tcp", ")"),
        ("not (", "tcp", ")"),
        ("(not ", "tcp", ")"),
        ("(udp or ", "tcp", ")"),
        ("tcp and (", "udp", ")"),
    ] {
        assert_eq!(code(&nested(open, inner, close, MAX_DEPTH)), None, "{open}");
        assert_eq!(
            code(&nested(open, inner, close, MAX_DEPTH + 1)),
            Some(Code::TooLarge),
            "{open}"
        );
    }
    assert_eq!(code(&format!("{} = 1", nested("(", "len", ")", MAX_DEPTH))), None);
    assert_eq!(code(&format!("{} = 1", nested("ip[", "0", "]", MAX_DEPTH))), None);
    assert_eq!(code(&format!("{} = 1", nested("(1+", "1", ")", MAX_DEPTH))), None);
    assert_eq!(
        code(&format!("{} = 1", nested("ip[", "0", "]", MAX_DEPTH + 1))),
        Some(Code::TooLarge)
    );
    assert_eq!(code(&format!("port {}", nested("(1 or ", "2", ")", MAX_DEPTH))), None);
    assert_eq!(code(&format!("port {}", nested("not (1 or ", "2", ")", MAX_DEPTH))), None);
    for depth in [10_000, 1_000_000] {
        assert_eq!(code(&"(".repeat(depth)), Some(Code::TooLarge));
        assert_eq!(code(&"not (".repeat(depth)), Some(Code::TooLarge));
        assert_eq!(code(&"ip[".repeat(depth)), Some(Code::TooLarge));
    }
}

#[test]
fn length_is_not_depth() {
    let accepted = [
        format!("tcp{}", " or udp and ip".repeat(100_000)),
        format!("port 1{}", " or 2".repeat(100_000)),
        format!("port (1{})", " or 2".repeat(100_000)),
        format!("{} tcp", "not ".repeat(100_000)),
        format!("port {} 5", "not ".repeat(100_000)),
        format!("len{} = 1", " + 1".repeat(100_000)),
        format!("len{} = 1", " % 2".repeat(100_000)),
        format!("1 = {} 1", "- ".repeat(100_000)),
        format!("vpi (1{})", " or 2".repeat(100_000)),
        " ".repeat(1_000_000),
    ];
    for text in accepted {
        assert_eq!(code(&text), None, "{text:.60}");
        assert!(!shown(&text, &NoNames).is_empty(), "{text:.60}");
    }
    assert_eq!(code(&" ".repeat(crate::MAX_LENGTH + 1)), Some(Code::TooLarge));
}
