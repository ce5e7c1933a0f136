//! Objects of clang's, loaded and run: whatever they use works, or is refused by its name.

mod blocklist;
mod core;
mod externs;
mod maps;
mod programs;
mod support;
mod variables;
