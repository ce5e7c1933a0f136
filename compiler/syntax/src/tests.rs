//! What texts become: `cases/tokens.txt`, `cases/trees/`, `cases/errors/`; `BLESS=1` writes them.

mod dump;
mod format;
mod page;
mod robust;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use nbpfc_source::{File, FileId, Files, Style, render};

use crate::ast::Module;
use crate::lex::lex;
use crate::parse;

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases")
}

/// A table with one file, and the file's number.
fn file(name: &str, text: &str) -> (Files, FileId) {
    let mut files = Files::default();
    let id = files.add(File::new(name, text));
    (files, id)
}

/// Reads a text and draws what is said about it.
fn read(name: &str, text: &str) -> (Module, String) {
    let (files, id) = file(name, text);
    let (module, found) = parse(files.get(id), id);
    let drawn = found.iter().map(|diagnostic| render(&files, diagnostic, Style::Plain)).collect();
    (module, drawn)
}

/// Compares with a file, or writes it.
fn expect(path: &Path, actual: &str) -> Result<(), String> {
    if fs::read_to_string(path).is_ok_and(|expected| expected == actual) {
        return Ok(());
    }
    if std::env::var_os("BLESS").is_some() {
        return fs::write(path, actual).map_err(|error| error.to_string());
    }
    Err(format!("{} is not what it should be:\n{actual}", path.display()))
}

/// The modules of a folder of cases, with their names.
fn inputs(folder: &str) -> Vec<(PathBuf, String)> {
    let mut inputs: Vec<_> = cases()
        .join(folder)
        .read_dir()
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "nbp"))
        .map(|path| (path.clone(), fs::read_to_string(&path).unwrap_or_default()))
        .collect();
    inputs.sort();
    assert!(!inputs.is_empty(), "no cases in {folder}");
    inputs
}

#[test]
fn tokens_are_the_longest_match() {
    let path = cases().join("tokens.txt");
    let text = fs::read_to_string(&path).unwrap_or_default();
    let mut actual = String::new();
    for line in text.lines().filter(|line| !line.starts_with("    ")) {
        let _ = writeln!(actual, "{line}");
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let lexed = lex(line);
        let tokens: Vec<_> =
            lexed.tokens.iter().map(|(_, token, _)| format!("{token:?}")).collect();
        let _ = writeln!(actual, "    {}", dump::compact(&tokens.join(" ")));
        for (span, error) in lexed.errors {
            let _ = writeln!(actual, "    {error:?} at {span:?}");
        }
    }
    expect(&path, &actual).unwrap();
}

#[test]
fn modules_have_their_trees() {
    let mut wrong = Vec::new();
    for (path, text) in inputs("trees") {
        let (module, drawn) = read("module.nbp", &text);
        if !drawn.is_empty() {
            wrong.push(format!("{}:\n{drawn}", path.display()));
        }
        wrong.extend(expect(&path.with_extension("tree"), &dump::module(&module)).err());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn mistakes_are_told_at_their_places() {
    let mut wrong = Vec::new();
    for (path, text) in inputs("errors") {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (_, drawn) = read(&name, &text);
        wrong.extend(expect(&path.with_extension("txt"), &drawn).err());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
