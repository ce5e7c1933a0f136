//! The page's promises: each test that it names is there.

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_test_of_the_table_is_there() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(here.join("README.md")).expect("the page");
    let mut files = Vec::new();
    for folder in ["src", "tests", "../../compiler/btf/src"] {
        sources(&here.join(folder), &mut files);
    }
    let text: String = files.iter().filter_map(|file| fs::read_to_string(file).ok()).collect();
    let rows = page.lines().filter(|line| line.starts_with("| ") && line.contains('`'));
    let mut count = 0;
    for row in rows {
        let shown = row.rsplit('|').nth(1).unwrap_or_default();
        for name in shown.split('`').skip(1).step_by(2) {
            assert!(text.contains(&format!("fn {name}()")), "{name}, which the page names");
            count += 1;
        }
    }
    assert!(count > 20, "{count} tests are named");
}
