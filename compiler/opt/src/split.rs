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
use nbpfc_ir::{Block, Function, Terminator, Type, Value};
use smallvec::SmallVec;

use crate::context::Context;
use crate::copy::{Copies, cost};
use crate::edit::{is_param_of, loop_heads, terminate};
use crate::{ends, thread, tidy};

/// About how many instructions all copies may have together, and those of one join.
const ROOM: usize = 400;
const PART: usize = 150;

/// What an edge says of the parameters that are asked about.
type Key = SmallVec<[Option<u64>; 4]>;

/// How often what became of the copies is looked at again.
const ROUNDS: usize = 4;

/// The ways to a join, by what they tell.
type Ways = Vec<(Key, Vec<Block>)>;

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) -> bool {
    let mut room = ROOM;
    let mut any = false;
    for _ in 0..ROUNDS {
        if !split(function, context, &mut room) {
            break;
        }
        any = true;
        for pass in [thread::run, ends::run, tidy::run] {
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
    while let Some((join, groups)) = next(function, context, &left) {
        left.push(join);
        let dominators = context.dominators(function);
        let order = context.order(function);
        let below = |block: &Block| dominators.dominates(join, *block);
        let region: Vec<Block> = order.iter().copied().filter(below).collect();
        let size: usize = region.iter().map(|block| cost(function, *block)).sum();
        let added = size * (groups.len() - 1);
        // What the verifier follows round by round is not to be there twice.
        let heads = loop_heads(function, &order);
        if added > PART.min(*room) || region.iter().any(|block| heads[*block]) {
            continue;
        }
        *room -= added;
        // The ways of which nothing is known stay, or else the last.
        for (key, ways) in &groups[1..] {
            if !context.rewrite() {
                return context.spent() != before;
            }
            let mut copies = Copies::new(function, &region);
            copies.make(function, &region, |call| call);
            for from in ways {
                let asked = asked(function, &region, join);
                let mut terminator = function.terminator(*from).clone();
                for call in terminator.calls_mut().filter(|call| call.block == join) {
                    if key_of(function, &call.args, &asked) == *key {
                        call.block = copies.block(join);
                    }
                }
                terminate(function, *from, terminator);
            }
        }
        context.forget();
    }
    context.spent() != before
}

/// The next join that is to be copied, and the ways to it by what they tell; those first that keep
/// what is there.
fn next(function: &Function, context: &mut Context, left: &[Block]) -> Option<(Block, Ways)> {
    let order = context.order(function);
    let compared = compared(function, &order);
    let mut heads = None;
    for &join in order.iter() {
        if !function.block(join).params.iter().any(|param| compared[*param])
            || left.contains(&join)
            || !function.block(join).params.iter().any(|p| is_number(function, *p))
        {
            continue;
        }
        let dominators = context.dominators(function);
        let below = |block: &&Block| dominators.dominates(join, **block);
        let region: Vec<Block> = order.iter().filter(below).copied().collect();
        let asked = asked(function, &region, join);
        if asked.is_empty() || heads.get_or_insert_with(|| loop_heads(function, &order))[join] {
            continue;
        }
        let mut groups: Ways = Vec::new();
        for &from in order.iter() {
            for call in function.terminator(from).calls().filter(|call| call.block == join) {
                let key = key_of(function, &call.args, &asked);
                match groups.iter_mut().find(|(other, _)| *other == key) {
                    Some((_, ways)) => ways.push(from),
                    None => groups.push((key, vec![from])),
                }
            }
        }
        if groups.len() > 1 && groups.iter().any(|(key, _)| key.iter().any(Option::is_some)) {
            groups.sort_by_key(|(key, _)| key.iter().any(Option::is_some));
            return Some((join, groups));
        }
    }
    None
}

fn is_number(function: &Function, value: Value) -> bool {
    matches!(function.ty(value), Type::I32 | Type::I64)
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
