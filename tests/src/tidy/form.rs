//! The library and the examples are in the form that `nbpfc fmt` brings files into.

use std::fs;

use nbpfc_driver::{File, Files, format};
use nbpfc_tests::place::{files_below, root};

pub(super) fn check() -> Vec<String> {
    let folders = ["stdlib/nbp", "examples"].map(|folder| files_below(&root().join(folder)));
    let modules =
        folders.into_iter().flatten().filter(|p| p.extension().is_some_and(|e| e == "nbp"));
    modules
        .filter_map(|path| {
            let text = fs::read_to_string(&path).ok()?;
            let name = path.strip_prefix(root()).unwrap_or(&path).display().to_string();
            let mut files = Files::default();
            let id = files.add(File::new(&name, &text));
            match format(files.get(id), id) {
                Ok(form) if form == text => None,
                _ => Some(format!("{name}: run `nbpfc fmt {name}`")),
            }
        })
        .collect()
}
