//! An object file of any compiler: what is in it, its parameters set, loaded, and what is in its
//! maps then.
//!
//! Run it as root:
//! `cargo run -p nbpfc-loader --example object_file FILE.o [NAME=VALUE…]`.

use std::path::Path;
use std::process::ExitCode;

use nbpfc_loader::{Error, Opened};

pub(crate) fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(file) = arguments.next() else {
        println!("usage: object_file FILE.o [NAME=VALUE…]");
        return ExitCode::FAILURE;
    };
    let assignments: Vec<String> = arguments.collect();
    match load(Path::new(&file), &assignments) {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        // All that the verifier said is in `error.log()`.
        Err(error) => {
            eprintln!("{file}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Loads a file; gives what there is to say about it.
pub(crate) fn load(file: &Path, assignments: &[String]) -> Result<String, Error> {
    let mut opened = Opened::open(file)?;
    for assignment in assignments {
        opened.set_assignment(assignment)?;
    }
    let mut lines = Vec::new();
    for variable in opened.variables() {
        let sort = if variable.constant { "parameter" } else { "variable" };
        lines.push(format!("{sort} {} {}", variable.type_name, variable.name));
    }
    let collection = opened.load()?;
    for (name, program) in collection.programs() {
        let info = program.info()?;
        lines.push(format!(
            "program {name}: {}, {} instructions verified",
            program.program_type().name(),
            info.verified_insns
        ));
    }
    for (name, map) in collection.maps() {
        let info = map.info()?;
        let kind = info.kind().map_or("of a new type", |kind| kind.name());
        lines.push(format!("map {name}: {kind} for {} elements", info.max_entries));
    }
    for variable in collection.variables() {
        lines.push(format!("{} = {}", variable.name, collection.get_text(&variable.name)?));
    }
    Ok(lines.join("\n") + "\n")
}
