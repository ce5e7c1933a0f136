//! Files in the nbp language that a command is for.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// The files that are meant, with whether they were named themselves; a folder stands for what is
/// below it, and nothing for the current one.
pub(crate) fn files(places: &[PathBuf]) -> Result<Vec<(PathBuf, bool)>, Failure> {
    let here = [PathBuf::from(".")];
    let places = if places.is_empty() { &here } else { places };
    let mut found = Vec::new();
    for place in places {
        if place.is_dir() {
            below(place, &mut found)?;
        } else {
            found.push((place.clone(), true));
        }
    }
    Ok(found)
}

fn below(folder: &Path, found: &mut Vec<(PathBuf, bool)>) -> Result<(), Failure> {
    let fail = |error: io::Error| Failure::file(&folder.display(), &error);
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(fail)? {
        entries.push(entry.map_err(fail)?);
    }
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let name = entry.file_name();
        let hidden = name.to_string_lossy().starts_with('.');
        // A link to a folder may lead around in a circle.
        let kind = entry.file_type().map_err(fail)?;
        if kind.is_dir() && !hidden && name != "target" {
            below(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "nbp") {
            found.push((path, false));
        }
    }
    Ok(())
}
