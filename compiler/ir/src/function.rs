//! Modules, functions, blocks.

use std::sync::Arc;

use cranelift_entity::{EntityRef, PrimaryMap, SecondaryMap};
use nbpfc_kernel::Member;
use nbpfc_source::{File, Span};
use smallvec::SmallVec;

use crate::effect::{Effect, Written};
use crate::entity::{Block, Inst, Slot, Table, Value};
use crate::instruction::{Instruction, Place};
use crate::map::Maps;
use crate::pointer::{Pointer, Region};
use crate::tables::TableData;
use crate::terminator::{Terminator, Values};
use crate::types::{Type, UnaryOp};

/// What is compiled together: one source text, the maps that it has and the functions made from it.
#[derive(Clone, Debug)]
pub struct Module {
    /// The source that spans point into.
    pub source: Arc<File>,
    /// The maps.
    pub maps: Maps,
    /// The functions; an expression has one.
    pub functions: Vec<Function>,
    /// Where loops stand in the source, up to where what is repeated begins. What else goes round, such as
    /// the search for a header that may be repeated, nobody wrote down as a loop.
    pub loops: Vec<Span>,
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueDef {
    /// An instruction's result.
    Result(Inst),
    /// The parameter of a block with this index.
    Param(Block, u32),
}

/// The instructions of a block: few enough, as a rule, to lie in the block itself.
pub type Insts = SmallVec<[Inst; 8]>;

/// A basic block: parameters, instructions, an end.
#[derive(Debug, Default)]
pub struct BlockData {
    /// The parameters, set by the jumps that lead here.
    pub params: Values,
    /// The instructions, in order.
    pub insts: Insts,
    /// How it ends; `None` only while it is being built, or when it was removed.
    pub terminator: Option<Terminator>,
    /// The source that the end comes from.
    pub span: Span,
}

impl Clone for BlockData {
    fn clone(&self) -> Self {
        // Copied at once, where the derived one would go from value to value.
        Self {
            params: Values::from_slice(&self.params),
            insts: Insts::from_slice(&self.insts),
            terminator: self.terminator.clone(),
            span: self.span,
        }
    }
}

impl Module {
    /// Functions without maps.
    pub fn new(source: Arc<File>, functions: Vec<Function>) -> Self {
        Self { source, maps: Maps::default(), functions, loops: Vec::new() }
    }
}

/// Bytes of a function's stack; it begins at a multiple of 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotData {
    /// How many bytes.
    pub size: u32,
}

/// One function: a filter, a program's body, or what they call.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name, `[A-Za-z_][A-Za-z0-9_]*`.
    pub name: String,
    /// What it is called with; a program has none, it asks for [`Instruction::Context`].
    pub params: Vec<Type>,
    /// What it returns: an `i32` or an `i64`; a program an `i32`.
    pub result: Type,
    /// Its part of the stack. What is in it at first is not known.
    pub slots: PrimaryMap<Slot, SlotData>,
    /// The blocks in the order in which they are laid out; the first is the entry, which has no
    /// parameters and which no jump leads to. A block that is not listed is not part of the
    /// function; one that is can be reached.
    pub layout: Vec<Block>,
    /// Of a function with a copy for usual packets, where the original begins: to go there from the
    /// entry, whatever the packet is, changes nothing of what the function does.
    pub restart: Option<Block>,
    blocks: PrimaryMap<Block, BlockData>,
    insts: PrimaryMap<Inst, (Instruction, Value)>,
    values: PrimaryMap<Value, (Type, ValueDef)>,
    spans: SecondaryMap<Inst, Span>,
    tables: PrimaryMap<Table, TableData>,
}

/// For how many blocks there is room at first.
const SMALL: usize = 32;

impl Function {
    /// A function without blocks.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            params: Vec::new(),
            result: Type::I32,
            slots: PrimaryMap::new(),
            layout: Vec::with_capacity(SMALL),
            restart: None,
            blocks: PrimaryMap::with_capacity(SMALL),
            insts: PrimaryMap::with_capacity(2 * SMALL),
            values: PrimaryMap::with_capacity(2 * SMALL),
            spans: SecondaryMap::with_capacity(2 * SMALL),
            tables: PrimaryMap::new(),
        }
    }

    /// The block where control enters.
    ///
    /// # Panics
    /// If the function has no block.
    #[inline]
    pub fn entry(&self) -> Block {
        self.layout[0]
    }

    /// A new empty block at the end of the layout.
    pub fn add_block(&mut self) -> Block {
        let block = self.blocks.push(BlockData::default());
        self.layout.push(block);
        block
    }

    /// A new parameter of a block, behind those it has.
    pub fn add_param(&mut self, block: Block, ty: Type) -> Value {
        let index = self.blocks[block].params.len() as u32;
        let value = self.values.push((ty, ValueDef::Param(block, index)));
        self.blocks[block].params.push(value);
        value
    }

    /// Drops the parameters of a block for which `keep` is false, by index. The jumps that lead
    /// there are the caller's to mend.
    pub fn retain_params(&mut self, block: Block, mut keep: impl FnMut(usize) -> bool) {
        let old = std::mem::take(&mut self.blocks[block].params);
        for (_, value) in old.into_iter().enumerate().filter(|(index, _)| keep(*index)) {
            let index = self.blocks[block].params.len() as u32;
            self.values[value].1 = ValueDef::Param(block, index);
            self.blocks[block].params.push(value);
        }
    }

    /// Makes an instruction and its result without placing it in a block.
    pub fn make_inst(&mut self, instruction: Instruction, span: Span) -> (Inst, Value) {
        let ty = self.type_of(&instruction);
        let inst = self.insts.next_key();
        let value = self.values.push((ty, ValueDef::Result(inst)));
        self.insts.push((instruction, value));
        self.spans[inst] = span;
        (inst, value)
    }

    /// Makes an instruction at the end of a block.
    pub fn append(&mut self, block: Block, instruction: Instruction, span: Span) -> Value {
        let (inst, value) = self.make_inst(instruction, span);
        self.blocks[block].insts.push(inst);
        value
    }

    /// Sets how a block ends.
    pub fn terminate(&mut self, block: Block, terminator: Terminator, span: Span) {
        self.blocks[block].terminator = Some(terminator);
        self.blocks[block].span = span;
    }

    /// The table with these contents, a new one unless the function has it already.
    pub fn add_table(&mut self, data: TableData) -> Table {
        let known = self.tables.iter().find(|(_, table)| **table == data);
        match known {
            Some((table, _)) => table,
            None => self.tables.push(data),
        }
    }

    /// Adds a table at the next index, whether the function has one like it or not.
    pub(crate) fn push_table(&mut self, data: TableData) -> Table {
        self.tables.push(data)
    }

    /// A table's contents.
    #[inline]
    pub fn table(&self, table: Table) -> &TableData {
        &self.tables[table]
    }

    /// The tables, each with its name.
    pub fn tables(&self) -> impl Iterator<Item = (Table, &TableData)> {
        self.tables.iter()
    }

    /// How many tables there are; their indexes are below this.
    pub fn table_count(&self) -> usize {
        self.tables.len()
    }

    /// Adds a value at the next index; for those who rebuild a function with numbers of their own.
    pub(crate) fn push_value(&mut self, ty: Type, def: ValueDef) -> Value {
        self.values.push((ty, def))
    }

    /// The instruction that is made next.
    pub(crate) fn next_inst(&self) -> Inst {
        self.insts.next_key()
    }

    /// An instruction, to change its operands.
    pub(crate) fn inst_mut(&mut self, inst: Inst) -> &mut Instruction {
        &mut self.insts[inst].0
    }

    /// Adds an instruction at the next index, not placed in a block, whose result is this value.
    pub(crate) fn push_inst(
        &mut self,
        instruction: Instruction,
        result: Value,
        span: Span,
    ) -> Inst {
        let inst = self.insts.push((instruction, result));
        self.spans[inst] = span;
        inst
    }

    /// Sets which value an instruction's result is.
    pub(crate) fn set_result(&mut self, inst: Inst, result: Value) {
        self.insts[inst].1 = result;
    }

    /// Adds a block at the next index that the layout does not list.
    pub(crate) fn push_block(&mut self) -> Block {
        self.blocks.push(BlockData::default())
    }

    /// The type of an instruction's result, as its operands have them.
    pub(crate) fn type_of(&self, instruction: &Instruction) -> Type {
        let part = |pointer: Value, size| match self.ty(pointer) {
            Type::Pointer(whole) => Type::Pointer(Pointer { size, ..whole }),
            other => other,
        };
        match *instruction {
            Instruction::Const(ty, _) | Instruction::Argument(_, ty) => ty,
            Instruction::Unary(UnaryOp::Extend, _) => Type::I64,
            Instruction::Unary(UnaryOp::Truncate, _) | Instruction::Meta(_) => Type::I32,
            Instruction::Unary(_, a) | Instruction::Binary(_, a, _) => self.ty(a),
            Instruction::Load { width, .. }
            | Instruction::Table { width, .. }
            | Instruction::Read(Place { width, .. })
            | Instruction::Atomic { place: Place { width, .. }, fetch: true, .. }
            | Instruction::CompareExchange { place: Place { width, .. }, .. } => width.result(),
            Instruction::Store { .. }
            | Instruction::Write(..)
            | Instruction::Atomic { fetch: false, .. }
            | Instruction::SetMember(..)
            | Instruction::Checkpoint(_) => Type::Void,
            Instruction::Context => Type::Pointer(Pointer::new(Region::Context, 0)),
            Instruction::Map(map) => Type::Pointer(Pointer::new(Region::Map(map), 0)),
            Instruction::Global { size, writable, .. } => {
                let region = if writable { Region::Value } else { Region::Constant };
                Type::Pointer(Pointer::new(region, size))
            }
            Instruction::Slot(slot) => {
                let size = self.slots.get(slot).map_or(0, |data| data.size);
                Type::Pointer(Pointer::new(Region::Stack, size))
            }
            Instruction::Part { pointer, size, .. } | Instruction::Index { pointer, size, .. } => {
                part(pointer, size)
            }
            Instruction::Member(Member { field, .. }) => {
                if field.size == 8 {
                    Type::I64
                } else {
                    Type::I32
                }
            }
            Instruction::Call { result, .. } | Instruction::Invoke { result, .. } => result,
        }
    }

    /// What an instruction does beside computing its result.
    #[inline]
    pub fn effect(&self, inst: Inst) -> Effect {
        self.inst(inst).effect(|value| self.ty(value))
    }

    /// Whether a block does more than compute.
    pub fn has_effects(&self, block: Block) -> bool {
        self.block(block).insts.iter().any(|inst| self.effect(*inst).is_needed())
    }

    /// All that is written anywhere in the function.
    pub fn written(&self) -> Written {
        let insts = self.layout.iter().flat_map(|block| &self.block(*block).insts);
        insts.fold(Written::default(), |written, inst| written.and(self.effect(*inst)))
    }

    /// A block's contents.
    #[inline]
    pub fn block(&self, block: Block) -> &BlockData {
        &self.blocks[block]
    }

    /// A block's contents, to change. Parameters are changed by [`Function::add_param`] and
    /// [`Function::retain_params`] instead.
    #[inline]
    pub fn block_mut(&mut self, block: Block) -> &mut BlockData {
        &mut self.blocks[block]
    }

    /// How a finished block ends.
    ///
    /// # Panics
    /// If the block is not finished.
    #[inline]
    pub fn terminator(&self, block: Block) -> &Terminator {
        self.blocks[block].terminator.as_ref().expect("a finished block")
    }

    /// An instruction.
    #[inline]
    pub fn inst(&self, inst: Inst) -> &Instruction {
        &self.insts[inst].0
    }

    /// Replaces an instruction by one whose result has the same type.
    #[inline]
    pub fn replace_inst(&mut self, inst: Inst, instruction: Instruction) {
        debug_assert_eq!(self.type_of(&instruction), self.ty(self.insts[inst].1));
        self.insts[inst].0 = instruction;
    }

    /// An instruction's result.
    #[inline]
    pub fn result(&self, inst: Inst) -> Value {
        self.insts[inst].1
    }

    /// The source that an instruction comes from.
    #[inline]
    pub fn span(&self, inst: Inst) -> Span {
        self.spans[inst]
    }

    /// A value's type.
    #[inline]
    pub fn ty(&self, value: Value) -> Type {
        self.values[value].0
    }

    /// Where a value comes from.
    #[inline]
    pub fn def(&self, value: Value) -> ValueDef {
        self.values[value].1
    }

    /// The instruction that computes a value; `None` for a parameter.
    #[inline]
    pub fn def_inst(&self, value: Value) -> Option<&Instruction> {
        match self.def(value) {
            ValueDef::Result(inst) => Some(self.inst(inst)),
            ValueDef::Param(..) => None,
        }
    }

    /// The number that a value is, if it is a constant.
    #[inline]
    pub fn constant(&self, value: Value) -> Option<u64> {
        match self.def_inst(value) {
            Some(Instruction::Const(_, number)) => Some(*number),
            _ => None,
        }
    }

    /// How many values were ever made; their indexes are below this.
    #[inline]
    pub fn value_count(&self) -> usize {
        self.values.len()
    }

    /// How many instructions were ever made; their indexes are below this.
    #[inline]
    pub fn inst_count(&self) -> usize {
        self.insts.len()
    }

    /// How many blocks were ever made; their indexes are below this.
    #[inline]
    pub fn block_count(&self) -> usize {
        self.blocks.len()
    }

    /// A map with room for all blocks.
    pub fn per_block<T: Clone + Default>(&self) -> SecondaryMap<Block, T> {
        filled(self.blocks.len())
    }

    /// A map with room for all values.
    pub fn per_value<T: Clone + Default>(&self) -> SecondaryMap<Value, T> {
        filled(self.values.len())
    }
}

/// A map that has all its entries from the start, so that none has to make it grow.
fn filled<K: EntityRef, T: Clone + Default>(entries: usize) -> SecondaryMap<K, T> {
    let mut map = SecondaryMap::with_capacity(entries);
    map.resize(entries);
    map
}
