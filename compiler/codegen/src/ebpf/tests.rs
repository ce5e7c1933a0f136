//! Functions in, instructions out.

mod kernel;
mod large;
mod members;
mod packet;
mod state;
