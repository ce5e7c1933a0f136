//! Who runs programs and keeps their maps: the emulator here, the kernel elsewhere.

use std::collections::BTreeMap;

use nbpfc_emulator::{Machine, Map, Packet, Sent};
use nbpfc_kernel::{Hook, MapKind};

use super::coverage::Reached;
use crate::nbp::Programs;

/// `-E2BIG`, of maps that are full and numbers beyond an array.
const TOO_BIG: i64 = -7;

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What the program returned.
    pub verdict: u32,
    /// The packet afterwards, from the hook's layer on.
    pub packet: Vec<u8>,
    /// What it asked to be done with the packet, in order; `None` where nobody tells, as the kernel
    /// does not: `BPF_PROG_TEST_RUN` gives the verdict, and where the packet goes stays in
    /// `struct bpf_redirect_info`.
    pub sent: Option<Vec<Sent>>,
    /// Words of the context afterwards, by their offsets: those that this runner tells.
    pub context: BTreeMap<u16, u32>,
}

impl Outcome {
    /// Whether another one is the same, as far as both tell.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        let context = self.context.iter();
        (self.verdict, &self.packet) == (other.verdict, &other.packet)
            && context.clone().all(|(at, word)| other.context.get(at).is_none_or(|w| w == word))
    }
}

/// Somebody who runs the programs of one module, which share their maps.
///
/// Maps are named by their number in the modules of the programs. An error is a sentence that says
/// what could not be done.
pub trait Runner {
    /// What messages call it.
    fn name(&self) -> &'static str;

    /// Runs a program on a packet; `None` if it does not take the packet.
    ///
    /// # Errors
    /// What went wrong; the test cannot go on.
    fn run(&mut self, program: usize, packet: &Packet<'_>) -> Result<Option<Outcome>, String>;

    /// The bytes under a key; of a queue or a stack, which have none, the next ones.
    ///
    /// # Errors
    /// What went wrong.
    fn get(&mut self, map: usize, key: &[u8]) -> Result<Option<Vec<u8>>, String>;

    /// Whether a Bloom filter has these bytes.
    ///
    /// # Errors
    /// What went wrong.
    fn has(&mut self, map: usize, value: &[u8]) -> Result<bool, String>;

    /// Sets the bytes under a key; `false` where they are the number of something that it does not
    /// have, such as an interface.
    ///
    /// # Errors
    /// What went wrong, such as that there is no room.
    fn set(&mut self, map: usize, key: &[u8], value: &[u8]) -> Result<bool, String>;

    /// The oldest record of a ring buffer that nobody took.
    ///
    /// # Errors
    /// What went wrong.
    fn event(&mut self, map: usize) -> Result<Option<Vec<u8>>, String>;

    /// Lets time go on.
    ///
    /// # Errors
    /// What went wrong.
    fn advance(&mut self, nanoseconds: u64) -> Result<(), String>;

    /// Takes note that a test expects of a field what this runner does not tell.
    fn untold(&mut self, field: &str) {
        let _ = field;
    }
}

/// The emulator, with one machine for each program; the maps go from one to the next.
pub(super) struct Emulated<'r> {
    machines: Vec<Machine>,
    /// The module's programs by their numbers in each machine.
    numbers: Vec<Vec<usize>>,
    /// The machine that has the maps.
    current: usize,
    hooks: Vec<&'static Hook>,
    maps: usize,
    events: Vec<std::collections::VecDeque<Vec<u8>>>,
    reached: Option<&'r mut Reached>,
}

impl<'r> Emulated<'r> {
    pub(super) fn new(
        programs: &Programs,
        reached: Option<&'r mut Reached>,
    ) -> Result<Self, String> {
        let machines = programs.programs.iter().map(|program| {
            let engine = Some(nbpfc_emulator::Engine::Checked);
            let cannot = |error| format!("`{}` cannot be run offline: {error}", program.name);
            programs.machine(program, engine).map_err(cannot)
        });
        let machines = machines.collect::<Result<Vec<_>, _>>()?;
        let numbers = programs.programs.iter().map(|program| {
            programs.run_with(program).into_iter().map(|(index, _)| index).collect()
        });
        let numbers = numbers.collect();
        let maps = programs.programs.first().map_or(0, |one| one.code.module.maps.len());
        let events = vec![std::collections::VecDeque::new(); maps];
        let hooks = programs.programs.iter().map(|program| program.code.target.hook).collect();
        Ok(Self { machines, numbers, current: 0, hooks, maps, events, reached })
    }

    /// Hands the maps and the time to the machine of a program.
    fn switch(&mut self, to: usize) {
        if to == self.current {
            return;
        }
        let (low, high) = (to.min(self.current), to.max(self.current));
        let (first, rest) = self.machines.split_at_mut(high);
        let (Some(a), Some(b)) = (first.get_mut(low), rest.first_mut()) else { return };
        let around = a.surroundings().clone();
        let other = b.surroundings().clone();
        // The tables of constants behind the maps are each program's own.
        for (ours, theirs) in a.maps_mut().iter_mut().zip(b.maps_mut()).take(self.maps) {
            // Programs stand in them by each machine's numbers.
            if ours.spec().kind != MapKind::ProgArray {
                std::mem::swap(ours, theirs);
            }
        }
        *a.surroundings_mut() = other;
        *b.surroundings_mut() = around;
        self.current = to;
    }

    fn map(&mut self, map: usize) -> Result<&mut Map, String> {
        let machine = self.machines.get_mut(self.current);
        let map = machine.and_then(|machine| machine.maps_mut().get_mut(map));
        map.ok_or_else(|| "there is no such map".to_owned())
    }
}

impl Runner for Emulated<'_> {
    fn name(&self) -> &'static str {
        "the emulator"
    }

    fn run(&mut self, program: usize, packet: &Packet<'_>) -> Result<Option<Outcome>, String> {
        self.switch(program);
        let Some(machine) = self.machines.get_mut(program) else {
            return Err("there is no such program".to_owned());
        };
        let verdict = match &mut self.reached {
            Some(reached) => {
                let numbers = self.numbers.get(program).map_or(&[][..], Vec::as_slice);
                machine.trace(packet, &mut |step| {
                    if let Some(program) = numbers.get(step.program as usize) {
                        reached.step(*program, step.pc);
                    }
                })
            }
            None => machine.run(packet),
        };
        let verdict = verdict.map_err(|fault| fault.to_string())?;
        let members = self.hooks.get(program).into_iter().flat_map(|hook| hook.context.fields);
        let context =
            members.filter_map(|member| machine.member(packet, member)).flatten().collect();
        let packet = machine.changed_packet().unwrap_or(packet.data).to_vec();
        let sent = Some(machine.surroundings().sent.clone());
        Ok(Some(Outcome { verdict, packet, sent, context }))
    }

    fn get(&mut self, map: usize, key: &[u8]) -> Result<Option<Vec<u8>>, String> {
        Ok(self.map(map)?.get(key))
    }

    fn has(&mut self, map: usize, value: &[u8]) -> Result<bool, String> {
        Ok(self.map(map)?.has(value))
    }

    fn set(&mut self, map: usize, key: &[u8], value: &[u8]) -> Result<bool, String> {
        let set = self.map(map)?.update(key, value, 0);
        set.map(|()| true).map_err(|code| match code {
            TOO_BIG => "the map has no such place, or no room for it".to_owned(),
            code => format!("the map does not take it (error {code})"),
        })
    }

    fn event(&mut self, map: usize) -> Result<Option<Vec<u8>>, String> {
        let found = self.map(map)?;
        if !matches!(found.spec().kind, MapKind::RingBuf | MapKind::PerfEventArray) {
            return Ok(None);
        }
        let new = found.take_records();
        let Some(events) = self.events.get_mut(map) else { return Ok(None) };
        events.extend(new);
        Ok(events.pop_front())
    }

    fn advance(&mut self, nanoseconds: u64) -> Result<(), String> {
        if let Some(machine) = self.machines.get_mut(self.current) {
            let time = &mut machine.surroundings_mut().time;
            *time = time.saturating_add(nanoseconds);
        }
        Ok(())
    }
}
