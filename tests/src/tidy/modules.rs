//! The order of `mod` lines is the import order: a module uses only those above it.

use std::fs;
use std::path::{Path, PathBuf};

use nbpfc_tests::place::{files_below, root};

/// The modules that a file declares, in order; test modules are free.
fn declared(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut test_only = false;
    for line in text.lines() {
        if line.starts_with("#[cfg(test)]") {
            test_only = true;
            continue;
        }
        let item = line.trim_start_matches("pub ").trim_start_matches("pub(crate) ");
        let name = item.strip_prefix("mod ").and_then(|rest| rest.strip_suffix(';'));
        found.extend(name.filter(|_| !test_only).map(str::to_owned));
        if !line.starts_with("#[") {
            test_only = false;
        }
    }
    found
}

/// Whether `text` names `path::module` as a whole word.
fn names(text: &str, path: &str, module: &str) -> bool {
    text.lines().filter(|line| !line.trim_start().starts_with("//")).any(|line| {
        [
            format!("{path}::{module}::"),
            format!("{path}::{module};"),
            format!("{path}::{module} as"),
        ]
        .iter()
        .any(|use_of| line.contains(use_of.as_str()))
            || line.split(&format!("{path}::{{")).nth(1).is_some_and(|list| {
                list.split([',', '}']).any(|item| item.trim().split("::").next() == Some(module))
            })
    })
}

/// The files of a module declared in `parent`: itself and what is below it, tests left out.
fn files_of(parent: &Path, module: &str) -> Vec<PathBuf> {
    let folder = match parent.file_stem().and_then(|stem| stem.to_str()) {
        Some("lib" | "main" | "mod") => parent.with_file_name(""),
        _ => parent.with_extension(""),
    };
    let mut files = files_below(&folder.join(module));
    files.push(folder.join(format!("{module}.rs")));
    files.retain(|file| {
        file.extension().is_some_and(|e| e == "rs")
            && !file.components().any(|c| c.as_os_str() == "tests")
            && file.file_stem().is_some_and(|stem| stem != "tests")
    });
    files
}

fn check_file(source: &Path, parent: &Path) -> Vec<String> {
    let text = fs::read_to_string(parent).unwrap_or_default();
    let modules = declared(&text);
    // The path of the module that `parent` is, below `crate`.
    let inside = parent.strip_prefix(source).unwrap_or(parent).with_extension("");
    let path = inside
        .iter()
        .map(|part| part.to_string_lossy())
        .filter(|part| !matches!(part.as_ref(), "lib" | "main" | "mod"))
        .fold("crate".to_owned(), |path, part| format!("{path}::{part}"));
    let mut findings = Vec::new();
    for (index, module) in modules.iter().enumerate() {
        for file in files_of(parent, module) {
            let text = fs::read_to_string(&file).unwrap_or_default();
            for later in &modules[index + 1..] {
                if names(&text, &path, later) {
                    findings.push(format!(
                        "{} uses {path}::{later}, which is declared below {module}",
                        file.display()
                    ));
                }
            }
        }
    }
    findings
}

pub(super) fn check() -> Vec<String> {
    let mut findings = Vec::new();
    for place in ["compiler", "runtime-loader"] {
        for entry in root().join(place).read_dir().into_iter().flatten().flatten() {
            let source = entry.path().join("src");
            for file in files_below(&source) {
                if file.extension().is_some_and(|e| e == "rs") {
                    findings.extend(check_file(&source, &file));
                }
            }
        }
    }
    findings
}

/// The check sees a module that uses one below it, and leaves the other direction alone.
pub(super) fn finds_a_violation() -> Result<(), String> {
    let folder = std::env::temp_dir().join(format!("nbpfc-tidy-{}", std::process::id()));
    let write = |name: &str, text: &str| fs::write(folder.join(name), text);
    let made = fs::create_dir_all(&folder)
        .and_then(|()| write("lib.rs", "mod low;\npub mod high;\n"))
        .and_then(|()| write("low.rs", "use crate::high::Thing;\n"))
        .and_then(|()| write("high.rs", "use crate::low::Thing;\n"));
    let found = check_file(&folder, &folder.join("lib.rs"));
    let _ = fs::remove_dir_all(&folder);
    made.map_err(|error| error.to_string())?;
    match found.as_slice() {
        [one] if one.contains("low.rs uses crate::high") => Ok(()),
        other => Err(format!("found {other:?}")),
    }
}
