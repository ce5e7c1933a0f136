//! Runs functions on packets: the meaning that every other way of running them is compared with.

mod environment;
mod memory;

use std::fmt;

use cranelift_entity::{EntityRef, SecondaryMap};
use nbpfc_kernel::MAX_CALL_FRAMES;

use crate::entity::{Block, Func, Value};
use crate::function::{BlockData, Function, Module};
use crate::instruction::{Args, Instruction};
use crate::terminator::{BlockCall, Terminator};
use crate::types::{Type, Width};

pub use environment::{Environment, Given, Outside, Packet, Returned};
use memory::Address;

/// Why a run gave no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trap {
    /// The run was longer than it was allowed to be.
    OutOfFuel,
    /// The function is not valid: what it asks for has no meaning.
    Invalid,
    /// The function uses memory, maps or helpers, which this run does not have.
    Stateful,
    /// The program goes on in another, by the number that a map has for it.
    Elsewhere(u32),
}

impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OutOfFuel => "the run did not end in time",
            Self::Invalid => "the function is not valid",
            Self::Stateful => "the function has to be run with its maps",
            Self::Elsewhere(_) => "the program goes on in another",
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
    let mut packet = *packet;
    let mut run = Run::new(function, None, &mut packet, fuel);
    Ok(run.function()?.number()? as u32)
}

/// The result of a module's program in an environment, which it may change. Each instruction and
/// each block's end uses one unit of `fuel`.
///
/// # Errors
/// [`Trap::OutOfFuel`]; [`Trap::Stateful`] for what the environment has not; for a module that is
/// not valid also [`Trap::Invalid`].
pub fn interpret_program(
    module: &Module,
    program: Func,
    environment: &mut impl Environment,
    fuel: u64,
) -> Result<u32, Trap> {
    let function = module.functions.get(program.as_u32() as usize).ok_or(Trap::Invalid)?;
    let mut run = Run::new(function, Some(module), environment, fuel);
    Ok(run.function()?.number()? as u32)
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Datum {
    /// A number; of a view, where its window starts.
    Number(u64),
    Pointer(Address),
}

impl Datum {
    fn number(self) -> Result<u64, Trap> {
        match self {
            Self::Number(number) => Ok(number),
            Self::Pointer(_) => Err(Trap::Invalid),
        }
    }
}

enum Step {
    Next(Block),
    End(Datum),
}

struct Run<'a, E> {
    function: &'a Function,
    module: Option<&'a Module>,
    environment: &'a mut E,
    fuel: u64,
    /// Those defined so far.
    values: SecondaryMap<Value, Option<Datum>>,
    arguments: Vec<Datum>,
    /// The slots of the functions that run, the innermost last.
    stack: Vec<Vec<Vec<u8>>>,
}

impl<'a, E: Environment> Run<'a, E> {
    fn new(
        function: &'a Function,
        module: Option<&'a Module>,
        environment: &'a mut E,
        fuel: u64,
    ) -> Self {
        let values = SecondaryMap::new();
        let (arguments, stack) = (Vec::new(), Vec::new());
        Self { function, module, environment, fuel, values, arguments, stack }
    }

    /// Runs the function from its entry on.
    fn function(&mut self) -> Result<Datum, Trap> {
        if self.stack.len() == MAX_CALL_FRAMES {
            return Err(Trap::Invalid);
        }
        let slots = self.function.slots.values().map(|slot| vec![0; slot.size as usize]);
        self.stack.push(slots.collect());
        let mut block = *self.function.layout.first().ok_or(Trap::Invalid)?;
        let result = loop {
            match self.block(block)? {
                Step::Next(next) => block = next,
                Step::End(result) => break result,
            }
        };
        self.stack.pop();
        Ok(result)
    }

    /// Runs another function of the module.
    fn invoke(&mut self, callee: Func, args: Args) -> Result<Datum, Trap> {
        let module = self.module.ok_or(Trap::Stateful)?;
        let callee = module.functions.get(callee.as_u32() as usize).ok_or(Trap::Invalid)?;
        let arguments: Vec<Datum> =
            args.as_slice().iter().map(|arg| self.datum(*arg)).collect::<Result<_, _>>()?;
        let caller = std::mem::replace(&mut self.function, callee);
        let values = std::mem::replace(&mut self.values, SecondaryMap::new());
        let outer = std::mem::replace(&mut self.arguments, arguments);
        let result = self.function()?;
        (self.function, self.values, self.arguments) = (caller, values, outer);
        Ok(result)
    }

    fn burn(&mut self) -> Result<(), Trap> {
        self.fuel = self.fuel.checked_sub(1).ok_or(Trap::OutOfFuel)?;
        Ok(())
    }

    fn datum(&self, value: Value) -> Result<Datum, Trap> {
        self.values[value].ok_or(Trap::Invalid)
    }

    fn get(&self, value: Value) -> Result<u64, Trap> {
        self.datum(value)?.number()
    }

    fn data(&self, block: Block) -> Result<&'a BlockData, Trap> {
        let made = block.index() < self.function.block_count();
        made.then(|| self.function.block(block)).ok_or(Trap::Invalid)
    }

    /// Hands evidence to the block behind a question that holds.
    fn show(&mut self, block: Block, evidence: Datum) -> Result<Step, Trap> {
        let param = self.data(block)?.params.first().ok_or(Trap::Invalid)?;
        self.values[*param] = Some(evidence);
        Ok(Step::Next(block))
    }

    fn block(&mut self, block: Block) -> Result<Step, Trap> {
        let function = self.function;
        let data = self.data(block)?;
        for &inst in &data.insts {
            self.burn()?;
            let value = function.result(inst);
            let datum = self.instruction(function.inst(inst), function.ty(value))?;
            self.values[value] = Some(datum);
        }
        self.burn()?;
        match data.terminator.as_ref().ok_or(Trap::Invalid)? {
            Terminator::Jump(call) => self.jump(call),
            Terminator::Branch { compare, a, b, then, otherwise } => {
                let holds = compare.eval(self.get(*a)?, self.get(*b)?);
                self.jump(if holds { then } else { otherwise })
            }
            Terminator::Check { offset, length, ok, fail } => {
                // The sum of two 32-bit numbers does not wrap here.
                let start = offset.map_or(Ok(0), |offset| self.get(offset))?;
                let there = self.environment.packet().len() as u64;
                if start.saturating_add(u64::from(*length)) > there {
                    return self.jump(fail);
                }
                self.show(*ok, Datum::Number(start))
            }
            Terminator::Bound { value, low, high, inside, outside } => {
                let number = self.get(*value)?;
                if !(u64::from(*low)..=u64::from(*high)).contains(&number) {
                    return self.jump(outside);
                }
                self.show(*inside, Datum::Number(number))
            }
            Terminator::NonNull { pointer, some, none } => {
                if self.is_null(*pointer)? {
                    return self.jump(none);
                }
                let pointer = self.datum(*pointer)?;
                self.show(*some, pointer)
            }
            Terminator::Return(value) => Ok(Step::End(self.datum(*value)?)),
        }
    }

    /// Sets the parameters of a jump's target, all at once.
    fn jump(&mut self, call: &BlockCall) -> Result<Step, Trap> {
        let args: Vec<Datum> =
            call.args.iter().map(|arg| self.datum(*arg)).collect::<Result<_, _>>()?;
        let params = &self.data(call.block)?.params;
        for (param, arg) in params.iter().zip(args) {
            self.values[*param] = Some(arg);
        }
        Ok(Step::Next(call.block))
    }

    fn instruction(&mut self, instruction: &Instruction, ty: Type) -> Result<Datum, Trap> {
        Ok(Datum::Number(match *instruction {
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
            Instruction::Store { width, view, displacement, value } => {
                let number = self.get(value)?.to_le_bytes();
                let at = self.window(self.get(view)?, displacement, width)?;
                self.environment.store(at, &number[..width.bytes() as usize])?;
                0
            }
            Instruction::Meta(field) => self.environment.field(field).into(),
            ref other => return self.memory(other, ty),
        }))
    }

    /// Where bytes of a window are, if the packet has them.
    fn window(&self, window: u64, displacement: u32, width: Width) -> Result<usize, Trap> {
        let start = window.saturating_add(u64::from(displacement));
        let start = usize::try_from(start).map_err(|_| Trap::Invalid)?;
        let there = self.environment.packet().len();
        let fits = start.checked_add(width.bytes() as usize).is_some_and(|end| end <= there);
        if fits { Ok(start) } else { Err(Trap::Invalid) }
    }

    fn load(&self, window: u64, displacement: u32, width: Width) -> Result<u64, Trap> {
        let start = self.window(window, displacement, width)?;
        let bytes = self.environment.packet().get(start..).unwrap_or_default();
        let mut number = [0; 8];
        for (to, from) in number.iter_mut().zip(bytes).take(width.bytes() as usize) {
            *to = *from;
        }
        Ok(u64::from_le_bytes(number))
    }
}

#[cfg(test)]
mod tests;
