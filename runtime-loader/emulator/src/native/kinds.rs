//! What registers and stack slots hold where, as far as a look at the program tells: enough to
//! know which memory each access is to, and how much of the packet is surely there.

use nbpfc_isa::{AluOp, AtomicOp, Bits, JmpOp, Op, Pseudo, Size};
use nbpfc_kernel::MAX_STACK;

use crate::context::{Layout, Member};
use crate::program::{Program, Step};

/// Bytes of a frame, and its 8-byte slots.
const FRAME: i64 = MAX_STACK as i64;
const SLOTS: usize = MAX_STACK as usize / 8;

/// What a value is on every path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Anything else, or not the same on all paths.
    Other,
    /// This number.
    Constant(i64),
    /// The context's address.
    Context,
    /// An address in or near the packet, so many bytes from its beginning if that is known.
    Packet(Option<i64>),
    /// The address behind the packet's last byte.
    PacketEnd,
    /// How many bytes the packet has.
    Length,
    /// So many bytes from the frame pointer.
    Stack(i64),
    /// An address in or near the global data with this number.
    Global(u32),
}

impl Kind {
    /// What is true of both.
    fn both(self, other: Self) -> Self {
        match (self, other) {
            _ if self == other => self,
            (Self::Packet(_), Self::Packet(_)) => Self::Packet(None),
            _ => Self::Other,
        }
    }
}

/// What is known before an instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State {
    registers: [Kind; 11],
    slots: [Kind; SLOTS],
    /// So many bytes of the packet are there.
    present: i64,
}

impl State {
    const UNKNOWN: Self =
        Self { registers: [Kind::Other; 11], slots: [Kind::Other; SLOTS], present: 0 };

    /// Whether `size` bytes at `off` from a value are surely in the packet.
    pub(crate) fn is_present(&self, base: Kind, off: i64, size: Size) -> bool {
        let Kind::Packet(Some(at)) = base else { return false };
        at + off >= 0 && at + off + i64::from(size.bytes()) <= self.present
    }

    /// A load of `size` bytes at `off` from a value went well.
    fn was_loaded(&mut self, base: Kind, off: i64, size: Size) {
        if let Kind::Packet(Some(at)) = base {
            self.present = self.present.max(at + off + i64::from(size.bytes()));
        }
    }

    pub(crate) fn register(&self, register: u8) -> Kind {
        self.registers.get(usize::from(register)).copied().unwrap_or(Kind::Other)
    }

    fn set(&mut self, register: u8, kind: Kind) {
        if let Some(place) = self.registers.get_mut(usize::from(register)) {
            *place = kind;
        }
    }

    fn lose(&mut self, registers: std::ops::Range<u8>) {
        registers.for_each(|register| self.set(register, Kind::Other));
    }

    /// The slot that a whole 8-byte access is to.
    fn slot(&mut self, at: Kind, off: i16) -> Option<&mut Kind> {
        let Kind::Stack(offset) = at else { return None };
        let from_low = offset + i64::from(off) + FRAME;
        if from_low % 8 != 0 {
            return None;
        }
        self.slots.get_mut(usize::try_from(from_low / 8).ok()?)
    }

    /// Forgets what the slots held that bytes are written to.
    fn overwrite(&mut self, at: Kind, off: i16, bytes: i64) {
        if let Kind::Stack(offset) = at {
            let first = offset + i64::from(off) + FRAME;
            let end = (first + bytes).clamp(0, FRAME) as usize;
            let slots = first.clamp(0, FRAME) as usize / 8..end.div_ceil(8);
            self.slots.get_mut(slots).unwrap_or_default().fill(Kind::Other);
        }
    }

    /// Keeps what both know; whether that is less than before.
    fn join(&mut self, other: &Self) -> bool {
        let mut changed = false;
        let pairs = self.registers.iter_mut().zip(&other.registers);
        for (mine, theirs) in pairs.chain(self.slots.iter_mut().zip(&other.slots)) {
            let both = mine.both(*theirs);
            changed |= both != *mine;
            *mine = both;
        }
        changed |= other.present < self.present;
        self.present = self.present.min(other.present);
        changed
    }
}

/// What is known before each slot's instruction; `None` for what is never reached.
pub(crate) fn analyse(program: &Program, layout: &Layout) -> Vec<Option<State>> {
    let mut known: Vec<Option<State>> = vec![None; program.steps.len()];
    let mut start = State::UNKNOWN;
    start.set(1, Kind::Context);
    start.set(10, Kind::Stack(0));
    let mut work = vec![(0, start)];
    while let Some((pc, state)) = work.pop() {
        let (Some(place), Some(step)) = (known.get_mut(pc), program.get(pc)) else { continue };
        let merged = match place {
            None => place.insert(state),
            Some(old) => {
                if !old.join(&state) {
                    continue;
                }
                old
            }
        };
        let mut after = merged.clone();
        transfer(step, layout, &mut after);
        if step.op == Op::CallLocal {
            work.push((step.target, at_entry(merged)));
        } else if step.jumps() {
            let mut taken = after.clone();
            refine(step, true, &mut taken);
            work.push((step.target, taken));
        }
        if step.falls_through() {
            refine(step, false, &mut after);
            work.push((step.next, after));
        }
    }
    known
}

/// What a called function knows: its arguments, but not its caller's frame.
fn at_entry(caller: &State) -> State {
    let mut state = State::UNKNOWN;
    for register in 1..6 {
        match caller.register(register) {
            Kind::Stack(_) => {}
            kind => state.set(register, kind),
        }
    }
    state.present = caller.present;
    state.set(10, Kind::Stack(0));
    state
}

fn transfer(step: &Step, layout: &Layout, state: &mut State) {
    let base = state.register(step.src);
    let to = state.register(step.dst);
    match step.op {
        Op::Alu(bits, op) => {
            let b = if step.by_register { base } else { Kind::Constant(step.imm as i64) };
            state.set(step.dst, arithmetic(bits, op, to, b));
        }
        Op::LdImm64 => state.set(step.dst, Kind::Constant(step.imm as i64)),
        Op::LdPseudo(Pseudo::MapValue) => state.set(step.dst, Kind::Global(step.global().0)),
        Op::Load(size) | Op::LoadAcquire(size) => {
            let kind = match (base, size) {
                (Kind::Context, size) => match layout.member(step.off.into(), size) {
                    Some(Member::Data) => Kind::Packet(Some(0)),
                    Some(Member::DataEnd) => Kind::PacketEnd,
                    _ => Kind::Other,
                },
                (Kind::Stack(_), Size::DW) => {
                    state.slot(base, step.off).map_or(Kind::Other, |slot| *slot)
                }
                _ => Kind::Other,
            };
            state.was_loaded(base, step.off.into(), size);
            state.set(step.dst, kind);
        }
        Op::LoadSx(size) => {
            state.was_loaded(base, step.off.into(), size);
            state.set(step.dst, Kind::Other);
        }
        Op::Store(size) | Op::StoreRelease(size) => {
            state.overwrite(to, step.off, size.bytes().into());
            if let (Size::DW, Some(slot)) = (size, state.slot(to, step.off)) {
                *slot = base;
            }
        }
        Op::StoreImm(size) => state.overwrite(to, step.off, size.bytes().into()),
        Op::Atomic(size, op) => {
            state.overwrite(to, step.off, size.bytes().into());
            match op {
                AtomicOp::Add | AtomicOp::Or | AtomicOp::And | AtomicOp::Xor => {}
                AtomicOp::CmpXchg => state.set(0, Kind::Other),
                _ => state.set(step.src, Kind::Other),
            }
        }
        Op::LdAbs(size) => {
            state.was_loaded(Kind::Packet(Some(0)), step.imm as i64, size);
            state.lose(0..6);
        }
        Op::LdInd(_) | Op::CallLocal => state.lose(0..6),
        Op::Call => {
            // Helpers that write do so to `r3`, `r4` bytes.
            let len = match state.register(4) {
                Kind::Constant(len) => i64::from(len as u32).min(FRAME),
                _ => FRAME,
            };
            state.overwrite(state.register(3), 0, len);
            state.lose(0..6);
        }
        Op::Jump(..) | Op::Ja | Op::Gotol | Op::Exit => {}
        _ => state.set(step.dst, Kind::Other),
    }
}

fn arithmetic(bits: Bits, op: AluOp, a: Kind, b: Kind) -> Kind {
    match (bits, op, a, b) {
        (Bits::B64, AluOp::Mov, _, b) => b,
        (Bits::B32, AluOp::Mov, _, Kind::Constant(number)) => {
            Kind::Constant(i64::from(number as u32))
        }
        (Bits::B64, AluOp::Add, Kind::Stack(offset), Kind::Constant(number)) => {
            stack(offset.checked_add(number))
        }
        (Bits::B64, AluOp::Sub, Kind::Stack(offset), Kind::Constant(number)) => {
            stack(offset.checked_sub(number))
        }
        (Bits::B64, AluOp::Sub, Kind::PacketEnd, Kind::Packet(Some(0))) => Kind::Length,
        (
            Bits::B64,
            AluOp::Sub,
            Kind::Packet(_) | Kind::PacketEnd,
            Kind::Packet(_) | Kind::PacketEnd,
        ) => Kind::Other,
        (Bits::B64, AluOp::Add, Kind::Packet(Some(at)), Kind::Constant(number))
        | (Bits::B64, AluOp::Add, Kind::Constant(number), Kind::Packet(Some(at))) => {
            Kind::Packet(near(at.checked_add(number)))
        }
        (Bits::B64, AluOp::Sub, Kind::Packet(Some(at)), Kind::Constant(number)) => {
            Kind::Packet(near(at.checked_sub(number)))
        }
        (Bits::B64, AluOp::Add | AluOp::Sub, Kind::Packet(_) | Kind::PacketEnd, _)
        | (Bits::B64, AluOp::Add, Kind::Other | Kind::Constant(_), Kind::Packet(_)) => {
            Kind::Packet(None)
        }
        (
            Bits::B64,
            AluOp::Add | AluOp::Sub,
            Kind::Global(index),
            Kind::Other | Kind::Constant(_),
        )
        | (Bits::B64, AluOp::Add, Kind::Other | Kind::Constant(_), Kind::Global(index)) => {
            Kind::Global(index)
        }
        _ => Kind::Other,
    }
}

/// Offsets so far away that nothing is there are not followed, so that no sum overflows and no
/// address wraps.
fn near(offset: Option<i64>) -> Option<i64> {
    offset.filter(|offset| (-(1 << 32)..=1 << 32).contains(offset))
}

fn stack(offset: Option<i64>) -> Kind {
    near(offset).map_or(Kind::Other, Kind::Stack)
}

/// What a conditional jump says of the packet's length on one of its ways.
fn refine(step: &Step, taken: bool, state: &mut State) {
    let Op::Jump(Bits::B64, op) = step.op else { return };
    let a = state.register(step.dst);
    let b =
        if step.by_register { state.register(step.src) } else { Kind::Constant(step.imm as i64) };
    // The comparison as `length op bytes`.
    let (op, bytes) = match (a, b) {
        (Kind::Packet(Some(bytes)), Kind::PacketEnd) => match op {
            JmpOp::Gt => (JmpOp::Lt, bytes),
            JmpOp::Ge => (JmpOp::Le, bytes),
            JmpOp::Lt => (JmpOp::Gt, bytes),
            JmpOp::Le => (JmpOp::Ge, bytes),
            _ => return,
        },
        // Unsigned: a negative number would be a very large one.
        (Kind::PacketEnd, Kind::Packet(Some(bytes)))
        | (Kind::Length, Kind::Constant(bytes @ 0..)) => (op, bytes),
        _ => return,
    };
    let least = match (op, taken) {
        (JmpOp::Ge, true) | (JmpOp::Lt, false) => bytes,
        (JmpOp::Gt, true) | (JmpOp::Le, false) => bytes.saturating_add(1),
        _ => return,
    };
    state.present = state.present.max(least);
}
