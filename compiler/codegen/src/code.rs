//! What code generation hands on.

use nbpfc_isa::Insn;
use nbpfc_source::Span;

/// A function's instructions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Code {
    /// The slots.
    pub insns: Vec<Insn>,
    /// Where instructions come from: slot index (rising; never a second half of a 64-bit load)
    /// and place. A record holds until the next.
    pub lines: Vec<(u32, Span)>,
    /// Bytes of stack used.
    pub stack: u32,
}
