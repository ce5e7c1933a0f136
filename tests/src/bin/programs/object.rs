//! Objects, ours and clang's, as the emulator runs them.

use std::fs;
use std::path::Path;

use nbpfc_driver::{Build, File, Session, Version};
use nbpfc_emulator::{Engine, Machine, Map, MapSpec};
use nbpfc_isa::{Insn, Reg};
use nbpfc_kernel::{Hook, MapKind};
use nbpfc_object::{Contents, Object, Shape, Target};
use nbpfc_tests::property::Nowhere;

/// The kernel that programs are compiled for.
const KERNEL: Version = Version::new(6, 12);

/// The object that nbpfc makes of a module.
///
/// # Errors
/// Its first mistake.
pub(crate) fn ours(path: &Path) -> Result<Object, String> {
    let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
    let mut session = Session::new(&Nowhere);
    let id = session.add_module(File::new("program.nbp", &text));
    let programs = session.module(id, &Build::new(KERNEL));
    let programs = programs.map_err(|found| {
        found.first().map_or_else(String::new, |diagnostic| diagnostic.message.clone())
    })?;
    Ok(programs.object().object().clone())
}

/// The index of a program.
pub(crate) fn index(object: &Object, name: &str) -> Result<usize, String> {
    let found = object.programs.iter().position(|program| program.name == name);
    found.ok_or_else(|| format!("there is no program {name}"))
}

/// A machine that runs a program, with maps of its own.
///
/// # Errors
/// What is not emulated.
pub(crate) fn machine(object: &Object, name: &str, hook: &'static Hook) -> Result<Machine, String> {
    let program = &object.programs[index(object, name)?];
    let mut insns = program.insns.clone();
    for relocation in &program.relocations {
        let at = relocation.insn;
        let slots = insns.get_mut(at..at + 2).ok_or("a relocation of no instruction")?;
        let register = Reg(slots[0].dst);
        slots.copy_from_slice(&match relocation.target {
            Target::Map(map) => Insn::ld_map_fd(register, map as i32),
            Target::MapValue { map, offset } => {
                Insn::ld_map_value(register, map as i32, offset.cast_signed())
            }
            Target::Subprogram(_) | Target::Extern(_) => return Err("it calls".to_owned()),
        });
    }
    let maps = object.maps.iter().map(|map| emulated(object, map).ok_or_else(|| map.name.clone()));
    let maps = maps.collect::<Result<_, _>>()?;
    Machine::with_maps(&insns, maps, hook, Engine::Checked).map_err(|error| error.to_string())
}

fn emulated(object: &Object, map: &nbpfc_object::Map) -> Option<Map> {
    let size = |shape: Shape| match shape {
        Shape::Bytes(bytes) => Some(bytes),
        Shape::Type(ty) => object.btf.as_ref()?.size_of(ty),
    };
    let mut made = Map::new(MapSpec {
        name: map.name.clone(),
        kind: MapKind::by_number(map.kind)?,
        key_size: size(map.key)?,
        value_size: size(map.value)?,
        max_entries: map.max_entries,
        flags: map.flags,
    })?;
    if let Contents::Data(bytes) = &map.contents {
        made.update(&[0; 4], bytes, 0).ok()?;
    }
    Some(made)
}
