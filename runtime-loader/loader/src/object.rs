//! Objects: maps created, code linked, types and lines handed over.

use std::os::fd::{AsFd, AsRawFd};

use nbpfc_btf::{LineInfo, Strings};
use nbpfc_isa::{Insn, Reg};
use nbpfc_kernel::Hook;
use nbpfc_object::{Contents, Linked, Object, Program as Code, Target};

use crate::btf::Btf;
use crate::error::Error;
use crate::map::{Map, MapOptions};
use crate::program::{BtfInfo, LoadOptions, Program};

/// Bytes of a `struct bpf_func_info` and of a `struct bpf_line_info`.
const FUNC_INFO: u32 = 8;
const LINE_INFO: u32 = 16;

/// A program of an object in the kernel.
#[derive(Debug)]
pub struct Loaded {
    /// The program.
    pub program: Program,
    /// The object's maps, in its order.
    pub maps: Vec<Map>,
}

/// Loads the program of this name for a hook, with the object's maps, types and lines.
/// `log_level` is that of [`LoadOptions`].
///
/// # Errors
/// [`Error::Object`] if the object does not hold together; else as [`Program::load`],
/// [`Map::create`] and [`Btf::load`].
pub fn load_object(
    object: &Object,
    program: &str,
    hook: &Hook,
    log_level: u32,
) -> Result<Loaded, Error> {
    let index = object.programs.iter().position(|code| code.name == program);
    let index = index.ok_or_else(|| Error::Object(format!("there is no program `{program}`")))?;
    let code = &object.programs[index];
    let linked = object.link(index).map_err(|error| Error::Object(error.to_string()))?;
    let maps = create_maps(object)?;
    let insns = relocated(code, &linked, &maps)?;
    let types = Types::load(object, &linked)?;
    let options = LoadOptions {
        name: &code.name,
        license: &object.license,
        btf: types.as_ref().map(Types::info),
        log_level,
        ..LoadOptions::for_hook(hook, &insns)
    };
    Ok(Loaded { program: Program::load(&options)?, maps })
}

fn create_maps(object: &Object) -> Result<Vec<Map>, Error> {
    let maps = object.maps.iter().map(|map| {
        let size = |shape: nbpfc_object::Shape| {
            let unsized_ = || Error::Object(format!("map `{}` has a type without size", map.name));
            shape.size(object.btf.as_ref()).ok_or_else(unsized_)
        };
        let created = Map::create(&MapOptions {
            map_type: map.kind,
            key_size: size(map.key)?,
            value_size: size(map.value)?,
            max_entries: map.max_entries,
            flags: map.flags,
            name: &map.name,
            ..MapOptions::default()
        })?;
        if let Contents::Data(bytes) = &map.contents {
            created.update(&[0; 4], bytes, 0)?;
        }
        if map.is_frozen() {
            created.freeze()?;
        }
        Ok(created)
    });
    maps.collect()
}

/// The instructions with the maps' descriptors in them.
fn relocated(code: &Code, linked: &Linked, maps: &[Map]) -> Result<Vec<Insn>, Error> {
    let mut insns = linked.insns.clone();
    for relocation in &linked.relocations {
        let outside = || Error::Object(format!("a relocation of `{}` leads nowhere", code.name));
        let descriptor =
            |map: usize| maps.get(map).map(|map| map.as_fd().as_raw_fd()).ok_or_else(outside);
        let slots = insns.get_mut(relocation.insn..relocation.insn + 2).ok_or_else(outside)?;
        let dst = Reg(slots.first().ok_or_else(outside)?.dst);
        let address = match relocation.target {
            Target::Map(map) => Insn::ld_map_fd(dst, descriptor(map)?),
            Target::MapValue { map, offset } => {
                Insn::ld_map_value(dst, descriptor(map)?, offset.cast_signed())
            }
            Target::Subprogram(_) | Target::Extern(_) => return Err(outside()),
        };
        slots.copy_from_slice(&address);
    }
    Ok(insns)
}

/// Types in the kernel, and records that name them.
struct Types {
    btf: Btf,
    functions: Vec<u8>,
    lines: Vec<u8>,
}

impl Types {
    /// `None` for a program with a function without type, of which the kernel takes neither.
    fn load(object: &Object, code: &Linked) -> Result<Option<Self>, Error> {
        let Some(btf) = &object.btf else { return Ok(None) };
        let mut functions = Vec::new();
        for (start, function) in &code.functions {
            let Some(function) = function else { return Ok(None) };
            functions.extend([*start as u32, function.0].map(u32::to_ne_bytes).concat());
        }
        let mut strings = Strings::default();
        let mut lines = Vec::new();
        for line in &code.lines {
            // The kernel counts instructions where `.BTF.ext` counts bytes.
            let record = [
                line.insn as u32,
                strings.intern(&line.file),
                strings.intern(&line.text),
                LineInfo::line_col(line.line, line.column),
            ];
            lines.extend(record.map(u32::to_ne_bytes).concat());
        }
        let bytes = btf.encode(strings).map_err(|error| Error::Object(error.to_string()))?;
        Ok(Some(Self { btf: Btf::load(&bytes)?, functions, lines }))
    }

    fn info(&self) -> BtfInfo<'_> {
        BtfInfo {
            btf: &self.btf,
            func_info: &self.functions,
            func_info_size: FUNC_INFO,
            line_info: &self.lines,
            line_info_size: LINE_INFO,
        }
    }
}
