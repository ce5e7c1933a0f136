//! Takes away what nothing needs: unreachable blocks, blocks that only lead on, parameters that are
//! always the same, tests whose outcome does not matter, unused instructions.
//!
//! Sound for the verifier: a check is only dropped together with every load that rests on it, or
//! where both its ways end with the same verdict whatever the packet is.
//! Must not: drop a check whose failure can change the verdict, though nobody uses its view.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use cranelift_entity::SecondaryMap;
use nbpfc_ir::{Block, BlockCall, Function, Terminator, Value};

use crate::context::Context;
use crate::edit::{
    Renames, homes, is_param_of, own_constants, plain_return, terminate, used_elsewhere,
};
use crate::ends;

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) -> bool {
    let before = context.spent();
    own_constants(function);
    let mut changed = false;
    if context.order(function).len() < function.layout.len() {
        changed |= function.remove_unreachable();
    }
    // What was known of the order is true until something is rewritten.
    for part in [ends::settled, returns, forward, params] {
        let before = context.spent();
        part(function, context);
        if context.spent() != before {
            context.forget();
        }
    }
    if context.spent() != before {
        changed |= function.remove_unreachable();
    }
    let joined = context.spent();
    merge(function, context);
    if context.spent() != joined {
        context.forget();
    }
    changed |= unused(function);
    changed | (context.spent() != before)
}

/// Makes one of several blocks that return the same number and do nothing else.
fn returns(function: &mut Function, context: &mut Context) {
    let mut known: FxHashMap<u64, Block> = FxHashMap::default();
    let mut instead: SecondaryMap<Block, Option<Block>> = function.per_block();
    for &block in &function.layout {
        let Some(number) = plain_return(function, block) else { continue };
        match known.get(&number) {
            Some(first) => instead[block] = Some(*first),
            None => {
                known.insert(number, block);
            }
        }
    }
    for index in 0..function.layout.len() {
        let block = function.layout[index];
        let Some(terminator) = &mut function.block_mut(block).terminator else { continue };
        for call in terminator.calls_mut() {
            if let Some(to) = instead[call.block]
                && context.rewrite()
            {
                call.block = to;
            }
        }
    }
}

/// Leads jumps past blocks that only jump on.
fn forward(function: &mut Function, context: &mut Context) {
    let outside = used_elsewhere(function, &homes(function));
    // By block: where it leads to, in terms of its own parameters.
    let mut onward: SecondaryMap<Block, Option<BlockCall>> = function.per_block();
    let order = context.order(function);
    // Successors first, so that what a block leads to is final. A loop of nothing but jumps is
    // left alone: its blocks' successors are not all known when they are looked at.
    for &block in order.iter().rev() {
        let data = function.block(block);
        if let Some(Terminator::Jump(call)) = &data.terminator
            && data.insts.is_empty()
            && !data.params.iter().any(|param| outside[*param])
            && call.block != block
            && block != function.entry()
        {
            let call = onward[call.block]
                .as_ref()
                .map_or_else(|| call.clone(), |next| along(function, call, next));
            if call.block != block {
                onward[block] = Some(call);
            }
        }
    }
    for index in 0..function.layout.len() {
        let block = function.layout[index];
        let mut terminator = function.terminator(block).clone();
        let mut changed = false;
        for call in terminator.calls_mut() {
            if let Some(next) = &onward[call.block]
                && context.rewrite()
            {
                *call = along(function, call, next);
                changed = true;
            }
        }
        if changed {
            terminate(function, block, terminator);
        }
    }
    same_ways(function, context);
}

/// A jump to a block that only jumps on with `next`, as one jump.
fn along(function: &Function, call: &BlockCall, next: &BlockCall) -> BlockCall {
    let args = next.args.iter().map(|arg| match is_param_of(function, *arg, call.block) {
        Some(index) => call.args[index],
        None => *arg,
    });
    BlockCall { block: next.block, args: args.collect() }
}

/// A branch both of whose ways are the same is a jump.
fn same_ways(function: &mut Function, context: &mut Context) {
    for index in 0..function.layout.len() {
        let block = function.layout[index];
        if let Terminator::Branch { then, otherwise, .. } = function.terminator(block)
            && then == otherwise
        {
            let call = then.clone();
            if context.rewrite() {
                terminate(function, block, Terminator::Jump(call));
            }
        }
    }
}

/// Drops parameters that are not used, or get the same value from everywhere.
fn params(function: &mut Function, context: &mut Context) {
    let order = context.order(function);
    // By parameter: what it gets. `Some(None)` once two different values were seen.
    let mut gets: SecondaryMap<Value, Option<Option<Value>>> = function.per_value();
    let equal = |a: Value, b: Value| {
        let number = function.constant(a);
        a == b || (number.is_some() && number == function.constant(b))
    };
    for &block in &*order {
        for call in function.terminator(block).calls() {
            for (&param, &arg) in function.block(call.block).params.iter().zip(&call.args) {
                if arg != param {
                    gets[param] = match gets[param] {
                        None => Some(Some(arg)),
                        Some(Some(before)) if equal(before, arg) => Some(Some(arg)),
                        Some(_) => Some(None),
                    };
                }
            }
        }
    }
    let (numbers, has_loops) = numbers(function, &order, |value| gets[value].is_some());
    let used = used(function, &order, has_loops);
    let mut renames = Renames::default();
    let mut dropped: SecondaryMap<Block, Vec<usize>> = function.per_block();
    let mut any = false;
    for &block in &*order {
        for (index, &param) in function.block(block).params.iter().enumerate() {
            if gets[param].is_none() {
                // Evidence, which no jump hands over.
                continue;
            }
            let same = numbers[param].and_then(Known::number).or_else(|| gets[param].flatten());
            let same = same.map(|value| renames.of(value));
            let same = same.filter(|value| *value != param);
            if (!used[param] || same.is_some()) && context.rewrite() {
                if let (true, Some(value)) = (used[param], same) {
                    // A constant may come from blocks of which none is on every way here; it
                    // gets a copy where it is used.
                    renames.insert(param, value);
                }
                dropped[block].push(index);
                any = true;
            }
        }
    }
    if !any {
        return;
    }
    for &block in &*order {
        if let Some(terminator) = &mut function.block_mut(block).terminator {
            for call in terminator.calls_mut() {
                let mut index = 0;
                call.args.retain(|_| {
                    index += 1;
                    !dropped[call.block].contains(&(index - 1))
                });
            }
        }
        function.retain_params(block, |index| !dropped[block].contains(&index));
    }
    renames.apply(function);
    own_constants(function);
}

/// The values that are used; if there are loops, not those that are only handed round.
fn used(function: &Function, order: &[Block], has_loops: bool) -> SecondaryMap<Value, bool> {
    let mut used: SecondaryMap<Value, bool> = function.per_value();
    if !has_loops {
        for &block in order {
            for &inst in &function.block(block).insts {
                function.inst(inst).operands().for_each(|value| used[value] = true);
            }
            function.terminator(block).for_each_operand(|value| used[value] = true);
        }
        return used;
    }
    // By parameter: what it gets.
    let mut args: SecondaryMap<Value, SmallVec<[Value; 2]>> = function.per_value();
    let mut work: Vec<Value> = Vec::new();
    for &block in order {
        let insts = function.block(block).insts.iter();
        work.extend(insts.flat_map(|inst| function.inst(*inst).operands()));
        let mut terminator = function.terminator(block).clone();
        for call in terminator.calls_mut() {
            for (&param, arg) in function.block(call.block).params.iter().zip(call.args.drain(..)) {
                args[param].push(arg);
            }
        }
        terminator.for_each_operand(|value| work.push(value));
    }
    while let Some(value) = work.pop() {
        if !std::mem::replace(&mut used[value], true) {
            work.extend_from_slice(&args[value]);
        }
    }
    used
}

/// Whether a parameter is one number, also if loops hand it round.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    Number(Value),
    Not,
}

impl Known {
    fn number(self) -> Option<Value> {
        match self {
            Self::Number(value) => Some(value),
            Self::Not => None,
        }
    }
}

/// The parameters that are handed over, as far as they are numbers, and whether there are loops.
/// `is_handed` tells which those are.
fn numbers(
    function: &Function,
    order: &[Block],
    is_handed: impl Fn(Value) -> bool,
) -> (SecondaryMap<Value, Option<Known>>, bool) {
    let mut known: SecondaryMap<Value, Option<Known>> = function.per_value();
    let mut passed: SecondaryMap<Block, bool> = function.per_block();
    let mut has_loops = false;
    loop {
        let mut changed = false;
        for &block in order {
            passed[block] = true;
            for call in function.terminator(block).calls() {
                has_loops |= passed[call.block];
                for (&param, &arg) in function.block(call.block).params.iter().zip(&call.args) {
                    let told = match function.constant(arg) {
                        Some(_) => Some(Known::Number(arg)),
                        None if is_handed(arg) => known[arg],
                        None => Some(Known::Not),
                    };
                    let Some(told) = told else { continue };
                    let meet = match (known[param], told) {
                        (None, told) => told,
                        (Some(Known::Number(a)), Known::Number(b))
                            if function.constant(a) == function.constant(b) =>
                        {
                            continue;
                        }
                        _ => Known::Not,
                    };
                    changed |= known[param] != Some(meet);
                    known[param] = Some(meet);
                }
            }
        }
        // Without loops what is handed on is known before it is needed.
        if !changed || !has_loops {
            return (known, has_loops);
        }
    }
}

/// Joins a block with the one that it jumps to, if nothing else leads there.
fn merge(function: &mut Function, context: &mut Context) {
    let preds = function.predecessors();
    let mut renames = Renames::default();
    let mut gone: SecondaryMap<Block, bool> = function.per_block();
    for index in 0..function.layout.len() {
        let block = function.layout[index];
        if gone[block] {
            continue;
        }
        while let Terminator::Jump(call) = function.terminator(block) {
            let next = call.block;
            let only = preds[next].len() == 1 && next != block && next != function.entry();
            if !only || !context.rewrite() {
                break;
            }
            let args = call.args.clone();
            let data = std::mem::take(function.block_mut(next));
            for (param, arg) in data.params.into_iter().zip(args) {
                renames.insert(param, arg);
            }
            let to = function.block_mut(block);
            to.insts.extend(data.insts);
            to.terminator = data.terminator;
            to.span = data.span;
            gone[next] = true;
        }
    }
    function.layout.retain(|block| !gone[*block]);
    renames.apply(function);
}

/// Drops instructions whose results nobody uses.
fn unused(function: &mut Function) -> bool {
    let mut used: SecondaryMap<Value, bool> = function.per_value();
    let mut work: Vec<Value> = Vec::new();
    for &block in &function.layout {
        function.terminator(block).for_each_operand(|value| work.push(value));
        let insts = function.block(block).insts.iter();
        work.extend(
            insts.filter(|i| function.effect(**i).is_needed()).map(|i| function.result(*i)),
        );
    }
    while let Some(value) = work.pop() {
        if !std::mem::replace(&mut used[value], true)
            && let Some(instruction) = function.def_inst(value)
        {
            work.extend(instruction.operands());
        }
    }
    let mut changed = false;
    for index in 0..function.layout.len() {
        let block = function.layout[index];
        let mut insts = std::mem::take(&mut function.block_mut(block).insts);
        let before = insts.len();
        insts.retain(|inst| used[function.result(*inst)]);
        changed |= insts.len() != before;
        function.block_mut(block).insts = insts;
    }
    changed
}
