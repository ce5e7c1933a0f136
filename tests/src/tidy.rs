//! What every file and crate keeps to; the rules are in ARCHITECTURE.md.

mod floors;
mod form;
mod modules;
mod text;

use crate::Test;

/// Joins findings into one failure; nothing found is a pass.
fn verdict(findings: &[String]) -> Result<(), String> {
    if findings.is_empty() { Ok(()) } else { Err(findings.join("\n")) }
}

pub(crate) fn tests() -> Vec<Test> {
    vec![
        Test::new("tidy::floors", &[], || verdict(&floors::check())),
        Test::new("tidy::doors", &[], || verdict(&floors::check_doors())),
        Test::new("tidy::module_order", &[], || verdict(&modules::check())),
        Test::new("tidy::module_order_finds", &[], modules::finds_a_violation),
        Test::new("tidy::text", &[], || verdict(&text::check())),
        Test::new("tidy::form", &[], || verdict(&form::check())),
        Test::new("tidy::links", &[], || verdict(&text::check_links())),
    ]
}
