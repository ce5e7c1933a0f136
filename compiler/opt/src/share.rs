//! Two tails that do the same with bytes at two places become one that is told the place.
//!
//! Ports lie behind an IPv4 header, whose length the packet knows, or behind an IPv6 header of 40
//! bytes: `check length, 18` with what follows, and `check 0, 58` with the same 40 bytes further
//! on. Both jump to one `check place, 18` with the length or with 40.
//!
//! Sound for the verifier: a parameter may be what its arguments may be, and each way is followed
//! on its own; all views of the tail come from checks in it.
//! Must not: share little; the way that knew its place pays for being told it.

use rustc_hash::FxHashMap;

use cranelift_entity::SecondaryMap;
use nbpfc_ir::{
    Block, BlockCall, Function, Instruction, Predecessors, Terminator, Type, Value,
    reverse_postorder,
};

use crate::context::Context;
use crate::copy::{Copies, cost};
use crate::edit::{constant, loop_heads, own_constants, terminate};

/// How many instructions a tail must have at least.
const LEAST: usize = 6;

/// How many blocks a tail may have.
const BLOCKS: usize = 32;

/// With how many others a tail is compared.
const COMPARED: usize = 16;

/// A check that a tail begins with.
#[derive(Clone)]
struct Head {
    block: Block,
    offset: Option<Value>,
    length: u32,
}

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) -> bool {
    let before = context.spent();
    let order = context.order(function);
    let effects = function.layout.iter().any(|block| function.has_effects(*block));
    if effects || loop_heads(function, &order).values().any(|head| *head) {
        return false;
    }
    let heads: Vec<Head> = order.iter().filter_map(|block| Head::of(function, *block)).collect();
    let mut preds = function.predecessors();
    let mut gone: SecondaryMap<Block, bool> = function.per_block();
    for (at, told) in heads.iter().enumerate() {
        let Some(offset) = told.offset.filter(|_| !gone[told.block]) else { continue };
        let others = heads.iter().enumerate().filter(|(other, head)| {
            *other != at && !gone[head.block] && head.offset.is_none() && head.length > told.length
        });
        for (_, knows) in others.take(COMPARED) {
            let Some(pairs) = Pairs::of(function, &preds, told, knows) else { continue };
            if !pairs.pays(function) || !context.rewrite() {
                continue;
            }
            for &(a, b) in pairs.blocks.iter().chain([&(told.block, knows.block)]) {
                (gone[a], gone[b]) = (true, true);
            }
            pairs.share(function, told, offset, knows);
            preds = function.predecessors();
            break;
        }
    }
    if context.spent() == before {
        return false;
    }
    function.remove_unreachable();
    // Constants may stand before one of the ways only.
    own_constants(function);
    true
}

/// Whether a check at an offset that the packet tells begins a tail that could be shared.
pub(crate) fn has_twin(function: &Function, block: Block) -> bool {
    let Some(told) = Head::of(function, block).filter(|head| head.offset.is_some()) else {
        return false;
    };
    let preds = function.predecessors();
    let heads = function.layout.iter().filter_map(|block| Head::of(function, *block));
    let known = heads.filter(|head| head.offset.is_none() && head.length > told.length);
    known.take(COMPARED).any(|knows| {
        Pairs::of(function, &preds, &told, &knows).is_some_and(|pairs| pairs.pays(function))
    })
}

impl Head {
    fn of(function: &Function, block: Block) -> Option<Self> {
        match *function.terminator(block) {
            Terminator::Check { offset, length, .. } => Some(Self { block, offset, length }),
            _ => None,
        }
    }
}

/// Blocks of two tails that do the same, the entries' successors first.
struct Pairs {
    blocks: Vec<(Block, Block)>,
    known: FxHashMap<Block, Block>,
    /// By value of the first tail: the second's, and for views how much further in the window the
    /// same bytes lie there.
    values: FxHashMap<Value, (Value, u32)>,
    /// The offset that the first tail's windows begin at, and how far on that is in the second.
    offset: Option<Value>,
    further: u32,
}

impl Pairs {
    /// The tails behind two checks, if they are the same, and nothing else leads into them.
    fn of(function: &Function, preds: &Predecessors, told: &Head, knows: &Head) -> Option<Self> {
        let mut this = Self {
            blocks: Vec::new(),
            known: FxHashMap::default(),
            values: FxHashMap::default(),
            offset: told.offset,
            further: knows.length - told.length,
        };
        this.ends(function, told.block, knows.block)?;
        let mut next = 0;
        while let Some(&(a, b)) = this.blocks.get(next) {
            next += 1;
            if next > BLOCKS {
                return None;
            }
            this.insts(function, a, b)?;
            this.ends(function, a, b)?;
        }
        let inside = |of: fn(&(Block, Block)) -> Block, head: Block| {
            let all: Vec<Block> = this.blocks.iter().map(of).chain([head]).collect();
            let mut tail = this.blocks.iter().map(of);
            tail.all(|block| preds[block].iter().all(|pred| all.contains(pred)))
        };
        (inside(|pair| pair.0, told.block) && inside(|pair| pair.1, knows.block)).then_some(this)
    }

    fn pays(&self, function: &Function) -> bool {
        let saved: usize = self.blocks.iter().map(|(_, b)| cost(function, *b)).sum();
        saved + 2 >= LEAST
    }

    /// Whether two operands are the same for their tails.
    fn same(&self, function: &Function, a: Value, b: Value) -> bool {
        let numbers = (function.constant(a), function.constant(b));
        match self.values.get(&a) {
            Some(&(other, 0)) => other == b,
            Some(_) => false,
            None if numbers.0.is_some() => {
                numbers.0 == numbers.1 && function.ty(a) == function.ty(b)
            }
            None => a == b,
        }
    }

    fn insts(&mut self, function: &Function, one: Block, two: Block) -> Option<()> {
        let plain = |block: Block| {
            let insts = function.block(block).insts.iter().copied();
            insts.filter(|i| !matches!(function.inst(*i), Instruction::Const(..)))
        };
        if plain(one).count() != plain(two).count() {
            return None;
        }
        for (first, second) in plain(one).zip(plain(two)) {
            let same = self.computes(function, *function.inst(first), *function.inst(second));
            let (first, second) = (function.result(first), function.result(second));
            if !same || function.ty(first) != function.ty(second) {
                return None;
            }
            self.values.insert(first, (second, 0));
        }
        Some(())
    }

    /// Whether two instructions compute the same for their tails.
    fn computes(&self, function: &Function, one: Instruction, two: Instruction) -> bool {
        let at = |displacement: u32, further: u32| displacement.checked_add(further);
        match (one, two) {
            (
                Instruction::Load { width, view, displacement },
                Instruction::Load { width: other_width, view: other, displacement: there },
            ) => {
                let further = match self.values.get(&view) {
                    Some(&(known, further)) => (known == other).then_some(further),
                    None => (view == other).then_some(0),
                };
                width == other_width && further.and_then(|by| at(displacement, by)) == Some(there)
            }
            (Instruction::Unary(op, x), Instruction::Unary(other, y)) => {
                op == other && self.same(function, x, y)
            }
            (Instruction::Binary(..), Instruction::Binary(..)) => {
                let operands = one.operands().zip(two.operands());
                let mut second = one;
                let mut others = two.operands();
                second.map_operands(|value| others.next().unwrap_or(value));
                second == two && operands.into_iter().all(|(x, y)| self.same(function, x, y))
            }
            _ => false,
        }
    }

    fn ends(&mut self, function: &Function, one: Block, two: Block) -> Option<()> {
        match (function.terminator(one), function.terminator(two)) {
            (Terminator::Jump(a), Terminator::Jump(b)) => self.calls(function, a, b),
            (
                Terminator::Branch { compare, a, b, then, otherwise },
                Terminator::Branch { compare: other, a: left, b: right, then: yes, otherwise: no },
            ) => {
                let same = self.same(function, *a, *left) && self.same(function, *b, *right);
                (compare == other && same).then_some(())?;
                self.calls(function, then, yes)?;
                self.calls(function, otherwise, no)
            }
            (
                Terminator::Check { offset, length, ok, fail },
                Terminator::Check { offset: other, length: long, ok: there, fail: missing },
            ) => {
                let further = match (*offset, *other) {
                    (a, None) if a == self.offset => self.further,
                    (Some(a), Some(b)) if self.same(function, a, b) => 0,
                    (None, None) => 0,
                    _ => return None,
                };
                (length.checked_add(further) == Some(*long)).then_some(())?;
                let view = |block: Block| function.block(block).params.first().copied();
                self.values.insert(view(*ok)?, (view(*there)?, further));
                self.pair(*ok, *there)?;
                self.calls(function, fail, missing)
            }
            (Terminator::Return(a), Terminator::Return(b)) => {
                self.same(function, *a, *b).then_some(())
            }
            _ => None,
        }
    }

    fn calls(&mut self, function: &Function, a: &BlockCall, b: &BlockCall) -> Option<()> {
        let same = a.args.len() == b.args.len()
            && a.args.iter().zip(&b.args).all(|(a, b)| self.same(function, *a, *b));
        same.then_some(())?;
        if a.block == b.block {
            return Some(());
        }
        let params = |block: Block| function.block(block).params.clone();
        let (first, second) = (params(a.block), params(b.block));
        (first.len() == second.len()).then_some(())?;
        for (a, b) in first.into_iter().zip(second) {
            (function.ty(a) == function.ty(b)).then_some(())?;
            self.values.insert(a, (b, 0));
        }
        self.pair(a.block, b.block)
    }

    fn pair(&mut self, a: Block, b: Block) -> Option<()> {
        if let Some(other) = self.known.insert(a, b) {
            return (other == b).then_some(());
        }
        self.blocks.push((a, b));
        Some(())
    }

    /// Makes the one tail, and has both ways jump to it.
    fn share(&self, function: &mut Function, told: &Head, offset: Value, knows: &Head) {
        let tail = function.add_block();
        let place = function.add_param(tail, function.ty(offset));
        let order = reverse_postorder(function);
        let blocks: Vec<Block> =
            order.into_iter().filter(|block| self.known.contains_key(block)).collect();
        let mut copies = Copies::new(function, &blocks);
        copies.rename(offset, place);
        copies.make(function, &blocks, |call| call);
        let Terminator::Check { length, ok, fail, .. } = function.terminator(told.block).clone()
        else {
            return;
        };
        let fail = copies.call(&fail);
        let ok = copies.block(ok);
        let span = function.block(told.block).span;
        function.terminate(tail, Terminator::Check { offset: Some(place), length, ok, fail }, span);
        let jump =
            |place: Value| Terminator::Jump(BlockCall { block: tail, args: vec![place].into() });
        terminate(function, told.block, jump(offset));
        let number = constant(function, knows.block, Type::I32, u64::from(self.further));
        terminate(function, knows.block, jump(number));
    }
}
