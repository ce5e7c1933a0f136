//! The emulator's surroundings for the IR's interpreter: the same maps and helpers.

use nbpfc_emulator::{
    Given as Argument, Host, Map as Emulated, Packet, Place, Returned as Result_, Surroundings,
};
use nbpfc_ir::{Environment, Field, Given, Map, Outside, Returned, Trap};
use nbpfc_isa::Size;
use nbpfc_kernel::{Helper, Hook, Member};

/// Maps, and what is left of runs.
#[derive(Debug)]
pub struct Surrounded {
    host: Host,
    /// The places that handles stand for.
    places: Vec<Place>,
}

impl Surrounded {
    /// A hook's surroundings with these maps.
    pub fn new(hook: &Hook, maps: Vec<Emulated>) -> Self {
        Self { host: Host::new(hook, maps), places: Vec::new() }
    }

    /// For a run on a packet.
    pub fn with<'a>(&'a mut self, packet: Packet<'a>) -> Run<'a> {
        self.host.begin();
        Run { surrounded: self, packet }
    }

    /// What programs ask for beside.
    pub fn around_mut(&mut self) -> &mut Surroundings {
        self.host.surroundings_mut()
    }

    /// The maps.
    pub fn maps_mut(&mut self) -> &mut [Emulated] {
        self.host.maps_mut()
    }
}

/// One run.
#[derive(Debug)]
pub struct Run<'a> {
    surrounded: &'a mut Surrounded,
    packet: Packet<'a>,
}

impl Run<'_> {
    /// The packet as it is now.
    pub fn bytes(&self) -> &[u8] {
        self.surrounded.host.bytes(&self.packet)
    }

    fn place(&self, outside: Outside) -> Result<Place, Trap> {
        let place = self.surrounded.places.get(outside.handle as usize).ok_or(Trap::Invalid)?;
        Ok(Place { offset: place.offset.wrapping_add(outside.offset as i64), ..*place })
    }

    fn handle(&mut self, place: Place) -> u64 {
        self.surrounded.places.push(place);
        self.surrounded.places.len() as u64 - 1
    }
}

const fn size(member: &Member) -> Size {
    match member.field.size {
        1 => Size::B,
        2 => Size::H,
        4 => Size::W,
        _ => Size::DW,
    }
}

impl Environment for Run<'_> {
    fn packet(&self) -> &[u8] {
        self.bytes()
    }

    fn field(&self, field: Field) -> u32 {
        match field {
            Field::Length => self.surrounded.host.length(&self.packet),
            Field::InterfaceIndex => self.packet.interface,
            Field::PacketType => self.packet.packet_type,
            Field::VlanPresent => u32::from(self.surrounded.host.tag(&self.packet).is_some()),
            Field::VlanTci => u32::from(self.surrounded.host.tag(&self.packet).unwrap_or(0)),
        }
    }

    fn store(&mut self, at: usize, bytes: &[u8]) -> Result<(), Trap> {
        let data = self.surrounded.host.bytes_mut(&self.packet);
        let to = data.get_mut(at..).and_then(|rest| rest.get_mut(..bytes.len()));
        to.ok_or(Trap::Invalid)?.copy_from_slice(bytes);
        Ok(())
    }

    fn member(&mut self, member: &Member) -> Result<u64, Trap> {
        let packet = self.packet;
        let number = self.surrounded.host.member(&packet, member.offset(), size(member));
        number.map_err(|_| Trap::Invalid)
    }

    fn set_member(&mut self, member: &Member, number: u64) -> Result<(), Trap> {
        let packet = self.packet;
        let set = self.surrounded.host.set_member(&packet, member.offset(), size(member), number);
        set.map_err(|_| Trap::Invalid)
    }

    fn global(&mut self, map: Map) -> Result<u64, Trap> {
        Ok(self.handle(Place { map: map.as_u32(), slot: 0, offset: 0 }))
    }

    fn read(&mut self, from: Outside, to: &mut [u8]) -> Result<(), Trap> {
        let place = self.place(from)?;
        let bytes = self.surrounded.host.read(place, to.len()).map_err(|_| Trap::Invalid)?;
        to.copy_from_slice(&bytes);
        Ok(())
    }

    fn write(&mut self, to: Outside, bytes: &[u8]) -> Result<(), Trap> {
        let place = self.place(to)?;
        self.surrounded.host.write(place, bytes).map_err(|_| Trap::Invalid)
    }

    fn call(&mut self, helper: &'static Helper, given: &mut [Given]) -> Result<Returned, Trap> {
        let argument = |given: &Given| {
            Ok(match given {
                Given::Number(number) => Argument::Number(*number),
                Given::Context => Argument::Context,
                Given::Map(map) => Argument::Map(map.as_u32()),
                Given::Inner(map) => Argument::Map(*map as u32),
                Given::Outside(outside) => Argument::Place(self.place(*outside)?),
                Given::Memory(bytes) => Argument::Memory(bytes.clone()),
            })
        };
        let mut arguments: Vec<Argument> =
            given.iter().map(argument).collect::<Result<_, Trap>>()?;
        let packet = self.packet;
        let returned = self.surrounded.host.call(&packet, helper.id, &mut arguments);
        for (given, argument) in given.iter_mut().zip(arguments) {
            if let (Given::Memory(to), Argument::Memory(bytes)) = (given, argument) {
                *to = bytes;
            }
        }
        if let Some(number) = self.surrounded.host.take_tail() {
            return Err(Trap::Elsewhere(number));
        }
        Ok(match returned.map_err(|_| Trap::Invalid)? {
            Result_::Number(number) => Returned::Number(number),
            Result_::Place(place) => Returned::Handle(self.handle(place)),
            Result_::Map(map) => Returned::Inner(map.into()),
        })
    }
}
