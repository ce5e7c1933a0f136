//! The whole front end: trees, diagnostics, and the corpora.

use std::path::Path;

use nbpfc_source::{Diagnostic, File, Files, Style, render};

use crate::names::{Names, Tables};
use crate::parse;
use crate::tree::Filter;

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
    (files, filter, diagnostics)
}

/// The lines of a file of the shared corpus; `None` where that is not at hand.
fn corpus(name: &str) -> Option<Vec<Vec<String>>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus").join(name);
    let text = std::fs::read_to_string(path).ok()?;
    Some(text.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect())
}

#[test]
fn every_accepted_expression_of_the_corpus_is_read() {
    let Some(rows) = corpus("filters.tsv") else { return };
    let names = names();
    let mut refused = Vec::new();
    for row in &rows {
        let (files, filter, diagnostics) = read(&row[1], &names);
        if filter.is_none() {
            refused.extend(diagnostics.iter().map(|d| render(&files, d, Style::Plain)));
        }
    }
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
        "greater than maximum",
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
        let (_, filter, _) = read(&row[1], &names);
        if filter.is_some() && !depends_on_link_type(&row[2]) {
            read_anyway.push(format!("{}\t{}\t{}", row[0], row[1], row[2]));
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
