//! Of tests whose order does not matter, makes the one first that is cheaper, or likelier to hold.
//!
//! Two branches in a row that share a target, as the terms of `and` do, can change places. The
//! second goes first if it asks for equality of what is at hand and the first must load;
//! [`sink`](crate::sink) then takes the load along.
//!
//! A value compared with one constant after the other holds for one of them at most, so the
//! comparisons can change places; what they lead to stays with them. Filters write the rare first
//! as often as not: `tcp` asks for IPv6 before IPv4. Which constants are frequent is a guess that
//! costs an instruction where it is wrong, never a verdict.
//!
//! Sound for the verifier: the blocks are the same, each with its loads and views.
//! Must not: move a comparison over a check, or over a block that others lead to.

use cranelift_entity::SecondaryMap;
use nbpfc_ir::{
    BinaryOp, Block, BlockCall, Compare, Function, Instruction, Predecessors, Terminator, Value,
    Width,
};

use crate::context::Context;
use crate::edit::{Equality, constant, homes, terminate};

/// Constants of which packets are full, the most frequent first: how many bytes, and the number
/// as the bytes lie.
const FREQUENT: &[(Width, u64)] = &[
    // EtherTypes: IPv4, IPv6.
    (Width::W2, 0x0008),
    (Width::W2, 0xdd86),
    // Versions in the first four bits: IPv4, IPv6.
    (Width::W1, 0x40),
    (Width::W1, 0x60),
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
    likelier(function, context, &preds);
    if context.spent() != before {
        context.forget();
    }
    cheaper(function, context, &preds);
    context.spent() != before
}

/// Orders comparisons of one value with several constants.
fn likelier(function: &mut Function, context: &mut Context, preds: &Predecessors) {
    let mut done: SecondaryMap<Block, bool> = function.per_block();
    for &block in &*context.order(function) {
        if done[block] {
            continue;
        }
        let Some((value, first, mut next)) = equality(function, block) else { continue };
        let Some(width) = loaded(function, value) else { continue };
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
}

/// The width of the load that a value is, under a mask or not.
fn loaded(function: &Function, value: Value) -> Option<Width> {
    match *function.def_inst(value)? {
        Instruction::Load { width, .. } => Some(width),
        Instruction::Binary(BinaryOp::And, a, _) => match *function.def_inst(a)? {
            Instruction::Load { width, .. } => Some(width),
            _ => None,
        },
        _ => None,
    }
}

/// A two-way branch.
#[derive(Clone)]
struct Branch {
    compare: Compare,
    a: Value,
    b: Value,
    then: BlockCall,
    otherwise: BlockCall,
}

impl Branch {
    fn of(function: &Function, block: Block) -> Option<Self> {
        match function.terminator(block).clone() {
            Terminator::Branch { compare, a, b, then, otherwise } => {
                Some(Self { compare, a, b, then, otherwise })
            }
            _ => None,
        }
    }

    /// The same with `shared` as where it leads when it does not hold.
    fn with_otherwise(self, shared: &BlockCall) -> Option<Self> {
        if self.otherwise == *shared {
            return Some(self);
        }
        let Self { compare, a, b, then, otherwise } = self;
        let compare = compare.negate();
        (then == *shared).then_some(Self { compare, a, b, then: otherwise, otherwise: then })
    }
}

/// Puts branches first whose operands are at hand.
fn cheaper(function: &mut Function, context: &mut Context, preds: &Predecessors) {
    let homes = homes(function);
    for &block in &*context.order(function) {
        let Some(first) = Branch::of(function, block) else { continue };
        for next in [first.then.block, first.otherwise.block] {
            let shared = if first.then.block == next { &first.otherwise } else { &first.then };
            if preds[next].len() != 1 || !only_constants(function, next) || !shared.args.is_empty()
            {
                continue;
            }
            let Some(first) = first.clone().with_otherwise(shared) else { continue };
            let second = Branch::of(function, next).and_then(|b| b.with_otherwise(shared));
            let Some(second) = second else { continue };
            let made_in = |value: Value, block: Block| {
                homes[value] == Some(block) && function.constant(value).is_none()
            };
            let costs = made_in(first.a, block) || made_in(first.b, block);
            let at_hand = !made_in(second.a, block) && !made_in(second.b, block);
            // Equality seldom holds, so this one is likely to settle the matter.
            let sharp = second.compare == Compare::Eq;
            if !costs || !at_hand || !sharp || !second.then.args.is_empty() || !context.rewrite() {
                continue;
            }
            for (at, branch, then) in
                [(block, &second, first.then.clone()), (next, &first, second.then.clone())]
            {
                let [a, b] = [branch.a, branch.b].map(|value| match function.constant(value) {
                    Some(number) => constant(function, at, function.ty(value), number),
                    None => value,
                });
                let (compare, otherwise) = (branch.compare, shared.clone());
                terminate(function, at, Terminator::Branch { compare, a, b, then, otherwise });
            }
            break;
        }
    }
}

/// A block's end as a comparison for equality with a constant, and where it leads otherwise.
fn equality(function: &Function, block: Block) -> Option<(Value, Link, BlockCall)> {
    let Equality { a, b, equal: holds, other } = Equality::of(function, block)?;
    // Arguments may be values of the very block.
    let number = function.constant(b)?;
    let plain = holds.args.is_empty();
    plain.then(|| (a, Link { number, holds: holds.clone() }, other.clone()))
}

fn only_constants(function: &Function, block: Block) -> bool {
    let data = function.block(block);
    let constants = |inst| matches!(function.inst(inst), Instruction::Const(..));
    data.params.is_empty() && data.insts.iter().all(|inst| constants(*inst))
}
