//! The checked interpreter: every register read and memory access is checked, runs are bounded,
//! instructions are counted and can be watched.

mod value;

mod arithmetic;
mod memory;

mod helper;

use nbpfc_isa::{AluOp, AtomicOp, Bits, Op, Pseudo, Size};
use nbpfc_kernel::{ContextField, MAX_CALL_FRAMES};

use crate::checked::value::GLOBAL;
use crate::context::Layout;
use crate::error::{Fault, FaultKind, Memory};
use crate::global::Global;
use crate::maps::Map;
use crate::packet::Packet;
use crate::program::{Program, Step};

pub(crate) use helper::call;
pub(crate) use memory::{Reach, SOCKETS, Stack, State, Tail};
pub use value::Shown;
pub(crate) use value::{CONTEXT, Kind, MAP, VALUE, VALUE_STRIDE, Value, split};

/// `r0` to `r10`.
pub(crate) type Registers = [Value; 11];

/// Somebody who looks on.
pub(crate) trait Observer {
    /// Whether [`Observer::after`] wants to be called.
    const WATCHES: bool;
    /// Before the instruction at `pc`.
    fn before(&mut self, pc: usize);
    /// After it, with the registers before and after.
    fn after(&mut self, pc: usize, before: &Registers, after: &Registers);
    /// The run goes on in the program with this number.
    fn elsewhere(&mut self, _: u32) {}
}

/// Nobody.
impl Observer for () {
    const WATCHES: bool = false;
    fn before(&mut self, _: usize) {}
    fn after(&mut self, _: usize, _: &Registers, _: &Registers) {}
}

/// Counts how often each slot's instruction is executed.
impl Observer for &mut [u64] {
    const WATCHES: bool = false;
    fn before(&mut self, pc: usize) {
        if let Some(count) = self.get_mut(pc) {
            *count += 1;
        }
    }
    fn after(&mut self, _: usize, _: &Registers, _: &Registers) {}
}

/// What a call left behind.
#[derive(Clone, Copy, Debug)]
struct Caller {
    /// Where it goes on.
    next: usize,
    /// `r6` to `r9`.
    saved: [Value; 4],
}

/// A program and the memory that its runs use again and again.
#[derive(Clone, Debug)]
pub(crate) struct Checked {
    program: Program,
    /// Those that it may go on in, from number 1 on.
    others: Vec<Program>,
    layout: Layout,
    globals: Vec<Global>,
    state: State,
    stack: Stack,
    callers: Vec<Caller>,
    executed: u64,
}

/// One run.
struct Run<'a> {
    registers: Registers,
    stack: &'a mut Stack,
    callers: &'a mut Vec<Caller>,
    layout: &'a Layout,
    packet: &'a Packet<'a>,
    globals: &'a mut [Global],
    state: &'a mut State,
}

/// Where control goes.
enum Flow {
    To(usize),
    /// In the program of this number, from its beginning.
    Elsewhere(u32),
    /// Out of the program, with its verdict.
    End(u32),
}

impl Checked {
    pub(crate) fn new(
        program: Program,
        layout: Layout,
        globals: Vec<Global>,
        maps: Vec<Map>,
    ) -> Self {
        Self {
            state: State { maps, ..State::default() },
            program,
            others: Vec::new(),
            layout,
            globals,
            stack: Stack::new(),
            callers: Vec::with_capacity(MAX_CALL_FRAMES),
            executed: 0,
        }
    }

    /// Adds a program to go on in; its number.
    pub(crate) fn add_program(&mut self, program: Program) -> u32 {
        self.others.push(program);
        self.others.len() as u32
    }

    /// What runs change.
    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// The same, to be set.
    pub(crate) fn state_mut(&mut self) -> &mut State {
        &mut self.state
    }

    /// Instructions that the last run executed.
    pub(crate) fn executed(&self) -> u64 {
        self.executed
    }

    /// The words of a member of the context after a run, which was on this packet; `None` if programs do
    /// not read it.
    pub(crate) fn member(
        &mut self,
        packet: &Packet<'_>,
        member: &ContextField,
    ) -> Option<Vec<(u16, u32)>> {
        let mut reach = Reach {
            state: &mut self.state,
            stack: &mut self.stack,
            layout: &self.layout,
            packet,
            globals: &mut self.globals,
        };
        let size = match member.size {
            1 => Size::B,
            8 => Size::DW,
            _ => Size::W,
        };
        let context = Value::pointer(Memory::Context, CONTEXT);
        let mut words = Vec::new();
        for element in 0..u16::from(member.count) {
            let offset = member.offset + element * u16::from(member.size);
            let number = reach.load(context, offset.cast_signed(), size).ok()?.as_number().ok()?;
            words.push((offset, number as u32));
            if size == Size::DW {
                words.push((offset + 4, (number >> 32) as u32));
            }
        }
        Some(words)
    }

    /// Runs on a packet; the verdict is the lower half of `r0`.
    pub(crate) fn run<O: Observer>(
        &mut self,
        packet: &Packet<'_>,
        budget: u64,
        mut observer: O,
    ) -> Result<u32, Fault> {
        self.stack.reset();
        self.callers.clear();
        self.state.buffer.reset();
        self.state.begin_context(packet);
        self.state.around.sent.clear();
        self.state.tail = Tail::default();
        self.state.found.clear();
        let mut program = &self.program;
        let mut run = Run {
            registers: [Value::NOTHING; 11],
            stack: &mut self.stack,
            callers: &mut self.callers,
            layout: &self.layout,
            packet,
            globals: &mut self.globals,
            state: &mut self.state,
        };
        run.begin();
        let mut pc = 0;
        self.executed = 0;
        loop {
            // Decoding made sure that control stays on instructions.
            let Some(step) = program.get(pc).filter(|_| self.executed < budget) else {
                return Err(Fault { pc, kind: FaultKind::Budget });
            };
            self.executed += 1;
            observer.before(pc);
            let before = O::WATCHES.then_some(run.registers);
            let flow = run.execute(step).map_err(|kind| Fault { pc, kind })?;
            if let Some(before) = before {
                observer.after(pc, &before, &run.registers);
            }
            match flow {
                Flow::To(next) => pc = next,
                Flow::Elsewhere(number) => {
                    let other = number.checked_sub(1).map(|other| self.others.get(other as usize));
                    program = other.unwrap_or(Some(&self.program)).unwrap_or(&self.program);
                    pc = 0;
                    observer.elsewhere(number);
                    run.begin();
                }
                Flow::End(_) if self.state.holds() => {
                    self.state.maps.iter_mut().for_each(Map::abandon);
                    return Err(Fault { pc, kind: FaultKind::Unreleased });
                }
                Flow::End(verdict) => return Ok(verdict),
            }
        }
    }
}

impl Run<'_> {
    /// A program begins, in the frame of the one before it.
    fn begin(&mut self) {
        let depth = self.callers.len();
        self.stack.enter(depth);
        self.registers = [Value::NOTHING; 11];
        self.registers[1] = Value::pointer(Memory::Context, CONTEXT);
        self.registers[10] = Value::frame(depth);
    }

    fn read(&self, register: u8) -> Result<Value, FaultKind> {
        match self.registers.get(usize::from(register)) {
            Some(value) if value.kind != Kind::Nothing => Ok(*value),
            _ => Err(FaultKind::Register(register)),
        }
    }

    fn write(&mut self, register: u8, value: Value) {
        if let Some(place) = self.registers.get_mut(usize::from(register)) {
            *place = value;
        }
    }

    /// The second operand of arithmetic and comparisons.
    fn operand(&self, step: &Step) -> Result<Value, FaultKind> {
        if step.by_register { self.read(step.src) } else { Ok(Value::number(step.imm)) }
    }

    fn reach(&mut self) -> Reach<'_> {
        Reach {
            state: self.state,
            stack: self.stack,
            layout: self.layout,
            packet: self.packet,
            globals: self.globals,
        }
    }

    fn execute(&mut self, step: &Step) -> Result<Flow, FaultKind> {
        match step.op {
            Op::Alu(bits, op) => {
                let b = self.operand(step)?;
                // A move has no first operand; the second stands in, to be of the same kind.
                let moves = op == AluOp::Mov;
                let a = if moves { b } else { self.read(step.dst)? };
                let value =
                    if moves && bits == Bits::B64 { b } else { arithmetic::alu(bits, op, a, b)? };
                self.write(step.dst, value);
            }
            Op::MovSx(bits, from) => {
                let a = self.read(step.src)?.as_number()?;
                self.write(step.dst, Value::number(arithmetic::sign_extended(bits, from, a)));
            }
            // The machine is little-endian, as the kernel's is that the programs are compiled for.
            Op::ToLe(bits) => {
                let a = self.read(step.dst)?.as_number()?;
                self.write(step.dst, Value::number(arithmetic::truncated(bits, a)));
            }
            Op::ToBe(bits) | Op::Bswap(bits) => {
                let a = self.read(step.dst)?.as_number()?;
                self.write(step.dst, Value::number(arithmetic::swapped(bits, a)));
            }
            Op::LdImm64 => self.write(step.dst, Value::number(step.imm)),
            Op::LdPseudo(Pseudo::MapFd) => {
                self.write(step.dst, Value::pointer(Memory::Map(step.imm as u32), MAP));
            }
            Op::LdPseudo(Pseudo::MapValue) if !self.state.maps.is_empty() => {
                let (map, offset) = step.global();
                let address = VALUE.wrapping_add(offset as u64);
                self.write(step.dst, Value::pointer(Memory::Value(map), address));
            }
            Op::LdPseudo(Pseudo::MapValue) => {
                let (index, offset) = step.global();
                let address = GLOBAL.wrapping_add(offset as u64);
                self.write(step.dst, Value::pointer(Memory::Global(index), address));
            }
            Op::Load(size) | Op::LoadAcquire(size) => {
                let base = self.read(step.src)?;
                let value = self.reach().load(base, step.off, size)?;
                self.write(step.dst, value);
            }
            Op::LoadSx(size) => {
                let base = self.read(step.src)?;
                let bits = self.reach().load(base, step.off, size)?.as_number()?;
                self.write(step.dst, Value::number(arithmetic::load_extended(size, bits)));
            }
            Op::Store(size) | Op::StoreRelease(size) => {
                let (base, value) = (self.read(step.dst)?, self.read(step.src)?);
                self.reach().store(base, step.off, size, value)?;
            }
            Op::StoreImm(size) => {
                let base = self.read(step.dst)?;
                self.reach().store(base, step.off, size, Value::number(step.imm))?;
            }
            Op::Jump(bits, op) => {
                let (a, b) = (self.read(step.dst)?, self.operand(step)?);
                let taken = arithmetic::holds(bits, op, a, b)?;
                return Ok(Flow::To(if taken { step.target } else { step.next }));
            }
            Op::Ja | Op::Gotol => return Ok(Flow::To(step.target)),
            Op::Exit => return self.leave(),
            other => return self.execute_rare(other, step),
        }
        Ok(Flow::To(step.next))
    }

    /// What packet filters execute less often.
    fn execute_rare(&mut self, op: Op, step: &Step) -> Result<Flow, FaultKind> {
        match op {
            Op::LdAbs(size) => Ok(self.packet_load(step, size, step.imm)?),
            Op::LdInd(size) => {
                let offset = self.read(step.src)?.as_number()?.wrapping_add(step.imm);
                Ok(self.packet_load(step, size, offset)?)
            }
            Op::Atomic(size, op) => {
                self.atomic(step, size, op)?;
                Ok(Flow::To(step.next))
            }
            Op::Call => {
                let registers = self.registers;
                let result = call(step.imm as i32, &registers, &mut self.reach())?;
                if let Some(number) = self.state.tail.to.take() {
                    if self.state.holds() {
                        return Err(FaultKind::Unreleased);
                    }
                    return Ok(Flow::Elsewhere(number));
                }
                self.forget_arguments();
                self.write(0, result);
                Ok(Flow::To(step.next))
            }
            Op::CallLocal => {
                if self.callers.len() + 1 >= MAX_CALL_FRAMES {
                    return Err(FaultKind::CallDepth);
                }
                let [_, _, _, _, _, _, r6, r7, r8, r9, _] = self.registers;
                self.callers.push(Caller { next: step.next, saved: [r6, r7, r8, r9] });
                let depth = self.callers.len();
                self.stack.enter(depth);
                self.registers[0] = Value::NOTHING;
                self.registers[6..10].fill(Value::NOTHING);
                self.registers[10] = Value::frame(depth);
                Ok(Flow::To(step.target))
            }
            // Decoding refused what is left.
            _ => Err(FaultKind::NotAPointer),
        }
    }

    /// `LD_ABS` and `LD_IND` (RFC 9669 section 5.5): big-endian, in `r0`; a byte that is not there
    /// ends the program. Offsets are 32 bits wide; negative ones name no byte here.
    fn packet_load(&mut self, step: &Step, size: Size, offset: u64) -> Result<Flow, FaultKind> {
        if self.read(6)? != Value::pointer(Memory::Context, CONTEXT) {
            return Err(FaultKind::NoContext);
        }
        self.forget_arguments();
        let offset = offset as i32;
        let start = self.reach().packet_start();
        let base = Value::pointer(Memory::Packet, start.wrapping_add(offset as i64 as u64));
        let bits = size.bytes() * 8;
        match self.reach().load(base, 0, size) {
            Ok(value) if size == Size::B => self.write(0, value),
            Ok(value) => self.write(0, Value::number(arithmetic::swapped(bits, value.bits))),
            Err(_) => return Ok(Flow::End(0)),
        }
        Ok(Flow::To(step.next))
    }

    fn atomic(&mut self, step: &Step, size: Size, op: AtomicOp) -> Result<(), FaultKind> {
        let width = |bits: u64| if size == Size::W { u64::from(bits as u32) } else { bits };
        let base = self.read(step.dst)?;
        let src = width(self.read(step.src)?.as_number()?);
        let r0 = match op {
            AtomicOp::CmpXchg => width(self.read(0)?.as_number()?),
            _ => 0,
        };
        let old = self.reach().load(base, step.off, size)?.as_number()?;
        let new = width(arithmetic::atomic(op, old, src, r0));
        self.reach().store(base, step.off, size, Value::number(new))?;
        match op {
            AtomicOp::Add | AtomicOp::Or | AtomicOp::And | AtomicOp::Xor => {}
            AtomicOp::CmpXchg => self.write(0, Value::number(old)),
            _ => self.write(step.src, Value::number(old)),
        }
        Ok(())
    }

    /// `r1` to `r5` are lost in calls.
    fn forget_arguments(&mut self) {
        self.registers[1..6].fill(Value::NOTHING);
    }

    /// Returns to the caller, or out of the program.
    fn leave(&mut self) -> Result<Flow, FaultKind> {
        let result = self.read(0)?;
        let Some(caller) = self.callers.pop() else {
            let verdict = result.as_number().map_err(|_| FaultKind::PointerReturned)?;
            return Ok(Flow::End(verdict as u32));
        };
        let depth = self.callers.len();
        self.stack.leave(depth);
        self.forget_arguments();
        self.registers[6..10].copy_from_slice(&caller.saved);
        self.registers[10] = Value::frame(depth);
        Ok(Flow::To(caller.next))
    }
}
