//! What an object must keep to so that every loader takes its file. Checked before writing.

use std::collections::{BTreeMap, BTreeSet};

use nbpfc_btf::{Btf, Type, TypeId};
use nbpfc_isa::{Insn, Op};

use crate::error::{Error, Fault, MapFault};
use crate::maps;
use crate::value::{
    Contents, Extern, ExternKind, MAX_SLOTS, Map, Object, Program, Relocation, Slot, Target,
};

/// Longest name in BTF that every kernel takes: `KSYM_NAME_LEN` before Linux 6.1, without the NUL.
/// Loaders cut the names of programs and maps further for the kernel (`BPF_OBJ_NAME_LEN`).
pub const MAX_NAME: usize = 127;
/// The section of subprograms.
pub(crate) const TEXT: &str = ".text";
/// The sections of BTF for what the kernel defines; the file has none of these names.
pub(crate) const KSYMS: &str = ".ksyms";
pub(crate) const KCONFIG: &str = ".kconfig";

/// Checks the whole object.
pub(crate) fn check(object: &Object) -> Result<(), Error> {
    if object.license.contains('\0') {
        return Err(Error::License);
    }
    check_names(object)?;
    for map in &object.maps {
        check_map(map, object).map_err(|fault| Error::Map { name: map.name.clone(), fault })?;
    }
    for symbol in &object.externs {
        check_extern(symbol, object.btf.as_ref())?;
    }
    for program in &object.programs {
        check_section(&program.section)?;
    }
    for program in object.programs.iter().chain(&object.subprograms) {
        check_program(program, object)
            .map_err(|fault| Error::Program { name: program.name.clone(), fault })?;
    }
    for subprogram in &object.subprograms {
        if subprogram.section != TEXT {
            return Err(Error::Section(subprogram.section.clone()));
        }
    }
    Ok(())
}

/// Every symbol of the file has a name of its own.
fn check_names(object: &Object) -> Result<(), Error> {
    let mut names = BTreeSet::new();
    let mut once = |name: &str| {
        if names.insert(name.to_owned()) { Ok(()) } else { Err(Error::Twice(name.to_owned())) }
    };
    let programs = object.programs.iter().map(|program| &program.name);
    for name in programs.chain(object.maps.iter().filter(|map| !is_data(map)).map(|map| &map.name))
    {
        check_name(name)?;
        once(name)?;
    }
    // The kernel does not get these names as those of programs and maps, so they may be others.
    let subprograms = object.subprograms.iter().map(|subprogram| &subprogram.name);
    for name in subprograms.chain(object.externs.iter().map(|symbol| &symbol.name)) {
        if name.is_empty() || name.contains('\0') {
            return Err(Error::Name(name.clone()));
        }
        once(name)?;
    }
    for map in object.maps.iter().filter(|map| is_data(map)) {
        if !Map::is_data_section(&map.name) || map.name.contains('\0') {
            return Err(Error::Section(map.name.clone()));
        }
        once(&map.name)?;
    }
    let Some(btf) = &object.btf else { return Ok(()) };
    for section in btf.datasecs().filter(|section| section.name != maps::SECTION) {
        for (name, _) in btf.global_variables(section) {
            once(name)?;
        }
    }
    Ok(())
}

pub(crate) fn is_data(map: &Map) -> bool {
    matches!(map.contents, Contents::Data(_))
}

fn check_map(map: &Map, object: &Object) -> Result<(), MapFault> {
    let btf = object.btf.as_ref();
    let key = map.key.size(btf).ok_or(MapFault::Type)?;
    let value = map.value.size(btf).ok_or(MapFault::Type)?;
    if let Some(inner) = &map.inner {
        inner.key.size(btf).and(inner.value.size(btf)).ok_or(MapFault::Type)?;
        if inner.inner.is_some() || inner.contents != Contents::Empty {
            return Err(MapFault::Definition);
        }
    }
    match &map.contents {
        Contents::Empty => Ok(()),
        Contents::Maps(_) | Contents::Elements(_) => Err(MapFault::Elements),
        Contents::Data(bytes) => {
            let same = Map::data(&map.name, Vec::new(), map.value);
            let shaped = map.kind == same.kind
                && (key, map.max_entries) == (4, 1)
                && map.is_frozen() == same.is_frozen();
            let filled = !bytes.is_empty() && bytes.len() == value as usize;
            if shaped && filled { Ok(()) } else { Err(MapFault::Data) }
        }
        Contents::Slots(slots) => {
            let rises = slots.is_sorted_by(|one, next| one.0 < next.0);
            let last = slots.last().map_or(0, |(index, _)| *index);
            let exists = |(_, slot): &(u32, Slot)| match *slot {
                Slot::Map(index) => {
                    map.inner.is_some() && object.maps.get(index).is_some_and(|map| !is_data(map))
                }
                Slot::Program(index) => map.inner.is_none() && index < object.programs.len(),
            };
            let fits = last < map.max_entries.min(MAX_SLOTS);
            if !slots.is_empty() && rises && fits && slots.iter().all(exists) {
                Ok(())
            } else {
                Err(MapFault::Slots)
            }
        }
    }
}

fn check_extern(symbol: &Extern, btf: Option<&Btf>) -> Result<(), Error> {
    let fits = match (btf.and_then(|btf| btf.get(symbol.ty)), symbol.kind) {
        (Some(Type::Func(function)), ExternKind::Function) => function.name == symbol.name,
        (Some(Type::Var(var)), ExternKind::Variable | ExternKind::Config) => {
            var.name == symbol.name
        }
        _ => false,
    };
    if fits { Ok(()) } else { Err(Error::Extern(symbol.name.clone())) }
}

fn check_name(name: &str) -> Result<(), Error> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.';
    if (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(allowed) {
        Ok(())
    } else {
        Err(Error::Name(name.to_owned()))
    }
}

fn check_section(name: &str) -> Result<(), Error> {
    // Sections that begin with a dot are data or subprograms to every loader; `license`,
    // `version` and `maps` have a meaning of their own.
    let taken = name.is_empty() || name.starts_with('.') || name.contains('\0');
    if taken || matches!(name, "license" | "version" | "maps") {
        return Err(Error::Section(name.to_owned()));
    }
    Ok(())
}

fn check_program(program: &Program, object: &Object) -> Result<(), Fault> {
    if program.insns.is_empty() {
        return Err(Fault::Empty);
    }
    match program.function {
        Some(id) if !is_function(object.btf.as_ref(), id) => return Err(Fault::Function),
        None if !program.lines.is_empty() => return Err(Fault::LinesWithoutFunction),
        _ => {}
    }

    let starts = starts(&program.insns);
    if program.lines.first().is_some_and(|line| line.insn != 0)
        || !program.lines.is_sorted_by(|one, next| one.insn < next.insn)
    {
        return Err(Fault::LineOrder);
    }
    for line in &program.lines {
        if !starts.contains_key(&line.insn) {
            return Err(Fault::Line(line.insn));
        }
    }
    let mut relocations = program.relocations.windows(2);
    if let Some(pair) = relocations.find(|pair| pair[0].insn >= pair[1].insn) {
        return Err(Fault::Relocation(pair[1].insn));
    }
    for relocation in &program.relocations {
        check_relocation(program, object, &starts, *relocation)?;
    }
    if !program.core.is_sorted_by(|one, next| one.insn < next.insn) {
        return Err(Fault::CoreOrder);
    }
    for core in &program.core {
        let known = object.btf.as_ref().is_some_and(|btf| btf.get(core.ty).is_some());
        if !known || !starts.contains_key(&core.insn) {
            return Err(Fault::Core(core.insn));
        }
    }
    Ok(())
}

fn check_relocation(
    program: &Program,
    object: &Object,
    starts: &BTreeMap<usize, Option<Op>>,
    Relocation { insn, target }: Relocation,
) -> Result<(), Fault> {
    let exists = match target {
        Target::Map(map) => object.maps.get(map).is_some_and(|map| !is_data(map)),
        Target::MapValue { map, offset } => match object.maps.get(map).map(|map| &map.contents) {
            Some(Contents::Data(bytes)) => (offset as usize) < bytes.len(),
            _ => false,
        },
        Target::Subprogram(index) => index < object.subprograms.len(),
        Target::Extern(index) => index < object.externs.len(),
    };
    if !exists {
        return Err(Fault::Target(insn));
    }
    // What stands in the place itself would be added: libbpf does, cilium/ebpf does not.
    let clean = match starts.get(&insn) {
        Some(Some(Op::LdImm64)) => immediate(&program.insns, insn) == 0,
        Some(Some(Op::CallLocal)) => {
            matches!(target, Target::Subprogram(_) | Target::Extern(_))
                && program.insns[insn].imm == -1
        }
        _ => false,
    };
    if clean { Ok(()) } else { Err(Fault::Relocation(insn)) }
}

/// The index of every instruction's first slot, with what it does.
fn starts(insns: &[Insn]) -> BTreeMap<usize, Option<Op>> {
    let mut starts = BTreeMap::new();
    let mut index = 0;
    while let Some(insn) = insns.get(index) {
        let row = insn.row();
        starts.insert(index, row.map(|row| row.op));
        index += row.map_or(1, nbpfc_isa::Row::slots);
    }
    starts
}

/// The 64-bit immediate at an index; -1 if a slot of it is missing.
fn immediate(insns: &[Insn], index: usize) -> i64 {
    match insns.get(index..) {
        Some([low, high, ..]) => i64::from(high.imm) << 32 | i64::from(low.imm.cast_unsigned()),
        _ => -1,
    }
}

/// Whether the instruction at an index is a 64-bit immediate.
pub(crate) fn is_wide(insns: &[Insn], index: usize) -> bool {
    insns.get(index).and_then(|insn| insn.row()).is_some_and(|row| row.op == Op::LdImm64)
}

fn is_function(btf: Option<&Btf>, id: TypeId) -> bool {
    let Some(btf) = btf else { return false };
    let Some(Type::Func(function)) = btf.get(id) else { return false };
    let Some(Type::FuncProto(proto)) = btf.get(function.ty) else { return false };
    // The kernel refuses a function with a parameter that has a type and no name.
    proto.params.iter().all(|param| !param.name.is_empty() || param.ty == TypeId::VOID)
}
