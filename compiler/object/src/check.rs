//! What an object must keep to so that every loader takes its file. Checked before writing.

use std::collections::{BTreeMap, BTreeSet};

use nbpfc_btf::{Btf, Type, TypeId};
use nbpfc_isa::{Insn, Op};

use crate::error::{Error, Fault, MapFault};
use crate::value::{Object, Program, Target};

/// Longest name of a program or map: `BPF_OBJ_NAME_LEN` of the kernel without the NUL.
const MAX_NAME: usize = 15;

/// Checks the whole object.
pub(crate) fn check(object: &Object) -> Result<(), Error> {
    if object.license.contains('\0') {
        return Err(Error::License);
    }
    let mut names = BTreeSet::new();
    let programs = object.programs.iter().map(|program| &program.name);
    for name in programs.chain(object.maps.iter().map(|map| &map.name)) {
        check_name(name)?;
        if !names.insert(name) {
            return Err(Error::Twice(name.clone()));
        }
    }
    for map in &object.maps {
        for shape in [map.key, map.value] {
            if shape.size(object.btf.as_ref()).is_none() {
                return Err(Error::Map { name: map.name.clone(), fault: MapFault::Type });
            }
        }
    }
    for program in &object.programs {
        check_section(&program.section)?;
        check_program(program, object)
            .map_err(|fault| Error::Program { name: program.name.clone(), fault })?;
    }
    Ok(())
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
        let insn = relocation.insn;
        let Target::Map(map) = relocation.target;
        if map >= object.maps.len() {
            return Err(Fault::Target(insn));
        }
        // cilium/ebpf and libbpf want the place to be 0 for a map.
        if starts.get(&insn) != Some(&Some(Op::LdImm64)) || immediate(&program.insns, insn) != 0 {
            return Err(Fault::Relocation(insn));
        }
    }
    Ok(())
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

fn is_function(btf: Option<&Btf>, id: TypeId) -> bool {
    let Some(btf) = btf else { return false };
    let Some(Type::Func(function)) = btf.get(id) else { return false };
    let Some(Type::FuncProto(proto)) = btf.get(function.ty) else { return false };
    // The kernel refuses a function with a parameter that has a type and no name.
    proto.params.iter().all(|param| !param.name.is_empty() || param.ty == TypeId::VOID)
}
