//! What the verifier knows at a place: of registers, and of the stack.

use crate::scalar::Scalar;

/// What a register holds (`enum bpf_reg_type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing that may be read.
    Nothing,
    Number,
    Context,
    Stack,
    Packet,
    PacketMeta,
    PacketEnd,
    Map,
    MapValue,
    /// A record of a ring buffer.
    Record,
    Socket,
}

/// How a number differs from others with its id (`BPF_ADD_CONST`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sum {
    /// Not at all.
    None,
    /// Its [`Value::off`] was added.
    Whole,
    /// As [`Sum::Whole`], to the lower half.
    Low,
}

/// The packet's end lies at a pointer or before it (`BEYOND_PKT_END` and `AT_PKT_END`).
pub(crate) const BEYOND_END: i32 = -2;
pub(crate) const AT_END: i32 = -1;

/// A register, or what was spilled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) kind: Kind,
    /// A pointer that may be null.
    pub(crate) may_be_null: bool,
    /// A number whose bounds decided something later on.
    pub(crate) precise: bool,
    /// What is the same in all registers with this id: a number, a packet pointer's variable part, a
    /// pointer's being null. 0 for none.
    pub(crate) id: u32,
    /// The constant part of a pointer, or what was added to a number.
    pub(crate) off: i32,
    /// Whether something was added.
    pub(crate) sum: Sum,
    /// Bytes behind a packet pointer that are known to be there, or that there are none.
    pub(crate) range: i32,
    /// Which map, or whose stack.
    pub(crate) object: u32,
    /// The number, or the variable part of a pointer.
    pub(crate) bits: Scalar,
}

impl Value {
    pub(crate) const NOTHING: Self = Self {
        kind: Kind::Nothing,
        may_be_null: false,
        precise: false,
        id: 0,
        off: 0,
        sum: Sum::None,
        range: 0,
        object: 0,
        bits: Scalar::constant(0),
    };

    pub(crate) const fn number(bits: Scalar) -> Self {
        Self { kind: Kind::Number, bits, ..Self::NOTHING }
    }

    pub(crate) const fn pointer(kind: Kind) -> Self {
        Self { kind, ..Self::NOTHING }
    }

    #[inline]
    pub(crate) fn is_number(&self) -> bool {
        self.kind == Kind::Number
    }

    #[inline]
    pub(crate) fn is_pointer(&self) -> bool {
        !matches!(self.kind, Kind::Number | Kind::Nothing)
    }

    /// The number as one that has nothing to do with others.
    pub(crate) const fn alone(self) -> Self {
        Self { id: 0, off: 0, sum: Sum::None, ..self }
    }

    /// Whether it is a number that is known to be 0.
    pub(crate) fn is_zero(&self) -> bool {
        self.is_number() && self.bits.value() == Some(0)
    }
}

/// What a byte of the stack holds (`enum bpf_stack_slot_type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Byte {
    Invalid = 0,
    Spill = 1,
    Misc = 2,
    Zero = 3,
}

/// What eight bytes of the stack hold, the one at the lowest address in the lowest bits: slots are
/// compared far more often than anything else is done to them, and so at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bytes(u64);

impl Bytes {
    /// One of each byte.
    const EACH: u64 = 0x0101_0101_0101_0101;
    /// The bit of a byte of which more is known than that it may be there.
    const KNOWN: u64 = Byte::Spill as u64 & Byte::Zero as u64;

    pub(crate) const fn all(byte: Byte) -> Self {
        Self(Self::EACH * byte as u64)
    }

    /// The bits of some bytes.
    const fn bits(first: u32, count: u32) -> u64 {
        (if count >= 8 { u64::MAX } else { (1 << (8 * count)) - 1 }) << (8 * first)
    }

    /// Whether these bytes are there, at least one, and all hold this.
    #[inline]
    pub(crate) const fn are(self, first: u32, count: u32, byte: Byte) -> bool {
        let there = count > 0 && first + count <= 8;
        there && (self.0 ^ Self::all(byte).0) & Self::bits(first, count) == 0
    }

    pub(crate) const fn set(&mut self, first: u32, count: u32, byte: Byte) {
        let bits = Self::bits(first, count);
        self.0 = (self.0 & !bits) | (Self::all(byte).0 & bits);
    }

    /// Of what was spilled nothing is known but that it is there.
    pub(crate) const fn forget_spills(&mut self) {
        const SPILL_TO_MISC: u64 = Byte::Spill as u64 ^ Byte::Misc as u64;
        let spills = self.0 & !(self.0 >> 1) & Self::EACH;
        self.0 ^= spills * SPILL_TO_MISC;
    }

    /// Bytes that are spilled: they are the lowest.
    #[inline]
    pub(crate) const fn spilled(self) -> u32 {
        (self.0 ^ Self::all(Byte::Spill).0).trailing_zeros() / 8
    }

    /// Whether something was spilled here.
    #[inline]
    pub(crate) const fn is_spill(self) -> bool {
        self.0 as u8 == Byte::Spill as u8
    }

    /// Whether nothing is known of any byte.
    #[inline]
    pub(crate) const fn is_unknown(self) -> bool {
        const { assert!(Self::KNOWN & (Byte::Misc as u64 | Byte::Invalid as u64) == 0) };
        const { assert!(Self::KNOWN != 0) };
        self.0 & (Self::EACH * Self::KNOWN) == 0
    }

    /// Whether bytes of which something is known are the same in another slot.
    #[inline]
    pub(crate) const fn covers(self, other: Self) -> bool {
        let known = (self.0 & (Self::EACH * Self::KNOWN)) / Self::KNOWN * 0xff;
        (self.0 ^ other.0) & known == 0
    }
}

/// Eight bytes of the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) bytes: Bytes,
    /// What was spilled, if the first byte is of a spill.
    pub(crate) value: Value,
}

impl Slot {
    pub(crate) const INVALID: Self =
        Self { bytes: Bytes::all(Byte::Invalid), value: Value::NOTHING };

    /// Whether all was spilled at once.
    #[inline]
    pub(crate) fn is_spilled(&self) -> bool {
        self.bytes == Bytes::all(Byte::Spill)
    }

    #[inline]
    pub(crate) fn is_spilled_number(&self) -> bool {
        self.bytes.is_spill() && self.value.is_number()
    }
}

/// A function that is active.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) regs: [Value; 10],
    /// The slot below the frame pointer first; those that were never touched are left out.
    pub(crate) stack: Vec<Slot>,
    /// Where it was called.
    pub(crate) callsite: u32,
}

impl Clone for Frame {
    fn clone(&self) -> Self {
        Self { regs: self.regs, stack: self.stack.clone(), callsite: self.callsite }
    }

    fn clone_from(&mut self, other: &Self) {
        let Self { regs, stack, callsite } = other;
        (self.regs, self.callsite) = (*regs, *callsite);
        self.stack.clone_from(stack);
    }
}

impl Frame {
    pub(crate) fn new(callsite: u32) -> Self {
        Self { regs: [Value::NOTHING; 10], stack: Vec::new(), callsite }
    }

    /// Numbers that are known or were spilled: all that may be marked as precise.
    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut Value> {
        let spilled = self.stack.iter_mut().filter(|slot| slot.bytes.is_spill());
        self.regs.iter_mut().chain(spilled.map(|slot| &mut slot.value))
    }
}

/// Everything that is known at a place.
#[derive(Debug)]
pub(crate) struct State {
    /// The program's first.
    pub(crate) frames: Vec<Frame>,
    /// Sockets and records that have to be given back.
    pub(crate) references: u32,
    /// A map's value is locked.
    pub(crate) locked: bool,
    /// Places that it came by since the last state that was kept.
    pub(crate) history: u32,
}

impl Clone for State {
    fn clone(&self) -> Self {
        let Self { frames, references, locked, history } = self;
        let (references, locked, history) = (*references, *locked, *history);
        Self { frames: frames.clone(), references, locked, history }
    }

    /// Takes no memory where there is some already: states come and go in great numbers.
    fn clone_from(&mut self, other: &Self) {
        let Self { frames, references, locked, history } = other;
        (self.references, self.locked, self.history) = (*references, *locked, *history);
        self.frames.clone_from(frames);
    }
}

impl State {
    #[inline]
    pub(crate) fn top(&mut self) -> &mut Frame {
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    #[inline]
    pub(crate) fn depth(&self) -> usize {
        self.frames.len() - 1
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut Value> {
        self.frames.iter_mut().flat_map(Frame::values_mut)
    }

    /// Made ready to be kept: nothing is precise so far.
    pub(crate) fn forget_precise(&mut self) {
        for value in self.values_mut() {
            value.precise = false;
        }
    }
}
