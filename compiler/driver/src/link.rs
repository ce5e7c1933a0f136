//! Instructions, types and lines put together as an object.

mod functions;

use std::collections::{HashMap, HashSet};

use nbpfc_btf::{Builder, Encoding, Linkage, Placed, TypeId};
use nbpfc_codegen::Code;
use nbpfc_ir::{Function, MapData, Module, Region};
use nbpfc_isa::{Insn, Reg};
use nbpfc_kernel::{Context, Target};
use nbpfc_object::{
    Contents, Line, MAX_NAME, Map, Object, Program, Relocation, Shape, Slot, Target as Place,
};

use crate::records::{Element, Form, Record};

/// What every program's license says: the kernel counts it as GPL, which perf events ask for, and that
/// keeps the door open for programs that are linked with ours.
const LICENSE: &str = "Dual MIT/GPL";

/// Sections of constants: the usual one, and another for tables where a module has it already.
const RODATA: &str = ".rodata";
const MORE_RODATA: &str = ".rodata.tables";

/// A program to be put into an object.
#[derive(Clone, Copy)]
pub(crate) struct Part<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// Its instructions.
    pub(crate) code: &'a Code,
    /// Where it runs.
    pub(crate) target: &'a Target,
    /// What the instructions were made from.
    pub(crate) module: &'a Module,
}

/// The programs that stand in a map: its name, and the name of each by its index, rising.
pub(crate) type Slots = (String, Vec<(u32, String)>);

/// A global variable, as people find it in the object.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    /// Its name.
    pub(crate) name: String,
    /// Where it begins in its section, in bytes.
    pub(crate) offset: u32,
    /// Bytes.
    pub(crate) size: u32,
    /// Whether it is in the section that programs only read.
    pub(crate) constant: bool,
    /// What it is.
    pub(crate) form: Form,
}

/// An object with these programs, `int name(struct CONTEXT *ctx)` each, and the types in it of these
/// records. Maps of one name are one map; `globals` are the variables in their global data, in the
/// order of their places, and `records` what is written to their ring buffers.
pub(crate) fn object(
    license: Option<&str>,
    parts: &[Part<'_>],
    globals: &[Named],
    records: &[Record],
    slots: &[Slots],
    elements: &[Element],
) -> (Object, Vec<TypeId>) {
    let all = distinct(parts);
    let index = all.iter().enumerate().map(|(index, (map, _))| (map.name.as_str(), index));
    let index: HashMap<&str, usize> = index.collect();
    let mut maps: Vec<Map> = all.iter().map(|(map, module)| definition(map, module)).collect();
    let mut builder = Builder::new();
    name_globals(&mut builder, &mut maps, globals);
    let records = records.iter().map(|record| record.form.add_to(&mut builder)).collect();
    fill(&mut maps, parts, slots);
    for element in elements {
        if let Some(map) = maps.iter_mut().find(|map| map.name == element.map) {
            map.key = Shape::Type(element.key.add_to(&mut builder));
            map.value = Shape::Type(element.value.add_to(&mut builder));
        }
    }
    let mut tables = Vec::new();
    let mut programs = Vec::new();
    let mut subprograms = Vec::new();
    let mut cut = 0;
    let mut last: Option<(&Module, Vec<usize>)> = None;
    for part in parts {
        let function = function(&mut builder, part.name, part.target.hook.context);
        let own = Tables::new(part.code);
        let places = match last.take() {
            Some((module, places)) if module.maps.is_same(&part.module.maps) => places,
            _ => {
                let names = part.module.maps.values().map(|map| map.name.as_str());
                names.filter_map(|name| index.get(name).copied()).collect()
            }
        };
        let mut relocations = relocations(part.code, &places);
        last = Some((part.module, places));
        relocations.extend(own.relocations(part.code, maps.len(), tables.len() as u32));
        relocations.sort_by_key(|relocation| relocation.insn);
        tables.extend(own.bytes);
        let called: Vec<(String, TypeId)> = part
            .code
            .functions
            .iter()
            .filter_map(|(_, func)| part.module.functions.get(func.as_u32() as usize))
            .map(|callee| {
                // All programs' functions are in one section.
                let name = match parts {
                    [_] => callee.name.clone(),
                    _ => format!("{}_{}", part.name, callee.name),
                };
                let name = shortened(name, &mut cut);
                let ty = called_type(&mut builder, &name, callee);
                (name, ty)
            })
            .collect();
        let whole = program(part, function, relocations);
        let (program, own) = functions::split(whole, part.code, &called, subprograms.len());
        programs.push(program);
        subprograms.extend(own);
    }
    if !tables.is_empty() {
        let taken = maps.iter().any(|map| map.name == RODATA);
        let name = if taken { MORE_RODATA } else { RODATA };
        let shape = Shape::Bytes(tables.len() as u32);
        maps.push(Map::data(name, tables, shape));
    }
    let object = Object {
        license: license.unwrap_or(LICENSE).to_owned(),
        programs,
        subprograms,
        maps,
        btf: Some(builder.finish()),
        ..Object::default()
    };
    (object, records)
}

/// The name of a function that is made of two names, no longer than kernels take it; `cut` counts those
/// that are cut.
fn shortened(mut name: String, cut: &mut usize) -> String {
    if name.len() > MAX_NAME {
        *cut += 1;
        let end = format!("_{cut}");
        name.truncate(name.floor_char_boundary(MAX_NAME - end.len()));
        name += &end;
    }
    name
}

/// Puts programs into the maps that they stand in.
fn fill(maps: &mut [Map], parts: &[Part<'_>], slots: &[Slots]) {
    for (name, slots) in slots {
        let Some(map) = maps.iter_mut().find(|map| map.name == *name) else { continue };
        let place = |name: &String| parts.iter().position(|part| part.name == *name);
        let programs = slots
            .iter()
            .filter_map(|(index, program)| Some((*index, Slot::Program(place(program)?))));
        map.contents = Contents::Slots(programs.collect());
    }
}

/// Says in types what is in the sections of global data.
fn name_globals(builder: &mut Builder, maps: &mut [Map], globals: &[Named]) {
    for map in maps.iter_mut().filter(|map| map.name.starts_with('.')) {
        let constant = map.name == RODATA;
        let own: Vec<_> = globals.iter().filter(|global| global.constant == constant).collect();
        let Shape::Bytes(size) = map.value else { continue };
        if own.is_empty() {
            continue;
        }
        let mut placed = Vec::new();
        for Named { name, offset, size, form, .. } in own {
            let ty = form.add_to(builder);
            let var = builder.var(name, ty, Linkage::Global);
            placed.push(Placed { var, offset: *offset, size: *size });
        }
        map.value = Shape::Type(builder.datasec(&map.name, size, placed));
    }
}

fn program(part: &Part<'_>, function: TypeId, relocations: Vec<Relocation>) -> Program {
    let file = &part.module.source;
    let lines = part.code.lines.iter().map(|(insn, span)| {
        let at = file.position(span.start);
        Line {
            insn: *insn as usize,
            file: file.name().to_owned(),
            text: shown(file.line(at.line)).to_owned(),
            line: at.line,
            column: at.column,
        }
    });
    Program {
        name: part.name.to_owned(),
        section: part.target.hook.section.to_owned(),
        insns: part.code.insns.clone(),
        relocations,
        function: Some(function),
        lines: lines.collect(),
        core: Vec::new(),
    }
}

/// What the kernel is told of a source line: as much as it has columns for. A list of addresses may
/// be a single line of megabytes, and every instruction says which line it comes from.
fn shown(line: &str) -> &str {
    const COLUMNS: usize = 1023;
    &line[..line.floor_char_boundary(COLUMNS)]
}

/// The maps of all modules as an object has them, each once, global data last.
fn distinct<'a>(parts: &[Part<'a>]) -> Vec<(&'a MapData, &'a Module)> {
    let mut all: Vec<(&MapData, &Module)> = Vec::new();
    let mut names = HashSet::new();
    let mut last: Option<&Module> = None;
    for part in parts {
        let known = last.replace(part.module);
        if known.is_some_and(|module| module.maps.is_same(&part.module.maps)) {
            continue;
        }
        for map in part.module.maps.values() {
            if names.insert(map.name.as_str()) {
                all.push((map, part.module));
            }
        }
    }
    all.sort_by_key(|(map, _)| map.is_globals());
    all
}

fn definition(map: &MapData, module: &Module) -> Map {
    let value = Shape::Bytes(map.value_size);
    if map.is_globals() {
        let mut bytes = map.data.clone();
        bytes.resize(map.value_size as usize, 0);
        return Map::data(&map.name, bytes, value);
    }
    let inner = map.inner.and_then(|inner| module.maps.get(inner));
    Map {
        name: map.name.clone(),
        kind: map.kind.number(),
        key: Shape::Bytes(map.key_size),
        value,
        max_entries: map.max_entries,
        flags: map.flags,
        inner: inner.map(|inner| Box::new(definition(inner, module))),
        contents: if map.elements.is_empty() {
            held(map)
        } else {
            Contents::Elements(map.elements.clone())
        },
        ..Map::default()
    }
}

/// Whether files have no place for what a map begins with.
pub(crate) fn is_not_in_files(map: &MapData) -> bool {
    !map.elements.is_empty() || matches!(held(map), Contents::Maps(_))
}

/// What a map of maps holds.
fn held(map: &MapData) -> Contents {
    let held = map.holds.iter().map(|(key, map)| (key.clone(), map.as_u32() as usize));
    Contents::maps(held.collect(), map.max_entries)
}

/// What the loader fills in.
fn relocations(code: &Code, places: &[usize]) -> Vec<Relocation> {
    let references = code.maps.iter().filter_map(|reference| {
        let map = *places.get(reference.map.as_u32() as usize)?;
        let target = match reference.offset {
            None => Place::Map(map),
            Some(offset) => Place::MapValue { map, offset },
        };
        Some(Relocation { insn: reference.insn as usize, target })
    });
    references.collect()
}

/// The constant tables, one behind the other.
pub(crate) struct Tables {
    pub(crate) bytes: Vec<u8>,
    /// Where each begins.
    starts: Vec<u32>,
}

impl Tables {
    pub(crate) fn new(code: &Code) -> Self {
        let mut bytes = Vec::new();
        let mut starts = Vec::new();
        // Their lengths are powers of two and at least 8, so that each begins at a multiple of 8.
        for table in &code.tables {
            starts.push(bytes.len() as u32);
            bytes.extend_from_slice(table.bytes());
        }
        Self { bytes, starts }
    }

    /// Where instructions want addresses of tables, which are in the map with this index, from
    /// `base` on.
    fn relocations(&self, code: &Code, map: usize, base: u32) -> Vec<Relocation> {
        let relocations = code.relocations.iter().map(|relocation| {
            let target = Place::MapValue { map, offset: base + self.starts[relocation.table] };
            Relocation { insn: relocation.insn as usize, target }
        });
        relocations.collect()
    }

    /// The instructions, in which the map of the tables has this descriptor.
    pub(crate) fn placed(&self, code: &Code, map: u32) -> Vec<Insn> {
        let mut insns = code.insns.clone();
        for relocation in &code.relocations {
            let at = relocation.insn as usize;
            if let Some(slots) = insns.get_mut(at..at + 2) {
                let offset = self.starts[relocation.table].cast_signed();
                slots.copy_from_slice(&Insn::ld_map_value(
                    Reg(slots[0].dst),
                    map.cast_signed(),
                    offset,
                ));
            }
        }
        insns
    }
}

/// The types of an entry program. libxdp and freplace find it by this prototype.
fn function(builder: &mut Builder, name: &str, context: &Context) -> TypeId {
    let int = builder.int("int", 4, Encoding::Signed);
    let members: Vec<_> = context
        .fields
        .iter()
        .map(|field| {
            let element = match field.size {
                1 => builder.int("__u8", 1, Encoding::Unsigned),
                8 => builder.int("__u64", 8, Encoding::Unsigned),
                _ => builder.int("__u32", 4, Encoding::Unsigned),
            };
            let ty = match field.count {
                1 => element,
                count => builder.array(element, u32::from(count)),
            };
            (field.name, ty, u32::from(field.offset))
        })
        .collect();
    let structure = builder.structure(context.name, u32::from(context.size), &members);
    let pointer = builder.ptr(structure);
    let proto = builder.proto(int, &[("ctx", pointer)]);
    builder.func(name, proto, Linkage::Global)
}

/// The type of a function that programs call. The kernel looks at its name alone.
fn called_type(builder: &mut Builder, name: &str, function: &Function) -> TypeId {
    let long = builder.int("__u64", 8, Encoding::Unsigned);
    let params = function.params.iter().map(|ty| {
        let is_context = ty.pointer().is_some_and(|p| p.region == Region::Context);
        (if is_context { "ctx" } else { "value" }, long)
    });
    let proto = builder.proto(long, &params.collect::<Vec<_>>());
    builder.func(name, proto, Linkage::Static)
}

#[cfg(test)]
mod tests;
