//! Bounds checks: asked once, for as much as every acceptance needs.
//!
//! **Widening.** A check fails with some verdict. If every way from its `ok` edge that ends with
//! another verdict asks for at least `n` bytes from the same offset, the check asks for `n` bytes
//! itself. The condition, exactly: the `fail` edge leads to nothing but the return of a constant
//! verdict R, and [`Demand`] for R says of the `ok` block that fewer than `n` bytes end with R. A
//! packet of the lengths between fails now and would have ended with R later; for all others
//! nothing changes.
//!
//! **Removal.** A check whose offset was asked about in a dominating check is known to hold if
//! that one held for as many bytes, and known to fail if that one failed for as many or fewer. It
//! is known to fail, too, where it asks for no less than what the packet from its start on was too
//! short for.
//!
//! Sound for the verifier: loads of a removed check rest on the view of the dominating one, whose
//! window contains theirs. Widening is only for packets that are read through pointers:
//! instructions that test the length themselves would read more than they need.
//! Must not: widen over an offset that is computed after the check, or where failing has another
//! verdict than the failures that it takes the place of.

use rustc_hash::FxHashMap;

use cranelift_entity::SecondaryMap;
use nbpfc_ir::{
    Block, BlockCall, Demand, Dominators, Evidence, Function, Terminator, Value, verdict,
};

use crate::context::Context;
use crate::edit::{Renames, terminate};
use crate::least::Least;

/// The longest window: 15 bits, what the offset field of a load can reach.
const LONGEST: u32 = 0x7fff;

/// The longest window that usual packets have: what Ethernet fills up short frames to. A longer
/// one is not asked for early where failing costs more than the test in between.
const USUAL: u32 = 60;

/// Runs widening.
pub(crate) fn widen(function: &mut Function, context: &mut Context) -> bool {
    let before = context.spent();
    let dominators = context.dominators(function);
    // By verdict of failing. Filters have one.
    let mut demands: Vec<(u32, Demand)> = Vec::new();
    for &block in dominators.reverse_postorder() {
        let Terminator::Check { offset, length, ok, fail } = function.terminator(block) else {
            continue;
        };
        let Some(reject) = verdict(function, fail) else { continue };
        let index = demands.iter().position(|(r, _)| *r == reject).unwrap_or_else(|| {
            let demand = Demand::new(function, &dominators, reject, Evidence::Checks);
            demands.push((reject, demand));
            demands.len() - 1
        });
        let Some(demanded) = demands[index].1.at(*ok).length(*offset) else { continue };
        let longest = if context.short_costs() { USUAL } else { LONGEST };
        if demanded > *length && demanded <= longest && context.rewrite() {
            let (offset, ok, fail) = (*offset, *ok, fail.clone());
            terminate(function, block, Terminator::Check { offset, length: demanded, ok, fail });
        }
    }
    context.spent() != before
}

/// What an outcome of a check says about one offset in the blocks that a block dominates.
#[derive(Clone, Copy)]
enum Known {
    /// A window of this length is there, by this view.
    There(u32, Value),
    /// A window of this length is not.
    Missing(u32),
}

/// Forgets what was known in subtrees of the dominator tree that a block is not in.
fn leave(facts: &mut Vec<(Block, Known)>, dominators: &Dominators, block: Block) {
    while facts.last().is_some_and(|(home, _)| !dominators.dominates(*home, block)) {
        facts.pop();
    }
}

/// Runs removal.
pub(crate) fn remove(function: &mut Function, context: &mut Context) -> bool {
    let before = context.spent();
    if context.written(function).moves_packet() {
        return false;
    }
    let dominators = context.dominators(function);
    let preds = dominators.predecessors();
    let mut known: FxHashMap<Option<Value>, Vec<(Block, Known)>> = FxHashMap::default();
    let mut renames = Renames::default();
    let mut least = None;
    let mut without_view: SecondaryMap<Block, bool> = function.per_block();
    for block in dominators.preorder() {
        if let &[from] = &preds[block]
            && let Terminator::Check { offset, length, ok, fail } = function.terminator(from)
        {
            // Both edges leading here would list the block before twice.
            let fact = if *ok == block {
                function.block(block).params.first().map(|view| Known::There(*length, *view))
            } else {
                (fail.block == block).then_some(Known::Missing(*length))
            };
            let facts = known.entry(*offset).or_default();
            leave(facts, &dominators, block);
            facts.extend(fact.map(|fact| (block, fact)));
        }
        let Terminator::Check { offset, length, ok, fail } = function.terminator(block) else {
            continue;
        };
        let facts = known.get_mut(offset).map(|facts| {
            leave(facts, &dominators, block);
            &facts[..]
        });
        // The innermost first; of a failed check only a shorter one after it can have held.
        let facts = facts.into_iter().flat_map(|facts| facts.iter().rev().take(8));
        let mut outcome = facts.into_iter().find_map(|(_, fact)| match *fact {
            Known::There(known, view) if known >= *length => Some(Some(view)),
            Known::Missing(known) if known <= *length => Some(None),
            _ => None,
        });
        if let (None, Some(offset)) = (outcome, *offset)
            && let Some(facts) = known.get_mut(&None)
        {
            leave(facts, &dominators, block);
            let missing = facts.iter().rev().take(8).find_map(|(_, fact)| match *fact {
                Known::Missing(known) => Some(known),
                Known::There(..) => None,
            });
            let is_short = |missing: &u32| {
                let number = Least::at_once(function, offset).unwrap_or_else(|| {
                    let least = least.get_or_insert_with(|| Least::new(function));
                    least.of(function, offset)
                });
                number + u64::from(*length) >= u64::from(*missing)
            };
            outcome = missing.filter(is_short).map(|_| None);
        }
        let (ok, fail) = (*ok, fail.clone());
        match outcome {
            Some(Some(view)) if context.rewrite() => {
                if let Some(&own) = function.block(ok).params.first() {
                    renames.insert(own, view);
                    without_view[ok] = true;
                }
                terminate(function, block, Terminator::Jump(BlockCall::from(ok)));
            }
            Some(None) if context.rewrite() => {
                terminate(function, block, Terminator::Jump(fail));
            }
            _ => {}
        }
    }
    if context.spent() == before {
        return false;
    }
    for index in 0..function.layout.len() {
        let block = function.layout[index];
        if without_view[block] {
            function.retain_params(block, |_| false);
        }
    }
    function.remove_unreachable();
    renames.apply(function);
    true
}
