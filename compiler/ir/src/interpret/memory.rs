//! Pointers, memory and calls in a run.

use nbpfc_kernel::Helper;

use super::environment::{Environment, Given, Outside, Returned};
use super::{Datum, Run, Trap};
use crate::entity::{Map, Slot, Value};
use crate::instruction::{Args, Instruction, Place};
use crate::types::Type;

/// Where a pointer leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Address {
    Null,
    Context,
    Map(Map),
    /// A map that another one holds.
    Inner(u64),
    /// A slot of the function's frame at this depth, and bytes from its start.
    Stack {
        depth: usize,
        slot: Slot,
        offset: u64,
    },
    Outside(Outside),
}

impl Address {
    /// So many bytes further.
    fn plus(self, bytes: u64) -> Result<Self, Trap> {
        Ok(match self {
            Self::Stack { depth, slot, offset } => {
                Self::Stack { depth, slot, offset: offset.wrapping_add(bytes) }
            }
            Self::Outside(Outside { handle, offset }) => {
                Self::Outside(Outside { handle, offset: offset.wrapping_add(bytes) })
            }
            _ => return Err(Trap::Invalid),
        })
    }
}

impl<E: Environment> Run<'_, E> {
    fn address(&self, value: Value) -> Result<Address, Trap> {
        match self.datum(value)? {
            Datum::Pointer(address) => Ok(address),
            Datum::Number(_) => Err(Trap::Invalid),
        }
    }

    /// Whether a pointer is null.
    pub(super) fn is_null(&self, value: Value) -> Result<bool, Trap> {
        Ok(self.address(value)? == Address::Null)
    }

    /// The bytes of a slot from a place on.
    fn stack(&mut self, depth: usize, slot: Slot, offset: u64) -> Result<&mut [u8], Trap> {
        let frame = self.stack.get_mut(depth).ok_or(Trap::Invalid)?;
        let bytes = frame.get_mut(slot.as_u32() as usize).ok_or(Trap::Invalid)?;
        let from = usize::try_from(offset).map_err(|_| Trap::Invalid)?;
        bytes.get_mut(from..).ok_or(Trap::Invalid)
    }

    fn read(&mut self, place: Place) -> Result<u64, Trap> {
        let mut number = [0; 8];
        let to = &mut number[..place.width.bytes() as usize];
        match self.address(place.pointer)?.plus(place.displacement.into())? {
            Address::Stack { depth, slot, offset } => {
                let bytes = self.stack(depth, slot, offset)?;
                to.copy_from_slice(bytes.get(..to.len()).ok_or(Trap::Invalid)?);
            }
            Address::Outside(from) => self.environment.read(from, to)?,
            _ => return Err(Trap::Invalid),
        }
        Ok(u64::from_le_bytes(number))
    }

    fn write(&mut self, place: Place, number: u64) -> Result<(), Trap> {
        let number = number.to_le_bytes();
        let from = &number[..place.width.bytes() as usize];
        match self.address(place.pointer)?.plus(place.displacement.into())? {
            Address::Stack { depth, slot, offset } => {
                let bytes = self.stack(depth, slot, offset)?;
                bytes.get_mut(..from.len()).ok_or(Trap::Invalid)?.copy_from_slice(from);
                Ok(())
            }
            Address::Outside(to) => self.environment.write(to, from),
            _ => Err(Trap::Invalid),
        }
    }

    /// An instruction about memory, maps, calls or the context; nothing for one without a result.
    pub(super) fn memory(&mut self, instruction: &Instruction, ty: Type) -> Result<Datum, Trap> {
        const NOTHING: Datum = Datum::Number(0);
        Ok(match *instruction {
            Instruction::Context => Datum::Pointer(Address::Context),
            Instruction::Map(map) => Datum::Pointer(Address::Map(map)),
            Instruction::Slot(slot) => {
                let depth = self.stack.len().saturating_sub(1);
                Datum::Pointer(Address::Stack { depth, slot, offset: 0 })
            }
            Instruction::Global { map, offset, .. } => {
                let handle = self.environment.global(map)?;
                Datum::Pointer(Address::Outside(Outside { handle, offset: offset.into() }))
            }
            Instruction::Part { pointer, displacement, .. } => {
                Datum::Pointer(self.address(pointer)?.plus(displacement.into())?)
            }
            Instruction::Index { pointer, index, .. } => {
                let index = self.get(index)?;
                Datum::Pointer(self.address(pointer)?.plus(index)?)
            }
            Instruction::Argument(index, _) => {
                *self.arguments.get(usize::from(index)).ok_or(Trap::Invalid)?
            }
            Instruction::Read(place) => Datum::Number(self.read(place)?),
            Instruction::Write(place, value) => {
                self.write(place, self.get(value)?)?;
                NOTHING
            }
            Instruction::Atomic { op, place, value, fetch } => {
                let old = self.read(place)?;
                let new = op.eval(place.width.result(), old, self.get(value)?);
                self.write(place, new)?;
                if fetch { Datum::Number(old) } else { NOTHING }
            }
            Instruction::CompareExchange { place, expected, value } => {
                let old = self.read(place)?;
                if old == self.get(expected)? {
                    self.write(place, self.get(value)?)?;
                }
                Datum::Number(old)
            }
            Instruction::Member(member) => Datum::Number(self.environment.member(&member)?),
            Instruction::SetMember(member, value) => {
                let number = self.get(value)?;
                self.environment.set_member(&member, number)?;
                NOTHING
            }
            Instruction::Call { helper, args, .. } => self.call(helper, args, ty)?,
            Instruction::Checkpoint(_) => NOTHING,
            Instruction::Invoke { function, args, .. } => self.invoke(function, args)?,
            _ => return Err(Trap::Invalid),
        })
    }

    /// Calls a helper; the bytes of the stack that it is given are handed to it as copies.
    fn call(&mut self, helper: &'static Helper, args: Args, ty: Type) -> Result<Datum, Trap> {
        let mut given = Vec::new();
        let mut places = Vec::new();
        for &value in args.as_slice() {
            let (argument, place) = match self.datum(value)? {
                Datum::Number(number) => (Given::Number(number), None),
                Datum::Pointer(Address::Context) => (Given::Context, None),
                Datum::Pointer(Address::Map(map)) => (Given::Map(map), None),
                Datum::Pointer(Address::Inner(map)) => (Given::Inner(map), None),
                Datum::Pointer(Address::Outside(outside)) => (Given::Outside(outside), None),
                Datum::Pointer(Address::Stack { depth, slot, offset }) => {
                    let bytes = self.stack(depth, slot, offset)?.to_vec();
                    (Given::Memory(bytes), Some((depth, slot, offset)))
                }
                Datum::Pointer(Address::Null) => return Err(Trap::Invalid),
            };
            given.push(argument);
            places.push(place);
        }
        let before = given.clone();
        let returned = self.environment.call(helper, &mut given)?;
        // Two of them may be copies of the same bytes.
        let changed = given.into_iter().zip(before).map(|(now, before)| (now != before, now));
        for (place, (changed, given)) in places.into_iter().zip(changed) {
            if let (true, Some((depth, slot, offset)), Given::Memory(bytes)) =
                (changed, place, given)
            {
                let to = self.stack(depth, slot, offset)?;
                to.get_mut(..bytes.len()).ok_or(Trap::Invalid)?.copy_from_slice(&bytes);
            }
        }
        Ok(match (returned, ty) {
            (Returned::Handle(handle), _) => {
                Datum::Pointer(Address::Outside(Outside { handle, offset: 0 }))
            }
            (Returned::Inner(map), _) => Datum::Pointer(Address::Inner(map)),
            (Returned::Number(_), Type::Pointer(_)) => Datum::Pointer(Address::Null),
            (Returned::Number(number), _) => Datum::Number(number),
        })
    }
}
