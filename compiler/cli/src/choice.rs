//! Which of a module's programs a command is for.

use nbpfc_driver::{Program, Programs};

use crate::args::AttachArgs;
use crate::failure::Failure;
use crate::place::{self, Place};

/// The program of a name, or the only one.
pub(crate) fn one<'p>(programs: &'p Programs, name: Option<&str>) -> Result<&'p Program, Failure> {
    let names = || {
        let names: Vec<_> = programs.programs.iter().map(|p| p.name.as_str()).collect();
        names.join(", ")
    };
    match (name, programs.programs.as_slice()) {
        (None, [only]) => Ok(only),
        (None, _) => Err(Failure::Message(format!(
            "there are several programs; choose with --program: {}",
            names()
        ))),
        (Some(name), all) => all.iter().find(|program| program.name == *name).ok_or_else(|| {
            Failure::Message(format!("there is no program '{name}', but {}", names()))
        }),
    }
}

/// The programs that are attached to a place.
pub(crate) fn to_attach<'p>(
    programs: &'p Programs,
    name: Option<&str>,
    place: Place<'_>,
    args: &AttachArgs,
) -> Result<Vec<&'p Program>, Failure> {
    let chosen: Vec<&Program> = match name {
        Some(_) => vec![one(programs, name)?],
        None => programs.programs.iter().filter(|p| !programs.is_in_slots(p)).collect(),
    };
    if chosen.is_empty() {
        one(programs, None)?;
    }
    for program in &chosen {
        let checked = place::check(program.code.target.hook, place, args);
        checked.map_err(|failure| match failure {
            Failure::Message(text) if chosen.len() > 1 => {
                choose(&format!("program '{}': {text}", program.name), &chosen)
            }
            failure => failure,
        })?;
    }
    Ok(chosen)
}

/// That something cannot be done with all of these.
pub(crate) fn choose(text: &str, programs: &[&Program]) -> Failure {
    let names: Vec<_> = programs.iter().map(|program| program.name.as_str()).collect();
    Failure::Message(format!("{text}; choose one with --program: {}", names.join(", ")))
}
