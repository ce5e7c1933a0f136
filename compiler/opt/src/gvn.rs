//! Value numbering: what was computed in a dominating block is not computed again.
//!
//! Loads are equal if they read the same bytes, whatever view they rest on: two windows of
//! different length at one offset are windows of the same packet. Of equal instructions the
//! dominating one stays, with the view that it had; so every load still rests on a check that was
//! made before it.
//!
//! Sound for the verifier: no pointer is computed anew, a value only lives longer.
//! Must not: share constants between blocks; every block has its own.

use rustc_hash::{FxBuildHasher, FxHashMap};

use cranelift_entity::SecondaryMap;
use nbpfc_ir::{
    BinaryOp, Block, Class, Dominators, Effect, Function, Instruction, Insts, UnaryOp, Value,
    Width, Windows, Written,
};
use nbpfc_ir::{Field, Type};

use crate::context::Context;
use crate::edit::{Renames, own_constants};
use crate::versions::{Version, Versions, changes};

/// What an instruction computes, in terms of its operands' representatives.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// Constants of different blocks differ.
    Const(Option<Block>, Type, u64),
    Unary(UnaryOp, Value),
    Binary(BinaryOp, Value, Value),
    /// Offset of the window, bytes behind it.
    Load(Width, Option<Value>, u32, Version),
    /// A load on a view that no check hands over.
    LoadFrom(Width, Value, u32, Version),
    Meta(Field, Version),
    /// What computes something from nothing but its operands.
    Other(Instruction),
}

impl Key {
    /// The key of an instruction, operands renamed by `of`; `None` if it is not the same as another
    /// that looks like it, in a function where so much is written. It reads this version of the
    /// packet, if it does.
    pub(crate) fn new(
        instruction: &Instruction,
        effect: Effect,
        windows: &Windows,
        (written, version): (Written, Version),
        block: Option<Block>,
        mut of: impl FnMut(Value) -> Value,
    ) -> Option<Self> {
        let has_version = effect == Effect::Reads(Class::Packet)
            && matches!(instruction, Instruction::Load { .. } | Instruction::Meta(_));
        if !has_version && !written.leaves(effect) {
            return None;
        }
        Some(match *instruction {
            Instruction::Const(ty, number) => Self::Const(block, ty, number),
            Instruction::Unary(op, a) => Self::Unary(op, of(a)),
            Instruction::Binary(op, a, b) => {
                let (a, b) = (of(a), of(b));
                let commutes = matches!(
                    op,
                    BinaryOp::Add | BinaryOp::Mul | BinaryOp::And | BinaryOp::Or | BinaryOp::Xor
                );
                if commutes && b < a { Self::Binary(op, b, a) } else { Self::Binary(op, a, b) }
            }
            Instruction::Load { width, view, displacement } => match windows.of(view) {
                Some((offset, _)) => Self::Load(width, offset.map(of), displacement, version),
                None => Self::LoadFrom(width, of(view), displacement, version),
            },
            Instruction::Meta(field) => Self::Meta(field, version),
            mut other => {
                other.map_operands(of);
                Self::Other(other)
            }
        })
    }
}

/// What is computed in the blocks that dominate the one at hand: by key, a stack of places.
struct Known {
    /// The place of each stack's top, plus one.
    tops: FxHashMap<Key, u32>,
    /// Where, what, and the place below in the stack, plus one.
    places: Vec<(Block, Value, u32)>,
}

impl Known {
    fn new(function: &Function) -> Self {
        let count = function.value_count();
        let tops = FxHashMap::with_capacity_and_hasher(count, FxBuildHasher);
        Self { tops, places: Vec::with_capacity(count) }
    }

    fn place(&self, top: u32) -> Option<(Block, Value, u32)> {
        self.places.get((top as usize).checked_sub(1)?).copied()
    }

    /// The value that is computed in the nearest block above this one, or in itself.
    fn above(&mut self, dominators: &Dominators, block: Block, key: Key) -> Option<Value> {
        let top = self.tops.get(&key).copied();
        // What is on the stack of a finished subtree dominates nothing that is still to come.
        let mut next = top?;
        let mut found = None;
        while let Some((home, value, below)) = self.place(next) {
            if dominators.dominates(home, block) {
                found = Some(value);
                break;
            }
            next = below;
        }
        if top != Some(next) {
            self.tops.insert(key, next);
        }
        found
    }

    fn push(&mut self, block: Block, key: Key, value: Value) {
        let top = self.tops.entry(key).or_default();
        self.places.push((block, value, *top));
        *top = self.places.len() as u32;
    }
}

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) -> bool {
    let before = context.spent();
    own_constants(function);
    let dominators = context.dominators(function);
    let windows = Windows::new(function);
    let written = context.written(function);
    let versions = Versions::new(function, &context.order(function), written.writes_packet());
    let mut renames = Renames::default();
    // Constants within a block come before what uses them, so a block's own constants keep their
    // names; numbers in keys are compared through these.
    let mut known = Known::new(function);
    let mut constants: FxHashMap<(Type, u64), Value> = FxHashMap::default();
    let mut numbers: SecondaryMap<Value, Option<Value>> = function.per_value();
    for block in dominators.preorder() {
        let insts = std::mem::take(&mut function.block_mut(block).insts);
        let mut version = versions.at(block);
        let mut kept = Insts::new();
        for inst in insts {
            renames.apply_to_inst(function, inst);
            let result = function.result(inst);
            if let Instruction::Const(ty, number) = *function.inst(inst) {
                let first = *constants.entry((ty, number)).or_insert(result);
                numbers[result] = Some(first);
            }
            let own = Some(block);
            let effect = function.effect(inst);
            let reads = (written, version);
            let key = Key::new(function.inst(inst), effect, &windows, reads, own, |value| {
                let value = renames.of(value);
                numbers[value].unwrap_or(value)
            });
            if changes(effect) {
                version = Version::Behind(inst);
            }
            let Some(key) = key else {
                kept.push(inst);
                continue;
            };
            match known.above(&dominators, block, key) {
                Some(value) if context.rewrite() => renames.insert(result, value),
                _ => {
                    known.push(block, key, result);
                    kept.push(inst);
                }
            }
        }
        function.block_mut(block).insts = kept;
    }
    renames.apply(function);
    context.spent() != before
}
