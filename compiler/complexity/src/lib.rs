//! How much work a program is for the kernel's verifier.
//!
//! The verifier (`kernel/bpf/verifier.c`) follows every way through a program, round by round through
//! loops, and gives up at a limit. [`walk`] follows them the same way, knowing of values what
//! the verifier knows as far as it decides where a way goes on and where it may end early. Of numbers
//! that is what Linux 6.18 knows, whatever the target: what is compiled for older kernels, which keep fewer
//! ways apart, has to get through newer ones as well. It does not judge whether accesses are in order:
//! what it is given is.

mod tnum;
mod scalar;
mod arithmetic;
mod compare;
mod program;
mod flow;
mod slots;
mod state;
mod same;
mod note;
mod walk;
mod wanted;
mod trail;
mod memory;
mod execute;
mod branch;
mod call;
mod run;
mod costly;
mod estimate;
#[cfg(test)]
mod tests;

pub use costly::{Costly, costliest};
pub use estimate::{Estimate, Limits, few, walk};
pub use program::{Function, Map, Program, Reference};
