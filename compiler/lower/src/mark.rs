//! Marks in the code of programs under test: which ways on their decisions have, and which were gone.
//!
//! A mark is a run of jumps to what follows, behind a decision, on one of its ways: how many there
//! are says which way it is, and their place in the source which decision. They are the verifier's
//! [`Checkpoint`](nbpfc_ir::Instruction::Checkpoint)s, which count for nothing else. Only decisions
//! of the user's file are marked.

use nbpfc_ir::Block;
use nbpfc_source::Span;

use crate::lowering::Lowering;

/// A way on from a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// A condition holds.
    True,
    /// It does not.
    False,
    /// An optional value is there.
    Present,
    /// It is not.
    Absent,
    /// An arm of a `match` is the one.
    Arm,
    /// A loop goes round.
    Round,
    /// It does not, since there is nothing left to go round for.
    End,
}

impl Mark {
    const ALL: [Self; 7] =
        [Self::True, Self::False, Self::Present, Self::Absent, Self::Arm, Self::Round, Self::End];

    /// What a run of so many jumps to what follows stands for.
    pub fn from_length(length: usize) -> Option<Self> {
        Self::ALL.get(length.checked_sub(1)?).copied()
    }
}

impl Lowering<'_> {
    /// The current place is the way on from a decision at `span`.
    pub(crate) fn mark(&mut self, span: Span, mark: Mark) {
        if !self.marks || self.foreign || self.builder.is_terminated() {
            return;
        }
        let before = self.builder.span();
        self.builder.set_span(span);
        let length = Mark::ALL.iter().position(|other| *other == mark).unwrap_or_default() + 1;
        self.builder.checkpoint(length as u8);
        self.builder.set_span(before);
    }

    /// A block with a mark that leads to another one; that one itself, if there are no marks.
    pub(crate) fn marked(&mut self, to: Block) -> Block {
        if self.marks && !self.foreign { self.builder.block() } else { to }
    }

    /// Fills a block of [`Self::marked`], which what has been lowered leads to.
    pub(crate) fn fill_marked(&mut self, block: Block, to: Block, span: Span, mark: Mark) {
        if block != to {
            self.builder.enter(block);
            self.mark(span, mark);
            self.builder.jump(to);
        }
    }
}
