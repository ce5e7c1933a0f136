//! Loops that cannot matter are left out: where every way from a block, through loops and out of
//! them, ends with the same return, control goes there at once.
//!
//! A program that needs IPv4 has no use for the walk through the headers of IPv6: whatever it
//! finds, the packet is let pass. [`thread`](crate::thread) sees that of ways without loops.
//!
//! Sound for the verifier: nothing but ways to returns is left out.
//! Must not: leave out what has effects. Loops end, or the verifier would not take them.

use cranelift_entity::SecondaryMap;
use nbpfc_ir::{Block, Class, Effect, Function, Terminator, Type, Value};

use crate::context::Context;
use crate::edit::{loop_heads, plain_return, terminate};

/// The returns that ways from a block end with.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Ends {
    /// None was found yet.
    #[default]
    None,
    /// All return this number.
    One(u64),
    /// Several, or something happens on the way.
    Many,
}

impl Ends {
    fn meet(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, ends) | (ends, Self::None) => ends,
            (Self::One(a), Self::One(b)) if a == b => self,
            _ => Self::Many,
        }
    }
}

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) -> bool {
    let before = context.spent();
    let order = context.order(function);
    if !loop_heads(function, &order).values().any(|head| *head) {
        return false;
    }
    let ends = ends(function, &order);
    let returns: Vec<(u64, Block)> =
        order.iter().filter_map(|block| Some((plain_return(function, *block)?, *block))).collect();
    for &block in order.iter() {
        let Ends::One(number) = ends[block] else { continue };
        let Some((_, end)) = returns.iter().find(|(other, _)| *other == number) else { continue };
        let is_there = match function.terminator(block) {
            Terminator::Return(_) => true,
            Terminator::Jump(call) => call.block == *end,
            _ => false,
        };
        if !is_there && context.rewrite() {
            terminate(function, block, Terminator::Jump((*end).into()));
        }
    }
    function.remove_unreachable();
    context.spent() != before
}

/// What every block's ways end with.
fn ends(function: &Function, order: &[Block]) -> SecondaryMap<Block, Ends> {
    let mut ends: SecondaryMap<Block, Ends> = function.per_block();
    // Nobody sees what is left on a stack that goes, unless the caller's is at hand.
    let numbers = |value: &Value| matches!(function.ty(*value), Type::I32 | Type::I64);
    let own_stack = function.block(function.entry()).params.iter().all(numbers);
    let stays = |block: Block| {
        let mut effects = function.block(block).insts.iter().map(|inst| function.effect(*inst));
        effects.any(|effect| {
            effect.is_needed() && !(own_stack && effect == Effect::Writes(Class::Stack))
        })
    };
    loop {
        let mut changed = false;
        for &block in order.iter().rev() {
            let found = if stays(block) {
                Ends::Many
            } else {
                match *function.terminator(block) {
                    Terminator::Return(value) => {
                        function.constant(value).map_or(Ends::Many, Ends::One)
                    }
                    ref other => other.successors().fold(Ends::None, |sum, to| sum.meet(ends[to])),
                }
            };
            changed |= found != ends[block];
            ends[block] = found;
        }
        if !changed {
            return ends;
        }
    }
}
