//! What surrounds a program, without one: packets, contexts, maps and helpers for whoever runs
//! programs of another form than the kernel's.

use nbpfc_isa::Size;
use nbpfc_kernel::Hook;

use crate::checked::{
    CONTEXT, Kind, MAP, Reach, Stack, State, Tail, VALUE, VALUE_STRIDE, Value, call, split,
};
use crate::context::Layout;
use crate::error::{FaultKind, Memory};
use crate::maps::Map;
use crate::packet::Packet;
use crate::surroundings::Surroundings;

/// A place in a value of a map, or in a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The map's number.
    pub map: u32,
    /// Which of its values.
    pub slot: usize,
    /// Bytes from its start.
    pub offset: i64,
}

impl Place {
    fn value(self) -> Value {
        let address = VALUE
            .wrapping_add((self.slot as u64).wrapping_mul(VALUE_STRIDE))
            .wrapping_add(self.offset as u64);
        Value::pointer(Memory::Value(self.map), address)
    }
}

/// What a helper is called with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// A number.
    Number(u64),
    /// The context.
    Context,
    /// The map with this number.
    Map(u32),
    /// Bytes of a map's value.
    Place(Place),
    /// Bytes of at most a frame; what the helper writes is in them afterwards.
    Memory(Vec<u8>),
}

/// What a helper returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returned {
    /// A number; 0 also for null.
    Number(u64),
    /// A value of a map, or a record.
    Place(Place),
    /// The map with this number.
    Map(u32),
}

/// A hook's surroundings of programs.
#[derive(Debug)]
pub struct Host {
    layout: Layout,
    stack: Stack,
    state: State,
}

impl Host {
    /// With these maps.
    pub fn new(hook: &Hook, maps: Vec<Map>) -> Self {
        let state = State { maps, ..State::default() };
        Self { layout: Layout::new(hook), stack: Stack::new(), state }
    }

    /// For the next run.
    pub fn begin(&mut self) {
        self.state.buffer.reset();
        self.state.context.clear();
        self.state.around.sent.clear();
        self.state.tail = Tail::default();
        self.state.found.clear();
    }

    /// The number of the program that the last call goes on in, if it does.
    pub fn take_tail(&mut self) -> Option<u32> {
        self.state.tail.to.take()
    }

    /// The maps.
    pub fn maps(&self) -> &[Map] {
        &self.state.maps
    }

    /// The maps, to be filled, or emptied of their records.
    pub fn maps_mut(&mut self) -> &mut [Map] {
        &mut self.state.maps
    }

    /// What programs ask for beside.
    pub fn surroundings_mut(&mut self) -> &mut Surroundings {
        &mut self.state.around
    }

    /// The packet's bytes, as they are now.
    pub fn bytes<'a>(&'a self, packet: &Packet<'a>) -> &'a [u8] {
        self.state.buffer.bytes(packet)
    }

    /// The packet's length on the wire.
    pub fn length(&self, packet: &Packet<'_>) -> u32 {
        self.state.buffer.length(packet)
    }

    /// The VLAN tag that is beside the packet now.
    pub fn tag(&self, packet: &Packet<'_>) -> Option<u16> {
        self.state.buffer.tag(packet).map(|tag| tag.control)
    }

    /// The packet's bytes, to be changed.
    pub fn bytes_mut(&mut self, packet: &Packet<'_>) -> &mut [u8] {
        self.state.buffer.bytes_mut(packet)
    }

    fn reach<'a>(&'a mut self, packet: &'a Packet<'a>) -> Reach<'a> {
        Reach {
            state: &mut self.state,
            stack: &mut self.stack,
            layout: &self.layout,
            packet,
            globals: &mut [],
        }
    }

    /// The number at an offset of the context.
    ///
    /// # Errors
    /// [`FaultKind::Field`] if there is none of this size.
    pub fn member(
        &mut self,
        packet: &Packet<'_>,
        offset: u16,
        size: Size,
    ) -> Result<u64, FaultKind> {
        let context = Value::pointer(Memory::Context, CONTEXT);
        self.reach(packet).load(context, offset as i16, size)?.as_number()
    }

    /// Writes a number to the context.
    ///
    /// # Errors
    /// [`FaultKind::ReadOnly`] if programs do not write it.
    pub fn set_member(
        &mut self,
        packet: &Packet<'_>,
        offset: u16,
        size: Size,
        number: u64,
    ) -> Result<(), FaultKind> {
        let context = Value::pointer(Memory::Context, CONTEXT);
        self.reach(packet).store(context, offset as i16, size, Value::number(number))
    }

    /// So many bytes of a map's value.
    ///
    /// # Errors
    /// [`FaultKind::OutOfBounds`]
    pub fn read(&mut self, from: Place, size: usize) -> Result<Vec<u8>, FaultKind> {
        self.reach(&Packet::default()).read(from.value(), size)
    }

    /// Writes bytes of a map's value.
    ///
    /// # Errors
    /// [`FaultKind::OutOfBounds`], [`FaultKind::ReadOnly`]
    pub fn write(&mut self, to: Place, bytes: &[u8]) -> Result<(), FaultKind> {
        self.reach(&Packet::default()).write(to.value(), bytes)
    }

    /// Calls the helper with a number.
    ///
    /// # Errors
    /// What is wrong with its arguments.
    pub fn call(
        &mut self,
        packet: &Packet<'_>,
        id: i32,
        given: &mut [Given],
    ) -> Result<Returned, FaultKind> {
        let mut registers = [Value::NOTHING; 11];
        // Each argument's bytes are in a frame of their own.
        for (index, (given, register)) in given.iter().zip(&mut registers[1..]).enumerate() {
            *register = match given {
                Given::Number(number) => Value::number(*number),
                Given::Context => Value::pointer(Memory::Context, CONTEXT),
                Given::Map(map) => Value::pointer(Memory::Map(*map), MAP),
                Given::Place(place) => place.value(),
                Given::Memory(bytes) => {
                    self.stack.enter(index);
                    let first = Value::frame(index).bits - bytes.len() as u64;
                    self.stack.write(first, bytes)?;
                    Value::pointer(Memory::Stack, first)
                }
            };
        }
        self.stack.enter(given.len());
        let result = call(id, &registers, &mut self.reach(packet))?;
        for (given, register) in given.iter_mut().zip(&registers[1..]) {
            if let Given::Memory(bytes) = given {
                *bytes = self.stack.read(register.bits, bytes.len() as u64)?;
            }
        }
        Ok(match result.kind {
            Kind::Pointer(Memory::Value(map)) => {
                let (slot, offset) = split(result.bits.wrapping_sub(VALUE));
                Returned::Place(Place { map, slot, offset })
            }
            Kind::Pointer(Memory::Map(map)) => Returned::Map(map),
            _ => Returned::Number(result.bits),
        })
    }
}
