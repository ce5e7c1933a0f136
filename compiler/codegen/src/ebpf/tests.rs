//! Functions in, instructions out.

mod kernel;
mod large;
mod state;
