//! Builds functions block by block, with variables that become SSA values on the fly
//! (Braun et al., "Simple and Efficient Construction of SSA Form", CC 2013).

mod memory;
mod signed;

use cranelift_entity::{SecondaryMap, entity_impl};
use nbpfc_kernel::Field;
use nbpfc_source::Span;
use rustc_hash::FxHashMap;

use crate::entity::{Block, Table, Value};
use crate::function::Function;
use crate::instruction::Instruction;
use crate::tables::TableData;
use crate::terminator::{BlockCall, Terminator};
use crate::types::{BinaryOp, Compare, Type, UnaryOp, Width};

/// A variable of the source program, or of a lowering: it may be set in several places.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Variable(u32);
entity_impl!(Variable, "var");

/// Of the blocks on the way back to a value, one in so many keeps it.
const APART: usize = 16;

/// A function under construction.
///
/// Blocks are filled one at a time: [`switch_to`](Self::switch_to) a block, add instructions, end
/// it. A block is [sealed](Self::seal) once all jumps to it have been made; what is read from a
/// variable before becomes a parameter.
#[derive(Debug)]
pub struct FunctionBuilder {
    function: Function,
    current: Block,
    span: Span,
    variables: Vec<Type>,
    definitions: FxHashMap<(Variable, Block), Value>,
    sealed: SecondaryMap<Block, bool>,
    preds: SecondaryMap<Block, Vec<Block>>,
    incomplete: SecondaryMap<Block, Vec<(Variable, Value)>>,
    /// The blocks in the order in which they were first filled.
    order: Vec<Block>,
}

impl FunctionBuilder {
    /// Starts a function; its entry block is current and sealed.
    pub fn new(name: impl Into<String>) -> Self {
        let mut function = Function::new(name);
        let current = function.add_block();
        let mut sealed = SecondaryMap::new();
        sealed[current] = true;
        Self {
            function,
            current,
            span: Span::default(),
            variables: Vec::new(),
            definitions: FxHashMap::default(),
            sealed,
            preds: SecondaryMap::new(),
            incomplete: SecondaryMap::new(),
            order: vec![current],
        }
    }

    /// How many instructions there are so far.
    pub fn inst_count(&self) -> usize {
        self.function.inst_count()
    }

    /// How many blocks there are so far.
    pub fn block_count(&self) -> usize {
        self.function.block_count()
    }

    /// What follows comes from this place in the source.
    pub fn set_span(&mut self, span: Span) {
        self.span = span;
    }

    /// The place that was set last.
    pub fn span(&self) -> Span {
        self.span
    }

    /// A new block that nothing leads to yet.
    pub fn block(&mut self) -> Block {
        self.function.add_block()
    }

    /// Makes a block the one that instructions are added to.
    pub fn switch_to(&mut self, block: Block) {
        self.current = block;
        self.order.push(block);
    }

    /// Goes on in a block that all jumps lead to already.
    pub fn enter(&mut self, block: Block) {
        self.seal(block);
        self.switch_to(block);
    }

    /// The block that instructions are added to.
    pub fn current(&self) -> Block {
        self.current
    }

    /// Whether the current block has its end.
    pub fn is_terminated(&self) -> bool {
        self.function.block(self.current).terminator.is_some()
    }

    /// A new variable; it is zero where it was not set.
    pub fn variable(&mut self, ty: Type) -> Variable {
        self.variables.push(ty);
        Variable(self.variables.len() as u32 - 1)
    }

    /// Sets a variable from here on.
    pub fn set(&mut self, variable: Variable, value: Value) {
        self.definitions.insert((variable, self.current), value);
    }

    /// The variable's value here.
    pub fn get(&mut self, variable: Variable) -> Value {
        self.read(variable, self.current)
    }

    /// A variable's value at the end of a block. Not recursive: a long filter is a long way back.
    fn read(&mut self, variable: Variable, block: Block) -> Value {
        let mut joins = Vec::new();
        let value = self.look_up(variable, block, &mut joins);
        self.add_arguments(variable, joins);
        value
    }

    /// Goes back to where the value comes from. A block where several ways meet gets a parameter,
    /// and is put on `joins`, as the arguments are still missing.
    fn look_up(&mut self, variable: Variable, block: Block, joins: &mut Vec<Block>) -> Value {
        let ty = self.variables[variable.0 as usize];
        let mut passed = Vec::new();
        let mut at = block;
        let value = loop {
            if let Some(&value) = self.definitions.get(&(variable, at)) {
                break value;
            }
            // In a ring that nothing leads into, the way back does not end.
            let ring = passed.len() > self.function.block_count();
            passed.push(at);
            match self.preds[at].as_slice() {
                _ if !self.sealed[at] => {
                    let param = self.function.add_param(at, ty);
                    self.incomplete[at].push((variable, param));
                    break param;
                }
                &[pred] if !ring => at = pred,
                [] | [_] => {
                    // Zero, made where nothing of the block can come before it.
                    let zero = Instruction::Const(ty, 0);
                    let (inst, value) = self.function.make_inst(zero, self.span);
                    self.function.block_mut(at).insts.insert(0, inst);
                    break value;
                }
                _ => {
                    joins.push(at);
                    break self.function.add_param(at, ty);
                }
            }
        };
        // Who looks it up from further on comes by the first; a way that began in between is not long.
        let last = passed.len().saturating_sub(1);
        for (index, at) in passed.into_iter().enumerate() {
            if index % APART == 0 || index == last {
                self.definitions.insert((variable, at), value);
            }
        }
        value
    }

    /// Gives the newest parameter of each of these blocks its argument in every jump that leads
    /// there.
    fn add_arguments(&mut self, variable: Variable, mut joins: Vec<Block>) {
        while let Some(block) = joins.pop() {
            let mut preds = self.preds[block].clone();
            preds.sort_unstable();
            preds.dedup();
            for pred in preds {
                let value = self.look_up(variable, pred, &mut joins);
                let end = self.function.block_mut(pred).terminator.as_mut();
                for call in end.expect("a finished predecessor").calls_mut() {
                    if call.block == block {
                        call.args.push(value);
                    }
                }
            }
        }
    }

    /// All jumps to this block have been made.
    pub fn seal(&mut self, block: Block) {
        for (variable, _) in std::mem::take(&mut self.incomplete[block]) {
            self.add_arguments(variable, vec![block]);
        }
        self.sealed[block] = true;
    }

    /// What computes a value; `None` for a parameter.
    pub fn def(&self, value: Value) -> Option<&Instruction> {
        self.function.def_inst(value)
    }

    /// The number that a value is, if it is a constant.
    pub fn known(&self, value: Value) -> Option<u64> {
        self.function.constant(value)
    }

    fn inst(&mut self, instruction: Instruction) -> Value {
        self.function.append(self.current, instruction, self.span)
    }

    /// A 32-bit number.
    pub fn const32(&mut self, number: u32) -> Value {
        self.inst(Instruction::Const(Type::I32, u64::from(number)))
    }

    /// A number of a type, which is no view.
    pub fn constant(&mut self, ty: Type, number: u64) -> Value {
        self.inst(Instruction::Const(ty, number))
    }

    /// A 64-bit number.
    pub fn const64(&mut self, number: u64) -> Value {
        self.inst(Instruction::Const(Type::I64, number))
    }

    /// An operation on one value.
    pub fn unary(&mut self, op: UnaryOp, a: Value) -> Value {
        self.inst(Instruction::Unary(op, a))
    }

    /// An operation on two values.
    pub fn binary(&mut self, op: BinaryOp, a: Value, b: Value) -> Value {
        self.inst(Instruction::Binary(op, a, b))
    }

    /// An operation on a 32-bit value and a number.
    pub fn binary_imm(&mut self, op: BinaryOp, a: Value, b: u32) -> Value {
        let b = self.const32(b);
        self.binary(op, a, b)
    }

    /// A fact about the packet.
    pub fn meta(&mut self, field: Field) -> Value {
        self.inst(Instruction::Meta(field))
    }

    /// Bytes as they lie in the packet.
    pub fn load(&mut self, width: Width, view: Value, displacement: u32) -> Value {
        self.inst(Instruction::Load { width, view, displacement })
    }

    /// The table with these contents, to look up numbers in.
    pub fn add_table(&mut self, data: TableData) -> Table {
        self.function.add_table(data)
    }

    /// An element of a table; the index is taken modulo their number.
    pub fn table(&mut self, width: Width, table: Table, index: Value) -> Value {
        self.inst(Instruction::Table { width, table, index })
    }

    fn end(&mut self, terminator: Terminator) {
        for successor in terminator.successors() {
            debug_assert!(!self.sealed[successor], "a jump to a sealed block");
            self.preds[successor].push(self.current);
        }
        self.function.terminate(self.current, terminator, self.span);
    }

    /// Ends the current block with a jump.
    pub fn jump(&mut self, block: Block) {
        self.end(Terminator::Jump(block.into()));
    }

    /// Ends the current block with a two-way branch.
    pub fn branch(&mut self, compare: Compare, a: Value, b: Value, then: Block, otherwise: Block) {
        let (then, otherwise) = (BlockCall::from(then), BlockCall::from(otherwise));
        self.end(Terminator::Branch { compare, a, b, then, otherwise });
    }

    /// Ends the current block with a question for `length` bytes from `offset` on (`None`: from
    /// the start); goes on in a new block, sealed and current, where the returned view is at hand.
    pub fn check(&mut self, offset: Option<Value>, length: u32, fail: Block) -> Value {
        self.ask(Type::View, |ok| Terminator::Check { offset, length, ok, fail: fail.into() })
    }

    /// Ends the current block with a question, and goes on where it holds, with its evidence.
    fn ask(&mut self, evidence: Type, question: impl FnOnce(Block) -> Terminator) -> Value {
        let block = self.function.add_block();
        let value = self.function.add_param(block, evidence);
        self.end(question(block));
        self.sealed[block] = true;
        self.switch_to(block);
        value
    }

    /// Ends the program.
    pub fn ret(&mut self, value: Value) {
        self.end(Terminator::Return(value));
    }

    /// The finished function, its blocks in the order in which they were filled. Those that nothing
    /// leads to are left out of its layout.
    ///
    /// # Panics
    /// If a block that control can get to is not finished.
    pub fn finish(mut self) -> Function {
        self.function.remove_unreachable();
        let mut rank = SecondaryMap::with_default(usize::MAX);
        for (index, block) in self.order.iter().enumerate() {
            rank[*block] = index.min(rank[*block]);
        }
        self.function.layout.sort_by_key(|block| rank[*block]);
        debug_assert!(
            self.function.layout.iter().all(|block| self.incomplete[*block].is_empty()),
            "a block that was read in but not sealed"
        );
        self.function
    }
}

#[cfg(test)]
mod tests;
