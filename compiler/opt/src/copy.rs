//! Copies of parts of a function.

use rustc_hash::FxHashMap;

use nbpfc_ir::{Block, BlockCall, Function, Instruction, Terminator, Value};

/// What copying a block adds, about in instructions.
pub(crate) fn cost(function: &Function, block: Block) -> usize {
    let data = function.block(block);
    let counts = |inst| !matches!(function.inst(inst), Instruction::Const(..));
    let end = match function.terminator(block) {
        Terminator::Check { .. } => 2,
        _ => 1,
    };
    end + data.insts.iter().filter(|inst| counts(**inst)).count()
}

/// Copies of some blocks, and of the values made in them.
#[derive(Debug)]
pub(crate) struct Copies {
    blocks: FxHashMap<Block, Block>,
    values: FxHashMap<Value, Value>,
}

impl Copies {
    /// New blocks with the parameters of the given ones.
    pub(crate) fn new(function: &mut Function, blocks: &[Block]) -> Self {
        let mut this = Self { blocks: FxHashMap::default(), values: FxHashMap::default() };
        for &block in blocks {
            let copy = function.add_block();
            for param in function.block(block).params.clone() {
                let ty = function.ty(param);
                this.values.insert(param, function.add_param(copy, ty));
            }
            this.blocks.insert(block, copy);
        }
        this
    }

    /// The copy of a block, or the block itself if it was not copied.
    pub(crate) fn block(&self, block: Block) -> Block {
        self.blocks.get(&block).copied().unwrap_or(block)
    }

    /// In the copies another value stands for one that was made before.
    pub(crate) fn rename(&mut self, value: Value, to: Value) {
        self.values.insert(value, to);
    }

    /// A jump as the copies make it.
    pub(crate) fn call(&self, call: &BlockCall) -> BlockCall {
        let args = call.args.iter().map(|value| self.value(*value)).collect();
        BlockCall { block: self.block(call.block), args }
    }

    /// Fills the copies. The blocks come in an order in which definitions come before uses; none
    /// is in a loop. `redirect` is shown every jump of the copies before its target is replaced by
    /// that target's copy.
    pub(crate) fn make(
        &mut self,
        function: &mut Function,
        blocks: &[Block],
        redirect: impl Fn(BlockCall) -> BlockCall,
    ) {
        for &block in blocks {
            for inst in function.block(block).insts.clone() {
                let mut instruction = *function.inst(inst);
                instruction.map_operands(|value| self.value(value));
                let made = function.append(self.block(block), instruction, function.span(inst));
                self.values.insert(function.result(inst), made);
            }
            let mut terminator = function.terminator(block).clone();
            terminator.map_operands(|value| self.value(value));
            for call in terminator.calls_mut() {
                *call = redirect(call.clone());
                call.block = self.block(call.block);
            }
            if let Some(evident) = terminator.evident_mut() {
                *evident = self.block(*evident);
            }
            let span = function.block(block).span;
            function.terminate(self.block(block), terminator, span);
        }
    }

    fn value(&self, value: Value) -> Value {
        self.values.get(&value).copied().unwrap_or(value)
    }
}
