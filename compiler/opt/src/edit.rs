//! What several passes do to functions: renaming, counting uses, finding edges.

use cranelift_entity::SecondaryMap;
use nbpfc_ir::{
    Block, BlockCall, Compare, Function, Inst, Instruction, Insts, Terminator, Type, Value,
    ValueDef,
};
use nbpfc_source::Span;
use smallvec::SmallVec;

/// Values that other values take the place of.
#[derive(Debug, Default)]
pub(crate) struct Renames {
    to: SecondaryMap<Value, Option<Value>>,
    any: bool,
}

impl Renames {
    /// From now on `to` stands for `from`.
    pub(crate) fn insert(&mut self, from: Value, to: Value) {
        let to = self.of(to);
        debug_assert_ne!(from, to);
        self.to[from] = Some(to);
        self.any = true;
    }

    /// What stands for a value; itself if nothing else does.
    pub(crate) fn of(&mut self, value: Value) -> Value {
        let mut last = value;
        while let Some(next) = self.to[last] {
            last = next;
        }
        let mut step = value;
        while let Some(next) = self.to[step].filter(|next| *next != last) {
            self.to[step] = Some(last);
            step = next;
        }
        last
    }

    /// Renames every operand in the layout; whether there was anything to rename.
    pub(crate) fn apply(&mut self, function: &mut Function) -> bool {
        if !self.any {
            return false;
        }
        for index in 0..function.layout.len() {
            let block = function.layout[index];
            for place in 0..function.block(block).insts.len() {
                self.apply_to_inst(function, function.block(block).insts[place]);
            }
            self.apply_to_terminator(function, block);
        }
        true
    }

    /// Renames the operands of one instruction.
    pub(crate) fn apply_to_inst(&mut self, function: &mut Function, inst: Inst) {
        if !self.any {
            return;
        }
        let mut instruction = *function.inst(inst);
        instruction.map_operands(|value| self.of(value));
        if instruction != *function.inst(inst) {
            function.replace_inst(inst, instruction);
        }
    }

    /// Renames the operands of a block's end.
    pub(crate) fn apply_to_terminator(&mut self, function: &mut Function, block: Block) {
        if !self.any {
            return;
        }
        if let Some(terminator) = &mut function.block_mut(block).terminator {
            terminator.map_operands(|value| self.of(value));
        }
    }
}

/// The block of each value's definition, for the blocks in the layout.
pub(crate) fn homes(function: &Function) -> SecondaryMap<Value, Option<Block>> {
    let mut homes = function.per_value();
    for &block in &function.layout {
        let data = function.block(block);
        for &param in &data.params {
            homes[param] = Some(block);
        }
        for &inst in &data.insts {
            homes[function.result(inst)] = Some(block);
        }
    }
    homes
}

/// The blocks that loops begin with, by a reverse postorder: those that a block not before them
/// leads to.
pub(crate) fn loop_heads(function: &Function, order: &[Block]) -> SecondaryMap<Block, bool> {
    let mut heads: SecondaryMap<Block, bool> = function.per_block();
    let mut seen: SecondaryMap<Block, bool> = function.per_block();
    for &block in order {
        seen[block] = true;
        for successor in function.terminator(block).successors() {
            heads[successor] |= seen[successor];
        }
    }
    heads
}

/// Values that are used in another block than the one that defines them.
pub(crate) fn used_elsewhere(
    function: &Function,
    homes: &SecondaryMap<Value, Option<Block>>,
) -> SecondaryMap<Value, bool> {
    let mut elsewhere = function.per_value();
    for &block in &function.layout {
        let mut note = |value: Value| {
            if homes[value] != Some(block) {
                elsewhere[value] = true;
            }
        };
        for &inst in &function.block(block).insts {
            function.inst(inst).operands().for_each(&mut note);
        }
        function.terminator(block).for_each_operand(&mut note);
    }
    elsewhere
}

/// Up to how many instructions a block is searched for one of them.
const FEW: usize = 16;

/// Gives every block its own copy of the constants that it uses, first among its instructions.
/// Constants cost nothing where they become part of an instruction, and a block that has its own
/// can be moved and compared with others.
pub(crate) fn own_constants(function: &mut Function) -> bool {
    let mut own: SecondaryMap<Value, Option<Block>> = SecondaryMap::new();
    let mut foreign: SmallVec<[Value; 8]> = SmallVec::new();
    let mut copies: SmallVec<[Value; 8]> = SmallVec::new();
    let mut any = false;
    for index in 0..function.layout.len() {
        let block = function.layout[index];
        foreign.clear();
        let insts = &function.block(block).insts;
        let many = insts.len() > FEW;
        if many {
            insts.iter().for_each(|inst| own[function.result(*inst)] = Some(block));
        }
        let is_own = |inst: Inst, value: Value| {
            if many { own[value] == Some(block) } else { insts.contains(&inst) }
        };
        let mut note = |value: Value| {
            if let ValueDef::Result(inst) = function.def(value)
                && matches!(function.inst(inst), Instruction::Const(..))
                && !is_own(inst, value)
            {
                foreign.push(value);
            }
        };
        for &inst in &function.block(block).insts {
            function.inst(inst).operands().for_each(&mut note);
        }
        function.terminator(block).for_each_operand(&mut note);
        if foreign.is_empty() {
            continue;
        }
        any = true;
        foreign.sort_unstable();
        foreign.dedup();
        copies.clear();
        let mut made = Insts::new();
        for &value in &foreign {
            let ty = function.ty(value);
            let number = function.constant(value).unwrap_or_default();
            let span = function.block(block).span;
            let (inst, copy) = function.make_inst(Instruction::Const(ty, number), span);
            copies.push(copy);
            made.push(inst);
        }
        let of = |value: Value| foreign.binary_search(&value).map_or(value, |at| copies[at]);
        let insts = std::mem::take(&mut function.block_mut(block).insts);
        for &inst in &insts {
            let mut instruction = *function.inst(inst);
            instruction.map_operands(of);
            function.replace_inst(inst, instruction);
        }
        made.extend(insts);
        let data = function.block_mut(block);
        data.insts = made;
        if let Some(terminator) = &mut data.terminator {
            terminator.map_operands(of);
        }
    }
    any
}

/// A constant, placed at the end of a block's instructions.
pub(crate) fn constant(function: &mut Function, block: Block, ty: Type, number: u64) -> Value {
    let span = function.block(block).span;
    function.append(block, Instruction::Const(ty, number & ty.mask()), span)
}

/// A block's end as a comparison for equality.
pub(crate) struct Equality<'a> {
    pub(crate) a: Value,
    pub(crate) b: Value,
    /// Where it leads if they are equal.
    pub(crate) equal: &'a BlockCall,
    pub(crate) other: &'a BlockCall,
}

impl<'a> Equality<'a> {
    /// The end of a block, if it is one.
    pub(crate) fn of(function: &'a Function, block: Block) -> Option<Self> {
        let Terminator::Branch { compare, a, b, then, otherwise } = function.terminator(block)
        else {
            return None;
        };
        let (equal, other) = match compare {
            Compare::Eq => (then, otherwise),
            Compare::Ne => (otherwise, then),
            _ => return None,
        };
        Some(Self { a: *a, b: *b, equal, other })
    }
}

/// Sets how a block ends and keeps the place it comes from.
pub(crate) fn terminate(function: &mut Function, block: Block, terminator: Terminator) {
    let span: Span = function.block(block).span;
    function.terminate(block, terminator, span);
}

/// The index of a value among the parameters of a block, if it is one.
pub(crate) fn is_param_of(function: &Function, value: Value, block: Block) -> Option<usize> {
    match function.def(value) {
        ValueDef::Param(home, index) if home == block => Some(index as usize),
        _ => None,
    }
}

/// The number that a block returns, if it does nothing else.
pub(crate) fn plain_return(function: &Function, block: Block) -> Option<u64> {
    let data = function.block(block);
    let Terminator::Return(value) = *function.terminator(block) else { return None };
    let constants =
        data.insts.iter().all(|inst| function.constant(function.result(*inst)).is_some());
    function.constant(value).filter(|_| constants && data.params.is_empty())
}
