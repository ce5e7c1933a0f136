//! Runs a function on a packet: the meaning that every other way of running it is compared with.

use std::fmt;

use cranelift_entity::{EntityRef, SecondaryMap};
use nbpfc_kernel::Field;

use crate::entity::{Block, Value};
use crate::function::{BlockData, Function};
use crate::instruction::Instruction;
use crate::terminator::{BlockCall, Terminator};
use crate::types::{Type, Width};

/// What a function may look at.
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

/// Why a run gave no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trap {
    /// The run was longer than it was allowed to be.
    OutOfFuel,
    /// The function is not valid: what it asks for has no meaning.
    Invalid,
    /// The function uses memory, maps or helpers, which this run does not have.
    Stateful,
}

impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OutOfFuel => "the run did not end in time",
            Self::Invalid => "the function is not valid",
            Self::Stateful => "the function has to be run with its maps",
        })
    }
}

impl std::error::Error for Trap {}

/// The result of `function` for a packet. Each instruction and each block's end uses one unit of
/// `fuel`.
///
/// # Errors
/// [`Trap::OutOfFuel`]; [`Trap::Stateful`] for a function that does more than compute; for one
/// that is not valid also [`Trap::Invalid`].
pub fn interpret(function: &Function, packet: &Packet<'_>, fuel: u64) -> Result<u32, Trap> {
    let mut run = Run { function, packet, fuel, values: SecondaryMap::new() };
    let mut block = *function.layout.first().ok_or(Trap::Invalid)?;
    loop {
        match run.block(block)? {
            Step::Next(next) => block = next,
            Step::End(result) => return Ok(result),
        }
    }
}

enum Step {
    Next(Block),
    End(u32),
}

struct Run<'a> {
    function: &'a Function,
    packet: &'a Packet<'a>,
    fuel: u64,
    /// The numbers of those defined so far; of a view, where its window starts.
    values: SecondaryMap<Value, Option<u64>>,
}

impl<'a> Run<'a> {
    fn burn(&mut self) -> Result<(), Trap> {
        self.fuel = self.fuel.checked_sub(1).ok_or(Trap::OutOfFuel)?;
        Ok(())
    }

    fn get(&self, value: Value) -> Result<u64, Trap> {
        self.values[value].ok_or(Trap::Invalid)
    }

    fn data(&self, block: Block) -> Result<&'a BlockData, Trap> {
        let made = block.index() < self.function.block_count();
        made.then(|| self.function.block(block)).ok_or(Trap::Invalid)
    }

    fn block(&mut self, block: Block) -> Result<Step, Trap> {
        let function = self.function;
        let data = self.data(block)?;
        for &inst in &data.insts {
            self.burn()?;
            let value = function.result(inst);
            let number = self.instruction(function.inst(inst), function.ty(value))?;
            self.values[value] = Some(number);
        }
        self.burn()?;
        match data.terminator.as_ref().ok_or(Trap::Invalid)? {
            Terminator::Jump(call) => self.call(call),
            Terminator::Branch { compare, a, b, then, otherwise } => {
                let holds = compare.eval(self.get(*a)?, self.get(*b)?);
                self.call(if holds { then } else { otherwise })
            }
            Terminator::Check { offset, length, ok, fail } => {
                // The sum of two 32-bit numbers does not wrap here.
                let start = offset.map_or(Ok(0), |offset| self.get(offset))?;
                if start.saturating_add(u64::from(*length)) > self.packet.data.len() as u64 {
                    return self.call(fail);
                }
                let view = self.data(*ok)?.params.first().ok_or(Trap::Invalid)?;
                self.values[*view] = Some(start);
                Ok(Step::Next(*ok))
            }
            Terminator::Bound { value, low, high, inside, outside } => {
                let number = self.get(*value)?;
                if !(u64::from(*low)..=u64::from(*high)).contains(&number) {
                    return self.call(outside);
                }
                let param = self.data(*inside)?.params.first().ok_or(Trap::Invalid)?;
                self.values[*param] = Some(number);
                Ok(Step::Next(*inside))
            }
            Terminator::NonNull { .. } => Err(Trap::Stateful),
            Terminator::Return(value) => Ok(Step::End(self.get(*value)? as u32)),
        }
    }

    /// Sets the parameters of a jump's target, all at once.
    fn call(&mut self, call: &BlockCall) -> Result<Step, Trap> {
        let args: Vec<u64> =
            call.args.iter().map(|arg| self.get(*arg)).collect::<Result<_, _>>()?;
        let params = &self.data(call.block)?.params;
        for (param, arg) in params.iter().zip(args) {
            self.values[*param] = Some(arg);
        }
        Ok(Step::Next(call.block))
    }

    fn instruction(&self, instruction: &Instruction, ty: Type) -> Result<u64, Trap> {
        Ok(match *instruction {
            Instruction::Table { width, table, index } => {
                let made = table.index() < self.function.table_count();
                let data = made.then(|| self.function.table(table)).ok_or(Trap::Invalid)?;
                data.get(width, self.get(index)?)
            }
            Instruction::Const(_, number) => number,
            Instruction::Unary(op, a) => op.eval(self.function.ty(a), self.get(a)?),
            Instruction::Binary(op, a, b) => op.eval(ty, self.get(a)?, self.get(b)?),
            Instruction::Load { width, view, displacement } => {
                self.load(self.get(view)?, displacement, width)?
            }
            Instruction::Meta(field) => u64::from(match field {
                Field::Length => self.packet.length,
                Field::InterfaceIndex => self.packet.interface,
                Field::PacketType => self.packet.packet_type,
                Field::VlanPresent => u32::from(self.packet.tag.is_some()),
                Field::VlanTci => u32::from(self.packet.tag.unwrap_or(0)),
            }),
            _ => return Err(Trap::Stateful),
        })
    }

    fn load(&self, window: u64, displacement: u32, width: Width) -> Result<u64, Trap> {
        let start = window.saturating_add(u64::from(displacement));
        let start = usize::try_from(start).map_err(|_| Trap::Invalid)?;
        let bytes =
            self.packet.data.get(start..).and_then(|rest| rest.get(..width.bytes() as usize));
        let mut number = [0; 8];
        let bytes = bytes.ok_or(Trap::Invalid)?;
        number[..bytes.len()].copy_from_slice(bytes);
        Ok(u64::from_le_bytes(number))
    }
}

#[cfg(test)]
mod tests;
