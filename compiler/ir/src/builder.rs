//! Builds functions block by block, with variables that become SSA values on the fly
//! (Braun et al., "Simple and Efficient Construction of SSA Form", CC 2013).

use std::collections::HashMap;

use cranelift_entity::{SecondaryMap, entity_impl};
use nbpfc_kernel::Field;
use nbpfc_source::Span;

use crate::entity::{Block, Value};
use crate::function::{BlockCall, Function, Instruction, Terminator};
use crate::types::{BinaryOp, Compare, Type, UnaryOp, Width};

/// A variable of the source program, or of a lowering: it may be set in several places.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Variable(u32);
entity_impl!(Variable, "var");

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
    definitions: HashMap<(Variable, Block), Value>,
    sealed: SecondaryMap<Block, bool>,
    preds: SecondaryMap<Block, Vec<Block>>,
    incomplete: SecondaryMap<Block, Vec<(Variable, Value)>>,
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
            definitions: HashMap::new(),
            sealed,
            preds: SecondaryMap::new(),
            incomplete: SecondaryMap::new(),
        }
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

    fn read(&mut self, variable: Variable, block: Block) -> Value {
        if let Some(&value) = self.definitions.get(&(variable, block)) {
            return value;
        }
        let ty = self.variables[variable.0 as usize];
        let value = if !self.sealed[block] {
            let param = self.function.add_param(block, ty);
            self.incomplete[block].push((variable, param));
            param
        } else if let &[pred] = self.preds[block].as_slice() {
            self.read(variable, pred)
        } else if self.preds[block].is_empty() {
            // Zero, made where nothing of the block can come before it.
            let (inst, value) = self.function.make_inst(Instruction::Const(ty, 0), self.span);
            self.function.block_mut(block).insts.insert(0, inst);
            value
        } else {
            let param = self.function.add_param(block, ty);
            self.definitions.insert((variable, block), param);
            self.add_arguments(variable, block);
            param
        };
        self.definitions.insert((variable, block), value);
        value
    }

    /// Gives the newest parameter of `block` its argument in every jump that leads there.
    fn add_arguments(&mut self, variable: Variable, block: Block) {
        let mut preds = self.preds[block].clone();
        preds.sort_unstable();
        preds.dedup();
        for pred in preds {
            let value = self.read(variable, pred);
            let end =
                self.function.block_mut(pred).terminator.as_mut().expect("a finished predecessor");
            for call in end.calls_mut().filter(|call| call.block == block) {
                call.args.push(value);
            }
        }
    }

    /// All jumps to this block have been made.
    pub fn seal(&mut self, block: Block) {
        for (variable, _) in std::mem::take(&mut self.incomplete[block]) {
            self.add_arguments(variable, block);
        }
        self.sealed[block] = true;
    }

    fn inst(&mut self, instruction: Instruction) -> Value {
        self.function.append(self.current, instruction, self.span)
    }

    /// A 32-bit number.
    pub fn const32(&mut self, number: u32) -> Value {
        self.inst(Instruction::Const(Type::I32, u64::from(number)))
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
        let ok = self.function.add_block();
        let view = self.function.add_param(ok, Type::View);
        self.end(Terminator::Check { offset, length, ok, fail: fail.into() });
        self.sealed[ok] = true;
        self.current = ok;
        view
    }

    /// Ends the program.
    pub fn ret(&mut self, value: Value) {
        self.end(Terminator::Return(value));
    }

    /// The finished function. Blocks that nothing leads to are left out of its layout.
    pub fn finish(mut self) -> Function {
        let preds = &self.preds;
        let entry = self.function.entry();
        let mut reached: SecondaryMap<Block, bool> = SecondaryMap::new();
        let mut work = vec![entry];
        while let Some(block) = work.pop() {
            if !std::mem::replace(&mut reached[block], true) {
                work.extend(self.function.terminator(block).successors());
            }
        }
        debug_assert!(preds.keys().all(|b| !reached[b] || self.incomplete[b].is_empty()));
        self.function.layout.retain(|b| reached[*b]);
        self.function
    }
}
