//! Leaves out what is not used, tables too, and renumbers the rest, so that equal functions print
//! equal.

use cranelift_entity::SecondaryMap;
use cranelift_entity::packed_option::{PackedOption, ReservedValue};
use smallvec::SmallVec;

use crate::entity::{Block, Value};
use crate::function::{Function, ValueDef};
use crate::instruction::Instruction;
use crate::types::Type;

impl Function {
    /// Takes the blocks that control cannot get to out of the layout; whether there were any.
    ///
    /// # Panics
    /// If a block that control can get to is not finished.
    pub fn remove_unreachable(&mut self) -> bool {
        let mut reached: SecondaryMap<Block, bool> = self.per_block();
        let mut work: SmallVec<[Block; 16]> = self.layout.first().copied().into_iter().collect();
        let mut count = 0;
        while let Some(block) = work.pop() {
            if !std::mem::replace(&mut reached[block], true) {
                count += 1;
                work.extend(self.terminator(block).successors());
            }
        }
        let before = self.layout.len();
        if count == before {
            return false;
        }
        self.layout.retain(|block| reached[*block]);
        self.layout.len() != before
    }

    /// The function without its copy for usual packets; `None` if it has none, or the original uses
    /// what is computed before it.
    ///
    /// # Panics
    /// If the function is not valid.
    #[must_use]
    pub fn restarted(&self) -> Option<Self> {
        let restart = self.restart.filter(|block| self.layout.contains(block))?;
        let mut rest = self.clone();
        rest.restart = None;
        rest.layout.retain(|block| *block != restart);
        rest.layout.insert(0, restart);
        rest.remove_unreachable();
        let mut made: SecondaryMap<Value, bool> = self.per_value();
        for &block in &rest.layout {
            let data = rest.block(block);
            data.params.iter().for_each(|param| made[*param] = true);
            data.insts.iter().for_each(|inst| made[rest.result(*inst)] = true);
        }
        let mut whole = rest.block(restart).params.is_empty();
        for &block in &rest.layout {
            let terminator = rest.terminator(block);
            terminator.for_each_operand(|value| whole &= made[value]);
            whole &= terminator.successors().all(|next| next != restart);
            let mut operands =
                rest.block(block).insts.iter().flat_map(|inst| rest.inst(*inst).operands());
            whole &= operands.all(|value| made[value]);
        }
        whole.then_some(rest)
    }

    /// The same function without unreachable blocks and without instructions that are in no block;
    /// values, instructions, blocks and
    /// tables are numbered from 0 in the order of the layout.
    ///
    /// # Panics
    /// If the function is not valid.
    #[must_use]
    pub fn compact(&self) -> Self {
        let mut old = self.clone();
        old.remove_unreachable();
        let mut new = Self::new(old.name.as_str());
        new.params.clone_from(&old.params);
        new.result = old.result;
        new.slots = old.slots.clone();
        let mut voids = Vec::new();
        let mut blocks: SecondaryMap<Block, PackedOption<Block>> = SecondaryMap::new();
        let mut values: SecondaryMap<Value, PackedOption<Value>> = SecondaryMap::new();
        for &from in &old.layout {
            let to = new.add_block();
            blocks[from] = to.into();
            for &param in &old.block(from).params {
                values[param] = new.add_param(to, old.ty(param)).into();
            }
            for &inst in &old.block(from).insts {
                let result = old.result(inst);
                let made = new.next_inst();
                // What has no name in the text gets the last numbers.
                let value = if old.ty(result) == Type::Void {
                    voids.push(made);
                    Value::reserved_value()
                } else {
                    new.push_value(old.ty(result), ValueDef::Result(made))
                };
                values[result] = value.into();
                let mut instruction = *old.inst(inst);
                if let Instruction::Table { table, .. } = &mut instruction {
                    *table = new.add_table(old.table(*table).clone());
                }
                new.push_inst(instruction, value, old.span(inst));
                new.block_mut(to).insts.push(made);
            }
        }
        for inst in voids {
            let value = new.push_value(Type::Void, ValueDef::Result(inst));
            new.set_result(inst, value);
        }
        // Only now: the layout may list a use before its definition.
        let value = |old: Value| values[old].expect("a value of the function");
        let block = |old: Block| blocks[old].expect("a block of the function");
        for &from in &old.layout {
            let to = block(from);
            for inst in new.block(to).insts.clone() {
                new.inst_mut(inst).map_operands(value);
            }
            let mut terminator = old.terminator(from).clone();
            terminator.map_operands(value);
            terminator.map_blocks(block);
            new.terminate(to, terminator, old.block(from).span);
        }
        new.restart = old.restart.filter(|from| old.layout.contains(from)).map(block);
        new
    }
}
