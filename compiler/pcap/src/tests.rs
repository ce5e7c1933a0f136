//! The whole front end: trees, diagnostics, and the corpora.

mod corpus;
mod robust;

use std::fmt::Write;
use std::path::{Path, PathBuf};

use logos::Logos;
use nbpfc_source::{Code, Diagnostic, File, Files, Style, render};

use crate::explain;
use crate::names::{Names, NoNames, Tables};
use crate::parse;
use crate::tokens::Token;
use crate::tree::{Arith, BinOp, ExprKind, Filter, Step, Test};

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

/// The corpus beside the workspace, or further up where this is a worktree; `None` where it is not
/// at hand.
pub(crate) fn corpus_folder() -> Option<PathBuf> {
    let ancestors = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    ancestors.map(|folder| folder.join("shared/corpus")).find(|folder| folder.is_dir())
}

/// The lines of a file of the corpus.
fn corpus(name: &str) -> Option<Vec<Vec<String>>> {
    let text = std::fs::read_to_string(corpus_folder()?.join(name)).ok()?;
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
fn sets() {
    run_cases("sets.txt");
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

/// What a help line tells to write can be written.
#[test]
fn proposals_are_in_the_language() {
    let files =
        [include_str!("../cases/syntax-errors.txt"), include_str!("../cases/meaning-errors.txt")];
    let mut tried = 0;
    for filter in
        files.iter().flat_map(|text| text.lines()).filter_map(|line| line.strip_prefix("> "))
    {
        for help in read(filter, &names()).2.into_iter().flat_map(|diagnostic| diagnostic.help) {
            let Some((_, rest)) = help.split_once("write `") else { continue };
            let Some((proposal, _)) = rest.split_once('`') else { continue };
            if !proposal.contains(' ') || proposal.contains('…') {
                continue;
            }
            tried += 1;
            let code = code(proposal);
            assert!(
                matches!(code, None | Some(Code::UnknownName)),
                "{filter}: {proposal} is {code:?}"
            );
        }
    }
    assert!(tried > 40, "only {tried} tried");
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
