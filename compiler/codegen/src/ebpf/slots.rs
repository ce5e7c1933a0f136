//! Where a function's slots lie on the stack.
//!
//! Apart, as long as there is room; else those that are not in use at the same time share a place. A slot
//! is in use from each access to every later one, for what is in it counts until then.

use nbpfc_ir::{Block, Function, Instruction, Region, Slot, Value};
use rustc_hash::{FxHashMap, FxHashSet};

/// How far the end of each slot is from the beginning of them all.
#[derive(Clone, Debug)]
pub(crate) struct Slots {
    ends: Vec<u32>,
    size: u32,
}

/// When a slot is in use in a block: from an instruction's number up to another's.
type Interval = (u32, usize, usize);

impl Slots {
    /// One behind the other.
    pub(crate) fn apart(function: &Function) -> Self {
        let mut size = 0;
        let ends = function.slots.values().map(|slot| {
            size += slot.size.next_multiple_of(8);
            size
        });
        let ends = ends.collect();
        Self { ends, size }
    }

    /// As close as they can be.
    pub(crate) fn shared(function: &Function) -> Self {
        let others = together(function);
        let mut ends: Vec<Option<u32>> = vec![None; function.slots.len()];
        let sizes: Vec<u32> =
            function.slots.values().map(|slot| slot.size.next_multiple_of(8)).collect();
        // Where there is least choice, first.
        let mut order: Vec<usize> = (0..sizes.len()).collect();
        order.sort_by_key(|slot| std::cmp::Reverse(sizes[*slot]));
        for slot in order {
            let of = others.get(&(slot as u32)).into_iter().flatten();
            let mut taken: Vec<(u32, u32)> = of
                .filter_map(|other| {
                    let end = ends[*other as usize]?;
                    Some((end - sizes[*other as usize], end))
                })
                .collect();
            taken.sort_unstable();
            let mut start = 0;
            for (from, to) in taken {
                if start + sizes[slot] <= from {
                    break;
                }
                start = start.max(to);
            }
            ends[slot] = Some(start + sizes[slot]);
        }
        let ends: Vec<u32> = ends.into_iter().flatten().collect();
        let size = ends.iter().copied().max().unwrap_or(0);
        Self { ends, size }
    }

    /// How far a slot's end is from the beginning of all slots, in bytes.
    pub(crate) fn end(&self, slot: Slot) -> u32 {
        self.ends.get(slot.as_u32() as usize).copied().unwrap_or(self.size)
    }

    /// Bytes that all of them take.
    pub(crate) fn size(&self) -> u32 {
        self.size
    }
}

/// The slots that values may lead into.
fn leads(function: &Function) -> FxHashMap<Value, FxHashSet<u32>> {
    let on_stack = |value: Value| {
        function.ty(value).pointer().is_some_and(|pointer| pointer.region == Region::Stack)
    };
    let mut leads: FxHashMap<Value, FxHashSet<u32>> = FxHashMap::default();
    loop {
        let mut changed = false;
        let mut add = |to: Value, from: &[Value], own: Option<u32>| {
            let mut found: FxHashSet<u32> = own.into_iter().collect();
            for value in from {
                found.extend(leads.get(value).into_iter().flatten());
            }
            let known = leads.entry(to).or_default();
            let before = known.len();
            known.extend(found);
            changed |= known.len() != before;
        };
        for block in &function.layout {
            for inst in &function.block(*block).insts {
                let result = function.result(*inst);
                match function.inst(*inst) {
                    Instruction::Slot(slot) => add(result, &[], Some(slot.as_u32())),
                    instruction if on_stack(result) => {
                        add(result, &instruction.operands().collect::<Vec<_>>(), None);
                    }
                    _ => {}
                }
            }
            let end = function.terminator(*block);
            let mut operands = Vec::new();
            end.for_each_operand(|value| operands.push(value));
            for next in end.successors() {
                for param in function.block(next).params.iter().filter(|param| on_stack(**param)) {
                    add(*param, &operands, None);
                }
            }
        }
        if !changed {
            return leads;
        }
    }
}

/// For each slot those that are in use at the same time.
fn together(function: &Function) -> FxHashMap<u32, FxHashSet<u32>> {
    let leads = leads(function);
    let mut accesses: FxHashMap<Block, Vec<(usize, u32)>> = FxHashMap::default();
    for block in &function.layout {
        let list = accesses.entry(*block).or_default();
        for (at, inst) in function.block(*block).insts.iter().enumerate() {
            let instruction = function.inst(*inst);
            // These only say where it is.
            if matches!(
                instruction,
                Instruction::Slot(_) | Instruction::Part { .. } | Instruction::Index { .. }
            ) {
                continue;
            }
            for operand in instruction.operands() {
                let slots = leads.get(&operand).into_iter().flatten();
                list.extend(slots.map(|slot| (at, *slot)));
            }
        }
    }
    let (before, after) = around(function, &accesses);
    let mut together: FxHashMap<u32, FxHashSet<u32>> = FxHashMap::default();
    for block in &function.layout {
        let intervals = intervals(&accesses[block], &before[block], &after[block]);
        for (index, (a, from, to)) in intervals.iter().enumerate() {
            for (b, start, end) in &intervals[index + 1..] {
                if from <= end && start <= to {
                    together.entry(*a).or_default().insert(*b);
                    together.entry(*b).or_default().insert(*a);
                }
            }
        }
    }
    together
}

type Around = FxHashMap<Block, FxHashSet<u32>>;

/// The slots that may be accessed on a way to each block, and on a way from its end.
fn around(function: &Function, accesses: &FxHashMap<Block, Vec<(usize, u32)>>) -> (Around, Around) {
    let none = || function.layout.iter().map(|block| (*block, FxHashSet::default())).collect();
    let (mut before, mut after): (Around, Around) = (none(), none());
    loop {
        let mut changed = false;
        let mut add = |known: &mut FxHashSet<u32>, more: Vec<u32>| {
            let count = known.len();
            known.extend(more);
            changed |= known.len() != count;
        };
        for block in &function.layout {
            let own = accesses[block].iter().map(|(_, slot)| *slot);
            let here: Vec<u32> = own.chain(before[block].iter().copied()).collect();
            for next in function.terminator(*block).successors() {
                add(before.entry(next).or_default(), here.clone());
            }
        }
        for block in function.layout.iter().rev() {
            for next in function.terminator(*block).successors() {
                let own = accesses[&next].iter().map(|(_, slot)| *slot);
                let later = own.chain(after[&next].iter().copied()).collect();
                add(after.entry(*block).or_default(), later);
            }
        }
        if !changed {
            return (before, after);
        }
    }
}

/// When slots are in use in a block.
fn intervals(
    accesses: &[(usize, u32)],
    before: &FxHashSet<u32>,
    after: &FxHashSet<u32>,
) -> Vec<Interval> {
    let mut slots: Vec<u32> = accesses.iter().map(|(_, slot)| *slot).collect();
    slots.extend(before.intersection(after));
    slots.sort_unstable();
    slots.dedup();
    let of = |slot: u32| {
        let mut own = accesses.iter().filter(|(_, other)| *other == slot).map(|(at, _)| *at);
        let first = own.next().unwrap_or(0);
        let last = own.next_back().unwrap_or(first);
        let from = if before.contains(&slot) { 0 } else { first };
        let to = if after.contains(&slot) { usize::MAX } else { last };
        (slot, from, to)
    };
    slots.into_iter().map(of).collect()
}
