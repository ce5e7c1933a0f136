//! The door: a program on a hook, run on packets by one of two engines.

use nbpfc_isa::{Insn, Reg};
use nbpfc_kernel::{ContextField, Hook};

use crate::checked::{Checked, Observer, Registers, Shown};
use crate::context::Layout;
use crate::error::{Error, ErrorKind, Fault};
use crate::global::Global;
use crate::maps::Map;
use crate::native::Native;
use crate::packet::Packet;
use crate::program::Program;
use crate::surroundings::Surroundings;

/// Instructions that a run may execute if nobody says otherwise; the number that the kernel's
/// verifier processes at most.
pub const BUDGET: u64 = 1_000_000;

/// How to execute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// As machine code. What it meets that it should not, the interpreter explains.
    Native,
    /// Interpret, checking everything.
    Checked,
}

/// One executed instruction, as [`Machine::trace`] shows it.
#[derive(Clone, Debug)]
pub struct Executed {
    /// The program's number: 0, or that of [`Machine::add_program`].
    pub program: u32,
    /// Index of its slot.
    pub pc: usize,
    /// Its first slot.
    pub insn: Insn,
    /// Registers that have another value than before.
    pub changed: Vec<(Reg, Shown)>,
}

/// A program ready to run on packets.
#[derive(Debug)]
pub struct Machine {
    /// Of its own program, and those that were added.
    insns: Vec<Vec<Insn>>,
    checked: Checked,
    native: Option<Native>,
    budget: u64,
}

impl Machine {
    /// Prepares a program for packets as `hook` sees them. Pseudo-calls must be resolved.
    ///
    /// # Errors
    /// [`Error`] names the first instruction that is none, leads out of the program, or needs what
    /// is not emulated; [`ErrorKind::NotNative`](crate::ErrorKind::NotNative) if only the engine
    /// cannot do it.
    pub fn new(insns: &[Insn], hook: &'static Hook, engine: Engine) -> Result<Self, Error> {
        Self::with_globals(insns, Vec::new(), hook, engine)
    }

    /// As [`Machine::new`], with global data: where an instruction wants an address in the value of
    /// a map, the map's descriptor is an index into `globals`.
    ///
    /// # Errors
    /// See [`Machine::new`]. There is no machine code for global data that is written.
    pub fn with_globals(
        insns: &[Insn],
        globals: Vec<Global>,
        hook: &'static Hook,
        engine: Engine,
    ) -> Result<Self, Error> {
        Self::prepare(insns, globals, Vec::new(), hook, engine)
    }

    /// As [`Machine::new`], with maps: where an instruction wants a map, or an address in the value
    /// of one, the map's descriptor is an index into `maps`.
    ///
    /// # Errors
    /// See [`Machine::new`]. There is no machine code for programs with maps.
    pub fn with_maps(
        insns: &[Insn],
        maps: Vec<Map>,
        hook: &'static Hook,
        engine: Engine,
    ) -> Result<Self, Error> {
        Self::prepare(insns, Vec::new(), maps, hook, engine)
    }

    fn prepare(
        insns: &[Insn],
        globals: Vec<Global>,
        maps: Vec<Map>,
        hook: &'static Hook,
        engine: Engine,
    ) -> Result<Self, Error> {
        let program = Program::decode(insns, hook, &globals, &maps)?;
        let layout = Layout::new(hook);
        let native = match engine {
            // A run that gives up is done again from its beginning, which must not have written.
            Engine::Native if !maps.is_empty() => {
                return Err(Error { pc: 0, kind: ErrorKind::NotNative("maps") });
            }
            Engine::Native => Some(Native::new(&program, &layout, &globals)?),
            Engine::Checked => None,
        };
        Ok(Self {
            insns: vec![insns.to_vec()],
            checked: Checked::new(program, layout, globals, maps),
            native,
            budget: BUDGET,
        })
    }

    /// Adds a program that others go on in: an array of programs holds its number. The machine's own
    /// program is number 0.
    ///
    /// # Errors
    /// See [`Machine::new`].
    pub fn add_program(&mut self, insns: &[Insn], hook: &'static Hook) -> Result<u32, Error> {
        let program = Program::decode(insns, hook, &[], &self.checked.state().maps)?;
        self.insns.push(insns.to_vec());
        Ok(self.checked.add_program(program))
    }

    /// The maps as the runs so far left them.
    pub fn maps(&self) -> &[Map] {
        &self.checked.state().maps
    }

    /// The same, to be filled before a run, or emptied of their records behind it.
    pub fn maps_mut(&mut self) -> &mut [Map] {
        &mut self.checked.state_mut().maps
    }

    /// What programs asked for, and what they wanted done.
    pub fn surroundings(&self) -> &Surroundings {
        &self.checked.state().around
    }

    /// The same, to be set before a run.
    pub fn surroundings_mut(&mut self) -> &mut Surroundings {
        &mut self.checked.state_mut().around
    }

    /// The packet as the last run left it, if that changed it.
    pub fn changed_packet(&self) -> Option<&[u8]> {
        self.checked.state().buffer.changed()
    }

    /// The words of a member of the context after the last run, which was on this packet, with their
    /// offsets; `None` if programs do not read it. Machine code takes no note of what it writes there.
    pub fn member(
        &mut self,
        packet: &Packet<'_>,
        member: &ContextField,
    ) -> Option<Vec<(u16, u32)>> {
        self.checked.member(packet, member)
    }

    /// Which engine runs it.
    pub fn engine(&self) -> Engine {
        if self.native.is_some() { Engine::Native } else { Engine::Checked }
    }

    /// Sets how many instructions a run may execute; machine code counts backward jumps only.
    pub fn set_budget(&mut self, budget: u64) {
        self.budget = budget;
    }

    /// Runs on a packet; the verdict is the lower half of `r0`.
    ///
    /// # Errors
    /// [`Fault`] if the program does what the kernel's verifier would not have let pass.
    pub fn run(&mut self, packet: &Packet<'_>) -> Result<u32, Fault> {
        // Machine code has the numbers of usual packets in it.
        let native = self.native.as_mut().filter(|_| packet.context.is_empty());
        self.checked.state_mut().buffer.reset();
        match native.and_then(|native| native.run(packet, self.budget)) {
            Some(verdict) => Ok(verdict),
            None => self.checked.run(packet, self.budget, ()),
        }
    }

    /// Instructions that the last run, trace or count executed in the checked interpreter.
    pub fn executed(&self) -> u64 {
        self.checked.executed()
    }

    /// Runs in the checked interpreter, whatever the engine, and shows every instruction after it
    /// was executed.
    ///
    /// # Errors
    /// As [`Machine::run`].
    pub fn trace(
        &mut self,
        packet: &Packet<'_>,
        show: &mut dyn FnMut(&Executed),
    ) -> Result<u32, Fault> {
        let tracer = Tracer { insns: &self.insns, program: 0, show };
        self.checked.run(packet, self.budget, tracer)
    }

    /// Runs in the checked interpreter, whatever the engine, and adds to `counts` how often the
    /// instruction at each slot was executed. Shorter `counts` leave the rest uncounted.
    ///
    /// # Errors
    /// As [`Machine::run`].
    pub fn count(&mut self, packet: &Packet<'_>, counts: &mut [u64]) -> Result<u32, Fault> {
        self.checked.run(packet, self.budget, counts)
    }
}

struct Tracer<'a> {
    insns: &'a [Vec<Insn>],
    program: u32,
    show: &'a mut dyn FnMut(&Executed),
}

impl Observer for Tracer<'_> {
    const WATCHES: bool = true;

    fn before(&mut self, _: usize) {}

    fn after(&mut self, pc: usize, before: &Registers, after: &Registers) {
        let program = self.program;
        let insns = self.insns.get(program as usize);
        let Some(insn) = insns.and_then(|insns| insns.get(pc).copied()) else { return };
        let changed = (0..)
            .zip(before.iter().zip(after))
            .filter(|(_, (before, after))| before != after)
            .map(|(register, (_, after))| (Reg(register), Shown::from(*after)))
            .collect();
        (self.show)(&Executed { program, pc, insn, changed });
    }

    fn elsewhere(&mut self, program: u32) {
        self.program = program;
    }
}
