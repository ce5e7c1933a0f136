//! `nbpfc fmt`: modules in their one form.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use nbpfc_driver::{Files, format};

use crate::args::FmtArgs;
use crate::compile;
use crate::failure::Failure;
use crate::{output, sources};

/// Formats the files, or says which of them are not; the exit status is 1 if one cannot be
/// formatted or, to be checked only, is not.
pub(crate) fn run(args: &FmtArgs) -> ExitCode {
    match all(args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => failure.show(),
    }
}

fn all(args: &FmtArgs) -> Result<bool, Failure> {
    let mut fine = true;
    for (path, _) in sources::files(&args.files)? {
        let file = compile::text(&path)?;
        let mut files = Files::default();
        let id = files.add(file.clone());
        let formatted = match format(&file, id) {
            Ok(formatted) => formatted,
            Err(found) => {
                // The others can still be formatted.
                Failure::Source(files, found).show();
                fine = false;
                continue;
            }
        };
        // A byte order mark is none of the form's.
        let same = formatted == file.text() && !file.has_mark();
        if args.check {
            if !same {
                let mark = file.has_mark();
                let line = if mark { 1 } else { first_difference(file.text(), &formatted) };
                output::print(&format!("{}:{line}: not formatted\n", file.name()))?;
                fine = false;
            }
        } else if path == Path::new("-") {
            output::print(&formatted)?;
        } else if !same {
            save(&path, &formatted)?;
        }
    }
    Ok(fine)
}

/// The first line, from 1 on, in which two texts differ.
fn first_difference(a: &str, b: &str) -> usize {
    a.lines().zip(b.lines()).take_while(|(a, b)| a == b).count() + 1
}

/// Writes a file anew; if that cannot be done, the old one is still there.
fn save(path: &Path, text: &str) -> Result<(), Failure> {
    let fail = |error: std::io::Error| Failure::file(&path.display(), &error);
    // What a name leads to is formatted, and stays where it is.
    let path = &fs::canonicalize(path).map_err(fail)?;
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.new", std::process::id()));
    let beside = path.with_file_name(name);
    let written = fs::File::create(&beside).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.set_permissions(fs::metadata(path)?.permissions())?;
        fs::rename(&beside, path)
    });
    if written.is_err() {
        // It is of no use to anybody.
        let _ = fs::remove_file(&beside);
    }
    written.map_err(fail)
}
