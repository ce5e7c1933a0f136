//! Expressions that other programs accept and refuse.

use super::{corpus, names, read, shown};
use crate::names::NoNames;
use crate::tree::{Expr, ExprKind, Filter, Test};

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
