//! Register values that know what they point into.

use std::fmt;

use nbpfc_kernel::MAX_STACK;

use crate::error::{FaultKind, Memory};

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Never written, or lost in a call.
    Nothing,
    /// A number.
    Number,
    /// An address inside, or near, this memory.
    Pointer(Memory),
}

/// A register's 64 bits and what they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) bits: u64,
    pub(crate) kind: Kind,
}

/// Where the context begins. Memories lie so far apart that no offset leads from one to another.
pub(crate) const CONTEXT: u64 = 1 << 44;
/// Where the packet begins.
pub(crate) const PACKET: u64 = 2 << 44;
/// Where the first frame begins; the others follow [`FRAME_STRIDE`] apart.
pub(crate) const STACK: u64 = 3 << 44;
/// Where global data begins, whichever it is.
pub(crate) const GLOBAL: u64 = 4 << 44;
/// Where the first value of a map is, whichever it is; the others follow [`VALUE_STRIDE`] apart.
pub(crate) const VALUE: u64 = 5 << 44;
/// Bytes from one value to the next.
pub(crate) const VALUE_STRIDE: u64 = 1 << 32;
/// A map itself.
pub(crate) const MAP: u64 = 1 << 43;
/// Bytes from the place of a packet to that where it is after it moved.
pub(crate) const PACKET_STRIDE: u64 = 1 << 34;
/// Bytes from one frame to the next.
pub(crate) const FRAME_STRIDE: u64 = 1 << 40;
/// Bytes of a frame.
pub(crate) const FRAME: u64 = MAX_STACK as u64;

impl Value {
    pub(crate) const NOTHING: Self = Self { bits: 0, kind: Kind::Nothing };

    pub(crate) fn number(bits: u64) -> Self {
        Self { bits, kind: Kind::Number }
    }

    pub(crate) fn pointer(memory: Memory, bits: u64) -> Self {
        Self { bits, kind: Kind::Pointer(memory) }
    }

    /// The frame pointer of the function at a call depth.
    pub(crate) fn frame(depth: usize) -> Self {
        Self::pointer(Memory::Stack, STACK + depth as u64 * FRAME_STRIDE + FRAME)
    }

    /// The bits of what must be a number.
    pub(crate) fn as_number(self) -> Result<u64, FaultKind> {
        match self.kind {
            Kind::Number => Ok(self.bits),
            _ => Err(FaultKind::Pointer),
        }
    }
}

/// A value as a trace shows it: a number, or a place such as `ctx+8`, `pkt+14`, `fp-16`, `data0+8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Unreadable.
    Nothing,
    /// A number.
    Number(u64),
    /// So many bytes from the context's beginning.
    Context(i64),
    /// So many bytes from the packet's beginning.
    Packet(i64),
    /// So many bytes from a frame pointer.
    Stack(i64),
    /// So many bytes from the beginning of the global data with this number.
    Global(u32, i64),
    /// So many bytes from the first value of the map with this number.
    Value(u32, i64),
    /// The map with this number.
    Map(u32),
}

impl From<Value> for Shown {
    fn from(value: Value) -> Self {
        let from = |base: u64| value.bits.wrapping_sub(base) as i64;
        match value.kind {
            Kind::Nothing => Self::Nothing,
            Kind::Number => Self::Number(value.bits),
            Kind::Pointer(Memory::Context) => Self::Context(from(CONTEXT)),
            Kind::Pointer(Memory::Packet) => Self::Packet(from(PACKET)),
            Kind::Pointer(Memory::Stack) => Self::Stack(from_frame(value.bits)),
            Kind::Pointer(Memory::Global(index)) => Self::Global(index, from(GLOBAL)),
            Kind::Pointer(Memory::Value(map)) => Self::Value(map, from(VALUE)),
            Kind::Pointer(Memory::Map(map)) => Self::Map(map),
        }
    }
}

/// Bytes from the frame pointer that is nearest to an address.
pub(crate) fn from_frame(address: u64) -> i64 {
    let from_first = address.wrapping_sub(STACK + FRAME) as i64;
    let half = FRAME_STRIDE as i64 / 2;
    from_first.wrapping_add(half).rem_euclid(FRAME_STRIDE as i64) - half
}

/// Which value an address is nearest to, from the first on, and how far from its beginning.
pub(crate) fn split(from_first: u64) -> (usize, i64) {
    let slot = from_first.wrapping_add(VALUE_STRIDE / 2) / VALUE_STRIDE;
    (slot as usize, from_first.wrapping_sub(slot * VALUE_STRIDE) as i64)
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => write!(f, "?"),
            Self::Number(number) => write!(f, "{number:#x}"),
            Self::Context(offset) => write!(f, "ctx{offset:+}"),
            Self::Packet(offset) => write!(f, "pkt{offset:+}"),
            Self::Stack(offset) => write!(f, "fp{offset:+}"),
            Self::Global(index, offset) => write!(f, "data{index}{offset:+}"),
            Self::Value(map, offset) => {
                let (slot, offset) = split(*offset as u64);
                write!(f, "map{map}[{slot}]{offset:+}")
            }
            Self::Map(map) => write!(f, "map{map}"),
        }
    }
}
