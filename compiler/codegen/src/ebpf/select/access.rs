//! Selection of checks and loads: the only place that knows how packet bytes are read.
//!
//! For direct access the rules of the kernel's verifier are kept here (`kernel/bpf/verifier.c`,
//! `find_good_pkt_pointers`): a comparison proves bytes only for pointers that share the id of the
//! one compared, so a variable offset is added to `data` once and that register is used from then
//! on; and it proves them only if offset and length cannot exceed 0xffff, so the offset is
//! compared with a limit first where the verifier does not know one.
//!
//! A pointer is moved to a window's end, compared there, and loads reach back from it: where the
//! register is not needed as it was, that is one instruction less than comparing a copy. The next
//! window at the same offset moves it on.

use nbpfc_ir::{Block, BlockCall, Compare, Field, Instruction, Terminator, Value, Width};
use nbpfc_isa::{AluOp, Bits, Size};
use nbpfc_kernel::{FieldSource, Helper};

use super::Selector;
use crate::ebpf::vcode::{End, Label, Op, Operand, VReg};
use crate::ebpf::window::{SCRATCH, Window, aligned};
use crate::error::Error;
use crate::plan::{Address, Mode};

/// What a view is after selection.
#[derive(Clone, Debug)]
pub(super) enum View {
    /// Bytes from this place in memory on; `disp` is negative where `base` is behind them.
    Memory { base: VReg, disp: i64 },
    /// A copy on the stack of what is at this place in the packet.
    Stack { window: Window, index: Option<VReg>, disp: u32 },
    /// Bytes from this place in the packet on.
    Packet { index: Option<VReg>, disp: u32 },
}

/// `data` plus a number that may vary, plus a constant, in a register.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pointer {
    /// The block that ends with the check for which it was computed.
    made: Block,
    /// It can be used in the blocks that this one dominates. Where the check fails it cannot: the
    /// verifier then takes it for a pointer past the end (`mark_pkt_end`), and what is computed
    /// from it too, so that it does not even look at what follows a shorter check that passes.
    home: Block,
    register: VReg,
    /// The largest that the verifier takes the number that varies to be.
    max: u64,
    /// The constant, in bytes.
    ahead: u64,
    /// Whether it took the register of the pointer that it was computed from.
    took: bool,
}

/// How many pointers to one offset are looked through for one that can be moved on.
const LOOKED_THROUGH: usize = 8;

/// Up to how many blocks a function has for all to be looked at for one check.
const LOOKED_AT: usize = 64;

/// Where single loads are copied to, from the frame pointer.
pub(super) const SCRATCH_AT: i16 = -(SCRATCH as i16);

pub(super) const fn size(width: Width) -> Size {
    match width {
        Width::W1 => Size::B,
        Width::W2 => Size::H,
        Width::W4 => Size::W,
        Width::W8 => Size::DW,
    }
}

impl Selector<'_> {
    /// Reads `data` and `data_end` for all that follows, up to where the packet moves.
    pub(super) fn read_bounds(&mut self) {
        let bounds =
            if self.plan.mode == Mode::Pulled { self.pulled() } else { self.fresh_bounds() };
        self.data.insert(self.epoch, bounds);
    }

    /// `data` and `data_end`, read here.
    pub(super) fn fresh_bounds(&mut self) -> (VReg, VReg) {
        (self.read("data"), self.read("data_end"))
    }

    /// A member of the context.
    pub(super) fn read(&mut self, name: &str) -> VReg {
        let base = self.context;
        let off = self.target.hook.context.field(name).map_or(0, |field| field.offset as i16);
        self.builder.def(|d| Op::Load { size: Size::W, d, base, off })
    }

    /// `data_end - data`
    pub(super) fn span_of(&mut self, (data, end): (VReg, VReg)) -> VReg {
        let b = Operand::Reg(data);
        self.builder.def(|d| Op::Alu { bits: Bits::B64, op: AluOp::Sub, d, a: end, b })
    }

    /// The check that ends a block.
    pub(super) fn check(
        &mut self,
        block: Block,
        length: u32,
        ok: Block,
        fail: &BlockCall,
    ) -> Result<(), Error> {
        if self.plan.never(block, length) {
            let Address { base, disp } = self.plan.address(block);
            let window = base.is_none().then(|| disp.saturating_add(u64::from(length)));
            let fail = self.failing(fail, window)?;
            self.builder.end(End::Jump(fail, Vec::new()));
            return Ok(());
        }
        let view = match self.plan.mode {
            Mode::Direct(_) | Mode::Pulled => self.check_direct(block, length, ok, fail)?,
            Mode::Bytes(helper) => self.check_bytes(helper, block, length, ok, fail)?,
            Mode::Absolute => self.check_absolute(block, length, ok, fail)?,
        };
        if let Some(&value) = self.function.block(ok).params.first() {
            self.views.insert(value, view);
        }
        Ok(())
    }

    fn check_direct(
        &mut self,
        block: Block,
        length: u32,
        ok: Block,
        fail: &BlockCall,
    ) -> Result<View, Error> {
        let Address { base, disp } = self.plan.address(block);
        let window = disp + u64::from(length);
        let fail = self.failing(fail, base.is_none().then_some(window))?;
        let (data, end) = self.bounds();
        let base = base.map(|base| self.plan.resolve(base));
        let taken = self.was_taken(base, block);
        let start = self.known_pointer(None, block, 0).filter(|_| !taken).unwrap_or_else(|| {
            let failed = taken || self.recent(None, block).next().is_some();
            let register = if failed { self.read("data") } else { data };
            Pointer { made: block, home: block, register, max: 0, ahead: 0, took: false }
        });
        let pointer = match base {
            Some(base) => self.pointer((block, ok), base, window, start, fail),
            None => start,
        };
        let past = match window as i32 - pointer.ahead as i32 {
            // Where this comparison fails the verifier takes the register for no good any more
            // (`mark_pkt_end`), so it must not be the one that an older view rests on.
            0 => self.builder.def(|d| Op::Copy { d, a: pointer.register }),
            further => self.add(pointer.register, further),
        };
        let moved = Pointer { made: block, home: ok, register: past, ahead: window, ..pointer };
        self.pointers.entry((self.epoch, base)).or_default().push(moved);
        self.branch_to(past, Compare::Gt, Operand::Reg(end), fail, self.labels[&ok]);
        Ok(View::Memory { base: past, disp: disp as i64 - window as i64 })
    }

    /// The newest pointer to an offset at hand in a block for which the verifier will believe in
    /// `window` bytes from that offset on. Older ones are not wanted where the newest was not
    /// good: to keep them would cost the way on which it is.
    fn known_pointer(&self, base: Option<Value>, block: Block, window: u64) -> Option<Pointer> {
        let limit = self.plan.mode.reach() - window;
        self.recent(base, block)
            .take_while(|pointer| self.plan.dominators.dominates(pointer.home, block))
            .find(|pointer| pointer.max <= limit)
    }

    /// The pointers to an offset that were computed on every way to a block, the newest first.
    fn recent(&self, base: Option<Value>, block: Block) -> impl Iterator<Item = Pointer> {
        let pointers = self.pointers.get(&(self.epoch, base)).map_or(&[][..], Vec::as_slice);
        let dominators = &self.plan.dominators;
        pointers
            .iter()
            .rev()
            .take(LOOKED_THROUGH)
            .filter(move |pointer| dominators.dominates(pointer.made, block))
            .copied()
    }

    /// `start` plus a number, where the verifier will believe in `window` bytes from there on.
    fn pointer(
        &mut self,
        (block, ok): (Block, Block),
        base: Value,
        window: u64,
        start: Pointer,
        fail: Label,
    ) -> Pointer {
        if let Some(pointer) = self.known_pointer(Some(base), block, window) {
            return pointer;
        }
        let limit = self.plan.mode.reach() - window;
        let max = self.limits.max(base);
        let mut index = self.register(base);
        let mut home = block;
        if max > limit {
            // What follows a failed comparison has no pointer.
            home = ok;
            // Compare the very register that is added: the verifier may know of no other.
            let a = index;
            index = self.builder.def(|d| Op::Copy { d, a });
            self.limit(index, limit, fail);
        }
        // The first is overwritten.
        let took = max <= limit && self.is_wanted_more(base, (block, ok));
        let fresh = start.made == block && self.was_taken(Some(base), block);
        let (a, b) = if took || fresh { (start.register, index) } else { (index, start.register) };
        let b = Operand::Reg(b);
        let register = self.builder.def(|d| Op::Alu { bits: Bits::B64, op: AluOp::Add, d, a, b });
        let max = max.min(limit);
        Pointer { made: block, home, register, max, ahead: start.ahead, took }
    }

    /// Whether a block is where a check failed whose pointer took the register of the packet's
    /// start.
    fn was_taken(&self, base: Option<Value>, block: Block) -> bool {
        let lost =
            |pointer: Pointer| pointer.took && !self.plan.dominators.dominates(pointer.home, block);
        base.is_some() && self.recent(base, block).any(lost)
    }

    /// Whether an offset is asked about again where a check fails, and the packet's start is not
    /// wanted where it holds.
    fn is_wanted_more(&self, base: Value, (block, ok): (Block, Block)) -> bool {
        let (function, plan) = (self.function, &self.plan);
        if plan.blocks.len() > LOOKED_AT {
            return false;
        }
        let below = |top: Block| {
            plan.blocks
                .iter()
                .copied()
                .filter(move |b| *b != block && plan.dominators.dominates(top, *b))
        };
        let asks = |block: Block| matches!(function.terminator(block), Terminator::Check { .. });
        let again = below(block).any(|block| {
            asks(block) && plan.address(block).base.map(|base| plan.resolve(base)) == Some(base)
        });
        again
            && !below(ok).any(|block| {
                asks(block)
                    || function.block(block).insts.iter().any(|inst| match *function.inst(*inst) {
                        Instruction::Load { view, .. } => self.views.contains_key(&view),
                        _ => false,
                    })
            })
    }

    /// Goes to `fail` if a register is above a limit, and on in a new piece of the block.
    fn limit(&mut self, register: VReg, limit: u64, fail: Label) {
        let next = self.builder.label();
        self.branch_to(register, Compare::Gt, Operand::Imm(limit as i32), fail, next);
        self.continue_in(next);
    }

    pub(super) fn branch_to(
        &mut self,
        a: VReg,
        compare: Compare,
        b: Operand,
        then: Label,
        otherwise: Label,
    ) {
        self.builder.end(End::Branch { bits: Bits::B64, compare, a, b, then, otherwise });
    }

    pub(super) fn continue_in(&mut self, next: Label) {
        self.pieces.push(next);
        self.builder.switch_to(next);
    }

    pub(super) fn add(&mut self, a: VReg, number: i32) -> VReg {
        let b = Operand::Imm(number);
        self.builder.def(|d| Op::Alu { bits: Bits::B64, op: AluOp::Add, d, a, b })
    }

    fn bounds(&mut self) -> (VReg, VReg) {
        if !self.data.contains_key(&self.epoch) {
            self.read_bounds();
        }
        self.data.get(&self.epoch).copied().unwrap_or((self.context, self.context))
    }

    /// Where the window of a check begins in the packet, in 32 bits that do not wrap around.
    fn packet(
        &mut self,
        block: Block,
        length: u32,
        fail: &BlockCall,
    ) -> Result<(Option<VReg>, u32), Error> {
        let Address { base, disp } = self.plan.address(block);
        let Some(base) = base else { return Ok((None, disp as u32)) };
        let index = self.register(base);
        let limit = self.plan.mode.reach() - disp - u64::from(length);
        if self.limits.max(base) > limit {
            let fail = self.failing(fail, None)?;
            self.limit(index, limit, fail);
        }
        Ok((Some(index), disp as u32))
    }

    fn check_bytes(
        &mut self,
        helper: &Helper,
        block: Block,
        length: u32,
        ok: Block,
        fail: &BlockCall,
    ) -> Result<View, Error> {
        let (index, disp) = self.packet(block, length, fail)?;
        let missing = self.failing(fail, None)?;
        let view = if let Some(window) = self.windows.of(block) {
            let first = disp + window.first;
            let copied = self.copy(helper, index, first, window.to, window.length);
            self.branch_to(copied, Compare::Ne, Operand::Imm(0), missing, self.labels[&ok]);
            View::Stack { window, index, disp }
        } else {
            let last = disp + length - 1;
            let copied = self.copy(helper, index, last, SCRATCH_AT, 1);
            self.branch_to(copied, Compare::Ne, Operand::Imm(0), missing, self.labels[&ok]);
            View::Packet { index, disp }
        };
        Ok(view)
    }

    /// Copies to the stack; not 0 if not all bytes are there.
    fn copy(
        &mut self,
        helper: &Helper,
        index: Option<VReg>,
        disp: u32,
        to: i16,
        length: u16,
    ) -> VReg {
        self.scratch |= to == SCRATCH_AT;
        let (context, helper) = (self.context, helper.id);
        self.builder.def(|d| Op::CopyBytes { helper, d, context, index, disp, to, length })
    }

    fn check_absolute(
        &mut self,
        block: Block,
        length: u32,
        ok: Block,
        fail: &BlockCall,
    ) -> Result<View, Error> {
        let (index, disp) = self.packet(block, length, fail)?;
        if !self.plan.is_silent(block) {
            self.absolute(Size::B, index, disp + length - 1);
        }
        self.builder.end(End::Jump(self.labels[&ok], Vec::new()));
        Ok(View::Packet { index, disp })
    }

    fn absolute(&mut self, size: Size, index: Option<VReg>, disp: u32) -> VReg {
        let (context, disp) = (self.context, disp as i32);
        self.builder.def(|d| Op::LoadAbsolute { size, d, context, index, disp })
    }

    /// A load; `None` if its bytes are only needed reversed.
    pub(super) fn load(
        &mut self,
        value: Value,
        width: Width,
        view: Value,
        displacement: u32,
    ) -> Option<VReg> {
        let Some(view) = self.views.get(&view).cloned() else {
            self.missing = true;
            return None;
        };
        match view {
            View::Memory { base, disp } => {
                let (base, off) = self.near_view(base, disp, displacement);
                Some(self.builder.def(|d| Op::Load { size: size(width), d, base, off }))
            }
            View::Stack { window, .. } => {
                let from_first = displacement.wrapping_sub(window.first) as i16;
                Some(self.load_stack(width, window.to.wrapping_add(from_first)))
            }
            View::Packet { index, disp } => {
                let disp = disp.wrapping_add(displacement);
                if let Mode::Bytes(helper) = self.plan.mode {
                    // The check has seen the last byte, so this does not fail.
                    self.copy(helper, index, disp, SCRATCH_AT, width.bytes() as u16);
                    Some(self.load_stack(width, SCRATCH_AT))
                } else {
                    self.load_absolute(value, width, index, disp)
                }
            }
        }
    }

    /// A place in a window as a register and a distance that fits an instruction.
    pub(super) fn near_view(&mut self, base: VReg, disp: i64, displacement: u32) -> (VReg, i16) {
        let disp = disp + i64::from(displacement);
        match i16::try_from(disp) {
            Ok(off) => (base, off),
            Err(_) => (self.add(base, disp as i32), 0),
        }
    }

    /// A load from the stack, put together from parts if the place is not aligned.
    fn load_stack(&mut self, width: Width, off: i16) -> VReg {
        if aligned(off as u32) >= width.bytes() {
            return self.builder.def(|d| Op::LoadStack { size: size(width), d, off });
        }
        let (half, bits) = match width {
            Width::W8 => (Width::W4, Bits::B64),
            Width::W4 => (Width::W2, Bits::B32),
            Width::W2 | Width::W1 => (Width::W1, Bits::B32),
        };
        let low = self.load_stack(half, off);
        let high = self.load_stack(half, off.wrapping_add(half.bytes() as i16));
        let high = self.raise(bits, high, half.bytes());
        self.join(bits, high, low)
    }

    /// `a << (8 * bytes)`
    fn raise(&mut self, bits: Bits, a: VReg, bytes: u32) -> VReg {
        let b = Operand::Imm(8 * bytes as i32);
        self.builder.def(|d| Op::Alu { bits, op: AluOp::Lsh, d, a, b })
    }

    /// `low | high`
    fn join(&mut self, bits: Bits, high: VReg, low: VReg) -> VReg {
        let b = Operand::Reg(high);
        self.builder.def(|d| Op::Alu { bits, op: AluOp::Or, d, a: low, b })
    }

    fn load_absolute(
        &mut self,
        value: Value,
        width: Width,
        index: Option<VReg>,
        disp: u32,
    ) -> Option<VReg> {
        let reversed = match width {
            Width::W1 => return Some(self.absolute(Size::B, index, disp)),
            Width::W8 => {
                let high = self.absolute(Size::W, index, disp);
                let high = self.raise(Bits::B64, high, 4);
                let low = self.absolute(Size::W, index, disp.wrapping_add(4));
                self.join(Bits::B64, high, low)
            }
            _ => self.absolute(size(width), index, disp),
        };
        let bits = 8 * width.bytes() as u8;
        self.reversed_values.insert(value, reversed);
        let plain = self.reversed.forms(value).plain;
        plain.then(|| self.builder.def(|d| Op::Swap { bits, d, a: reversed }))
    }

    /// Where a check goes that fails. What lies behind `data_end` may only be out of reach: then
    /// the packet's length tells, and the whole function starts again with another way to read.
    /// `window` is the length that was asked for from the packet's start, if it is known.
    fn failing(&mut self, fail: &BlockCall, window: Option<u64>) -> Result<Label, Error> {
        if !matches!(self.plan.mode, Mode::Direct(Some(_))) {
            return Ok(self.edge(fail));
        }
        let window = window.and_then(|window| i32::try_from(window).ok());
        let key = (fail.clone(), window);
        if let Some(&question) = self.questions.get(&key) {
            return Ok(question);
        }
        let question = self.builder.label_before(self.labels[&fail.block]);
        let back = self.builder.switch_to(question);
        // A packet that is shorter than the window cannot have it; one that is longer than what
        // lies before `data_end` may. `data` is read again, for the way that does not fail needs
        // it no more.
        let (compare, than) = if let Some(window) = window {
            (Compare::Ge, Operand::Imm(window))
        } else {
            let (_, end) = self.bounds();
            let data = self.read("data");
            (Compare::Gt, Operand::Reg(self.span_of((data, end))))
        };
        // From here on the context lives elsewhere: a call for the length must not cost the way
        // on which nothing is called a register, and a move into it.
        let mut context = self.context;
        let calls = matches!(self.target.field(Field::Length), Some(FieldSource::Call(_)));
        if calls {
            let a = context;
            context = self.builder.def(|d| Op::Move { d, a });
        }
        let length = self.meta_of(context, Field::Length)?;
        let short = self.edge(fail);
        let builder = &mut *self.builder;
        let (slow, _) = *self.slow.get_or_insert_with(|| {
            let label = builder.label();
            (label, calls.then(|| builder.param(label)))
        });
        let again = if calls { self.builder.label_before(slow) } else { slow };
        self.branch_to(length, compare, than, again, short);
        if calls {
            self.builder.switch_to(again);
            self.builder.end(End::Jump(slow, vec![context]));
        }
        self.builder.switch_to(back);
        self.questions.insert(key, question);
        Ok(question)
    }
}
