//! Where several ways meet that have told a number apart, what is behind is copied for each of
//! them, if it asks for that number.
//!
//! A program that looks for TCP and then for IPv4 comes to the second question on two ways: behind
//! an IPv4 header, where the answer is yes, and behind an IPv6 header, where it is no. In the copies
//! [`thread`](crate::thread) gives the answers.
//!
//! Sound for the verifier: it follows every way by itself, and sees no other instructions on it.
//! Must not: copy more than a little, or what does not ask.

use cranelift_entity::SecondaryMap;
use nbpfc_ir::{Block, Function, Terminator, Value};
use smallvec::SmallVec;

use crate::context::Context;
use crate::copy::{Copies, cost};
use crate::edit::{is_param_of, loop_heads, terminate};
use crate::{thread, tidy};

/// About how many instructions all copies may have together, and those of one join.
const ROOM: usize = 400;
const PART: usize = 150;

/// What an edge says of the parameters that are asked about.
type Key = SmallVec<[Option<u64>; 4]>;

/// How often what became of the copies is looked at again.
const ROUNDS: usize = 4;

/// A join that is to be copied.
struct Join {
    block: Block,
    /// What it dominates, itself first.
    region: Vec<Block>,
    /// The parameters that are asked about, by index.
    asked: SmallVec<[usize; 4]>,
    /// The ways to it by what they tell; those first that keep what is there.
    ways: Vec<(Key, Vec<Block>)>,
}

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) -> bool {
    let mut room = ROOM;
    let mut any = false;
    for _ in 0..ROUNDS {
        if !split(function, context, &mut room) {
            break;
        }
        any = true;
        for pass in [thread::run, tidy::run] {
            if pass(function, context) {
                context.forget();
            }
        }
    }
    any
}

/// Copies, as long as there is room for so many more instructions.
fn split(function: &mut Function, context: &mut Context, room: &mut usize) -> bool {
    let before = context.spent();
    let mut left: Vec<Block> = Vec::new();
    while let Some(join) = next(function, context, &left) {
        left.push(join.block);
        let size: usize = join.region.iter().map(|block| cost(function, *block)).sum();
        let added = size * (join.ways.len() - 1);
        if added > PART.min(*room) {
            continue;
        }
        *room -= added;
        // The ways of which nothing is known stay, or else the last.
        for (key, ways) in &join.ways[1..] {
            if !context.rewrite() {
                return context.spent() != before;
            }
            let mut copies = Copies::new(function, &join.region);
            copies.make(function, &join.region, |call| call);
            for from in ways {
                let mut terminator = function.terminator(*from).clone();
                for call in terminator.calls_mut().filter(|call| call.block == join.block) {
                    if key_of(function, &call.args, &join.asked) == *key {
                        call.block = copies.block(join.block);
                    }
                }
                terminate(function, *from, terminator);
            }
        }
        context.forget();
    }
    context.spent() != before
}

/// The next join that is to be copied.
fn next(function: &Function, context: &mut Context, left: &[Block]) -> Option<Join> {
    let order = context.order(function);
    let compared = compared(function, &order);
    let mut heads = None;
    for &block in order.iter() {
        let is_asked = function.block(block).params.iter().any(|param| compared[*param]);
        if !is_asked || left.contains(&block) {
            continue;
        }
        let dominators = context.dominators(function);
        let below = |other: &&Block| dominators.dominates(block, **other);
        let region: Vec<Block> = order.iter().filter(below).copied().collect();
        let asked = asked(function, &region, block);
        // What the verifier follows round by round is not to be there twice.
        let heads = heads.get_or_insert_with(|| loop_heads(function, &order));
        if asked.is_empty() || region.iter().any(|block| heads[*block]) {
            continue;
        }
        let mut ways: Vec<(Key, Vec<Block>)> = Vec::new();
        for &from in order.iter() {
            for call in function.terminator(from).calls().filter(|call| call.block == block) {
                let key = key_of(function, &call.args, &asked);
                match ways.iter_mut().find(|(other, _)| *other == key) {
                    Some((_, ways)) => ways.push(from),
                    None => ways.push((key, vec![from])),
                }
            }
        }
        if ways.len() > 1 && ways.iter().any(|(key, _)| key.iter().any(Option::is_some)) {
            ways.sort_by_key(|(key, _)| key.iter().any(Option::is_some));
            return Some(Join { block, region, asked, ways });
        }
    }
    None
}

/// The parameters that branches compare with numbers.
fn compared(function: &Function, order: &[Block]) -> SecondaryMap<Value, bool> {
    let mut compared: SecondaryMap<Value, bool> = function.per_value();
    for &block in order {
        if let Terminator::Branch { a, b, .. } = *function.terminator(block) {
            compared[a] |= function.constant(b).is_some();
            compared[b] |= function.constant(a).is_some();
        }
    }
    compared
}

/// The parameters of a block, by index, that branches compare with numbers.
fn asked(function: &Function, region: &[Block], join: Block) -> SmallVec<[usize; 4]> {
    let mut asked = SmallVec::new();
    for &block in region {
        let Terminator::Branch { a, b, .. } = *function.terminator(block) else { continue };
        for (value, other) in [(a, b), (b, a)] {
            if function.constant(other).is_some()
                && let Some(index) = is_param_of(function, value, join)
                && !asked.contains(&index)
            {
                asked.push(index);
            }
        }
    }
    if asked.is_empty() {
        return asked;
    }
    // Where one is asked about, what is behind a place that is known is another saving.
    for &block in region {
        if let Terminator::Check { offset: Some(offset), .. } = *function.terminator(block)
            && let Some(index) = is_param_of(function, offset, join).filter(|i| !asked.contains(i))
        {
            asked.push(index);
        }
    }
    asked
}

fn key_of(function: &Function, args: &[Value], asked: &[usize]) -> Key {
    asked.iter().map(|index| args.get(*index).and_then(|arg| function.constant(*arg))).collect()
}
