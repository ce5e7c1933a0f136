//! Memory that a program can reach, every access checked.

use nbpfc_isa::Size;
use nbpfc_kernel::MAX_CALL_FRAMES;

use std::collections::BTreeMap;

use crate::buffer::Buffer;
use crate::checked::value::{
    CONTEXT, FRAME, FRAME_STRIDE, GLOBAL, Kind, PACKET, PACKET_STRIDE, STACK, VALUE, Value,
    from_frame, split,
};
use crate::context::{Layout, Member, Source};
use crate::error::{FaultKind, Memory};
use crate::global::Global;
use crate::maps::Map;
use crate::packet::Packet;
use crate::surroundings::Surroundings;

/// How runs go on in other programs.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tail {
    /// The one that the last call goes on in.
    pub(crate) to: Option<u32>,
    /// How often this run did so.
    pub(crate) made: u32,
}

const SLOTS: usize = FRAME as usize / 8;

/// A function's part of the stack.
#[derive(Clone, Debug)]
struct Frame {
    bytes: [u8; FRAME as usize],
    /// One bit for each byte of an 8-byte slot: written.
    written: [u8; SLOTS],
    /// What the slot holds as a whole.
    kinds: [Kind; SLOTS],
}

impl Frame {
    const EMPTY: Self =
        Self { bytes: [0; FRAME as usize], written: [0; SLOTS], kinds: [Kind::Number; SLOTS] };
}

/// The frames of all active functions.
#[derive(Clone, Debug)]
pub(crate) struct Stack {
    frames: Vec<Frame>,
    depth: usize,
}

impl Stack {
    pub(crate) fn new() -> Self {
        Self { frames: vec![Frame::EMPTY; MAX_CALL_FRAMES], depth: 0 }
    }

    /// Back to the first function, its frame unwritten.
    pub(crate) fn reset(&mut self) {
        self.enter(0);
    }

    /// Makes the frame at `depth` the deepest one, unwritten.
    pub(crate) fn enter(&mut self, depth: usize) {
        self.depth = depth;
        if let Some(frame) = self.frames.get_mut(depth) {
            frame.written = [0; SLOTS];
            frame.kinds = [Kind::Number; SLOTS];
        }
    }

    /// Gives up the frames deeper than `depth`.
    pub(crate) fn leave(&mut self, depth: usize) {
        self.depth = depth;
    }

    /// Finds `size` bytes: the frame, and the first byte's index.
    fn find(&mut self, address: u64, size: u64) -> Result<(&mut Frame, usize), FaultKind> {
        let distance = address.wrapping_sub(STACK);
        let (frame, first) = (distance / FRAME_STRIDE, distance % FRAME_STRIDE);
        let inside = first.checked_add(size).is_some_and(|end| end <= FRAME);
        let outside =
            FaultKind::OutOfBounds { memory: Memory::Stack, offset: from_frame(address), size };
        match self.frames.get_mut(frame as usize) {
            Some(found) if inside && frame as usize <= self.depth => Ok((found, first as usize)),
            _ => Err(outside),
        }
    }

    fn load(&mut self, address: u64, size: Size) -> Result<Value, FaultKind> {
        let bytes = usize::from(size.bytes());
        let (frame, first) = self.find(address, bytes as u64)?;
        let (slot, within) = (first / 8, first % 8);
        if within + bytes <= 8 {
            let mask = ((1u16 << bytes) - 1) << within;
            if u16::from(frame.written[slot]) & mask != mask {
                return Err(FaultKind::Uninitialised { offset: from_frame(address) });
            }
            if bytes == 8 || frame.kinds[slot] == Kind::Number {
                let bits = little_endian(&frame.bytes[first..first + bytes]);
                return Ok(Value { bits, kind: frame.kinds[slot] });
            }
            return Err(FaultKind::Pointer);
        }
        self.load_across(address, bytes)
    }

    /// A load that begins in one slot and ends in the next.
    fn load_across(&mut self, address: u64, bytes: usize) -> Result<Value, FaultKind> {
        let mut bits = 0;
        for index in 0..bytes as u64 {
            let byte = self.load(address + index, Size::B)?;
            bits |= byte.bits << (8 * index);
        }
        Ok(Value::number(bits))
    }

    fn store(&mut self, address: u64, size: Size, value: Value) -> Result<(), FaultKind> {
        let bytes = usize::from(size.bytes());
        let (frame, first) = self.find(address, bytes as u64)?;
        let whole = bytes == 8 && first % 8 == 0;
        if !whole && value.kind != Kind::Number {
            return Err(FaultKind::Pointer);
        }
        frame.bytes[first..first + bytes].copy_from_slice(&value.bits.to_le_bytes()[..bytes]);
        frame.mark(first, bytes);
        if whole {
            frame.kinds[first / 8] = value.kind;
        }
        Ok(())
    }

    /// So many bytes at an address, as a helper function reads them.
    pub(crate) fn read(&mut self, address: u64, len: u64) -> Result<Vec<u8>, FaultKind> {
        let (frame, first) = self.find(address, len)?;
        let places = first..first + len as usize;
        for index in places.clone() {
            if frame.written[index / 8] & 1 << (index % 8) == 0 {
                let offset = from_frame(address) + (index - first) as i64;
                return Err(FaultKind::Uninitialised { offset });
            }
            if frame.kinds[index / 8] != Kind::Number {
                return Err(FaultKind::Pointer);
            }
        }
        Ok(frame.bytes[places].to_vec())
    }

    /// Copies `bytes` to an address, as a helper function does.
    pub(crate) fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), FaultKind> {
        let (frame, first) = self.find(address, bytes.len() as u64)?;
        frame.bytes[first..first + bytes.len()].copy_from_slice(bytes);
        frame.mark(first, bytes.len());
        Ok(())
    }
}

impl Frame {
    /// Notes that bytes were written. What is left of a pointer that they are part of has no
    /// meaning.
    fn mark(&mut self, first: usize, bytes: usize) {
        for index in first..first + bytes {
            let slot = index / 8;
            if self.kinds[slot] != Kind::Number {
                self.written[slot] = 0;
                self.kinds[slot] = Kind::Number;
            }
            self.written[slot] |= 1 << (index % 8);
        }
    }
}

/// What runs change beside the stack.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    pub(crate) maps: Vec<Map>,
    pub(crate) around: Surroundings,
    pub(crate) buffer: Buffer,
    /// Words of the context that were given, or that the run has written.
    pub(crate) context: BTreeMap<usize, u32>,
    pub(crate) tail: Tail,
    /// The sockets that this run found, and whether it has given each back.
    pub(crate) found: Vec<(Found, bool)>,
}

/// A `struct bpf_sock`.
pub(crate) type Found = [u8; nbpfc_kernel::SOCKET_SIZE as usize];

/// What stands for the number of a map where a pointer leads to a socket.
pub(crate) const SOCKETS: u32 = u32::MAX;

impl State {
    /// Whether something has to be given back that was not.
    pub(crate) fn holds(&self) -> bool {
        self.maps.iter().any(Map::is_busy) || self.found.iter().any(|(_, released)| !released)
    }
}

/// Everything that a run can access.
pub(crate) struct Reach<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) stack: &'a mut Stack,
    pub(crate) layout: &'a Layout,
    pub(crate) packet: &'a Packet<'a>,
    pub(crate) globals: &'a mut [Global],
}

impl Reach<'_> {
    pub(crate) fn load(&mut self, base: Value, off: i16, size: Size) -> Result<Value, FaultKind> {
        let address = base.bits.wrapping_add(off as i64 as u64);
        match base.kind {
            Kind::Pointer(Memory::Packet) => {
                let offset = address.wrapping_sub(self.packet_start()) as i64;
                let bytes = packet_bytes(self.state.buffer.bytes(self.packet), offset, size)?;
                Ok(Value::number(little_endian(bytes)))
            }
            Kind::Pointer(Memory::Value(map)) => {
                let bytes = self.value(map, address, size.bytes().into())?;
                Ok(Value::number(little_endian(bytes)))
            }
            Kind::Pointer(Memory::Global(index)) => {
                let bytes = self.global(index, address, size)?;
                Ok(Value::number(little_endian(bytes)))
            }
            Kind::Pointer(Memory::Stack) => self.stack.load(address, size),
            Kind::Pointer(Memory::Context) => {
                self.load_context(address.wrapping_sub(CONTEXT) as i64, size)
            }
            _ => Err(FaultKind::NotAPointer),
        }
    }

    pub(crate) fn store(
        &mut self,
        base: Value,
        off: i16,
        size: Size,
        value: Value,
    ) -> Result<(), FaultKind> {
        let address = base.bits.wrapping_add(off as i64 as u64);
        match base.kind {
            Kind::Pointer(Memory::Stack) => self.stack.store(address, size, value),
            Kind::Pointer(Memory::Global(index)) if self.is_written(index) => {
                let number = value.as_number()?.to_le_bytes();
                let bytes = self.global(index, address, size)?;
                bytes.copy_from_slice(&number[..bytes.len()]);
                Ok(())
            }
            Kind::Pointer(Memory::Value(map)) => {
                let number = value.as_number()?.to_le_bytes();
                let bytes = usize::from(size.bytes());
                self.value_mut(map, address, bytes)?.copy_from_slice(&number[..bytes]);
                Ok(())
            }
            Kind::Pointer(Memory::Packet) if self.layout.writes_packet() => {
                let number = value.as_number()?.to_le_bytes();
                let offset = address.wrapping_sub(self.packet_start()) as i64;
                let bytes = usize::from(size.bytes());
                let data = self.state.buffer.bytes_mut(self.packet);
                place(data.len(), offset, bytes)
                    .and_then(|place| data.get_mut(place))
                    .ok_or(outside(Memory::Packet, offset, bytes))?
                    .copy_from_slice(&number[..bytes]);
                Ok(())
            }
            Kind::Pointer(Memory::Context) => {
                let offset = address.wrapping_sub(CONTEXT) as i64;
                let Some(field) = self.layout.written(offset, size) else {
                    return Err(FaultKind::ReadOnly(Memory::Context));
                };
                let (word, number) = (offset as usize / 4, value.as_number()?);
                let number = number & (u64::MAX >> (64 - 8 * u32::from(size.bytes())));
                if number > field.greatest {
                    return Ok(());
                }
                let number = number & (u64::MAX >> (64 - u32::from(field.kept)));
                self.state.context.insert(word, number as u32);
                if size == Size::DW {
                    self.state.context.insert(word + 1, (number >> 32) as u32);
                }
                Ok(())
            }
            Kind::Pointer(memory) => Err(FaultKind::ReadOnly(memory)),
            _ => Err(FaultKind::NotAPointer),
        }
    }

    /// Where the packet begins, as it lies now.
    pub(crate) fn packet_start(&self) -> u64 {
        PACKET.wrapping_add(self.state.buffer.moves().wrapping_mul(PACKET_STRIDE))
    }

    /// So many bytes of a map's value, or of a record.
    fn value(&self, map: u32, address: u64, size: usize) -> Result<&[u8], FaultKind> {
        let (slot, offset) = split(address.wrapping_sub(VALUE));
        let outside = outside(Memory::Value(map), offset, size);
        let bytes = if map == SOCKETS {
            let found = self.state.found.get(slot).filter(|(_, released)| !released);
            &found.ok_or(outside)?.0
        } else {
            self.state.maps.get(map as usize).ok_or(outside)?.value(slot)
        };
        place(bytes.len(), offset, size).and_then(|place| bytes.get(place)).ok_or(outside)
    }

    fn value_mut(&mut self, map: u32, address: u64, size: usize) -> Result<&mut [u8], FaultKind> {
        let (slot, offset) = split(address.wrapping_sub(VALUE));
        let memory = Memory::Value(map);
        let outside = outside(memory, offset, size);
        let map = self.state.maps.get_mut(map as usize).ok_or(outside)?;
        if !map.is_written() {
            return Err(FaultKind::ReadOnly(memory));
        }
        let bytes = map.value_mut(slot);
        let place = place(bytes.len(), offset, size).ok_or(outside)?;
        bytes.get_mut(place).ok_or(outside)
    }

    /// So many bytes that a pointer leads to, as a helper reads them.
    pub(crate) fn read(&mut self, pointer: Value, size: usize) -> Result<Vec<u8>, FaultKind> {
        let address = pointer.bits;
        match pointer.kind {
            Kind::Pointer(Memory::Stack) => self.stack.read(address, size as u64),
            Kind::Pointer(Memory::Packet) => {
                let offset = address.wrapping_sub(self.packet_start()) as i64;
                let data = self.state.buffer.bytes(self.packet);
                place(data.len(), offset, size)
                    .and_then(|place| data.get(place))
                    .map(<[u8]>::to_vec)
                    .ok_or(outside(Memory::Packet, offset, size))
            }
            Kind::Pointer(Memory::Value(map)) => self.value(map, address, size).map(<[u8]>::to_vec),
            Kind::Pointer(Memory::Global(index)) => {
                let offset = address.wrapping_sub(GLOBAL) as i64;
                let outside = outside(Memory::Global(index), offset, size);
                let global = self.globals.get(index as usize).ok_or(outside)?;
                let place = global.place(offset, size).ok_or(outside)?;
                global.bytes.get(place).map(<[u8]>::to_vec).ok_or(outside)
            }
            Kind::Pointer(memory) => Err(FaultKind::ReadOnly(memory)),
            _ => Err(FaultKind::NotAPointer),
        }
    }

    /// Writes bytes to where a pointer leads, as a helper does.
    pub(crate) fn write(&mut self, pointer: Value, bytes: &[u8]) -> Result<(), FaultKind> {
        match pointer.kind {
            Kind::Pointer(Memory::Stack) => self.stack.write(pointer.bits, bytes),
            Kind::Pointer(Memory::Value(map)) => {
                self.value_mut(map, pointer.bits, bytes.len())?.copy_from_slice(bytes);
                Ok(())
            }
            Kind::Pointer(memory) => Err(FaultKind::ReadOnly(memory)),
            _ => Err(FaultKind::NotAPointer),
        }
    }

    fn is_written(&self, index: u32) -> bool {
        self.globals.get(index as usize).is_some_and(|global| global.writable)
    }

    /// The bytes of global data at an address.
    fn global(&mut self, index: u32, address: u64, size: Size) -> Result<&mut [u8], FaultKind> {
        let (offset, size) = (address.wrapping_sub(GLOBAL) as i64, usize::from(size.bytes()));
        let memory = Memory::Global(index);
        let outside = FaultKind::OutOfBounds { memory, offset, size: size as u64 };
        let global = self.globals.get_mut(index as usize).ok_or(outside)?;
        let place = global.place(offset, size).ok_or(outside)?;
        global.bytes.get_mut(place).ok_or(outside)
    }

    fn load_context(&self, offset: i64, size: Size) -> Result<Value, FaultKind> {
        let bytes = usize::from(size.bytes());
        match self.layout.member(offset, size) {
            Some(Member::Data) => Ok(Value::pointer(Memory::Packet, self.packet_start())),
            Some(Member::DataEnd) => {
                let len = self.state.buffer.bytes(self.packet).len() as u64;
                Ok(Value::pointer(Memory::Packet, self.packet_start().wrapping_add(len)))
            }
            Some(Member::Number(source, first)) => {
                let number = self.number(source, offset as usize / 4) >> (8 * first);
                Ok(Value::number(number & (u64::MAX >> (64 - 8 * bytes))))
            }
            None => Err(FaultKind::Field { offset, size: bytes as u64 }),
        }
    }
}

impl State {
    /// The context as a run finds it.
    pub(crate) fn begin_context(&mut self, packet: &Packet<'_>) {
        self.context.clear();
        let given = packet.context.iter();
        self.context.extend(given.map(|(offset, word)| (usize::from(*offset) / 4, *word)));
    }
}

impl Reach<'_> {
    /// `skb->protocol` as it is now, in the machine's order.
    pub(crate) fn protocol(&self) -> u16 {
        let came = u16::from_be(self.layout.protocol(self.packet.data));
        self.state.buffer.protocol(came)
    }

    /// The number that stands at a word of the context now, and at the next.
    fn number(&self, source: Source, word: usize) -> u64 {
        if let Some(low) = self.state.context.get(&word) {
            let high = self.state.context.get(&(word + 1)).copied().unwrap_or(0);
            return u64::from(high) << 32 | u64::from(*low);
        }
        u64::from(match source {
            Source::Length => self.state.buffer.length(self.packet),
            Source::TagPresent => self.state.buffer.tag(self.packet).is_some().into(),
            Source::Tag => self.state.buffer.tag(self.packet).map_or(0, |tag| tag.control.into()),
            Source::TagProtocol => {
                self.state.buffer.tag(self.packet).map_or(0, |tag| tag.protocol.to_be().into())
            }
            Source::Protocol => self.protocol().to_be().into(),
            other => self.layout.number(other, self.packet),
        })
    }
}

const fn outside(memory: Memory, offset: i64, size: usize) -> FaultKind {
    FaultKind::OutOfBounds { memory, offset, size: size as u64 }
}

/// The place of so many bytes at an offset among `len`.
fn place(len: usize, offset: i64, size: usize) -> Option<std::ops::Range<usize>> {
    let first = usize::try_from(offset).ok()?;
    let end = first.checked_add(size).filter(|end| *end <= len)?;
    Some(first..end)
}

/// The packet's bytes that a load through a pointer wants.
fn packet_bytes(data: &[u8], offset: i64, size: Size) -> Result<&[u8], FaultKind> {
    let bytes = usize::from(size.bytes());
    usize::try_from(offset)
        .ok()
        .and_then(|first| data.get(first..first.checked_add(bytes)?))
        .ok_or(FaultKind::OutOfBounds { memory: Memory::Packet, offset, size: bytes as u64 })
}

/// At most eight bytes as a number.
fn little_endian(bytes: &[u8]) -> u64 {
    // Fixed lengths become single loads.
    if let Ok(bytes) = <[u8; 8]>::try_from(bytes) {
        u64::from_le_bytes(bytes)
    } else if let Ok(bytes) = <[u8; 4]>::try_from(bytes) {
        u32::from_le_bytes(bytes).into()
    } else if let Ok(bytes) = <[u8; 2]>::try_from(bytes) {
        u16::from_le_bytes(bytes).into()
    } else {
        bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
    }
}
