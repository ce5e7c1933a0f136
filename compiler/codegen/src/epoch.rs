//! Where in a function the packet lies as it lay before: calls that move it begin a new epoch.
//!
//! `data` and `data_end`, and all pointers made from them, are good within one epoch only
//! (`clear_all_pkt_pointers` of the kernel's verifier).

use rustc_hash::FxHashMap;

use nbpfc_ir::{Block, Dominators, Effect, Function, Inst};

/// A stretch of the function on which no call moves the packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Epoch {
    /// From the function's start.
    Start,
    /// From a call on.
    Behind(Inst),
    /// From a block on to which different epochs lead.
    Joined(Block),
}

/// The epochs of a function.
#[derive(Default)]
pub(crate) struct Epochs {
    /// By block, at its start and at its end; empty if the packet does not move.
    blocks: FxHashMap<Block, (Epoch, Epoch)>,
}

impl Epochs {
    pub(crate) fn new(function: &Function, dominators: &Dominators) -> Self {
        let mut this = Self::default();
        if !function.written().moves_packet() {
            return this;
        }
        let preds = function.predecessors();
        let mut changed = true;
        while changed {
            changed = false;
            for &block in dominators.reverse_postorder() {
                let start = this.at_start(block, &preds[block]);
                let moves = |inst: &&Inst| moves_packet(function, **inst);
                let last = function.block(block).insts.iter().rev().find(moves);
                let end = last.map_or(start, |inst| Epoch::Behind(*inst));
                changed |= this.blocks.insert(block, (start, end)) != Some((start, end));
            }
        }
        this
    }

    fn at_start(&self, block: Block, preds: &[Block]) -> Epoch {
        let joined = Epoch::Joined(block);
        // What was different once stays so, that this comes to an end.
        if self.blocks.get(&block).is_some_and(|(start, _)| *start == joined) {
            return joined;
        }
        let mut ends = preds.iter().filter_map(|pred| self.blocks.get(pred).map(|(_, end)| *end));
        let Some(first) = ends.next() else { return Epoch::Start };
        if ends.all(|end| end == first) { first } else { joined }
    }

    /// At the start of a block.
    pub(crate) fn start(&self, block: Block) -> Epoch {
        self.blocks.get(&block).map_or(Epoch::Start, |(start, _)| *start)
    }
}

/// Whether an instruction begins a new epoch.
pub(crate) fn moves_packet(function: &Function, inst: Inst) -> bool {
    matches!(function.effect(inst), Effect::Calls { moves_packet: true })
}
