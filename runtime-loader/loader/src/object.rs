//! Objects: maps created, code linked and fitted to the kernel, types and lines handed over.

mod poison;
mod missing;
mod core;
mod device;
mod externs;
mod types;
mod plan;
mod maps;
mod variable;
mod collection;
mod opened;

use nbpfc_kernel::Hook;
use nbpfc_object::Object;

use crate::error::Error;
use crate::map::Map;
use crate::program::Program;

pub use collection::Collection;
pub use opened::Opened;
pub use plan::{MapPlan, ProgramPlan};
pub use variable::Variable;

/// A program of an object in the kernel.
#[derive(Debug)]
pub struct Loaded {
    /// The program.
    pub program: Program,
    /// The object's maps, in its order.
    pub maps: Vec<Map>,
}

/// Loads the program of this name for a hook, with the object's maps, types and lines.
/// `log_level` is that of [`LoadOptions`](crate::LoadOptions).
///
/// # Errors
/// As for [`Opened::load`]; that the program was refused is said without its name.
pub fn load_object(
    object: &Object,
    program: &str,
    hook: &Hook,
    log_level: u32,
) -> Result<Loaded, Error> {
    let mut opened = Opened::new(object.clone());
    opened.only(&[])?;
    let plan = opened.program(program)?;
    plan.set_hook(hook);
    plan.log_level = log_level;
    let mut collection = opened.load().map_err(|error| match error {
        Error::Program { error, .. } => *error,
        error => error,
    })?;
    let loaded = collection.take_program(program)?;
    let maps = object.maps.iter().map(|map| collection.take_map(&map.name));
    Ok(Loaded { program: loaded, maps: maps.collect::<Result<_, _>>()? })
}
