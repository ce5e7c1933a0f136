//! Constants, identities, and comparisons moved to where they cost least.
//!
//! A comparison with a constant is moved towards the packet: through byte swaps, masks, shifts and
//! sums, so that the constant is changed at compile time and the bytes are compared as they lie.
//! What a value can be decides some comparisons alone. A window at a constant offset becomes a
//! longer one at the packet's start, and one at `x + c` a longer one at `x`: fewer different
//! pointers, and one window can then cover another.
//!
//! Sound for the verifier: no load or view is made or moved. A window only ever gets *longer at
//! its start*, by bytes that lie in the packet before bytes that must be there anyway.
//! Must not: move a sum into a window where the sum can wrap.

use cranelift_entity::SecondaryMap;
use nbpfc_ir::{
    BinaryOp, Block, Compare, Function, Inst, Instruction, Terminator, Type, UnaryOp, Value,
};

use crate::compare::{Comparisons, Decision, Test, ones};
use crate::context::Context;
use crate::edit::{Renames, constant, terminate};
use crate::ranges::{Range, Ranges};

/// How far from its view a load may be: what the offset field of an instruction can hold, with
/// room for a load's width.
const REACH: u64 = 0x7fff - 8;

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) -> bool {
    let before = context.spent();
    let order = context.order(function);
    let mut fold = Fold {
        ranges: Ranges::new(function),
        function,
        context,
        renames: Renames::default(),
        moved: SecondaryMap::new(),
    };
    for &block in &*order {
        fold.block(block);
    }
    let Fold { function, context, mut renames, .. } = fold;
    if context.spent() == before {
        return false;
    }
    function.remove_unreachable();
    renames.apply(function);
    true
}

/// What an instruction can be instead.
enum Better {
    /// A value that is there already.
    Value(Value),
    /// Another instruction.
    Instruction(Instruction),
}

struct Fold<'a> {
    function: &'a mut Function,
    context: &'a mut Context,
    ranges: Ranges,
    renames: Renames,
    /// By view: how many bytes the start of its window moved towards the packet's.
    moved: SecondaryMap<Value, u32>,
}

impl Fold<'_> {
    fn block(&mut self, block: Block) {
        let insts = std::mem::take(&mut self.function.block_mut(block).insts);
        for inst in insts {
            self.renames.apply_to_inst(self.function, inst);
            let result = self.function.result(inst);
            let mut instruction = *self.function.inst(inst);
            if let Instruction::Load { view, displacement, .. }
            | Instruction::Store { view, displacement, .. } = &mut instruction
                && self.moved[*view] > 0
            {
                *displacement += self.moved[*view];
                self.function.replace_inst(inst, instruction);
            }
            let mut better = self.better(block, inst);
            while let Some(found) = better {
                if !self.context.rewrite() {
                    break;
                }
                match found {
                    Better::Value(value) => {
                        self.renames.insert(result, value);
                        break;
                    }
                    Better::Instruction(instruction) => {
                        self.function.replace_inst(inst, instruction);
                        better = self.better(block, inst);
                    }
                }
            }
            self.function.block_mut(block).insts.push(inst);
            self.ranges.see(self.function, result);
        }
        self.renames.apply_to_terminator(self.function, block);
        self.terminator(block);
    }

    fn number(&self, value: Value) -> Option<u64> {
        self.function.constant(value)
    }

    fn range(&self, value: Value) -> Range {
        self.ranges.of(self.function, value)
    }

    fn make_constant(&mut self, block: Block, ty: Type, number: u64) -> Value {
        let value = constant(self.function, block, ty, number);
        self.ranges.see(self.function, value);
        value
    }

    /// An instruction's operands if it is this operation on a value and a constant.
    fn with_constant(&self, op: BinaryOp, value: Value) -> Option<(Value, u64)> {
        match self.function.def_inst(value) {
            Some(&Instruction::Binary(found, a, b)) if found == op => Some((a, self.number(b)?)),
            _ => None,
        }
    }

    fn better(&mut self, block: Block, inst: Inst) -> Option<Better> {
        let ty = self.function.ty(self.function.result(inst));
        match *self.function.inst(inst) {
            Instruction::Table { width, table, index } => {
                let number = self.function.table(table).get(width, self.number(index)?);
                Some(Better::Instruction(Instruction::Const(ty, number)))
            }
            Instruction::Unary(op, a) => self.unary(ty, op, a),
            Instruction::Binary(op, a, b) => self.binary(block, ty, op, a, b),
            _ => None,
        }
    }

    fn unary(&mut self, ty: Type, op: UnaryOp, a: Value) -> Option<Better> {
        if let Some(number) = self.number(a) {
            let number = op.eval(self.function.ty(a), number);
            return Some(Better::Instruction(Instruction::Const(ty, number)));
        }
        match (op, self.function.def_inst(a)) {
            (UnaryOp::Bswap(width), Some(&Instruction::Unary(UnaryOp::Bswap(inner), x)))
                if width == inner && self.range(x).bits & !ones(width) == 0 =>
            {
                Some(Better::Value(x))
            }
            (UnaryOp::Neg, Some(&Instruction::Unary(UnaryOp::Neg, x)))
            | (UnaryOp::Truncate, Some(&Instruction::Unary(UnaryOp::Extend, x))) => {
                Some(Better::Value(x))
            }
            (UnaryOp::Extend, Some(&Instruction::Unary(UnaryOp::Truncate, x)))
                if self.range(x).bits <= Type::I32.mask() =>
            {
                Some(Better::Value(x))
            }
            _ => None,
        }
    }

    fn make(&mut self, block: Block, op: BinaryOp, a: Value, b: Value) -> Value {
        let span = self.function.block(block).span;
        let value = self.function.append(block, Instruction::Binary(op, a, b), span);
        self.ranges.see(self.function, value);
        value
    }

    /// `x`, if `a + b` is `(x & 0xffff) + (x >> 16)`: the sum of 16-bit words `x`, and its carry.
    fn carried(&self, a: Value, b: Value) -> Option<Value> {
        let (x, low) = self.with_constant(BinaryOp::And, a)?;
        let (y, count) = self.with_constant(BinaryOp::Shr, b)?;
        (x == y && low == 0xffff && count == 16).then_some(x)
    }

    /// A sum of which a carry came out twice: not so often, if it is known to be small, or the same
    /// of a smaller one.
    fn second_carry(&mut self, block: Block, a: Value, b: Value) -> Option<Better> {
        let once = self.carried(a, b)?;
        let &Instruction::Binary(BinaryOp::Add, x, y) = self.function.def_inst(once)? else {
            return None;
        };
        let sum = self.carried(x, y).or_else(|| self.carried(y, x))?;
        // One carry of two words leaves no other.
        if self.range(sum).max <= 2 * 0xffff {
            return Some(Better::Value(once));
        }
        let (word, mut number) = self.with_constant(BinaryOp::Add, sum)?;
        let whole = self.range(word).max.checked_add(number).is_some_and(|sum| sum >> 32 == 0);
        if self.range(word).max > 0xffff || number <= 0xffff || !whole {
            return None;
        }
        while number > 0xffff {
            number = (number & 0xffff) + (number >> 16);
        }
        let ty = Type::I32;
        let number = self.make_constant(block, ty, number);
        let sum = self.make(block, BinaryOp::Add, word, number);
        let [low, count] = [0xffff, 16].map(|number| self.make_constant(block, ty, number));
        let low = self.make(block, BinaryOp::And, sum, low);
        let carry = self.make(block, BinaryOp::Shr, sum, count);
        Some(Better::Instruction(Instruction::Binary(BinaryOp::Add, low, carry)))
    }

    fn binary(
        &mut self,
        block: Block,
        ty: Type,
        op: BinaryOp,
        a: Value,
        b: Value,
    ) -> Option<Better> {
        if op == BinaryOp::Add
            && ty == Type::I32
            && let Some(better) =
                self.second_carry(block, a, b).or_else(|| self.second_carry(block, b, a))
        {
            return Some(better);
        }
        let commutes = matches!(
            op,
            BinaryOp::Add | BinaryOp::Mul | BinaryOp::And | BinaryOp::Or | BinaryOp::Xor
        );
        match (self.number(a), self.number(b)) {
            (Some(x), Some(y)) => {
                Some(Better::Instruction(Instruction::Const(ty, op.eval(ty, x, y))))
            }
            (Some(_), None) if commutes => Some(Better::Instruction(Instruction::Binary(op, b, a))),
            (_, Some(number)) => self.binary_constant(block, ty, op, a, number),
            (_, None) if a == b => match op {
                BinaryOp::And | BinaryOp::Or => Some(Better::Value(a)),
                BinaryOp::Sub | BinaryOp::Xor => {
                    Some(Better::Instruction(Instruction::Const(ty, 0)))
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// An operation on a value that is no constant and one that is.
    fn binary_constant(
        &mut self,
        block: Block,
        ty: Type,
        op: BinaryOp,
        a: Value,
        number: u64,
    ) -> Option<Better> {
        use BinaryOp::{Add, And, Div, Mod, Mul, Or, Shl, Shr, Sub, Xor};
        let bits = self.range(a).bits;
        let count = number & u64::from(ty.bits() - 1);
        let same = match op {
            Add | Sub | Or | Xor => number == 0,
            And => bits & !number == 0,
            Mul | Div => number == 1,
            Mod => number == 0 || number > self.range(a).max,
            Shl | Shr => count == 0,
        };
        if same {
            return Some(Better::Value(a));
        }
        let zero = match op {
            Mul => number == 0,
            And => bits & number == 0,
            Div => number == 0 || number > self.range(a).max,
            Mod => number == 1,
            Shr => op.eval(ty, bits, count) == 0,
            _ => false,
        };
        if zero {
            return Some(Better::Instruction(Instruction::Const(ty, 0)));
        }
        let (op, a, number) = match op {
            Sub => (Add, a, number.wrapping_neg()),
            Mul if number.is_power_of_two() => (Shl, a, u64::from(number.trailing_zeros())),
            Div if number.is_power_of_two() => (Shr, a, u64::from(number.trailing_zeros())),
            Mod if number.is_power_of_two() => (And, a, number - 1),
            Add | And | Xor | Or => {
                let (inner, first) = self.with_constant(op, a)?;
                (op, inner, op.eval(ty, first, number))
            }
            _ => return None,
        };
        let b = self.make_constant(block, ty, number);
        Some(Better::Instruction(Instruction::Binary(op, a, b)))
    }

    fn terminator(&mut self, block: Block) {
        match self.function.terminator(block).clone() {
            Terminator::Branch { compare, a, b, then, otherwise } => {
                if then == otherwise {
                    if self.context.rewrite() {
                        terminate(self.function, block, Terminator::Jump(then));
                    }
                    return;
                }
                if let (Some(x), Some(y)) = (self.number(a), self.number(b)) {
                    if self.context.rewrite() {
                        self.decide(block, compare.eval(x, y));
                    }
                    return;
                }
                let (compare, a, b) = match (self.number(a), self.number(b)) {
                    (Some(_), None) => (compare.swap(), b, a),
                    _ => (compare, a, b),
                };
                let Some(constant) = self.number(b) else {
                    self.same_operands(block, compare, a, b);
                    return;
                };
                self.test(block, Test { compare, a, constant }, b);
            }
            Terminator::Check { offset, length, ok, fail } => {
                if let Some(offset) = offset {
                    self.window(block, offset, length, ok, fail);
                }
            }
            Terminator::NonNull { .. }
            | Terminator::Bound { .. }
            | Terminator::Jump(_)
            | Terminator::Return(_) => {}
        }
    }

    fn decide(&mut self, block: Block, truth: bool) {
        if let Terminator::Branch { then, otherwise, .. } = self.function.terminator(block).clone()
        {
            let call = if truth { then } else { otherwise };
            terminate(self.function, block, Terminator::Jump(call));
        }
    }

    fn same_operands(&mut self, block: Block, compare: Compare, a: Value, b: Value) {
        if a != b {
            return;
        }
        match compare {
            Compare::Eq | Compare::Le | Compare::Ge if self.context.rewrite() => {
                self.decide(block, true);
            }
            Compare::Ne | Compare::Lt | Compare::Gt if self.context.rewrite() => {
                self.decide(block, false);
            }
            Compare::Set | Compare::Clear => {
                let compare = if compare == Compare::Set { Compare::Ne } else { Compare::Eq };
                let zero = self.make_constant(block, self.function.ty(a), 0);
                self.test(block, Test { compare, a, constant: 0 }, zero);
            }
            _ => {}
        }
    }

    /// Simplifies a comparison with a constant as far as it goes. `b` is the constant's value now.
    fn test(&mut self, block: Block, test: Test, b: Value) {
        let mut current = test;
        let mut decided = None;
        while decided.is_none() {
            let comparisons = Comparisons { function: self.function, ranges: &self.ranges };
            match comparisons.simpler(current) {
                Some(Decision::Known(truth)) => decided = Some(truth),
                Some(Decision::Test(next)) => {
                    debug_assert!(next != current);
                    current = next;
                }
                Some(Decision::Masked(x, mask, compare, constant)) => {
                    let bits = self.range(x).bits;
                    let a = if bits & !mask == 0 {
                        x
                    } else if self.context.rewrite() {
                        let mask = self.make_constant(block, self.function.ty(x), mask & bits);
                        let span = self.function.block(block).span;
                        let and = Instruction::Binary(BinaryOp::And, x, mask);
                        self.function.append(block, and, span)
                    } else {
                        break;
                    };
                    self.ranges.see(self.function, a);
                    current = Test { compare, a, constant };
                }
                None => break,
            }
        }
        if let Some(truth) = decided {
            if self.context.rewrite() {
                self.decide(block, truth);
            }
        } else if current != test && self.context.rewrite() {
            self.write(block, current, None);
        } else if current == test {
            self.write(block, current, Some(b));
        }
    }

    fn write(&mut self, block: Block, test: Test, b: Option<Value>) {
        let ty = self.function.ty(test.a);
        let b = b.unwrap_or_else(|| self.make_constant(block, ty, test.constant));
        if let Terminator::Branch { then, otherwise, .. } = self.function.terminator(block).clone()
        {
            let Test { compare, a, .. } = test;
            terminate(self.function, block, Terminator::Branch { compare, a, b, then, otherwise });
        }
    }

    /// Moves a constant part of a window's offset into its length.
    fn window(
        &mut self,
        block: Block,
        offset: Value,
        length: u32,
        ok: Block,
        fail: nbpfc_ir::BlockCall,
    ) {
        let (offset, by) = if let Some(number) = self.number(offset) {
            (None, number)
        } else if let Some((x, number)) = self.with_constant(BinaryOp::Add, offset)
            && self.range(x).max.checked_add(number).is_some_and(|sum| sum <= Type::I32.mask())
        {
            (Some(x), number)
        } else {
            return;
        };
        if by + u64::from(length) > REACH || !self.context.rewrite() {
            return;
        }
        let length = length + by as u32;
        if let Some(&view) = self.function.block(ok).params.first() {
            self.moved[view] += by as u32;
        }
        terminate(self.function, block, Terminator::Check { offset, length, ok, fail });
    }
}
