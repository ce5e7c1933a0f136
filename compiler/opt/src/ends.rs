//! Where every way from a block ends with the same return, control goes there at once.
//!
//! Through loops, too, and out of them: a program that needs IPv4 has no use for the walk through the
//! headers of IPv6: whatever it finds, the packet is let pass.
//!
//! Sound for the verifier: nothing but ways to returns is left out.
//! Must not: leave out what has effects. Loops end, or the verifier would not take them.

use cranelift_entity::SecondaryMap;
use nbpfc_ir::{Block, Class, Effect, Function, Terminator, Type, Value};

use crate::context::Context;
use crate::edit::{plain_return, terminate};

/// The returns that ways from a block end with.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Ends {
    /// None was found yet.
    #[default]
    None,
    /// All return this number; the last block of one of them, which does nothing else.
    One(u64, Block),
    /// Several, or something happens on the way.
    Many,
}

impl Ends {
    fn meet(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, ends) | (ends, Self::None) => ends,
            (Self::One(a, _), Self::One(b, _)) if a == b => self,
            _ => Self::Many,
        }
    }
}

/// Goes to the return at once.
pub(crate) fn settled(function: &mut Function, context: &mut Context) {
    let before = context.spent();
    let order = context.order(function);
    let ends = ends(function, &order);
    for &block in order.iter() {
        let Ends::One(_, end) = ends[block] else { continue };
        let is_there =
            matches!(function.terminator(block), Terminator::Return(_) | Terminator::Jump(_));
        if !is_there && context.rewrite() {
            terminate(function, block, Terminator::Jump(end.into()));
        }
    }
    if context.spent() != before {
        // What is led past uses nothing any more.
        function.remove_unreachable();
    }
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
    let mut has_loops = false;
    loop {
        let mut changed = false;
        for &block in order.iter().rev() {
            let found = if stays(block) {
                Ends::Many
            } else if let Terminator::Return(_) = function.terminator(block) {
                plain_return(function, block).map_or(Ends::Many, |number| Ends::One(number, block))
            } else {
                let ways = function.terminator(block).successors();
                ways.fold(Ends::None, |sum, to| {
                    has_loops |= ends[to] == Ends::None;
                    sum.meet(ends[to])
                })
            };
            let same = match (found, ends[block]) {
                (Ends::One(a, _), Ends::One(b, _)) => a == b,
                (found, before) => found == before,
            };
            changed |= !same;
            ends[block] = found;
        }
        // Without loops what ways lead to is known before it is needed.
        if !changed || !has_loops {
            return ends;
        }
    }
}
