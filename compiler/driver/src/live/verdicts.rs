//! Programs of the nbp language that count their packets by verdict.

use nbpfc_ir::{
    Block, BlockCall, Compare, Function, Instruction, Map, MapData, Module, Place as Memory,
    SlotData, Terminator, Type, Value, Width,
};
use nbpfc_kernel::MapKind;
use nbpfc_source::Span;

use super::{add_count, constant};
use crate::counted::Counted;

/// Has a module's program count each packet in an array, in the element of its verdict's place among
/// these; in the one behind them if it is another. `alone` for a map with one value, not one of each
/// processor.
pub(crate) fn count(module: &mut Module, name: &str, verdicts: &[(String, u32)], alone: bool) {
    let kind = if alone { MapKind::Array } else { MapKind::PerCpuArray };
    let entries = verdicts.len() as u32 + 1;
    let counters = module.maps.push(MapData::new(name, kind, 4, Counted::SIZE, entries));
    let numbers: Vec<u32> = verdicts.iter().map(|(_, number)| *number).collect();
    // The first is the program, others are called by it.
    if let Some(function) = module.functions.first_mut() {
        Adder { function, numbers: &numbers }.add(counters);
    }
}

struct Adder<'a> {
    function: &'a mut Function,
    numbers: &'a [u32],
}

impl Adder<'_> {
    fn add(&mut self, counters: Map) {
        let returns: Vec<(Block, Value)> = self
            .function
            .layout
            .iter()
            .filter_map(|block| match self.function.terminator(*block) {
                Terminator::Return(value) => Some((*block, *value)),
                _ => None,
            })
            .collect();
        let (start, end) = (self.function.add_block(), self.function.add_block());
        let verdict = self.function.add_param(start, Type::I32);
        let index = self.function.add_param(start, Type::I32);
        for (block, value) in returns {
            self.lead(block, value, start);
        }
        let span = Span::default();
        let key = self.function.slots.push(SlotData { size: 4 });
        let key = self.function.append(start, Instruction::Slot(key), span);
        let whole = Memory { width: Width::W4, pointer: key, displacement: 0 };
        self.function.append(start, Instruction::Write(whole, index), span);
        let (counted, _) = add_count(self.function, start, end, counters, key);
        self.function.terminate(counted, Terminator::Jump(end.into()), span);
        self.function.terminate(end, Terminator::Return(verdict), span);
    }

    /// Leads a way out to where it is counted.
    fn lead(&mut self, mut block: Block, value: Value, start: Block) {
        let span = self.function.block(block).span;
        let others = self.numbers.len() as u32;
        let known = self.function.constant(value);
        if let Some(number) = known {
            let at = self.numbers.iter().position(|other| u64::from(*other) == number);
            let index = at.map_or(others, |at| at as u32);
            let end = self.counted(block, value, index, start);
            self.function.terminate(block, Terminator::Jump(end), span);
            return;
        }
        for (index, number) in (0..).zip(self.numbers) {
            let number = constant(self.function, block, Type::I32, (*number).into());
            let then = self.counted(block, value, index, start);
            let next = self.function.add_block();
            let otherwise = BlockCall::from(next);
            let (compare, a, b) = (Compare::Eq, value, number);
            let end = Terminator::Branch { compare, a, b, then, otherwise };
            self.function.terminate(block, end, span);
            block = next;
        }
        let end = self.counted(block, value, others, start);
        self.function.terminate(block, Terminator::Jump(end), span);
    }

    fn counted(&mut self, block: Block, value: Value, index: u32, start: Block) -> BlockCall {
        let index = constant(self.function, block, Type::I32, index.into());
        BlockCall { block: start, args: [value, index].into_iter().collect() }
    }
}
