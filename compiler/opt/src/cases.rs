//! The cases in `cases/<pass>/*.ir`: a function, a line of dashes, and what the pass makes of it.
//!
//! `BLESS=1` writes what comes out into the files. A first line `; absolute` runs the pass for
//! targets whose loads test the packet's length themselves; `; again b1` says where the function
//! begins again, see [`Context::again`].

use std::fs;
use std::path::{Path, PathBuf};

use nbpfc_ir::{Block, Function, validate_function};

use crate::context::{Context, Packets};
use crate::tests::{packets, target, verdicts};
use crate::{PIPELINE, Pass};

const LINE: &str = "----\n";

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.expect("a directory entry").path()).collect();
    paths.sort();
    paths
}

/// Runs one case; whether the pass changes anything in it.
fn check(pass: &Pass, path: &Path) -> bool {
    let text = fs::read_to_string(path).expect("a text");
    let (before, expected) = text.split_once(LINE).unwrap_or((&text, ""));
    let how = if text.starts_with("; absolute\n") { Packets::Absolute } else { Packets::Direct };
    let mut function: Function =
        before.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let faults = |function: &Function| validate_function(function).err();
    assert_eq!(faults(&function), None, "{}: not valid", path.display());
    let packets = packets(1, 200);
    let old = verdicts(&function, &packets);
    let mut context = Context::new(&target(how), false, None);
    let again = text.strip_prefix("; again b").and_then(|rest| rest.split('\n').next());
    let again = again.map(|number| Block::from_u32(number.parse().expect("a number")));
    context.begins_again(again);
    (pass.run)(&mut function, &mut context);
    assert_eq!(faults(&function), None, "{}:\n{function}", path.display());
    assert_eq!(verdicts(&function, &packets), old, "{}:\n{function}", path.display());
    let after = function.to_string();
    if std::env::var_os("BLESS").is_some() {
        fs::write(path, format!("{before}{LINE}{after}")).expect("a file to write");
    } else {
        assert_eq!(after, expected, "{}", path.display());
    }
    let changed = !before.ends_with(&after);
    let named =
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("no_change"));
    assert_ne!(changed, named, "{}: its name says otherwise", path.display());
    changed
}

#[test]
fn passes_do_what_their_cases_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let mut names: Vec<&str> = PIPELINE.iter().map(|pass| pass.name).collect();
    names.sort_unstable();
    names.dedup();
    let found: Vec<PathBuf> = files(&folder);
    let found: Vec<&str> = found.iter().filter_map(|p| p.file_name()?.to_str()).collect();
    assert_eq!(found, names, "a folder for each pass");
    for name in names {
        let pass = PIPELINE.iter().find(|pass| pass.name == name).expect("a pass");
        let changes: Vec<bool> =
            files(&folder.join(name)).iter().map(|path| check(pass, path)).collect();
        assert!(changes.contains(&true), "{name}: no case where it does something");
        assert!(changes.contains(&false), "{name}: no case where it does nothing");
    }
}
