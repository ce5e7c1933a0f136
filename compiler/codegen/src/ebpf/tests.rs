//! Functions in, instructions out.

mod kernel;
