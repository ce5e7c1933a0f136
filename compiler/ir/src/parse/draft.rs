//! A function while its text is read.

use std::collections::BTreeMap;

use cranelift_entity::PrimaryMap;
use nbpfc_source::Span;

use super::Error;
use crate::entity::{Block, Inst, Slot, Value};
use crate::function::{BlockData, Function, SlotData, ValueDef};
use crate::instruction::Instruction;
use crate::pointer::Pointer;
use crate::tables::TableData;
use crate::types::{Type, UnaryOp};

/// How the text defines a value.
#[derive(Clone, Copy)]
pub(super) enum Def {
    Result(Inst),
    Param(Block, u32, Type),
}

/// A function while its text is read; the indexes are those of the function.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) name: String,
    pub(super) params: Vec<Type>,
    /// `None` for an `i32`.
    pub(super) result: Option<Type>,
    pub(super) slots: PrimaryMap<Slot, SlotData>,
    pub(super) tables: Vec<TableData>,
    pub(super) layout: Vec<Block>,
    pub(super) blocks: BTreeMap<Block, BlockData>,
    /// The result is `None` if the text gives it no number, as it has none.
    pub(super) insts: Vec<(Instruction, Option<Value>, Span)>,
    pub(super) values: BTreeMap<Value, Def>,
    /// Every use, with its offset in the text.
    pub(super) values_used: Vec<(Value, u32)>,
    pub(super) blocks_used: Vec<(Block, u32)>,
}

impl Draft {
    pub(super) fn define(&mut self, value: Value, def: Def, offset: u32) -> Result<(), Error> {
        match self.values.insert(value, def) {
            None => Ok(()),
            Some(_) => Err((offset, format!("{value} is defined twice"))),
        }
    }

    pub(super) fn finish(mut self) -> Result<Function, Error> {
        if let Some((value, offset)) =
            self.values_used.iter().find(|(value, _)| !self.values.contains_key(value))
        {
            return Err((*offset, format!("{value} is not defined")));
        }
        if let Some((block, offset)) =
            self.blocks_used.iter().find(|(block, _)| !self.blocks.contains_key(block))
        {
            return Err((*offset, format!("{block} is not defined")));
        }
        let mut function = Function::new(self.name.as_str());
        function.slots.clone_from(&self.slots);
        for data in std::mem::take(&mut self.tables) {
            function.push_table(data);
        }
        function.params = std::mem::take(&mut self.params);
        function.result = self.result.unwrap_or(Type::I32);
        let types = self.types(&function);
        // Results that have no number in the text come behind all that have.
        let mut next = types.len() as u32;
        let mut effects = Vec::new();
        for (instruction, value, span) in std::mem::take(&mut self.insts) {
            let result = value.unwrap_or_else(|| {
                next += 1;
                Value::from_u32(next - 1)
            });
            let inst = function.push_inst(instruction, result, span);
            effects.extend(value.is_none().then_some(inst));
        }
        for (index, ty) in types.into_iter().enumerate() {
            let value = Value::from_u32(index as u32);
            let def = match self.values.get(&value) {
                Some(Def::Result(inst)) => ValueDef::Result(*inst),
                Some(Def::Param(block, index, _)) => ValueDef::Param(*block, *index),
                None => ValueDef::Result(function.push_inst(
                    Instruction::Const(ty, 0),
                    value,
                    Span::default(),
                )),
            };
            function.push_value(ty, def);
        }
        for inst in effects {
            function.push_value(Type::Void, ValueDef::Result(inst));
        }
        let count = self.blocks.keys().next_back().map_or(0, |block| block.as_u32() + 1);
        for index in 0..count {
            let block = function.push_block();
            if let Some(data) = self.blocks.remove(&Block::from_u32(index)) {
                *function.block_mut(block) = data;
            }
        }
        function.layout = self.layout;
        Ok(function)
    }

    /// The type of every value up to the last one, in order.
    fn types(&self, function: &Function) -> Vec<Type> {
        let count = self.values.keys().next_back().map_or(0, |value| value.as_u32() + 1);
        let mut types: Vec<Option<Type>> = vec![None; count as usize];
        let mut waiting = Vec::new();
        for index in 0..count as usize {
            // An operation has its operand's type, so chains are followed to something known. A
            // chain that closes on itself, which no valid function has, ends in the guess.
            let mut at = index;
            let ty = loop {
                if let Some(ty) = types[at] {
                    break ty;
                }
                match self.own_type(Value::from_u32(at as u32), function) {
                    Ok(ty) => {
                        types[at] = Some(ty);
                        break ty;
                    }
                    Err(operand) => {
                        types[at] = Some(Type::I32);
                        waiting.push(at);
                        at = operand.as_u32() as usize;
                    }
                }
            };
            // The last one found is the first whose operand's type is known.
            let mut ty = ty;
            for at in waiting.drain(..).rev() {
                ty = self.resized(Value::from_u32(at as u32), ty);
                types[at] = Some(ty);
            }
        }
        types.into_iter().map(|ty| ty.unwrap_or(Type::I32)).collect()
    }

    /// The type of a value whose operand has this type.
    fn resized(&self, value: Value, ty: Type) -> Type {
        let Some(Def::Result(inst)) = self.values.get(&value) else { return ty };
        match (self.insts[inst.as_u32() as usize].0, ty) {
            (
                Instruction::Part { size, .. } | Instruction::Index { size, .. },
                Type::Pointer(whole),
            ) => Type::Pointer(Pointer { size, ..whole }),
            _ => ty,
        }
    }

    /// A value's type, or the value that has the same one, but for its size.
    fn own_type(&self, value: Value, function: &Function) -> Result<Type, Value> {
        match self.values.get(&value) {
            None => Ok(Type::I32),
            Some(Def::Param(_, _, ty)) => Ok(*ty),
            Some(Def::Result(inst)) => match self.insts[inst.as_u32() as usize].0 {
                Instruction::Unary(UnaryOp::Truncate, _) => Ok(Type::I32),
                Instruction::Unary(UnaryOp::Extend, _) => Ok(Type::I64),
                Instruction::Unary(_, a)
                | Instruction::Binary(_, a, _)
                | Instruction::Part { pointer: a, .. }
                | Instruction::Index { pointer: a, .. } => Err(a),
                other => Ok(function.type_of(&other)),
            },
        }
    }
}
