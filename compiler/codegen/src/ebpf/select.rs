//! Selection: from IR to machine code over virtual registers.

mod access;
mod arith;
mod memory;
mod packet;
mod reversed;
mod table;

use rustc_hash::{FxHashMap, FxHashSet};

use nbpfc_ir::{
    Block, BlockCall, Compare, Function, Inst, Instruction, Limits, Region, Table, Terminator,
    Type, Value,
};
use nbpfc_isa::{Bits, Level, Size};
use nbpfc_kernel::{Field, FieldSource, Target};

use self::access::{Pointer, View};
use super::order::Builder;
use super::slots::Slots;
use super::vcode::{End, Label, Op, Operand, VCode, VReg};
use super::window::{SCRATCH, Windows};
use crate::epoch::{Epoch, moves_packet};
use crate::error::Error;
use crate::plan::{Mode, Plan, asks_late};
use crate::reversed::{Reversed, swap};

/// Selects the instructions of a function; `alone` if no function calls another.
pub(crate) fn select(
    function: &Function,
    target: &Target,
    alone: bool,
    slots: fn(&Function) -> Slots,
) -> Result<VCode, Error> {
    let mut builder = Builder::default();
    let entry = builder.label();
    builder.switch_to(entry);
    let (context, arguments) = entered(function, &mut builder)?;
    let mut order = vec![entry];

    let mode = Mode::of(function, target, alone);
    let context =
        if mode.is_direct() { context } else { builder.def(|d| Op::Move { d, a: context }) };
    let entered = (context, arguments);
    let lie = slots(function);
    let first = Selector::new(function, target, (mode, lie), entered, &mut builder);
    let Copied { mut stack, start, slow } = first.run(&mut order)?;
    builder.switch_to(entry);
    builder.end(End::Jump(start, Vec::new()));

    if let (Mode::Direct(Some(helper)), Some((slow, moved))) = (mode, slow) {
        builder.switch_to(slow);
        order.push(slow);
        let context = moved.unwrap_or_else(|| builder.def(|d| Op::Move { d, a: context }));
        let entered = (context, arguments);
        // What is asked this way is not usual.
        let original = function.restarted();
        let function = original.as_ref().unwrap_or(function);
        let mode = (Mode::Bytes(helper), slots(function));
        let second = Selector::new(function, target, mode, entered, &mut builder);
        let copied = second.run(&mut order)?;
        builder.switch_to(slow);
        builder.end(End::Jump(copied.start, Vec::new()));
        stack = stack.max(copied.stack);
    }
    Ok(builder.finish(&order, stack))
}

/// The registers of the program's context, and of what the function was called with.
fn entered(function: &Function, builder: &mut Builder) -> Result<(VReg, [VReg; 5]), Error> {
    if function.params.is_empty() {
        let context = builder.def(|d| Op::Context { d });
        return Ok((context, [context; 5]));
    }
    let arguments = std::array::from_fn(|_| builder.register());
    builder.op(Op::Arguments { d: arguments, count: function.params.len().min(5) as u8 });
    let is_context = |ty: &Type| ty.pointer().is_some_and(|p| p.region == Region::Context);
    if let Some(index) = function.params.iter().position(is_context) {
        return Ok((arguments[index], arguments));
    }
    let asks = |block: &Block| {
        let data = function.block(*block);
        let asks = data.insts.iter().find(|inst| {
            matches!(
                function.inst(**inst),
                Instruction::Meta(_) | Instruction::Member(_) | Instruction::SetMember(..)
            )
        });
        let checks = matches!(function.terminator(*block), Terminator::Check { .. });
        asks.map(|inst| function.span(*inst)).or_else(|| checks.then_some(data.span))
    };
    match function.layout.iter().find_map(asks) {
        None => Ok((arguments[0], arguments)),
        Some(span) => {
            let what = "packets in a function that is not handed the program's context";
            Err(Error::Inexpressible { what, span })
        }
    }
}

/// What is known of one copy of the function.
struct Copied {
    /// Bytes of stack used.
    stack: u32,
    /// Where it begins.
    start: Label,
    /// Where it goes on when a packet is longer than it seems, and the context there if it is
    /// not where it was.
    slow: Option<(Label, Option<VReg>)>,
}

/// The state of selecting one copy of a function.
struct Selector<'a> {
    function: &'a Function,
    target: &'a Target,
    plan: Plan<'a>,
    limits: Limits<'a>,
    slots: Slots,
    windows: Windows,
    reversed: Reversed,
    /// The registers that hold the reversed form of values.
    reversed_values: FxHashMap<Value, VReg>,
    builder: &'a mut Builder,
    context: VReg,
    /// What the function was called with.
    arguments: [VReg; 5],
    /// Where the packet lies at this place.
    epoch: Epoch,
    /// `data` and `data_end`, once they are read.
    data: FxHashMap<Epoch, (VReg, VReg)>,
    values: Vec<Option<VReg>>,
    views: FxHashMap<Value, View>,
    /// Pointers into the packet by the variable part of their offset, newest last.
    pointers: FxHashMap<(Epoch, Option<Value>), Vec<Pointer>>,
    labels: FxHashMap<Block, Label>,
    /// Where records of tables were found to lie, by their numbers and how far these are moved up,
    /// and in which block.
    records: FxHashMap<(Table, Value, i32), (Block, VReg)>,
    /// The blocks that ask whether a packet really is short, by what follows if it is.
    questions: FxHashMap<(BlockCall, Option<i32>), Label>,
    /// The current block of the IR, and the blocks that it has become.
    current: Block,
    pieces: Vec<Label>,
    /// The other copy, once it is needed, and the context there if it is
    /// not where it was.
    slow: Option<(Label, Option<VReg>)>,
    /// Whether the stack is used for single loads.
    scratch: bool,
    /// Whether a value was used that is not there: a bug of the compiler's.
    missing: bool,
}

impl<'a> Selector<'a> {
    fn new(
        function: &'a Function,
        target: &'a Target,
        (mode, slots): (Mode, Slots),
        (context, arguments): (VReg, [VReg; 5]),
        builder: &'a mut Builder,
    ) -> Self {
        let mut limits = Limits::new(function, Some(target));
        let plan = Plan::new(function, target, mode, &mut limits);
        let windows = match mode {
            // A store would have to be made to every copy that is on the stack.
            Mode::Bytes(_) if function.written().writes_packet() && asks_late(function) => {
                Windows::none()
            }
            Mode::Bytes(_) => Windows::new(&plan),
            _ => Windows::default(),
        };
        let reversed = match mode {
            Mode::Absolute => Reversed::new(&plan),
            _ => Reversed::default(),
        };
        Self {
            function,
            target,
            plan,
            limits,
            slots,
            windows,
            reversed,
            reversed_values: FxHashMap::default(),
            builder,
            context,
            arguments,
            epoch: Epoch::Start,
            data: FxHashMap::default(),
            values: vec![None; function.value_count()],
            views: FxHashMap::default(),
            pointers: FxHashMap::default(),
            records: FxHashMap::default(),
            labels: FxHashMap::default(),
            questions: FxHashMap::default(),
            current: function.entry(),
            pieces: Vec::new(),
            slow: None,
            scratch: false,
            missing: false,
        }
    }

    /// Selects all blocks and adds those that have a place to `order`.
    fn run(mut self, order: &mut Vec<Label>) -> Result<Copied, Error> {
        let mut pieces: FxHashMap<Block, Vec<Label>> = FxHashMap::default();
        let ends = self.plan.blocks.iter().map(|block| self.function.terminator(*block));
        let evident: FxHashSet<Block> = ends.filter_map(Terminator::evident).collect();
        for block in self.plan.blocks.clone() {
            let label = self.builder.label();
            self.labels.insert(block, label);
            for &param in &self.function.block(block).params {
                if !evident.contains(&block) && self.plan.is_param(param) {
                    self.values[param.as_u32() as usize] = Some(self.builder.param(label));
                }
            }
        }
        for block in self.plan.blocks.clone() {
            let label = self.labels[&block];
            self.builder.switch_to(label);
            self.current = block;
            self.pieces = vec![label];
            self.block(block)?;
            pieces.insert(block, std::mem::take(&mut self.pieces));
        }
        for block in &self.function.layout {
            order.extend(pieces.get(block).into_iter().flatten());
        }
        let stack = match self.plan.mode {
            Mode::Bytes(_) if self.windows.used > SCRATCH || self.scratch => self.windows.used,
            _ => 0,
        };
        let stack = match self.slots.size() {
            0 => stack,
            slots => self.below() + slots,
        };
        if self.missing {
            return Err(Error::Allocation("a value is used that is not there".to_owned()));
        }
        Ok(Copied { stack, start: self.labels[&self.function.entry()], slow: self.slow })
    }

    fn block(&mut self, block: Block) -> Result<(), Error> {
        let data = self.function.block(block);
        self.epoch = self.plan.epochs.start(block);
        self.settle_early(block, &data.insts);
        for (index, &inst) in data.insts.iter().enumerate() {
            let value = self.function.result(inst);
            if self.plan.is_live(value) {
                self.builder.span = self.function.span(inst);
                self.instruction(*self.function.inst(inst), value)?;
            }
            if moves_packet(self.function, inst) {
                self.epoch = Epoch::Behind(inst);
                self.settle_early(block, &data.insts[index + 1..]);
            }
        }
        self.builder.span = data.span;
        if self.is_home(block) {
            self.read_bounds();
        }
        match self.function.terminator(block) {
            Terminator::Jump(call) => {
                let args = self.arguments(call);
                self.builder.end(End::Jump(self.labels[&call.block], args));
            }
            Terminator::Branch { compare, a, b, then, otherwise } => {
                let then = self.edge(then);
                let otherwise = self.edge(otherwise);
                self.branch(*compare, *a, *b, then, otherwise);
            }
            Terminator::Check { length, ok, fail, .. } => {
                self.check(block, *length, *ok, fail)?;
            }
            Terminator::NonNull { pointer, some, none } => self.non_null(*pointer, *some, none),
            Terminator::Bound { value, low, high, inside, outside } => {
                self.bound(*value, (*low, *high), *inside, outside);
            }
            Terminator::Return(value) => {
                let number = self.constant(*value).and_then(|number| u32::try_from(number).ok());
                let end = match number {
                    Some(number) => End::ReturnImm(number),
                    None => End::Return(self.register(*value)),
                };
                self.builder.end(end);
            }
        }
        Ok(())
    }

    /// Whether `data` and `data_end` are to be read in a block, and were not yet.
    fn is_home(&self, block: Block) -> bool {
        self.plan.homes.get(&self.epoch) == Some(&block) && !self.data.contains_key(&self.epoch)
    }

    /// Reads `data` and `data_end` if these instructions ask for the span; otherwise that waits
    /// for the end of the block.
    fn settle_early(&mut self, block: Block, insts: &[Inst]) {
        if self.is_home(block) && self.plan.asks_span(insts, self.target) {
            self.builder.span = self.function.block(block).span;
            self.read_bounds();
        }
    }

    fn instruction(&mut self, instruction: Instruction, value: Value) -> Result<(), Error> {
        let register = match instruction {
            // Made where it is used.
            Instruction::Const(..)
            | Instruction::Slot(_)
            | Instruction::Part { .. }
            | Instruction::Map(_)
            | Instruction::Argument(..)
            | Instruction::Context => return Ok(()),
            Instruction::Load { width, view, displacement } => {
                self.load(value, width, view, displacement)
            }
            Instruction::Store { width, view, displacement, value } => {
                self.store(width, view, displacement, value)?;
                None
            }
            Instruction::Meta(field) => Some(self.meta(field)?),
            Instruction::Table { width, table, index } => Some(self.table(width, table, index)?),
            Instruction::Unary(op, a) => Some(self.unary(value, op, a)),
            Instruction::Binary(op, a, b) => (!self.reversed_binary(value, op, a, b))
                .then(|| self.binary(self.function.ty(value), op, a, b)),
            other => self.memory(&other)?,
        };
        self.values[value.as_u32() as usize] = register;
        Ok(())
    }

    fn meta(&mut self, field: Field) -> Result<VReg, Error> {
        self.meta_of(self.context, field)
    }

    fn meta_of(&mut self, context: VReg, field: Field) -> Result<VReg, Error> {
        match (self.target.field(field), self.data.get(&self.epoch).copied()) {
            (Some(FieldSource::Context(off)), _) => {
                let off = off as i16;
                Ok(self.builder.def(|d| Op::Load { size: Size::W, d, base: context, off }))
            }
            (Some(FieldSource::Call(helper)), _) => {
                Ok(self.builder.def(|d| Op::Ask { helper: helper.id, d, context }))
            }
            (Some(FieldSource::Constant(number)), _) => {
                Ok(self.builder.def(|d| Op::Imm { d, number: u64::from(number) }))
            }
            (Some(FieldSource::Span), Some(data)) => Ok(self.span_of(data)),
            (Some(FieldSource::Span) | None, _) => {
                Err(Error::NoField { hook: self.target.hook.name, field, span: self.builder.span })
            }
        }
    }

    /// The number that a value is, if it is a constant.
    fn constant(&self, value: Value) -> Option<u64> {
        self.function.constant(self.plan.resolve(value))
    }

    /// The register that holds a value; a constant is put into a new one.
    fn register(&mut self, value: Value) -> VReg {
        let value = self.plan.resolve(value);
        if let Some(number) = self.function.constant(value) {
            return self.builder.def(|d| Op::Imm { d, number });
        }
        let index = value.as_u32() as usize;
        if let Some(register) = self.values[index] {
            return register;
        }
        if let Some(register) = self.address(value) {
            return register;
        }
        self.missing = true;
        self.context
    }

    /// A value as a second operand.
    fn operand(&mut self, value: Value) -> Operand {
        let imm = self.constant(value).and_then(|number| match self.function.ty(value) {
            Type::I32 => Some(number as i32),
            _ => i32::try_from(number as i64).ok(),
        });
        imm.map_or_else(|| Operand::Reg(self.register(value)), Operand::Imm)
    }

    /// What a jump passes to the parameters that need registers.
    fn arguments(&mut self, call: &BlockCall) -> Vec<VReg> {
        let params = &self.function.block(call.block).params;
        let needed = params.iter().zip(&call.args).filter(|(param, _)| self.plan.is_param(**param));
        let needed: Vec<Value> = needed.map(|(_, argument)| *argument).collect();
        needed.into_iter().map(|argument| self.register(argument)).collect()
    }

    /// A block to branch to: the target, or one that jumps there with arguments.
    fn edge(&mut self, call: &BlockCall) -> Label {
        let target = self.labels[&call.block];
        let params = &self.function.block(call.block).params;
        if !params.iter().any(|param| self.plan.is_param(*param)) {
            return target;
        }
        let edge = self.builder.label_before(target);
        let back = self.builder.switch_to(edge);
        let args = self.arguments(call);
        self.builder.end(End::Jump(target, args));
        self.builder.switch_to(back);
        edge
    }

    fn branch(&mut self, compare: Compare, a: Value, b: Value, then: Label, otherwise: Label) {
        let (compare, a, b) = match self.constant(a) {
            Some(_) => (compare.swap(), b, a),
            None => (compare, a, b),
        };
        let ty = self.function.ty(a);
        if let Some(number) = self.constant(b)
            && let Some((a, width)) = self.reversed_operand(compare, a, number)
        {
            let number = swap(width, number);
            self.compare(compare, ty, a, Some(number), None, then, otherwise);
            return;
        }
        let number = self.constant(b);
        let a = self.register(a);
        let other = if number.is_none() { Some(self.register(b)) } else { None };
        self.compare(compare, ty, a, number, other, then, otherwise);
    }

    /// Ends the block with a comparison with `number`, or with the register `other`.
    #[expect(clippy::too_many_arguments, reason = "a branch has this many parts")]
    fn compare(
        &mut self,
        compare: Compare,
        ty: Type,
        a: VReg,
        number: Option<u64>,
        other: Option<VReg>,
        then: Label,
        otherwise: Label,
    ) {
        let level = self.target.level;
        let immediate = number.and_then(|number| match ty {
            // As 64 bits, an immediate from 2^31 on would be sign-extended; that is the number
            // only for a mask, as above the operand are zeros.
            Type::I32 if i32::try_from(number).is_ok() => Some((Bits::B64, number as i32)),
            Type::I32 if matches!(compare, Compare::Set | Compare::Clear) => {
                Some((Bits::B64, number as i32))
            }
            Type::I32 => (level >= Level::V3).then_some((Bits::B32, number as i32)),
            _ => i32::try_from(number as i64).ok().map(|imm| (Bits::B64, imm)),
        });
        let (bits, b) = match (immediate, number, other) {
            (Some((bits, imm)), ..) => (bits, Operand::Imm(imm)),
            (None, _, Some(register)) => (Bits::B64, Operand::Reg(register)),
            (None, number, None) => {
                let number = number.unwrap_or(0);
                (Bits::B64, Operand::Reg(self.builder.def(|d| Op::Imm { d, number })))
            }
        };
        // Levels without `<` compare the other way round.
        let (compare, a, b) = match (compare, b) {
            (Compare::Lt | Compare::Le, Operand::Reg(b)) if level < Level::V2 => {
                (compare.swap(), b, Operand::Reg(a))
            }
            _ => (compare, a, b),
        };
        self.builder.end(End::Branch { bits, compare, a, b, then, otherwise });
    }
}
