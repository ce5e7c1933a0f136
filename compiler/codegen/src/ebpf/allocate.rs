//! Register allocation: virtual registers become `r0` to `r9` and slots of the stack.

use std::cell::RefCell;

use regalloc2::{
    Block as RaBlock, Ctx, Function, Inst, InstRange, MachineEnv, Operand as RaOperand, Output,
    PReg, PRegSet, RegClass, RegallocOptions, VReg as RaVReg,
};

use super::vcode::{End, Op, Operand, VCode, VReg};
use crate::error::Error;

/// Blocks up to which debug builds check the allocator's work; the time that takes is worth it.
const CHECKED: usize = 100_000;

/// Blocks up to which the allocator's lists are kept for the next function.
const KEPT: usize = 1000;

const CLASS: RegClass = RegClass::Int;

const fn physical(register: usize) -> PReg {
    PReg::new(register, CLASS)
}

fn virtual_register(register: VReg) -> RaVReg {
    RaVReg::new(register.0 as usize, CLASS)
}

/// What a call leaves of the registers `r1` to `r5`.
fn lost() -> PRegSet {
    (1..=5).map(physical).collect()
}

/// Registers that calls destroy come first: the others must be saved by whoever calls us.
fn environment() -> MachineEnv {
    let none = PRegSet::empty();
    MachineEnv {
        preferred_regs_by_class: [(0..=5).map(physical).collect(), none, none],
        non_preferred_regs_by_class: [(6..=9).map(physical).collect(), none, none],
        scratch_by_class: [None; 3],
        fixed_stack_slots: Vec::new(),
    }
}

/// A function as `regalloc2` reads it. Each block's end is its last instruction.
pub(crate) struct Input<'a> {
    code: &'a VCode,
    operands: Vec<RaOperand>,
    /// By instruction: where its operands begin, and whether it calls.
    insts: Vec<(u32, bool)>,
    /// By block: its first instruction.
    firsts: Vec<u32>,
    succs: Lists<RaBlock>,
    preds: Lists<RaBlock>,
    params: Lists<RaVReg>,
    arguments: Lists<RaVReg>,
}

/// A list for each block, one behind the other.
struct Lists<T> {
    all: Vec<T>,
    /// Where each ends; it begins where the one before ends.
    ends: Vec<u32>,
}

impl<T> Lists<T> {
    fn with_capacity(blocks: usize) -> Self {
        Self { all: Vec::with_capacity(2 * blocks), ends: Vec::with_capacity(blocks) }
    }

    /// The next block's list.
    fn push(&mut self, list: impl IntoIterator<Item = T>) {
        self.all.extend(list);
        self.ends.push(self.all.len() as u32);
    }

    fn of(&self, block: usize) -> &[T] {
        let start = block.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.all[start as usize..self.ends[block] as usize]
    }
}

thread_local! {
    /// The allocator's lists, kept for the next function: making them anew takes longer than
    /// placing the registers of a small one.
    static LISTS: RefCell<Ctx> = RefCell::default();
}

/// Places a function's virtual registers.
pub(crate) fn allocate(code: &VCode) -> Result<(Input<'_>, Output), Error> {
    let input = Input::new(code);
    let environment = environment();
    let options = RegallocOptions { validate_ssa: cfg!(debug_assertions), ..Default::default() };
    // What an error leaves in the lists is not used again.
    let mut lists = LISTS.take();
    regalloc2::run_with_ctx(&input, &environment, &options, &mut lists)
        .map_err(|error| Error::Allocation(error.to_string()))?;
    let output = std::mem::take(&mut lists.output);
    if code.blocks.len() <= KEPT {
        LISTS.set(lists);
    }
    if cfg!(debug_assertions) && code.blocks.len() <= CHECKED {
        let mut checker = regalloc2::checker::Checker::new(&input, &environment);
        checker.prepare(&output);
        checker.run().map_err(|errors| Error::Allocation(format!("{errors:?}")))?;
    }
    Ok((input, output))
}

/// The blocks that lead to each, in order.
fn preds(code: &VCode) -> Lists<RaBlock> {
    let mut ends = vec![0; code.blocks.len()];
    let mut edges = 0;
    for label in code.blocks.iter().flat_map(|block| block.end.successors()) {
        ends[label.index()] += 1;
        edges += 1;
    }
    // Where each begins, until its blocks are there.
    let mut start = 0;
    for end in &mut ends {
        start += std::mem::replace(end, start);
    }
    let mut all = vec![RaBlock::new(0); edges];
    for (index, block) in code.blocks.iter().enumerate() {
        for label in block.end.successors() {
            let end = &mut ends[label.index()];
            all[*end as usize] = RaBlock::new(index);
            *end += 1;
        }
    }
    Lists { all, ends }
}

impl<'a> Input<'a> {
    fn new(code: &'a VCode) -> Self {
        let count = code.blocks.len();
        let mut this = Self {
            code,
            operands: Vec::with_capacity(4 * count),
            insts: Vec::with_capacity(4 * count),
            firsts: Vec::with_capacity(count),
            succs: Lists::with_capacity(count),
            preds: preds(code),
            params: Lists::with_capacity(count),
            arguments: Lists::with_capacity(count),
        };
        for block in &code.blocks {
            this.firsts.push(this.insts.len() as u32);
            for (op, _) in &block.ops {
                let calls = matches!(
                    op,
                    Op::LoadAbsolute { .. }
                        | Op::Ask { .. }
                        | Op::CopyBytes { .. }
                        | Op::Call { .. }
                        | Op::CallLocal { .. }
                );
                this.insts.push((this.operands.len() as u32, calls));
                this.op(op);
            }
            this.insts.push((this.operands.len() as u32, false));
            this.end(&block.end);
            this.succs.push(block.end.successors().map(|l| RaBlock::new(l.index())));
            this.params.push(block.params.iter().copied().map(virtual_register));
            let arguments = match &block.end {
                End::Jump(_, args) => &args[..],
                _ => &[],
            };
            this.arguments.push(arguments.iter().copied().map(virtual_register));
        }
        this
    }

    fn reads(&mut self, register: VReg) {
        self.operands.push(RaOperand::reg_use(virtual_register(register)));
    }

    fn reads_in(&mut self, register: VReg, place: usize) {
        self.operands.push(RaOperand::reg_fixed_use(virtual_register(register), physical(place)));
    }

    fn writes(&mut self, register: VReg) {
        self.operands.push(RaOperand::reg_def(virtual_register(register)));
    }

    fn writes_in(&mut self, register: VReg, place: usize) {
        self.operands.push(RaOperand::reg_fixed_def(virtual_register(register), physical(place)));
    }

    /// Writes where the first operand was.
    fn overwrites(&mut self, register: VReg) {
        self.operands.push(RaOperand::reg_reuse_def(virtual_register(register), 0));
    }

    /// The operands in the order in which [`super::layout`] asks for them.
    fn op(&mut self, op: &Op) {
        match *op {
            Op::Steps { .. } => {}
            Op::Context { d } => self.writes_in(d, 1),
            Op::Move { d, a } | Op::Narrow { d, a } | Op::Load { d, base: a, .. } => {
                self.reads(a);
                self.writes(d);
            }
            Op::Copy { d, a }
            | Op::Swap { d, a, .. }
            | Op::Alu { d, a, b: Operand::Imm(_), .. } => {
                self.reads(a);
                self.overwrites(d);
            }
            Op::Alu { d, a, b: Operand::Reg(b), .. } => {
                self.reads(a);
                self.overwrites(d);
                self.reads(b);
            }
            Op::Imm { d, .. }
            | Op::Table { d, .. }
            | Op::MapAddress { d, .. }
            | Op::FrameAddress { d, .. }
            | Op::LoadStack { d, .. } => self.writes(d),
            Op::Store { base, value, .. } => {
                if let Operand::Reg(value) = value {
                    self.reads(value);
                }
                if let Some(base) = base {
                    self.reads(base);
                }
            }
            Op::Atomic { base, value, .. } => {
                self.reads(value);
                if let Some(base) = base {
                    self.reads(base);
                }
            }
            Op::Fetch { d, base, value, .. } => {
                self.reads(value);
                self.overwrites(d);
                if let Some(base) = base {
                    self.reads(base);
                }
            }
            Op::CompareExchange { d, base, expected, value, .. } => {
                self.reads_in(expected, 0);
                self.writes_in(d, 0);
                self.reads(value);
                if let Some(base) = base {
                    self.reads(base);
                }
            }
            Op::Arguments { d, count } => {
                for (index, register) in d[..usize::from(count)].iter().enumerate() {
                    self.writes_in(*register, index + 1);
                }
            }
            Op::Call { d, args, count, .. } | Op::CallLocal { d, args, count, .. } => {
                self.writes_in(d, 0);
                for (index, arg) in args[..usize::from(count)].iter().enumerate() {
                    self.reads_in(*arg, index + 1);
                }
            }
            Op::LoadAbsolute { d, context, index, .. } => {
                self.writes_in(d, 0);
                self.reads_in(context, 6);
                if let Some(index) = index {
                    self.reads(index);
                }
            }
            Op::Ask { d, context, .. } => {
                self.writes_in(d, 0);
                self.reads_in(context, 1);
            }
            Op::CopyBytes { d, context, index, .. } => {
                self.writes_in(d, 0);
                self.reads_in(context, 1);
                if let Some(index) = index {
                    self.reads_in(index, 2);
                }
            }
        }
    }

    fn end(&mut self, end: &End) {
        match *end {
            End::Jump(..) | End::ReturnImm(_) => {}
            End::Branch { a, b, .. } => {
                self.reads(a);
                if let Operand::Reg(b) = b {
                    self.reads(b);
                }
            }
            End::Return(value) => self.reads_in(value, 0),
        }
    }

    /// The index of a block's first instruction.
    pub(crate) fn first(&self, block: usize) -> usize {
        self.firsts[block] as usize
    }

    fn block_of_end(&self, inst: Inst) -> Option<usize> {
        let next = inst.index() as u32 + 1;
        let block = self.firsts.partition_point(|first| *first < next).checked_sub(1)?;
        let end = self.firsts.get(block + 1).map_or(self.insts.len() as u32, |first| *first);
        (end == next).then_some(block)
    }
}

impl Function for Input<'_> {
    fn num_insts(&self) -> usize {
        self.insts.len()
    }

    fn num_blocks(&self) -> usize {
        self.firsts.len()
    }

    fn entry_block(&self) -> RaBlock {
        RaBlock::new(0)
    }

    fn block_insns(&self, block: RaBlock) -> InstRange {
        let index = block.index();
        let end = self.firsts.get(index + 1).map_or(self.insts.len(), |first| *first as usize);
        InstRange::new(Inst::new(self.first(index)), Inst::new(end))
    }

    fn block_succs(&self, block: RaBlock) -> &[RaBlock] {
        self.succs.of(block.index())
    }

    fn block_preds(&self, block: RaBlock) -> &[RaBlock] {
        self.preds.of(block.index())
    }

    fn block_params(&self, block: RaBlock) -> &[RaVReg] {
        self.params.of(block.index())
    }

    fn is_ret(&self, inst: Inst) -> bool {
        let end = self.block_of_end(inst).map(|block| &self.code.blocks[block].end);
        matches!(end, Some(End::Return(_) | End::ReturnImm(_)))
    }

    fn is_branch(&self, inst: Inst) -> bool {
        let end = self.block_of_end(inst).map(|block| &self.code.blocks[block].end);
        matches!(end, Some(End::Jump(..) | End::Branch { .. }))
    }

    fn branch_blockparams(&self, block: RaBlock, _: Inst, _: usize) -> &[RaVReg] {
        self.arguments.of(block.index())
    }

    fn inst_operands(&self, inst: Inst) -> &[RaOperand] {
        let (start, _) = self.insts[inst.index()];
        let end = self.insts.get(inst.index() + 1).map_or(self.operands.len(), |i| i.0 as usize);
        &self.operands[start as usize..end]
    }

    fn inst_clobbers(&self, inst: Inst) -> PRegSet {
        if self.insts[inst.index()].1 { lost() } else { PRegSet::empty() }
    }

    fn num_vregs(&self) -> usize {
        self.code.registers as usize
    }

    fn spillslot_size(&self, _: RegClass) -> usize {
        1
    }
}
