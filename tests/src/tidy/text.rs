//! What is held line by line.

use std::fs;
use std::path::{Path, PathBuf};

use nbpfc_tests::place::{files_below, root};

const LINES: usize = 800;

fn sources() -> Vec<PathBuf> {
    ["compiler", "runtime-loader", "stdlib", "tests", "fuzz"]
        .iter()
        .flat_map(|folder| files_below(&root().join(folder)))
        .collect()
}

fn has_extension(path: &Path, wanted: &[&str]) -> bool {
    path.extension().is_some_and(|e| wanted.iter().any(|w| e == *w))
}

pub(super) fn check() -> Vec<String> {
    // Split so that this file does not find itself.
    let banned = [
        concat!("todo", "!("),
        concat!("dbg", "!("),
        concat!("#[ign", "ore"),
        concat!("FIX", "ME"),
    ];
    let mut findings = Vec::new();
    for path in sources().into_iter().filter(|p| has_extension(p, &["rs", "lalrpop"])) {
        let text = fs::read_to_string(&path).unwrap_or_default();
        let shown = path.strip_prefix(root()).unwrap_or(&path).display().to_string();
        if has_extension(&path, &["rs"]) && !text.starts_with("//!") {
            findings.push(format!("{shown} does not say what it is for (`//!`)"));
        }
        let lines = text.lines().count();
        if lines > LINES {
            findings.push(format!("{shown} has {lines} lines, more than {LINES}"));
        }
        for (number, line) in text.lines().enumerate() {
            for word in banned.iter().filter(|word| line.contains(**word)) {
                findings.push(format!("{shown}:{} has {word}", number + 1));
            }
            let code = line.split("//").next().unwrap_or_default();
            let word = concat!("uns", "afe");
            if !shown.starts_with("runtime-loader/loader/")
                && code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|w| w == word)
            {
                findings.push(format!("{shown}:{} is {word} outside the loader", number + 1));
            }
        }
    }
    findings
}

/// Links from one of our pages to another lead somewhere.
pub(super) fn check_links() -> Vec<String> {
    let mut findings = Vec::new();
    for path in files_below(&root()).into_iter().filter(|p| has_extension(p, &["md"])) {
        let text = fs::read_to_string(&path).unwrap_or_default();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            let target = path.with_file_name("").join(link);
            if !link.is_empty() && !link.contains("://") && !target.exists() {
                findings.push(format!("{}: {link} leads nowhere", path.display()));
            }
        }
    }
    findings
}
