//! The estimate.

use nbpfc_isa::Insn;

use crate::flow::{Flow, ways};
use crate::program::Program;
use crate::walk::Walk;

/// Where to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Instructions that are processed.
    pub processed: u64,
    /// Ways that are put off at once.
    pub pending: usize,
}

/// What the verifier has to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Estimate {
    /// Instructions that it processes, `verified_insns` of a loaded program.
    pub processed: u64,
    /// Ways that it puts off at once.
    pub pending: usize,
    /// Whether both are within the limits. If not, the walk ended where the first was exceeded.
    pub within: bool,
    /// How often each slot is processed; nothing if the ways were only counted.
    pub counts: Vec<u32>,
}

/// The most that a program can be, if its ways are so few that counting them tells that it is within
/// the limits. This costs next to nothing.
pub fn few(insns: &[Insn], limits: Limits) -> Option<Estimate> {
    let processed = ways(insns, limits.processed).filter(|_| insns.len() <= limits.pending)?;
    Some(Estimate { processed, within: true, ..Estimate::default() })
}

/// Estimates a program by going all its ways.
pub fn walk(program: &Program<'_>, limits: Limits) -> Estimate {
    let Some(flow) = Flow::new(program.insns) else { return Estimate::default() };
    let mut walk = Walk::new(program, &flow);
    let globals = program.functions.iter().filter(|function| function.global);
    let mut within = true;
    for (start, contexts) in globals.map(|f| (f.start, f.contexts)).chain([(0, 0b10)]) {
        within = within && walk.run(start, contexts, limits.processed, limits.pending);
    }
    Estimate { processed: walk.processed, pending: walk.most_pending, within, counts: walk.counts }
}
