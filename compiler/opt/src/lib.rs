//! Optimisation passes over the IR that keep the evidence the kernel's verifier needs.
//!
//! [`PIPELINE`] is the list of passes in the order in which they run; [`run`] runs it. A pass is a
//! file. Each turns a valid function into a valid function that gives the same verdict for every
//! packet, short ones included, so any two points of the pipeline can be compared by running the
//! interpreter at both. [`Options::fuel`] bounds the number of rewrites, to find the one that is
//! wrong by bisection.

mod context;
mod edit;
mod ranges;
mod compare;
mod fold;
mod ends;
mod tidy;
mod versions;
mod gvn;
mod told;
mod least;
mod checks;
mod copy;
mod long;
mod share;
mod rare;
mod usual;
mod facts;
mod thread;
mod split;
mod narrow;
mod merge;
mod wide;
mod low;
mod foreign;
mod beyond;
mod bytes;
mod front;
mod order;
mod sink;
mod preset;
mod layout;
mod pipeline;

pub use context::{Context, Packets};
pub use pipeline::{AfterPass, Options, PIPELINE, Pass, PassReport, Report, run};

#[cfg(test)]
mod tests;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod corpus;
