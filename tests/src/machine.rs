//! Filters ready to run: in the emulator, and in the kernel.

use nbpfc_driver::Filter;
use nbpfc_emulator::{Engine, Error, Global, Machine};
use nbpfc_loader::{LoadOptions, Program, load_object};

/// The filter in the emulator.
///
/// # Errors
/// What the engine does not take.
pub fn machine(filter: &Filter, engine: Engine) -> Result<Machine, Error> {
    let (insns, tables) = filter.program();
    Machine::with_globals(&insns, vec![Global::constant(tables)], filter.target.hook, engine)
}

/// The filter in the running kernel, with its constant tables if it has any.
///
/// # Errors
/// Why the kernel does not take it.
pub fn load(filter: &Filter) -> Result<Program, nbpfc_loader::Error> {
    let hook = filter.target.hook;
    if filter.code.tables.is_empty() {
        return Program::load(&LoadOptions::for_hook(hook, &filter.code.insns));
    }
    load_object(filter.object().object(), "filter", hook, 0).map(|loaded| loaded.program)
}
