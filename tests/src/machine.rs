//! Filters ready to run in the kernel.

use nbpfc_driver::Filter;
use nbpfc_loader::{LoadOptions, Program, load_object};

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
