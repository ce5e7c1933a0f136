//! Blocks that have become the same instructions become one.
//!
//! Where a packet is too short for two ports, one is asked for: by the same load, of the bytes
//! before the end of the window, and the same comparison. Register allocation may have given both
//! the same registers; only then are they the same.
//!
//! The verifier follows each way on its own, and finds on each what it found before.

use rustc_hash::FxHashMap;

use nbpfc_isa::Insn;

use super::assign::{Assigned, Exit};
use super::vcode::Label;

/// Joins them. The entry stays where it is.
pub(crate) fn join(assigned: &mut Assigned) {
    let blocks = &mut assigned.blocks;
    // By block: the first that returns the same number and does nothing else, or itself.
    let mut numbers: FxHashMap<u32, usize> = FxHashMap::default();
    let returns: Vec<Label> = blocks
        .iter()
        .enumerate()
        .map(|(index, block)| match block.exit {
            Exit::ReturnImm(number) if block.insns.is_empty() => {
                Label(*numbers.entry(number).or_insert(index) as u32)
            }
            _ => Label(index as u32),
        })
        .collect();
    // By block: the last of those that are the same, which are compared after what they lead to.
    let mut last: FxHashMap<(Vec<Insn>, Exit), usize> = FxHashMap::default();
    let mut same = returns;
    for (index, block) in blocks.iter().enumerate().skip(1).rev() {
        // Which way was gone is to be seen where steps mark it.
        let marked = block.insns.iter().any(|(insn, _)| *insn == Insn::ja(0));
        if !block.insns.is_empty() && !marked {
            let insns = block.insns.iter().map(|(insn, _)| *insn).collect();
            let exit = renamed(block.exit, |label| same[label.index()]);
            same[index] = Label(*last.entry((insns, exit)).or_insert(index) as u32);
        }
    }
    // And the first, which stays; returns are another matter.
    let mut first: Vec<Option<Label>> = vec![None; blocks.len()];
    for (index, block) in blocks.iter().enumerate() {
        let own = Label(index as u32);
        let kept = if block.insns.is_empty() {
            own
        } else {
            *first[same[index].index()].get_or_insert(own)
        };
        same[index] = kept;
    }
    for block in blocks.iter_mut() {
        block.exit = renamed(block.exit, |label| same[label.index()]);
    }
}

/// The same end, its targets under other names.
fn renamed(exit: Exit, name: impl Fn(Label) -> Label) -> Exit {
    match exit {
        Exit::Jump(to) => Exit::Jump(name(to)),
        Exit::Branch { condition, then, otherwise } => {
            Exit::Branch { condition, then: name(then), otherwise: name(otherwise) }
        }
        Exit::Return | Exit::ReturnImm(_) => exit,
    }
}
