//! The kernel's bytecode to what rbpf's compiler executes right, with guards.
//!
//! A packet access gets a comparison with the packet's bounds of its own, unless the program has
//! made one before that says the same. Code that meets something it should not gives up; the
//! checked interpreter then says what it was.

use nbpfc_isa::Op;
use nbpfc_isa::{AluOp, AtomicOp, Bits, Insn, JmpOp, Pseudo, Reg, Size, Src};
use nbpfc_kernel::{Helper, MAX_CALL_FRAMES};
use nbpfc_loader::native::{
    BACKWARD_JUMPS, CONTEXT, FRAME_BYTES, FRAME_POINTER, FRAME_STRIDE, GAVE_UP, NEGATED_START,
    ROOM, SLOTS,
};

use crate::context::{Layout, Member, Source};
use crate::error::{Error, ErrorKind};
use crate::native::calls;
use crate::native::code::{Code, Label};
use crate::native::data::Data;
use crate::native::kinds::{self, Kind, State};
use crate::native::liveness::{self, Set};
use crate::program::{Program, Step};

/// Guarded code and what it needs.
#[derive(Debug)]
pub(crate) struct Lowered {
    pub(crate) insns: Vec<Insn>,
    pub(crate) frames: usize,
    /// Words of the context that it reads, and what is there.
    pub(crate) reads: Vec<(usize, Member)>,
}

/// Lowers a whole program.
pub(crate) fn lower(program: &Program, layout: &Layout, data: &Data) -> Result<Lowered, Error> {
    let whole = |what| Error { pc: 0, kind: ErrorKind::NotNative(what) };
    if program.steps.len() > SLOTS {
        return Err(whole("so long a program"));
    }
    let frames =
        calls::depth(program, MAX_CALL_FRAMES).ok_or(whole("recursion or calls 9 deep"))?;
    let states = kinds::analyse(program, layout);
    let live = liveness::analyse(program);
    let mut code = Code::new(program.steps.len());
    let mut reads = Vec::new();
    code.push(Insn::load(Size::DW, Reg::FRAME, Reg(1), FRAME_POINTER));
    for (pc, step) in program.instructions() {
        code.place(pc);
        // Nothing leads to what has no state.
        let Some(state) = states.get(pc).and_then(Option::as_ref) else { continue };
        let live = live.get(pc).copied().unwrap_or(Set::MAX);
        let (code, reads) = (&mut code, &mut reads);
        let mut lowering =
            Lowering { code, layout, data, state, live, pc, step: *step, frames, reads };
        lowering.instruction().map_err(|kind| Error { pc, kind })?;
    }
    let end = code.here();
    code.push(Insn::alu(Bits::B64, AluOp::Mov, Reg(0), Src::Imm(0)));
    code.push(Insn::exit());
    let give_up = code.here();
    code.push(Insn::load(Size::DW, Reg(1), Reg::FRAME, CONTEXT));
    code.push(Insn::store_imm(Size::DW, Reg(1), GAVE_UP, 1));
    code.push(Insn::alu(Bits::B64, AluOp::Mov, Reg(0), Src::Imm(0)));
    code.push(Insn::exit());
    let insns = code.finish(give_up, end).map_err(|kind| Error { pc: 0, kind })?;
    Ok(Lowered { insns, frames, reads })
}

/// One instruction and what is known around it.
struct Lowering<'a> {
    code: &'a mut Code,
    layout: &'a Layout,
    data: &'a Data,
    state: &'a State,
    /// Registers that are read afterwards.
    live: Set,
    pc: usize,
    step: Step,
    frames: usize,
    reads: &'a mut Vec<(usize, Member)>,
}

impl Lowering<'_> {
    fn dst(&self) -> Reg {
        Reg(self.step.dst)
    }

    fn src(&self) -> Src {
        if self.step.by_register {
            Src::Reg(Reg(self.step.src))
        } else {
            Src::Imm(self.step.imm as i32)
        }
    }

    fn instruction(&mut self) -> Result<(), ErrorKind> {
        let (step, dst, src) = (self.step, self.dst(), self.src());
        match step.op {
            Op::Alu(bits, op) => self.arithmetic(bits, op),
            Op::MovSx(bits, from) => {
                self.code.alu(AluOp::Mov, dst, Src::Reg(Reg(step.src)));
                self.code.sign_extend(bits, dst, from.into());
            }
            Op::ToLe(16) => self.code.alu(AluOp::And, dst, Src::Imm(0xffff)),
            Op::ToLe(32) => self.code.clear_upper(dst),
            Op::ToLe(_) => {}
            Op::ToBe(bits) | Op::Bswap(bits) => self.code.push(Insn::to_be(bits, dst)),
            Op::LdImm64 => {
                for slot in Insn::ld_imm64(dst, step.imm) {
                    self.code.push(slot);
                }
            }

            Op::LdPseudo(Pseudo::MapFd) => return Err(ErrorKind::NotNative("maps")),
            Op::LdPseudo(Pseudo::MapValue) => {
                let (index, offset) = step.global();
                let address = self.data.start(index).wrapping_add(offset as u64);
                for slot in Insn::ld_imm64(dst, address) {
                    self.code.push(slot);
                }
            }
            Op::Load(size) | Op::LoadAcquire(size) => self.load(size)?,
            Op::LoadSx(size) => {
                self.load(size)?;
                self.code.sign_extend(Bits::B64, dst, 8 * i32::from(size.bytes()));
            }
            Op::Store(size) | Op::StoreRelease(size) => {
                if let Some((base, off)) = self.store_place(size)? {
                    self.code.push(Insn::store(size, base, off, Reg(step.src)));
                }
            }
            Op::StoreImm(size) => {
                if let Some((base, off)) = self.store_place(size)? {
                    self.code.push(Insn::store_imm(size, base, off, step.imm as i32));
                }
            }
            Op::Atomic(size, op) => {
                if let Some((base, off)) = self.store_place(size)? {
                    self.atomic(size, op, base, off);
                }
            }
            Op::Jump(bits, op) => {
                self.count_backward_jump()?;
                self.code.jump(bits, op, dst, src, Label::Slot(step.target));
            }
            Op::Ja | Op::Gotol => {
                self.count_backward_jump()?;
                self.code.goto(Label::Slot(step.target));
            }
            Op::LdAbs(size) => self.packet_load(size, None)?,
            Op::LdInd(size) => self.packet_load(size, Some(Reg(step.src)))?,
            Op::Call => self.call_helper()?,
            Op::CallLocal => {
                self.code.alu(AluOp::Sub, Reg::FRAME, Src::Imm(FRAME_STRIDE));
                self.code.call(Label::Slot(step.target));
                self.code.alu(AluOp::Add, Reg::FRAME, Src::Imm(FRAME_STRIDE));
            }
            Op::Exit => self.code.push(Insn::exit()),
            // Decoding refuses the rest.
            _ => return Err(ErrorKind::NotAnInstruction),
        }
        Ok(())
    }

    fn arithmetic(&mut self, bits: Bits, op: AluOp) {
        let (dst, src) = (self.dst(), self.src());
        if matches!(op, AluOp::SDiv | AluOp::SMod) {
            return self.signed_division(bits, op);
        }
        self.code.push(Insn::alu(bits, op, dst, src));
        // rbpf moves 64 bits, and leaves all 64 of them where a remainder is by zero.
        let whole = op == AluOp::Mod || (op == AluOp::Mov && self.step.by_register);
        if bits == Bits::B32 && whole {
            self.code.clear_upper(dst);
        }
    }

    /// By the absolute values, unsigned. The sign of a quotient is that of both operands' product,
    /// the sign of a remainder that of the dividend; division by zero comes out as it should.
    fn signed_division(&mut self, bits: Bits, op: AluOp) {
        let (dst, src) = (self.dst(), self.src());
        let (reads, writes) = liveness::effects(&self.step);
        let temporaries = self.code.take::<2>(reads | writes, self.live);
        let [divisor, sign] = temporaries.map(|temporary| temporary.register);
        self.code.alu(AluOp::Mov, divisor, src);
        if bits == Bits::B32 {
            self.code.sign_extend(Bits::B64, dst, 32);
            self.code.sign_extend(Bits::B64, divisor, 32);
        }
        self.code.alu(AluOp::Mov, sign, Src::Reg(dst));
        if op == AluOp::SDiv {
            self.code.alu(AluOp::Xor, sign, Src::Reg(divisor));
        }
        self.code.absolute(divisor, divisor);
        self.code.absolute(dst, dst);
        let unsigned = if op == AluOp::SDiv { AluOp::Div } else { AluOp::Mod };
        self.code.alu(unsigned, dst, Src::Reg(divisor));
        self.code.absolute(sign, dst);
        if bits == Bits::B32 {
            self.code.clear_upper(dst);
        }
        self.code.release(&temporaries);
    }

    fn load(&mut self, size: Size) -> Result<(), ErrorKind> {
        let (dst, base, off) = (self.dst(), Reg(self.step.src), self.step.off);
        match self.state.register(base.0) {
            Kind::Context => self.context_load(size),
            kind @ (Kind::Packet(_) | Kind::PacketEnd) => {
                if !self.state.is_present(kind, off.into(), size) {
                    self.guard(base, off, size);
                }
                self.code.push(Insn::load(size, dst, base, off));
            }
            Kind::Global(index) => {
                self.guard_global(index, base, off, size);
                self.code.push(Insn::load(size, dst, base, off));
            }
            Kind::Stack(offset) => match in_frame(offset, off, size) {
                Some(off) => self.code.push(Insn::load(size, dst, Reg::FRAME, off)),
                None => self.code.goto(Label::GiveUp),
            },
            Kind::Other | Kind::Constant(_) | Kind::Length => return Err(UNKNOWN_POINTER),
        }
        Ok(())
    }

    /// A load from the context, whose words are 8 bytes apart.
    fn context_load(&mut self, size: Size) {
        let (dst, base, off) = (self.dst(), Reg(self.step.src), self.step.off);
        let signed = matches!(self.step.op, Op::LoadSx(_));
        let place = off / 4 * 8 + off % 4;
        match self.layout.member(off.into(), size) {
            Some(Member::Data | Member::DataEnd) if signed => self.code.goto(Label::GiveUp),
            Some(member @ (Member::Data | Member::DataEnd)) => {
                self.reads.push((off as usize / 4, member));
                self.code.push(Insn::load(Size::DW, dst, base, place));
            }
            Some(Member::Number(Source::Zero, _)) => {
                self.code.alu(AluOp::Mov, dst, Src::Imm(0));
            }
            Some(member @ Member::Number(..)) => {
                self.reads.push((off as usize / 4, member));
                self.code.push(Insn::load(size, dst, base, place));
            }
            None => self.code.goto(Label::GiveUp),
        }
    }

    /// Gives up unless `size` bytes at `off` from `base` are in the packet.
    fn guard(&mut self, base: Reg, off: i16, size: Size) {
        let (reads, writes) = liveness::effects(&self.step);
        let temporaries = self.code.take::<2>(reads, self.live & !writes);
        let [at, room] = temporaries.map(|temporary| temporary.register);
        self.code.push(Insn::load(Size::DW, at, Reg::FRAME, NEGATED_START));
        self.code.alu(AluOp::Add, at, Src::Reg(base));
        if off != 0 {
            self.code.alu(AluOp::Add, at, Src::Imm(off.into()));
        }
        let room_of = ROOM + 8 * size.bytes().trailing_zeros() as i16;
        self.code.push(Insn::load(Size::DW, room, Reg::FRAME, room_of));
        // Unsigned: what lies before the packet is a very large place.
        self.code.jump(Bits::B64, JmpOp::Ge, at, Src::Reg(room), Label::GiveUp);
        self.code.release(&temporaries);
    }

    /// Gives up unless `size` bytes at `off` from `base` are in this global data.
    fn guard_global(&mut self, index: u32, base: Reg, off: i16, size: Size) {
        let Some(last) = self.data.len(index).checked_sub(size.bytes().into()) else {
            return self.code.goto(Label::GiveUp);
        };
        let (reads, writes) = liveness::effects(&self.step);
        let temporaries = self.code.take::<2>(reads, self.live & !writes);
        let [at, bound] = temporaries.map(|temporary| temporary.register);
        let start = self.data.start(index).wrapping_sub(off as i64 as u64);
        self.code.alu(AluOp::Mov, at, Src::Reg(base));
        for (number, op) in [(start, Some(AluOp::Sub)), (last, None)] {
            for slot in Insn::ld_imm64(bound, number) {
                self.code.push(slot);
            }
            if let Some(op) = op {
                self.code.alu(op, at, Src::Reg(bound));
            }
        }
        // Unsigned: what lies before the data is a very large place.
        self.code.jump(Bits::B64, JmpOp::Gt, at, Src::Reg(bound), Label::GiveUp);
        self.code.release(&temporaries);
    }

    /// Where a store goes; `None` after code that gives up because no store may go there.
    fn store_place(&mut self, size: Size) -> Result<Option<(Reg, i16)>, ErrorKind> {
        let place = match self.state.register(self.step.dst) {
            Kind::Stack(offset) => in_frame(offset, self.step.off, size),
            Kind::Context | Kind::Packet(_) | Kind::PacketEnd | Kind::Global(_) => None,
            Kind::Other | Kind::Constant(_) | Kind::Length => return Err(UNKNOWN_POINTER),
        };
        if place.is_none() {
            self.code.goto(Label::GiveUp);
        }
        Ok(place.map(|off| (Reg::FRAME, off)))
    }

    /// One thread runs the program, so that an atomic operation is a load and a store.
    fn atomic(&mut self, size: Size, op: AtomicOp, base: Reg, off: i16) {
        let src = Reg(self.step.src);
        let (reads, writes) = liveness::effects(&self.step);
        let temporaries = self.code.take::<2>(reads | writes, self.live);
        let [old, new] = temporaries.map(|temporary| temporary.register);
        let bits = if size == Size::DW { Bits::B64 } else { Bits::B32 };
        let (operator, fetches) = match op {
            AtomicOp::Add => (AluOp::Add, false),
            AtomicOp::Or => (AluOp::Or, false),
            AtomicOp::And => (AluOp::And, false),
            AtomicOp::Xor => (AluOp::Xor, false),
            AtomicOp::FetchAdd => (AluOp::Add, true),
            AtomicOp::FetchOr => (AluOp::Or, true),
            AtomicOp::FetchAnd => (AluOp::And, true),
            AtomicOp::FetchXor => (AluOp::Xor, true),
            AtomicOp::Xchg | AtomicOp::CmpXchg => (AluOp::Mov, true),
        };
        self.code.push(Insn::load(size, old, base, off));
        if op == AtomicOp::CmpXchg {
            // Over the store if memory does not hold what r0 says.
            self.code.alu(AluOp::Mov, new, Src::Reg(Reg(0)));
            if bits == Bits::B32 {
                self.code.clear_upper(new);
            }
            self.code.push(Insn::jump(Bits::B64, JmpOp::Ne, new, Src::Reg(old), 1));
            self.code.push(Insn::store(size, base, off, src));
            self.code.alu(AluOp::Mov, Reg(0), Src::Reg(old));
        } else {
            self.code.alu(AluOp::Mov, new, Src::Reg(old));
            self.code.alu(operator, new, Src::Reg(src));
            self.code.push(Insn::store(size, base, off, new));
            if fetches {
                self.code.alu(AluOp::Mov, src, Src::Reg(old));
            }
        }
        self.code.release(&temporaries);
    }

    /// `LD_ABS`, and with a register `LD_IND`: as [`crate::checked`] has it, by the pointers in
    /// the frame. `r1` to `r5` are free.
    fn packet_load(&mut self, size: Size, index: Option<Reg>) -> Result<(), ErrorKind> {
        if self.state.register(6) != Kind::Context {
            return Err(ErrorKind::NotNative("a packet load without the context in r6"));
        }
        if self.frames > 1 {
            return Err(ErrorKind::NotNative("packet loads together with local calls"));
        }
        let (at, room, start) = (Reg(1), Reg(2), Reg(3));
        let number = Src::Imm(self.step.imm as i32);
        match index {
            None => self.code.alu(AluOp::Mov, at, number),
            Some(index) => {
                self.code.alu(AluOp::Mov, at, Src::Reg(index));
                self.code.alu(AluOp::Add, at, number);
                // A negative offset becomes a very large one.
                self.code.sign_extend(Bits::B64, at, 32);
            }
        }
        let first = Kind::Packet(Some(0));
        if index.is_some() || !self.state.is_present(first, self.step.imm as i64, size) {
            let room_of = ROOM + 8 * size.bytes().trailing_zeros() as i16;
            self.code.push(Insn::load(Size::DW, room, Reg::FRAME, room_of));
            self.code.jump(Bits::B64, JmpOp::Ge, at, Src::Reg(room), Label::End);
        }
        self.code.push(Insn::load(Size::DW, start, Reg::FRAME, NEGATED_START));
        self.code.alu(AluOp::Sub, at, Src::Reg(start));
        self.code.push(Insn::load(size, Reg(0), at, 0));
        if size != Size::B {
            self.code.push(Insn::to_be(8 * size.bytes(), Reg(0)));
        }
        Ok(())
    }

    fn call_helper(&mut self) -> Result<(), ErrorKind> {
        let id = self.step.imm as i32;
        let known = [Helper::SKB_LOAD_BYTES, Helper::XDP_LOAD_BYTES, Helper::XDP_GET_BUFF_LEN];
        if !known.iter().any(|helper| helper.id == id) {
            return Err(ErrorKind::NotNative("helpers that do more than read the packet"));
        }
        if self.state.register(1) != Kind::Context {
            return Err(ErrorKind::NotNative("a helper call without the context in r1"));
        }
        // The helper sees to it that it stays in the frame; whose frame has to be known.
        let writes = id != Helper::XDP_GET_BUFF_LEN.id;
        if writes && !matches!(self.state.register(3), Kind::Stack(-512..0)) {
            return Err(UNKNOWN_POINTER);
        }
        self.code.push(Insn::call(id));
        Ok(())
    }

    /// Gives up when a loop goes on for too long.
    fn count_backward_jump(&mut self) -> Result<(), ErrorKind> {
        if self.step.target > self.pc {
            return Ok(());
        }
        if self.frames > 1 {
            return Err(ErrorKind::NotNative("loops together with local calls"));
        }
        let (reads, _) = liveness::effects(&self.step);
        let temporaries = self.code.take::<1>(reads, self.live);
        let [count] = temporaries.map(|temporary| temporary.register);
        self.code.push(Insn::load(Size::DW, count, Reg::FRAME, BACKWARD_JUMPS));
        self.code.alu(AluOp::Sub, count, Src::Imm(1));
        self.code.push(Insn::store(Size::DW, Reg::FRAME, BACKWARD_JUMPS, count));
        self.code.jump(Bits::B64, JmpOp::Eq, count, Src::Imm(0), Label::GiveUp);
        self.code.release(&temporaries);
        Ok(())
    }
}

const UNKNOWN_POINTER: ErrorKind =
    ErrorKind::NotNative("a memory access whose pointer is not known before the run");

/// An access's offset from the frame pointer, if it stays in the frame.
fn in_frame(offset: i64, off: i16, size: Size) -> Option<i16> {
    let first = offset + i64::from(off);
    let inside = first >= -i64::from(FRAME_BYTES) && first + i64::from(size.bytes()) <= 0;
    i16::try_from(first).ok().filter(|_| inside)
}
