//! Two comparisons of neighbouring bytes become one of both.
//!
//! `src port 67 and dst port 68` compares two bytes and then the two behind them: four bytes at
//! once are one load and one comparison less. A mask goes along if the first comparison has one
//! anyway. More than four bytes are not joined: the constant would have to be loaded into a
//! register first, and packets that differ in the first bytes, which most do, would pay for it.
//!
//! Sound for the verifier: the joined load lies within a window that was there for both.
//! Must not: read a byte that no check has asked for before the first comparison.

use cranelift_entity::SecondaryMap;
use nbpfc_ir::{
    BinaryOp, Block, BlockCall, Compare, Function, Instruction, Terminator, Type, Value, Width,
    Windows,
};

use crate::context::Context;
use crate::edit::{Equality, constant, homes, terminate, used_elsewhere};

/// Bytes compared with a constant under a mask, and where equality leads.
struct Test {
    width: Width,
    view: Value,
    displacement: u32,
    /// `None` where all bits count.
    mask: Option<u64>,
    number: u64,
    equal: BlockCall,
    other: BlockCall,
}

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) -> bool {
    let before = context.spent();
    if context.written(function).writes_packet() {
        return false;
    }
    let windows = Windows::new(function);
    let uses = uses(function);
    let elsewhere = used_elsewhere(function, &homes(function));
    // From the end, so that a joined comparison can be joined with the one before it. What is
    // joined uses its load once.
    let dominators = context.dominators(function);
    let preds = dominators.predecessors();
    for &block in dominators.reverse_postorder().iter().rev() {
        let Some(first) = Test::of(function, block, &uses) else { continue };
        let next = first.equal.block;
        let data = function.block(next);
        let lost = data.insts.iter().any(|inst| elsewhere[function.result(*inst)]);
        let lost = lost || function.has_effects(next);
        if preds[next].len() != 1 || !data.params.is_empty() || lost {
            continue;
        }
        let Some(second) = Test::of(function, next, &uses) else { continue };
        let joined = join(&windows, &first, &second);
        let Some((load, mask, number)) = joined.filter(|_| first.other == second.other) else {
            continue;
        };
        if !first.other.args.is_empty() || !second.equal.args.is_empty() || !context.rewrite() {
            continue;
        }
        let span = function.block(block).span;
        let mut a = function.append(block, load, span);
        let ty = function.ty(a);
        if let Some(mask) = mask {
            let mask = constant(function, block, ty, mask);
            a = function.append(block, Instruction::Binary(BinaryOp::And, a, mask), span);
        }
        let b = constant(function, block, ty, number);
        let (compare, then, otherwise) = (Compare::Eq, second.equal, second.other);
        terminate(function, block, Terminator::Branch { compare, a, b, then, otherwise });
    }
    if context.spent() == before {
        return false;
    }
    function.remove_unreachable();
    true
}

/// How often each value is used.
pub(crate) fn uses(function: &Function) -> SecondaryMap<Value, u32> {
    let mut uses: SecondaryMap<Value, u32> = function.per_value();
    for &block in &function.layout {
        for &inst in &function.block(block).insts {
            function.inst(inst).operands().for_each(|value| uses[value] += 1);
        }
        function.terminator(block).for_each_operand(|value| uses[value] += 1);
    }
    uses
}

impl Test {
    /// The end of a block, if it compares a load that nobody else uses.
    fn of(function: &Function, block: Block, uses: &SecondaryMap<Value, u32>) -> Option<Self> {
        let Equality { a, b, equal, other } = Equality::of(function, block)?;
        let number = function.constant(b)?;
        // Joined just now: its uses were not counted.
        let alone = |value: Value| uses[value] <= 1;
        let (load, mask) = match *function.def_inst(a)? {
            Instruction::Binary(BinaryOp::And, x, mask) if alone(a) => {
                (x, Some(function.constant(mask)?))
            }
            _ => (a, None),
        };
        let &Instruction::Load { width, view, displacement } = function.def_inst(load)? else {
            return None;
        };
        let (equal, other) = (equal.clone(), other.clone());
        alone(load).then_some(Self { width, view, displacement, mask, number, equal, other })
    }

    fn bits(&self) -> u64 {
        u64::MAX >> (64 - 8 * self.width.bytes())
    }

    fn end(&self) -> u32 {
        self.displacement.saturating_add(self.width.bytes())
    }
}

/// One load for two comparisons, with the mask and the number for both.
fn join(windows: &Windows, first: &Test, second: &Test) -> Option<(Instruction, Option<u64>, u64)> {
    let width = match first.width.bytes() + second.width.bytes() {
        2 => Width::W2,
        4 => Width::W4,
        _ => return None,
    };
    let (low, high) = if first.end() == second.displacement {
        (first, second)
    } else if second.end() == first.displacement {
        (second, first)
    } else {
        return None;
    };
    let ((offset, length), (same, other)) = (windows.of(first.view)?, windows.of(second.view)?);
    if offset != same || first.mask.is_none() && second.mask.is_some() {
        return None;
    }
    let view = if length >= other { first.view } else { second.view };
    if length.max(other) < high.end() {
        return None;
    }
    let shift = 8 * low.width.bytes();
    let both = |low: u64, high: u64| low | high << shift;
    let mask = both(low.mask.unwrap_or(low.bits()), high.mask.unwrap_or(high.bits()));
    let number = both(low.number, high.number);
    let displacement = low.displacement;
    let all = Type::I32.mask() >> (32 - 8 * width.bytes());
    let load = Instruction::Load { width, view, displacement };
    Some((load, (mask != all).then_some(mask), number))
}
