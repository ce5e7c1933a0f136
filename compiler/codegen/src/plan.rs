//! What is decided about a function before instructions are selected: how the packet is read,
//! which blocks and values matter, which checks need no code.

use rustc_hash::{FxHashMap, FxHashSet};

use nbpfc_ir::{
    BinaryOp, Block, Demand, Dominators, Evidence, Function, Inst, Instruction, Limits, Terminator,
    Value, ValueDef, Windows, verdict,
};
use nbpfc_kernel::{Access, FieldSource, Helper, Target};

use crate::epoch::{Epoch, Epochs, moves_packet};

/// How many dominators of a check are looked at for a load of its last byte.
const LOOKED_UP: usize = 32;

/// How packet bytes are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Through `data`, below `data_end`. With a helper, a packet that seems short is looked at
    /// again by [`Mode::Bytes`].
    Direct(Option<&'static Helper>),
    /// Through `data`, below `data_end`, after all bytes that may be asked for were made to lie
    /// there, if the packet has them.
    Pulled,
    /// `LD_ABS` and `LD_IND`; to be used only if all that a short packet gets is 0.
    Absolute,
    /// Copies to the stack, by this helper.
    Bytes(&'static Helper),
}

impl Mode {
    /// How the target wants this function's packet bytes read; `alone` if no function calls
    /// another, so that ending the function ends the program.
    pub(crate) fn of(function: &Function, target: &Target, alone: bool) -> Self {
        match target.hook.access {
            // What was done must not be done again by another copy of the function, and what is
            // held must be given back: both need a check that simply fails.
            Access::Direct { beyond: Some(_) }
                if asks_late(function) && target.may_call(&Helper::SKB_PULL_DATA) =>
            {
                Self::Pulled
            }
            Access::Direct { beyond: Some(helper) } | Access::Absolute { helper }
                if asks_late(function) =>
            {
                Self::Bytes(helper)
            }
            Access::Direct { beyond } => Self::Direct(beyond),
            Access::Absolute { .. } if alone && rejects_with(function, 0) => Self::Absolute,
            Access::Absolute { helper } => Self::Bytes(helper),
        }
    }

    /// Whether bytes are read through pointers into the packet.
    pub(crate) const fn is_direct(self) -> bool {
        matches!(self, Self::Direct(_) | Self::Pulled)
    }

    /// Past how many bytes a window cannot end: the verifier's `MAX_PACKET_OFF`, or the largest
    /// offset that is not taken for a negative one.
    pub(crate) const fn reach(self) -> u64 {
        match self {
            Self::Direct(_) | Self::Pulled => 0xffff,
            Self::Absolute | Self::Bytes(_) => 0x7fff_ffff,
        }
    }
}

/// Whether the packet is asked for, or read, where something may have been done before.
pub(crate) fn asks_late(function: &Function) -> bool {
    let mut work: Vec<Block> =
        function.layout.iter().copied().filter(|block| function.has_effects(*block)).collect();
    let mut seen: FxHashSet<Block> = work.iter().copied().collect();
    while let Some(block) = work.pop() {
        let data = function.block(block);
        let loads = |inst: &Inst| matches!(function.inst(*inst), Instruction::Load { .. });
        if matches!(function.terminator(block), Terminator::Check { .. })
            || data.insts.iter().any(loads)
        {
            return true;
        }
        work.extend(function.terminator(block).successors().filter(|next| seen.insert(*next)));
    }
    false
}

/// Whether a failing check always means that the program ends with this verdict.
fn rejects_with(function: &Function, reject: u32) -> bool {
    function.layout.iter().all(|&block| match function.terminator(block) {
        Terminator::Check { fail, .. } => verdict(function, fail) == Some(reject),
        _ => true,
    })
}

/// A place in the packet: a number from the program, plus bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) base: Option<Value>,
    pub(crate) disp: u64,
}

/// The decisions for one function and one mode.
pub(crate) struct Plan<'a> {
    pub(crate) function: &'a Function,
    pub(crate) mode: Mode,
    pub(crate) dominators: Dominators,
    /// The blocks that control can reach, each before those that it dominates.
    pub(crate) blocks: Vec<Block>,
    pub(crate) epochs: Epochs,
    /// The blocks where `data` and `data_end` are read, where they are needed.
    pub(crate) homes: FxHashMap<Epoch, Block>,
    /// How many bytes of the packet are asked for at most, from its start on; `None` if nobody
    /// knows.
    pub(crate) asked: Option<u32>,
    /// By check: where its window begins.
    addresses: FxHashMap<Block, Address>,
    /// By check: whether the loads of every accepting path say the same.
    silent: FxHashSet<Block>,
    /// How many edges lead to a block.
    edges: FxHashMap<Block, u32>,
    /// What a parameter may be.
    arguments: FxHashMap<Value, Vec<Value>>,
    live: Vec<bool>,
}

impl<'a> Plan<'a> {
    pub(crate) fn new(
        function: &'a Function,
        target: &Target,
        mode: Mode,
        limits: &mut Limits<'_>,
    ) -> Self {
        let dominators = Dominators::new(function);
        let mut plan = Self {
            function,
            mode,
            epochs: Epochs::new(function, &dominators),
            dominators,
            blocks: Vec::new(),
            homes: FxHashMap::default(),
            asked: Some(0),
            addresses: FxHashMap::default(),
            silent: FxHashSet::default(),
            edges: FxHashMap::default(),
            arguments: FxHashMap::default(),
            live: vec![false; function.value_count()],
        };
        plan.reach(limits);
        plan.silence();
        plan.mark();
        plan.settle(target);
        plan
    }

    /// Where the window of the check that ends a block begins.
    pub(crate) fn address(&self, check: Block) -> Address {
        self.addresses.get(&check).copied().unwrap_or(Address { base: None, disp: u64::MAX })
    }

    /// Whether a window is there in no packet.
    pub(crate) fn never(&self, check: Block, length: u32) -> bool {
        self.address(check).disp.saturating_add(u64::from(length)) > self.mode.reach()
    }

    /// Whether the check that ends a block needs no instructions of its own.
    pub(crate) fn is_silent(&self, check: Block) -> bool {
        self.silent.contains(&check)
    }

    /// Whether a value is used.
    pub(crate) fn is_live(&self, value: Value) -> bool {
        self.live[value.as_u32() as usize]
    }

    /// The value that a parameter always is, or the value itself.
    pub(crate) fn resolve(&self, mut value: Value) -> Value {
        while let ValueDef::Param(block, _) = self.function.def(value)
            && self.edges.get(&block) == Some(&1)
            && let Some(&[argument]) = self.arguments.get(&value).map(Vec::as_slice)
        {
            value = argument;
        }
        value
    }

    /// Whether control comes to a block from one place only.
    pub(crate) fn has_one_edge(&self, block: Block) -> bool {
        self.edges.get(&block) == Some(&1)
    }

    /// Whether a parameter needs a register of its own.
    pub(crate) fn is_param(&self, value: Value) -> bool {
        self.is_live(value) && self.resolve(value) == value
    }

    fn reach(&mut self, limits: &mut Limits<'_>) {
        let entry = self.function.entry();
        self.edges.insert(entry, 1);
        let mut reached: FxHashSet<Block> = [entry].into_iter().collect();
        let mut work = vec![entry];
        while let Some(block) = work.pop() {
            let end = self.function.terminator(block);
            let mut skipped = None;
            if let Terminator::Check { offset, length, ok, .. } = end {
                let address = self.locate(*offset, limits);
                let most = address.base.map_or(0, |base| limits.max(base));
                let end = most.saturating_add(address.disp).saturating_add((*length).into());
                let end =
                    u32::try_from(end).ok().filter(|end| u64::from(*end) <= self.mode.reach());
                self.asked = self.asked.zip(end).map(|(asked, end)| asked.max(end));
                self.addresses.insert(block, address);
                skipped = self.never(block, *length).then_some(*ok);
            }
            for successor in end.successors().filter(|s| Some(*s) != skipped) {
                *self.edges.entry(successor).or_default() += 1;
                if reached.insert(successor) {
                    work.push(successor);
                }
            }
            for call in end.clone().calls_mut() {
                let params = &self.function.block(call.block).params;
                for (&param, &argument) in params.iter().zip(&call.args) {
                    self.arguments.entry(param).or_default().push(argument);
                }
            }
        }
        let order = self.dominators.reverse_postorder().iter();
        self.blocks = order.copied().filter(|block| reached.contains(block)).collect();
    }

    /// Takes constants out of an offset's sum, as far as they cannot wrap around in it.
    fn locate(&self, offset: Option<Value>, limits: &mut Limits<'_>) -> Address {
        let mut address = Address { base: offset, disp: 0 };
        while let Some(base) = address.base {
            if let Some(number) = self.function.constant(base) {
                address = Address { base: None, disp: address.disp + number };
            } else if let Some(&Instruction::Binary(BinaryOp::Add, a, b)) =
                self.function.def_inst(base)
                && let Some(number) = self.function.constant(b)
                && u32::try_from(limits.max(a) + number).is_ok()
            {
                address = Address { base: Some(a), disp: address.disp + number };
            } else {
                break;
            }
        }
        address
    }

    /// `LD_ABS` tests itself: a check says nothing if accepting paths load its last byte later, or
    /// if it was loaded before.
    fn silence(&mut self) {
        if self.mode != Mode::Absolute {
            return;
        }
        let demand = Demand::new(self.function, &self.dominators, 0, Evidence::Loads);
        let windows = Windows::new(self.function);
        for &block in &self.blocks {
            if let Terminator::Check { offset, length, ok, .. } = self.function.terminator(block)
                && (demand.at(*ok).length(*offset).is_none_or(|asked| asked >= *length)
                    || self.was_there(&windows, block, *offset, *length))
            {
                self.silent.insert(block);
            }
        }
    }

    /// Whether a window was loaded from, or asked for, on the way to the end of a block.
    fn was_there(
        &self,
        windows: &Windows,
        block: Block,
        offset: Option<Value>,
        length: u32,
    ) -> bool {
        let mut above = Some(block);
        for _ in 0..LOOKED_UP {
            let Some(block) = above else { return false };
            let data = self.function.block(block);
            let covers = |view: Value, end: u32| {
                windows.of(view).is_some_and(|(start, _)| start == offset) && end >= length
            };
            let asked = data.params.iter().any(|view| {
                windows.of(*view).is_some_and(|(start, end)| start == offset && end >= length)
            });
            let loaded = data.insts.iter().any(|inst| match *self.function.inst(*inst) {
                Instruction::Load { width, view, displacement } => {
                    covers(view, displacement.saturating_add(width.bytes()))
                }
                _ => false,
            });
            if asked || loaded {
                return true;
            }
            above = self.dominators.immediate(block);
        }
        false
    }

    fn mark(&mut self) {
        let mut work = Vec::new();
        for &block in &self.blocks {
            match self.function.terminator(block) {
                Terminator::Jump(_) => {}
                Terminator::Branch { a, b, .. } => work.extend([*a, *b]),
                Terminator::Check { .. } => work.extend(self.address(block).base),
                Terminator::NonNull { pointer: value, .. } | Terminator::Bound { value, .. } => {
                    work.push(*value);
                }
                Terminator::Return(value) => work.push(*value),
            }
            let insts = self.function.block(block).insts.iter();
            let needed = insts.filter(|inst| self.function.effect(**inst).is_needed());
            work.extend(needed.map(|inst| self.function.result(*inst)));
            // A load that stands for a check is there for its effect.
            if self.mode == Mode::Absolute {
                let insts = self.function.block(block).insts.iter();
                let loads =
                    insts.filter(|i| matches!(self.function.inst(**i), Instruction::Load { .. }));
                work.extend(loads.map(|i| self.function.result(*i)));
            }
        }
        while let Some(value) = work.pop() {
            if std::mem::replace(&mut self.live[value.as_u32() as usize], true) {
                continue;
            }
            match self.function.def(value) {
                ValueDef::Result(inst) => work.extend(self.function.inst(inst).operands()),
                ValueDef::Param(..) => {
                    work.extend(self.arguments.get(&value).into_iter().flatten());
                }
            }
        }
    }

    /// Whether an instruction is the packet's length, had from `data` and `data_end`.
    fn is_span(&self, inst: Inst, target: &Target) -> bool {
        match self.function.inst(inst) {
            Instruction::Meta(field) => {
                self.is_live(self.function.result(inst))
                    && target.field(*field) == Some(FieldSource::Span)
            }
            _ => false,
        }
    }

    /// Finds the last block of each epoch from which every use of `data` and `data_end` can be
    /// reached.
    fn settle(&mut self, target: &Target) {
        if !self.mode.is_direct() {
            return;
        }
        for &block in &self.blocks {
            let mut needed = Vec::new();
            let mut epoch = self.epochs.start(block);
            for &inst in &self.function.block(block).insts {
                if self.is_span(inst, target) {
                    needed.push(epoch);
                }
                if moves_packet(self.function, inst) {
                    epoch = Epoch::Behind(inst);
                }
            }
            if self.addresses.contains_key(&block) {
                needed.push(epoch);
            }
            for epoch in needed {
                let common = |home: &Block| self.dominators.nearest_common(*home, block);
                let home = self.homes.get(&epoch).map_or(block, common);
                self.homes.insert(epoch, home);
            }
        }
    }

    /// Whether the block's instructions from a place on ask for the packet's span before the
    /// packet moves.
    pub(crate) fn asks_span(&self, insts: &[Inst], target: &Target) -> bool {
        let still = insts.iter().take_while(|inst| !moves_packet(self.function, **inst));
        still.into_iter().any(|inst| self.is_span(*inst, target))
    }
}
