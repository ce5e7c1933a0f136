//! Of tests whose order does not matter, makes the one first that is likelier to hold.
//!
//! A value compared with one constant after the other holds for one of them at most, so the
//! comparisons can change places; what they lead to stays with them. Filters write the rare first
//! as often as not: `tcp` asks for IPv6 before IPv4. Which constants are frequent is a guess that
//! costs an instruction where it is wrong, never a verdict.
//!
//! Sound for the verifier: the blocks are the same, each with its loads and views.
//! Must not: move a comparison over an instruction, or over a block that others lead to.

use cranelift_entity::SecondaryMap;
use nbpfc_ir::{
    Block, BlockCall, Compare, Function, Instruction, Terminator, Value, Width, reverse_postorder,
};

use crate::context::Context;
use crate::edit::{constant, terminate};

/// Constants of which packets are full, the most frequent first: how many bytes, and the number
/// as the bytes lie.
const FREQUENT: &[(Width, u64)] = &[
    // EtherTypes: IPv4, IPv6.
    (Width::W2, 0x0008),
    (Width::W2, 0xdd86),
    // Protocols: TCP, UDP.
    (Width::W1, 6),
    (Width::W1, 17),
];

/// One comparison of a row, and where it leads when it holds.
struct Link {
    number: u64,
    holds: BlockCall,
}

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) -> bool {
    let before = context.spent();
    let preds = function.predecessors();
    let mut done: SecondaryMap<Block, bool> = SecondaryMap::new();
    for block in reverse_postorder(function) {
        if done[block] {
            continue;
        }
        let Some((value, first, mut next)) = equality(function, block) else { continue };
        let Some(&Instruction::Load { width, .. }) = function.def_inst(value) else { continue };
        let mut blocks = vec![block];
        let mut links = vec![first];
        while next.args.is_empty()
            && preds[next.block].len() == 1
            && only_constants(function, next.block)
            && let Some((same, link, after)) = equality(function, next.block)
            && same == value
            && links.iter().all(|other| other.number != link.number)
        {
            done[next.block] = true;
            blocks.push(next.block);
            links.push(link);
            next = after;
        }
        // The last one's way on may take values of its block along.
        if !next.args.is_empty() {
            continue;
        }
        let rank = |number: u64| FREQUENT.iter().position(|f| *f == (width, number));
        let key = |link: &Link| rank(link.number).unwrap_or(FREQUENT.len());
        if links.is_sorted_by_key(key) || !context.rewrite() {
            continue;
        }
        links.sort_by_key(key);
        let ty = function.ty(value);
        for (index, (&block, link)) in blocks.iter().zip(links).enumerate() {
            let b = constant(function, block, ty, link.number);
            let otherwise =
                blocks.get(index + 1).map_or_else(|| next.clone(), |next| (*next).into());
            let then = link.holds;
            let compare = Compare::Eq;
            terminate(
                function,
                block,
                Terminator::Branch { compare, a: value, b, then, otherwise },
            );
        }
    }
    context.spent() != before
}

/// A block's end as a comparison for equality with a constant, and where it leads otherwise.
fn equality(function: &Function, block: Block) -> Option<(Value, Link, BlockCall)> {
    let Terminator::Branch { compare, a, b, then, otherwise } = function.terminator(block) else {
        return None;
    };
    let (holds, other) = match compare {
        Compare::Eq => (then, otherwise),
        Compare::Ne => (otherwise, then),
        _ => return None,
    };
    // Arguments may be values of the very block.
    let number = function.constant(*b)?;
    let plain = holds.args.is_empty();
    plain.then(|| (*a, Link { number, holds: holds.clone() }, other.clone()))
}

fn only_constants(function: &Function, block: Block) -> bool {
    let data = function.block(block);
    let constants = |inst| matches!(function.inst(inst), Instruction::Const(..));
    data.params.is_empty() && data.insts.iter().all(|inst| constants(*inst))
}
