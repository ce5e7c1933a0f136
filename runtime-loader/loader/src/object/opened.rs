//! An object before it is loaded: parameters, sizes, what is to be there.

use std::collections::BTreeSet;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nbpfc_btf::{Btf as Types, Type, Value};
use nbpfc_isa::{Insn, Reg};
use nbpfc_object::{Contents, ExternKind, Linked, Object, Program as Code, Slot, Target};

use super::collection::{Collection, MapInKernel, no_such};
use super::core;
use super::device;
use super::externs::{self, Configuration, Modules, Symbol};
use super::maps;
use super::missing;
use super::plan::{MapPlan, ProgramPlan};
use super::poison::Poison;
use super::types::InKernel;
use super::variable::{Variable, variables};
use crate::config::KernelConfig;
use crate::error::Error;
use crate::file;
use crate::interface::Interface;
use crate::kernel_types::{Found, KernelTypes};
use crate::map::Map;
use crate::program::{LoadOptions, Program};

/// Where maps are pinned that an object says are to be.
const PINS: &str = "/sys/fs/bpf";

/// An object that is to be loaded.
#[derive(Debug)]
pub struct Opened {
    object: Object,
    maps: Vec<MapPlan>,
    programs: Vec<ProgramPlan>,
    variables: Vec<Variable>,
    kernel: Option<Arc<KernelTypes>>,
    config: Option<Arc<KernelConfig>>,
    pins: PathBuf,
    device: Option<Interface>,
}

impl Opened {
    /// Any object: of the compiler, or read from a file.
    pub fn new(object: Object) -> Self {
        Self {
            maps: object.maps.iter().map(MapPlan::new).collect(),
            programs: object.programs.iter().map(ProgramPlan::new).collect(),
            variables: variables(&object),
            object,
            kernel: None,
            config: None,
            pins: PINS.into(),
            device: None,
        }
    }

    /// Reads an ELF file, of this compiler or of clang.
    ///
    /// # Errors
    /// [`Error::Object`] with what is wrong with the bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let object = Object::from_elf(bytes).map_err(|error| Error::Object(error.to_string()))?;
        Ok(Self::new(object))
    }

    /// As [`Opened::parse`], from a path.
    ///
    /// # Errors
    /// [`Error::File`] with the path and what is wrong.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Ok(Self::new(file::read(path, Object::from_elf)?))
    }

    /// The object as it is now.
    pub fn object(&self) -> &Object {
        &self.object
    }

    /// Types of a kernel that does not show its own, or of another one.
    pub fn set_kernel_types(&mut self, types: Arc<KernelTypes>) {
        self.kernel = Some(types);
    }

    /// Values of `CONFIG_…` instead of those that the kernel shows.
    pub fn set_kernel_config(&mut self, config: Arc<KernelConfig>) {
        self.config = Some(config);
    }

    /// The directory in which maps are pinned that are to be by their names; at first
    /// `/sys/fs/bpf`. It must be there and in a BPF file system.
    pub fn set_pin_directory(&mut self, directory: &Path) {
        self.pins = directory.into();
    }

    /// Has the card of this interface run the programs and keep the maps: few do (`nfp`, and
    /// `netdevsim` that runs nothing). Attaching then needs [`XdpMode::Offload`](crate::XdpMode).
    pub fn set_device(&mut self, interface: &Interface) {
        self.device = Some(interface.clone());
    }

    /// What is to become of the map of a name.
    ///
    /// # Errors
    /// [`Error::NoSuch`].
    pub fn map(&mut self, name: &str) -> Result<&mut MapPlan, Error> {
        let index = self.object.maps.iter().position(|map| map.name == name);
        let names = self.object.maps.iter().map(|map| map.name.as_str());
        let missing = || no_such("map", name, names);
        index.and_then(|index| self.maps.get_mut(index)).ok_or_else(missing)
    }

    /// What is to become of the program of a name.
    ///
    /// # Errors
    /// [`Error::NoSuch`].
    pub fn program(&mut self, name: &str) -> Result<&mut ProgramPlan, Error> {
        let index = self.object.programs.iter().position(|program| program.name == name);
        let names = self.object.programs.iter().map(|program| program.name.as_str());
        let missing = || no_such("program", name, names);
        index.and_then(|index| self.programs.get_mut(index)).ok_or_else(missing)
    }

    /// Has these programs loaded, those that they may go on in by their maps of programs, and no
    /// others.
    ///
    /// # Errors
    /// [`Error::NoSuch`].
    pub fn only(&mut self, names: &[&str]) -> Result<(), Error> {
        self.programs.iter_mut().for_each(|plan| plan.load = false);
        for name in names {
            self.program(name)?.load = true;
        }
        Ok(())
    }

    /// The global variables, parameters among them.
    pub fn variables(&self) -> &[Variable] {
        &self.variables
    }

    fn variable(&self, name: &str) -> Result<(&Variable, &Types), Error> {
        let found = self.variables.iter().find(|variable| variable.name == name);
        let names = self.variables.iter().map(|variable| variable.name.as_str());
        let variable = found.ok_or_else(|| no_such("variable", name, names))?;
        let types = self.object.btf.as_ref();
        Ok((variable, types.ok_or_else(|| Error::Object("it has no types".to_owned()))?))
    }

    /// Sets a global variable, which programs then begin with; what they cannot change the
    /// verifier takes for a constant.
    ///
    /// # Errors
    /// [`Error::NoSuch`]; [`Error::Value`] for a value that does not fit its type.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) -> Result<(), Error> {
        let (variable, types) = self.variable(name)?;
        let encoded = value.into().encode(types, variable.ty);
        let encoded =
            encoded.map_err(|mismatch| Error::Value { name: name.to_owned(), mismatch })?;
        let (map, offset) = (variable.map, variable.offset);
        let place = match self.object.maps.get_mut(map).map(|map| &mut map.contents) {
            Some(Contents::Data(bytes)) => bytes.get_mut(offset..offset + encoded.len()),
            _ => None,
        };
        let outside = || Error::Object(format!("variable `{name}` is outside of its section"));
        place.ok_or_else(outside)?.copy_from_slice(&encoded);
        Ok(())
    }

    /// As [`Opened::set`], from text as people write it; see [`Value::parse`].
    ///
    /// # Errors
    /// As for [`Opened::set`].
    pub fn set_text(&mut self, name: &str, text: &str) -> Result<(), Error> {
        let (variable, types) = self.variable(name)?;
        let value = Value::parse(types, variable.ty, text)
            .map_err(|mismatch| Error::Value { name: name.to_owned(), mismatch })?;
        self.set(name, value)
    }

    /// As [`Opened::set_text`], from `NAME=VALUE`.
    ///
    /// # Errors
    /// As for [`Opened::set`]; [`Error::Argument`] without `=`.
    pub fn set_assignment(&mut self, assignment: &str) -> Result<(), Error> {
        let missing = Error::Argument("a variable is set by NAME=VALUE");
        let (name, text) = assignment.split_once('=').ok_or(missing)?;
        self.set_text(name.trim(), text)
    }

    /// The programs that are loaded: those that are asked for, and those that they may go on in.
    fn chosen(&self) -> Vec<usize> {
        let mut load: Vec<bool> = self.programs.iter().map(|plan| plan.load).collect();
        let mut work: Vec<usize> = (0..load.len()).filter(|index| load[*index]).collect();
        while let Some(index) = work.pop() {
            let codes = self.object.programs.get(index).into_iter().chain(&self.object.subprograms);
            for relocation in codes.flat_map(|code| &code.relocations) {
                let Target::Map(map) = relocation.target else { continue };
                let contents = self.object.maps.get(map).map(|map| &map.contents);
                let Some(Contents::Slots(slots)) = contents else { continue };
                for (_, slot) in slots {
                    if let Slot::Program(next) = *slot
                        && let Some(load) = load.get_mut(next)
                        && !std::mem::replace(load, true)
                    {
                        work.push(next);
                    }
                }
            }
        }
        (0..load.len()).filter(|index| load[*index]).collect()
    }

    /// Loads maps and programs. If one is refused none stays.
    ///
    /// # Errors
    /// [`Error::Program`] and [`Error::Map`] with the name and why; [`Error::Externs`] for what
    /// the kernel does not define; [`Error::Object`] for an object that does not hold together.
    pub fn load(mut self) -> Result<Collection, Error> {
        let chosen = self.chosen();
        let linked = chosen.iter().map(|index| self.object.link(*index));
        let linked: Vec<Linked> =
            linked.collect::<Result<_, _>>().map_err(|error| Error::Object(error.to_string()))?;
        if let Some(device) = &self.device {
            device::check(&self.object, &self.maps, device)?;
        }
        let used = self.used(&linked);
        let kernel = self.kernel_types(&chosen, &linked, &used)?;
        let config = self.kernel_config()?;
        let mut configuration = Configuration::default();
        let symbols = externs::find(
            &self.object,
            &used,
            kernel.as_deref(),
            config.as_deref(),
            &mut configuration,
        )?;

        let types = self.object.btf.as_ref();
        let types = types.map(|types| externs::types_for_kernel(types, &configuration));
        let types = types.map(|types| InKernel::load(&types, &linked)).transpose()?.flatten();
        let in_kernel = types.as_ref().map(|types| &types.btf);
        let mut unpinned = Vec::new();
        let device = self.device.as_ref().map_or(0, |device| device.index);
        let place = maps::Place { types: in_kernel, pins: &self.pins, device };
        let maps = maps::create(&self.object, &mut self.maps, place, &mut unpinned)?;
        let is_map = |slot: &Slot| matches!(slot, Slot::Map(_));
        maps::fill(&self.object, &maps, is_map, |_| None)?;
        let settings = match &configuration.bytes[..] {
            [] => None,
            bytes => Some(maps::settings(bytes)?),
        };

        let setting = Setting {
            object: &self.object,
            kernel: kernel.as_deref(),
            symbols: &symbols,
            maps: &maps,
            settings: settings.as_ref(),
            types: types.as_ref(),
            device,
        };
        let mut programs: Vec<(usize, Program)> = Vec::new();
        for (at, (index, code)) in chosen.iter().zip(linked).enumerate() {
            let name = || self.object.programs[*index].name.clone();
            let program =
                setting.load(&self.object.programs[*index], at, code, &self.programs[*index]);
            let program =
                program.map_err(|error| Error::Program { name: name(), error: Box::new(error) })?;
            programs.push((*index, program));
        }
        let loaded = |index: usize| {
            programs.iter().find(|(known, _)| *known == index).map(|(_, program)| program.as_fd())
        };
        maps::fill(&self.object, &maps, |slot| !is_map(slot), loaded)?;
        // Last of all: what is pinned stays when the rest is refused.
        maps::pin(&self.object, &maps, &unpinned)?;

        let named = self.object.maps.into_iter().zip(maps);
        let named = named.map(|(definition, map)| MapInKernel {
            name: definition.name,
            map,
            key: definition.key,
            value: definition.value,
        });
        Ok(Collection {
            maps: named.collect(),
            programs: programs
                .into_iter()
                .map(|(index, program)| (self.object.programs[index].name.clone(), program))
                .collect(),
            variables: self.variables,
            types: self.object.btf.map(Arc::new),
        })
    }

    /// Which externs the programs that are loaded name.
    fn used(&self, linked: &[Linked]) -> Vec<bool> {
        let targets = linked.iter().flat_map(|code| &code.relocations);
        let used: BTreeSet<usize> = targets
            .filter_map(|relocation| match relocation.target {
                Target::Extern(index) => Some(index),
                _ => None,
            })
            .collect();
        (0..self.object.externs.len()).map(|index| used.contains(&index)).collect()
    }

    /// The kernel's types, if anything asks for them: reading them takes longer than all else.
    fn kernel_types(
        &self,
        chosen: &[usize],
        linked: &[Linked],
        used: &[bool],
    ) -> Result<Option<Arc<KernelTypes>>, Error> {
        let fits = linked.iter().any(|code| core::asks_kernel(&code.core));
        let named = self.object.externs.iter().zip(used).any(|(symbol, used)| {
            let types = self.object.btf.as_ref();
            *used && types.is_some_and(|types| externs::asks_kernel(symbol, types))
        });
        let attached = chosen.iter().any(|index| {
            let plan = &self.programs[*index];
            plan.kernel_type.is_some() && plan.attach_program.is_none()
        });
        match &self.kernel {
            _ if !(fits || named || attached) => Ok(None),
            Some(given) => Ok(Some(given.clone())),
            None => KernelTypes::running().map(Some),
        }
    }

    /// The kernel's configuration, if anything asks for it.
    fn kernel_config(&self) -> Result<Option<Arc<KernelConfig>>, Error> {
        let asks = |name: &str| name.starts_with("CONFIG_");
        let mut asked = self
            .object
            .externs
            .iter()
            .filter(|symbol| symbol.kind == ExternKind::Config && asks(&symbol.name));
        match &self.config {
            Some(given) => Ok(Some(given.clone())),
            None if asked.next().is_none() => Ok(None),
            None => match KernelConfig::running() {
                Ok(config) => Ok(Some(config)),
                // Who copes with a setting that is not there copes with none at all.
                Err(_) if asked.all(|symbol| symbol.weak) => Ok(None),
                Err(error) => Err(error),
            },
        }
    }
}

/// What programs are loaded into.
struct Setting<'a> {
    object: &'a Object,
    kernel: Option<&'a KernelTypes>,
    symbols: &'a [Option<Symbol<'a>>],
    maps: &'a [Option<Map>],
    settings: Option<&'a Map>,
    types: Option<&'a InKernel>,
    device: u32,
}

impl Setting<'_> {
    fn load(
        &self,
        code: &Code,
        at: usize,
        linked: Linked,
        plan: &ProgramPlan,
    ) -> Result<Program, Error> {
        let untyped =
            || Error::Object(format!("its section \"{}\" says no type of program", code.section));
        let program_type = plan.program_type.ok_or_else(untyped)?;
        let mut insns = linked.insns;
        let mut poison = Poison::default();
        if let Some(local) = &self.object.btf {
            let none = KernelTypes::new(Types::default());
            let kernel = self.kernel.unwrap_or(&none);
            core::fit(&mut insns, &linked.core, local, kernel, &mut poison)?;
        }
        let mut modules = Modules::default();
        for relocation in &linked.relocations {
            let place = relocation.insn;
            self.relocate(&mut insns, place, relocation.target, &mut modules, &mut poison)
                .ok_or_else(|| Error::Object(format!("instruction {place} names nothing")))?;
        }
        let attached = self.attached(plan)?;
        let (btf_id, object) = match (&plan.attach_program, &attached) {
            (Some((program, id)), _) => (*id, Some(program.as_fd())),
            (None, Some(found)) => (found.id.0, found.module.map(|module| module.descriptor())),
            (None, None) => (0, None),
        };
        // The first is not used; any descriptor will do.
        let first = self.types.map(|types| types.btf.as_fd());
        let others = modules.modules.iter().map(|module| module.descriptor());
        let descriptors: Vec<BorrowedFd<'_>> = match modules.modules.len() {
            0 => Vec::new(),
            _ => first.into_iter().chain(others).collect(),
        };
        let options = LoadOptions {
            attach_type: plan.attach_type,
            flags: plan.flags,
            name: &code.name,
            license: &self.object.license,
            btf: self.types.and_then(|types| types.info(at)),
            attach_btf_id: btf_id,
            attach_program: object,
            descriptors: &descriptors,
            device: self.device,
            log_level: plan.log_level,
            ..LoadOptions::new(program_type, &insns)
        };
        Program::load(&options).map_err(|error| {
            let missing = poison.explain(error.log()).map(str::to_owned);
            match missing.or_else(|| missing::of(&error, &insns, program_type)) {
                Some(what) => Error::Missing { what, log: error.log().to_owned() },
                None => error,
            }
        })
    }

    fn relocate<'a>(
        &'a self,
        insns: &mut [Insn],
        at: usize,
        target: Target,
        modules: &mut Modules<'a>,
        poison: &mut Poison,
    ) -> Option<()> {
        let dst = Reg(insns.get(at)?.dst);
        let (index, offset) = match target {
            Target::Map(index) => (index, None),
            Target::MapValue { map, offset } => (map, Some(offset)),
            Target::Extern(index) => {
                let symbol = (*self.symbols.get(index)?)?;
                let name = &self.object.externs.get(index)?.name;
                let Symbol::Config(offset) = symbol else {
                    return externs::put(insns, at, name, symbol, modules, poison);
                };
                let descriptor = self.settings?.as_fd().as_raw_fd();
                let address = Insn::ld_map_value(dst, descriptor, offset.cast_signed());
                insns.get_mut(at..at + 2)?.copy_from_slice(&address);
                return Some(());
            }
            Target::Subprogram(_) => return None,
        };
        let Some(map) = self.maps.get(index)? else {
            let name = &self.object.maps.get(index)?.name;
            poison.put(insns, at, format!("map `{name}`, which was not to be created"));
            return Some(());
        };
        let descriptor = map.as_fd().as_raw_fd();
        let address = match offset {
            None => Insn::ld_map_fd(dst, descriptor),
            Some(offset) => Insn::ld_map_value(dst, descriptor, offset.cast_signed()),
        };
        insns.get_mut(at..at + 2)?.copy_from_slice(&address);
        Some(())
    }

    /// The function or trace point of the kernel that a program is for.
    fn attached(&self, plan: &ProgramPlan) -> Result<Option<Found<'_>>, Error> {
        let (Some(prefix), None) = (plan.kernel_type, &plan.attach_program) else {
            return Ok(None);
        };
        let Some(kernel) = self.kernel else { return Ok(None) };
        let name = format!("{prefix}{}", plan.attach_to);
        let found = if prefix == "btf_trace_" {
            kernel.find(&name, |ty| matches!(ty, Type::Typedef(_)))?
        } else {
            kernel.find(&name, |ty| matches!(ty, Type::Func(_)))?
        };
        let missing = || Error::Externs(vec![format!("`{name}`, which the program is for")]);
        found.first().copied().map(Some).ok_or_else(missing)
    }
}
