//! Compiled programs as the emulator runs them.

use std::fmt;

use nbpfc_emulator::{Engine, Error, ErrorKind, Global, Machine, Map, MapSpec};
use nbpfc_ir::MapData;
use nbpfc_isa::{Insn, Reg};
use nbpfc_kernel::MapKind;

use crate::link::{Slots, Tables};
use crate::session::Filter;

/// Why a program cannot be run offline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotOffline {
    /// The emulator does not have this map, or cannot fill it.
    Map(String),
    /// The emulator does not have an instruction, or the engine has not.
    Program(Error),
}

impl fmt::Display for NotOffline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Map(name) => write!(f, "the map `{name}` is not emulated"),
            Self::Program(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for NotOffline {}

/// A module's maps, as they are when its programs are loaded.
///
/// # Errors
/// The first map that is not emulated.
pub fn emulated_maps<'a>(
    maps: impl IntoIterator<Item = &'a MapData>,
) -> Result<Vec<Map>, NotOffline> {
    let make = |data: &MapData| {
        let mut map = Map::new(MapSpec {
            name: data.name.clone(),
            kind: data.kind,
            key_size: data.key_size,
            value_size: data.value_size,
            max_entries: data.max_entries,
            flags: data.flags,
        })?;
        for (key, held) in &data.holds {
            map.update(key, &held.as_u32().to_ne_bytes(), 0).ok()?;
        }
        for (key, value) in &data.elements {
            map.update(key, value, 0).ok()?;
        }
        if !data.data.is_empty() {
            map.update(&[0; 4], &data.data, 0).ok()?;
        }
        Some(map)
    };
    let made = maps.into_iter().map(|data| make(data).ok_or(NotOffline::Map(data.name.clone())));
    made.collect()
}

impl Filter {
    /// A machine that runs the program on packets: as machine code where that is possible, unless
    /// an engine is asked for. The machine's maps are the module's, in their order.
    ///
    /// # Errors
    /// What is not emulated, or not by this engine.
    pub fn machine(&self, engine: Option<Engine>) -> Result<Machine, NotOffline> {
        match engine {
            Some(engine) => self.machine_by(engine),
            None => match self.machine_by(Engine::Native) {
                Err(NotOffline::Program(Error { kind: ErrorKind::NotNative(_), .. })) => {
                    self.machine_by(Engine::Checked)
                }
                other => other,
            },
        }
    }

    /// As [`Self::machine`], of a program that may go on in others.
    pub(crate) fn machine_with(
        &self,
        others: &[&Self],
        slots: &[Slots],
        number: impl Fn(&str) -> Option<u32>,
    ) -> Result<Machine, NotOffline> {
        let mut maps = emulated_maps(self.module.maps.values())?;
        let own = maps.len() as u32;
        let names: Vec<&str> = self.module.maps.values().map(|map| map.name.as_str()).collect();
        for (name, slots) in slots {
            let map = names.iter().position(|other| other == name).and_then(|i| maps.get_mut(i));
            let Some(map) = map else { continue };
            for (index, program) in slots {
                let Some(number) = number(program) else { continue };
                let put = map.update(&index.to_ne_bytes(), &number.to_ne_bytes(), 0);
                put.map_err(|_| NotOffline::Map(name.clone()))?;
            }
        }
        let mut codes = Vec::new();
        for program in [self].iter().chain(others) {
            let tables = Tables::new(&program.code);
            codes.push(program.linked(&tables, maps.len() as u32));
            // Each has a map of its own for them, so that the number of a map does not change.
            let bytes = if tables.bytes.is_empty() { vec![0; 8] } else { tables.bytes };
            maps.extend(emulated_maps([&MapData::globals(bytes, true)])?);
        }
        debug_assert!(own as usize + codes.len() == maps.len(), "a map for each program's tables");
        let mut codes = codes.into_iter();
        let first = codes.next().unwrap_or_default();
        let hook = self.target.hook;
        let mut machine =
            Machine::with_maps(&first, maps, hook, Engine::Checked).map_err(NotOffline::Program)?;
        for code in codes {
            machine.add_program(&code, hook).map_err(NotOffline::Program)?;
        }
        Ok(machine)
    }

    fn machine_by(&self, engine: Engine) -> Result<Machine, NotOffline> {
        // By itself it has no others to go on in, and would do something else than in the kernel.
        let others = self.module.maps.values().find(|map| map.kind == MapKind::ProgArray);
        if let (Engine::Checked, Some(map)) = (engine, others) {
            return Err(NotOffline::Map(map.name.clone()));
        }
        let hook = self.target.hook;
        let tables = Tables::new(&self.code);
        if self.module.maps.is_empty() {
            let insns = tables.placed(&self.code, 0);
            let globals = vec![Global::constant(tables.bytes)];
            return Machine::with_globals(&insns, globals, hook, engine)
                .map_err(NotOffline::Program);
        }
        let mut maps = emulated_maps(self.module.maps.values())?;
        let insns = self.linked(&tables, maps.len() as u32);
        if !tables.bytes.is_empty() {
            maps.extend(emulated_maps([&MapData::globals(tables.bytes, true)])?);
        }
        Machine::with_maps(&insns, maps, hook, engine).map_err(NotOffline::Program)
    }

    /// The instructions, in which the descriptor of each map is its number in the module, and that
    /// of the constant tables is `table_map`.
    fn linked(&self, tables: &Tables, table_map: u32) -> Vec<Insn> {
        let mut insns = tables.placed(&self.code, table_map);
        for reference in &self.code.maps {
            let at = reference.insn as usize;
            let Some(slots) = insns.get_mut(at..at + 2) else { continue };
            let (register, map) = (Reg(slots[0].dst), reference.map.as_u32().cast_signed());
            slots.copy_from_slice(&match reference.offset {
                Some(offset) => Insn::ld_map_value(register, map, offset.cast_signed()),
                None => Insn::ld_map_fd(register, map),
            });
        }
        insns
    }
}
