//! Functions, blocks, instructions.

use std::sync::Arc;

use cranelift_entity::{PrimaryMap, SecondaryMap};
use nbpfc_kernel::Field;
use nbpfc_source::{File, Span};

use crate::entity::{Block, Inst, Table, Value};
use crate::tables::TableData;
use crate::types::{BinaryOp, Compare, Type, UnaryOp, Width};

/// What is compiled together: one source text and the functions made from it.
#[derive(Clone, Debug)]
pub struct Module {
    /// The source that spans point into.
    pub source: Arc<File>,
    /// The functions; an expression has one.
    pub functions: Vec<Function>,
}

/// What computes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Instruction {
    /// A number; only as many low bits as the type has are set.
    Const(Type, u64),
    /// An operation on one value.
    Unary(UnaryOp, Value),
    /// An operation on two.
    Binary(BinaryOp, Value, Value),
    /// Bytes of the packet, read at `displacement` from the start of `view`'s window; the window
    /// covers them. Not byte-swapped.
    Load {
        /// How many bytes.
        width: Width,
        /// The evidence; its window covers the bytes.
        view: Value,
        /// Bytes from the start of the window.
        displacement: u32,
    },
    /// A fact about the packet that is not among its bytes.
    Meta(Field),
    /// An element of a constant table. The index is taken modulo their number.
    Table {
        /// Bytes of an element, whatever the table was made of.
        width: Width,
        /// The table.
        table: Table,
        /// Which element, an `i32`.
        index: Value,
    },
}

impl Instruction {
    /// The operands, in order.
    pub fn operands(&self) -> impl Iterator<Item = Value> + use<> {
        let (a, b) = match *self {
            Self::Const(..) | Self::Meta(_) => (None, None),
            Self::Unary(_, a) | Self::Load { view: a, .. } | Self::Table { index: a, .. } => {
                (Some(a), None)
            }
            Self::Binary(_, a, b) => (Some(a), Some(b)),
        };
        a.into_iter().chain(b)
    }

    /// Replaces each operand by what `f` gives for it.
    pub fn map_operands(&mut self, mut f: impl FnMut(Value) -> Value) {
        match self {
            Self::Const(..) | Self::Meta(_) => {}
            Self::Unary(_, a) | Self::Load { view: a, .. } | Self::Table { index: a, .. } => {
                *a = f(*a);
            }
            Self::Binary(_, a, b) => {
                *a = f(*a);
                *b = f(*b);
            }
        }
    }
}

/// A jump's target and what its parameters get.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BlockCall {
    /// Where to.
    pub block: Block,
    /// One argument for each parameter.
    pub args: Vec<Value>,
}

impl From<Block> for BlockCall {
    fn from(block: Block) -> Self {
        Self { block, args: Vec::new() }
    }
}

/// How a block ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Terminator {
    /// Goes on elsewhere.
    Jump(BlockCall),
    /// Goes one of two ways.
    Branch {
        /// How `a` and `b` are compared.
        compare: Compare,
        /// The left operand.
        a: Value,
        /// The right operand.
        b: Value,
        /// Where to when it holds.
        then: BlockCall,
        /// Where to when it does not.
        otherwise: BlockCall,
    },
    /// Asks whether `length` bytes of the packet from `offset` on are there to be read.
    Check {
        /// The window's start, an `i32` in bytes from the packet's first; `None` is 0.
        offset: Option<Value>,
        /// The window's length in bytes; at least 1.
        length: u32,
        /// Where to when the bytes are there. This block has no other predecessor and exactly
        /// one parameter, which is the view.
        ok: Block,
        /// Where to when they are not.
        fail: BlockCall,
    },
    /// Ends the program with an `i32`.
    Return(Value),
}

impl Terminator {
    /// The blocks that control may go to, `then` or `ok` first.
    pub fn successors(&self) -> impl Iterator<Item = Block> + use<> {
        let (a, b) = match self {
            Self::Jump(call) => (Some(call.block), None),
            Self::Branch { then, otherwise, .. } => (Some(then.block), Some(otherwise.block)),
            Self::Check { ok, fail, .. } => (Some(*ok), Some(fail.block)),
            Self::Return(_) => (None, None),
        };
        a.into_iter().chain(b)
    }

    /// Calls `f` with each operand, arguments of jumps included.
    pub fn for_each_operand(&self, mut f: impl FnMut(Value)) {
        match self {
            Self::Jump(call) => call.args.iter().copied().for_each(f),
            Self::Branch { a, b, then, otherwise, .. } => {
                f(*a);
                f(*b);
                then.args.iter().chain(&otherwise.args).copied().for_each(f);
            }
            Self::Check { offset, fail, .. } => {
                offset.iter().chain(&fail.args).copied().for_each(f);
            }
            Self::Return(value) => f(*value),
        }
    }

    /// Replaces each operand, arguments of jumps included, by what `f` gives for it.
    pub fn map_operands(&mut self, mut f: impl FnMut(Value) -> Value) {
        match self {
            Self::Jump(call) => call.args.iter_mut().for_each(|v| *v = f(*v)),
            Self::Branch { a, b, then, otherwise, .. } => {
                *a = f(*a);
                *b = f(*b);
                then.args.iter_mut().chain(&mut otherwise.args).for_each(|v| *v = f(*v));
            }
            Self::Check { offset, fail, .. } => {
                offset.iter_mut().chain(&mut fail.args).for_each(|v| *v = f(*v));
            }
            Self::Return(value) => *value = f(*value),
        }
    }

    /// Replaces each block that control may go to, a check's `ok` included, by what `f` gives for
    /// it.
    pub fn map_blocks(&mut self, mut f: impl FnMut(Block) -> Block) {
        if let Self::Check { ok, .. } = self {
            *ok = f(*ok);
        }
        self.calls_mut().for_each(|call| call.block = f(call.block));
    }

    /// The jumps with arguments that can be redirected; a check's `ok` edge cannot.
    pub fn calls_mut(&mut self) -> impl Iterator<Item = &mut BlockCall> {
        let (a, b) = match self {
            Self::Jump(call) | Self::Check { fail: call, .. } => (Some(call), None),
            Self::Branch { then, otherwise, .. } => (Some(then), Some(otherwise)),
            Self::Return(_) => (None, None),
        };
        a.into_iter().chain(b)
    }
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueDef {
    /// An instruction's result.
    Result(Inst),
    /// The parameter of a block with this index.
    Param(Block, u32),
}

/// A basic block: parameters, instructions, an end.
#[derive(Clone, Debug, Default)]
pub struct BlockData {
    /// The parameters, set by the jumps that lead here.
    pub params: Vec<Value>,
    /// The instructions, in order.
    pub insts: Vec<Inst>,
    /// How it ends; `None` only while it is being built, or when it was removed.
    pub terminator: Option<Terminator>,
    /// The source that the end comes from.
    pub span: Span,
}

/// One function: a filter, or a program's body. Its result is an `i32`.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name, `[A-Za-z_][A-Za-z0-9_]*`.
    pub name: String,
    /// The blocks in the order in which they are laid out; the first is the entry, which has no
    /// parameters and which no jump leads to. A block that is not listed is not part of the
    /// function; one that is can be reached.
    pub layout: Vec<Block>,
    blocks: PrimaryMap<Block, BlockData>,
    insts: PrimaryMap<Inst, (Instruction, Value)>,
    values: PrimaryMap<Value, (Type, ValueDef)>,
    spans: SecondaryMap<Inst, Span>,
    tables: PrimaryMap<Table, TableData>,
}

impl Function {
    /// A function without blocks.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            layout: Vec::new(),
            blocks: PrimaryMap::new(),
            insts: PrimaryMap::new(),
            values: PrimaryMap::new(),
            spans: SecondaryMap::new(),
            tables: PrimaryMap::new(),
        }
    }

    /// The block where control enters.
    ///
    /// # Panics
    /// If the function has no block.
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

    /// Adds a block at the next index that the layout does not list.
    pub(crate) fn push_block(&mut self) -> Block {
        self.blocks.push(BlockData::default())
    }

    fn type_of(&self, instruction: &Instruction) -> Type {
        match *instruction {
            Instruction::Const(ty, _) => ty,
            Instruction::Unary(UnaryOp::Extend, _) => Type::I64,
            Instruction::Unary(UnaryOp::Truncate, _) | Instruction::Meta(_) => Type::I32,
            Instruction::Unary(_, a) | Instruction::Binary(_, a, _) => self.ty(a),
            Instruction::Load { width, .. } | Instruction::Table { width, .. } => width.result(),
        }
    }

    /// A block's contents.
    pub fn block(&self, block: Block) -> &BlockData {
        &self.blocks[block]
    }

    /// A block's contents, to change. Parameters are changed by [`Function::add_param`] and
    /// [`Function::retain_params`] instead.
    pub fn block_mut(&mut self, block: Block) -> &mut BlockData {
        &mut self.blocks[block]
    }

    /// How a finished block ends.
    ///
    /// # Panics
    /// If the block is not finished.
    pub fn terminator(&self, block: Block) -> &Terminator {
        self.blocks[block].terminator.as_ref().expect("a finished block")
    }

    /// An instruction.
    pub fn inst(&self, inst: Inst) -> &Instruction {
        &self.insts[inst].0
    }

    /// Replaces an instruction by one whose result has the same type.
    pub fn replace_inst(&mut self, inst: Inst, instruction: Instruction) {
        debug_assert_eq!(self.type_of(&instruction), self.ty(self.insts[inst].1));
        self.insts[inst].0 = instruction;
    }

    /// An instruction's result.
    pub fn result(&self, inst: Inst) -> Value {
        self.insts[inst].1
    }

    /// The source that an instruction comes from.
    pub fn span(&self, inst: Inst) -> Span {
        self.spans[inst]
    }

    /// A value's type.
    pub fn ty(&self, value: Value) -> Type {
        self.values[value].0
    }

    /// Where a value comes from.
    pub fn def(&self, value: Value) -> ValueDef {
        self.values[value].1
    }

    /// The instruction that computes a value; `None` for a parameter.
    pub fn def_inst(&self, value: Value) -> Option<&Instruction> {
        match self.def(value) {
            ValueDef::Result(inst) => Some(self.inst(inst)),
            ValueDef::Param(..) => None,
        }
    }

    /// The number that a value is, if it is a constant.
    pub fn constant(&self, value: Value) -> Option<u64> {
        match self.def_inst(value) {
            Some(Instruction::Const(_, number)) => Some(*number),
            _ => None,
        }
    }

    /// How many values were ever made; their indexes are below this.
    pub fn value_count(&self) -> usize {
        self.values.len()
    }

    /// How many instructions were ever made; their indexes are below this.
    pub fn inst_count(&self) -> usize {
        self.insts.len()
    }

    /// How many blocks were ever made; their indexes are below this.
    pub fn block_count(&self) -> usize {
        self.blocks.len()
    }

    /// The predecessors of every block in the layout; one that leads there twice is listed twice.
    pub fn predecessors(&self) -> SecondaryMap<Block, Vec<Block>> {
        let mut preds: SecondaryMap<Block, Vec<Block>> = SecondaryMap::new();
        for &block in &self.layout {
            for successor in self.terminator(block).successors() {
                preds[successor].push(block);
            }
        }
        preds
    }
}
