//! What a function runs in: the packet, what is known about it, maps, helpers.

use nbpfc_kernel::{Field, Helper, Member};

use super::Trap;
use crate::entity::Map;

/// A place outside of the function: in a value of a map, in a record, in a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outside {
    /// What it is in, as the environment names it.
    pub handle: u64,
    /// Bytes from its start.
    pub offset: u64,
}

/// What a helper is called with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// A number.
    Number(u64),
    /// The program's context.
    Context,
    /// A map of the module.
    Map(Map),
    /// A map that another one holds, as the environment names it.
    Inner(u64),
    /// Memory outside of the function.
    Outside(Outside),
    /// Bytes of the function's stack, all from where the pointer leads to the end of its slot. What
    /// the helper writes there it finds in its slot afterwards.
    Memory(Vec<u8>),
}

/// What a helper returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returned {
    /// A number; 0 also for a pointer that is null, and for nothing.
    Number(u64),
    /// The start of memory outside of the function, as the environment names it.
    Handle(u64),
    /// A map that another one holds, as the environment names it.
    Inner(u64),
}

/// What surrounds a function that runs. What a run asks for and the environment has not is
/// [`Trap::Stateful`]; what a valid function does not do is [`Trap::Invalid`].
pub trait Environment {
    /// The packet's bytes, as they are now.
    fn packet(&self) -> &[u8];

    /// A fact about the packet.
    fn field(&self, field: Field) -> u32;

    /// Writes bytes of the packet, which are there.
    ///
    /// # Errors
    /// See [`Environment`].
    fn store(&mut self, at: usize, bytes: &[u8]) -> Result<(), Trap> {
        let _ = (at, bytes);
        Err(Trap::Stateful)
    }

    /// A member of the context.
    ///
    /// # Errors
    /// See [`Environment`].
    fn member(&mut self, member: &Member) -> Result<u64, Trap> {
        let _ = member;
        Err(Trap::Stateful)
    }

    /// Sets a member of the context.
    ///
    /// # Errors
    /// See [`Environment`].
    fn set_member(&mut self, member: &Member, number: u64) -> Result<(), Trap> {
        let _ = (member, number);
        Err(Trap::Stateful)
    }

    /// The start of an array's one value.
    ///
    /// # Errors
    /// See [`Environment`].
    fn global(&mut self, map: Map) -> Result<u64, Trap> {
        let _ = map;
        Err(Trap::Stateful)
    }

    /// Reads memory outside of the function.
    ///
    /// # Errors
    /// See [`Environment`].
    fn read(&mut self, from: Outside, to: &mut [u8]) -> Result<(), Trap> {
        let _ = (from, to);
        Err(Trap::Stateful)
    }

    /// Writes memory outside of the function.
    ///
    /// # Errors
    /// See [`Environment`].
    fn write(&mut self, to: Outside, bytes: &[u8]) -> Result<(), Trap> {
        let _ = (to, bytes);
        Err(Trap::Stateful)
    }

    /// Calls a helper.
    ///
    /// # Errors
    /// See [`Environment`].
    fn call(&mut self, helper: &'static Helper, given: &mut [Given]) -> Result<Returned, Trap> {
        let _ = (helper, given);
        Err(Trap::Stateful)
    }
}

/// What a function may look at that only computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// The bytes that were captured.
    pub data: &'a [u8],
    /// [`Field::Length`]: bytes on the wire, which may be more than were captured.
    pub length: u32,
    /// [`Field::InterfaceIndex`].
    pub interface: u32,
    /// [`Field::PacketType`].
    pub packet_type: u32,
    /// [`Field::VlanPresent`] and [`Field::VlanTci`]: the tag that is not among the bytes.
    pub tag: Option<u16>,
}

impl Environment for Packet<'_> {
    fn packet(&self) -> &[u8] {
        self.data
    }

    fn field(&self, field: Field) -> u32 {
        match field {
            Field::Length => self.length,
            Field::InterfaceIndex => self.interface,
            Field::PacketType => self.packet_type,
            Field::VlanPresent => u32::from(self.tag.is_some()),
            Field::VlanTci => u32::from(self.tag.unwrap_or(0)),
        }
    }
}
