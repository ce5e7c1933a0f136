//! ELF to objects: our own files, and those of clang that need no more than an object has.

use nbpfc_btf::{Btf, Ext, Type};
use nbpfc_isa::{Insn, Op};
use object::elf::{EM_BPF, EM_NONE, ET_REL, R_BPF_64_64, SHF_EXECINSTR, STB_LOCAL};
use object::read::elf::{ElfFile64, ElfSymbol64, FileHeader};
use object::{
    LittleEndian, Object as _, ObjectSection, ObjectSymbol, RelocationFlags, RelocationTarget,
    SectionFlags, SectionIndex, SymbolFlags, SymbolKind,
};

use crate::error::{Error, Fault};
use crate::maps;
use crate::value::{Line, Object, Program, Relocation, Target};
use crate::write::LICENSE;

/// Bytes of an instruction slot.
const SLOT: u64 = 8;

type File<'a> = ElfFile64<'a, LittleEndian>;
type Section<'a, 'f> = object::read::elf::ElfSection64<'a, 'f, LittleEndian>;
type Symbol<'a, 'f> = ElfSymbol64<'a, 'f, LittleEndian>;

impl From<object::read::Error> for Error {
    fn from(error: object::read::Error) -> Self {
        Self::Elf(error.to_string())
    }
}

impl Object {
    /// Reads an ELF file.
    ///
    /// # Errors
    /// What is broken in the file, or [`Error::Unsupported`] for what objects do not have yet:
    /// subprograms, global data, CO-RE relocations. Nothing is left out silently but debug
    /// information and sections that no program names.
    pub fn from_elf(bytes: &[u8]) -> Result<Self, Error> {
        let file = File::parse(bytes)?;
        let header = file.elf_header();
        let machine = header.e_machine(LittleEndian);
        if header.e_type(LittleEndian) != ET_REL || !matches!(machine, EM_BPF | EM_NONE) {
            return Err(Error::NotBpf);
        }

        let (btf, ext) = read_types(&file)?;
        let maps = btf.as_ref().map_or(Ok(Vec::new()), maps::read)?;
        let license = match file.section_by_name(LICENSE) {
            Some(section) => read_license(section.data()?)?,
            None => String::new(),
        };
        let mut object = Self { license, programs: Vec::new(), maps, btf };
        for section in file.sections() {
            let SectionFlags::Elf { sh_flags, .. } = section.flags() else { continue };
            if !sh_flags.contains(SHF_EXECINSTR) || section.size() == 0 {
                continue;
            }
            if section.name()?.starts_with(".text") {
                return Err(Error::Unsupported("a subprogram".to_owned()));
            }
            let programs = read_section(&file, &section, &object, &ext)?;
            object.programs.extend(programs);
        }
        Ok(object)
    }
}

fn read_types(file: &File<'_>) -> Result<(Option<Btf>, Ext), Error> {
    let Some(section) = file.section_by_name(".BTF") else { return Ok((None, Ext::default())) };
    let bytes = section.data()?;
    let btf = Btf::decode(bytes)?;
    for (_, ty) in btf.iter() {
        match ty {
            Type::Datasec(section) if ![maps::SECTION, LICENSE].contains(&&*section.name) => {
                return Err(Error::Unsupported(format!("data in section {:?}", section.name)));
            }
            _ => {}
        }
    }
    let ext = match file.section_by_name(".BTF.ext") {
        Some(section) => Ext::decode(section.data()?, bytes)?,
        None => Ext::default(),
    };
    if ext.relocations.iter().any(|section| !section.records.is_empty()) {
        return Err(Error::Unsupported("a CO-RE relocation".to_owned()));
    }
    Ok((Some(btf), ext))
}

fn read_license(bytes: &[u8]) -> Result<String, Error> {
    let text = bytes.strip_suffix(&[0]).ok_or(Error::License)?;
    if text.contains(&0) {
        return Err(Error::License);
    }
    String::from_utf8(text.to_owned()).map_err(|_| Error::License)
}

/// The programs of a section, by the functions that the symbol table has in it.
fn read_section(
    file: &File<'_>,
    section: &Section<'_, '_>,
    object: &Object,
    ext: &Ext,
) -> Result<Vec<Program>, Error> {
    let bytes = section.data()?;
    let mut functions: Vec<Symbol<'_, '_>> = file
        .symbols()
        .filter(|symbol| symbol.section_index() == Some(section.index()))
        .filter(|symbol| symbol.kind() == SymbolKind::Text)
        .collect();
    functions.sort_by_key(Symbol::address);

    let mut programs = Vec::new();
    let mut end = 0;
    for symbol in functions {
        let name = symbol.name()?.to_owned();
        let fail = |fault| Error::Program { name: name.clone(), fault };
        if is_local(&symbol) {
            return Err(Error::Unsupported(format!("the static function {name:?}")));
        }
        let (start, size) = (symbol.address(), symbol.size());
        if start != end || size % SLOT != 0 {
            return Err(fail(Fault::Bounds));
        }
        if size == 0 {
            return Err(fail(Fault::Empty));
        }
        end = start.checked_add(size).ok_or_else(|| fail(Fault::Bounds))?;
        let code = bytes.get(start as usize..end as usize).ok_or_else(|| fail(Fault::Bounds))?;
        let (slots, _) = code.as_chunks();
        let mut program = Program {
            name: name.clone(),
            section: section.name()?.to_owned(),
            insns: slots.iter().map(|slot| Insn::decode(*slot)).collect(),
            relocations: Vec::new(),
            function: None,
            lines: Vec::new(),
        };
        read_relocations(file, section, object, start, &mut program)?;
        read_records(ext, start, &mut program).map_err(fail)?;
        programs.push(program);
    }
    if end != section.size() {
        return Err(Error::Unsupported(format!(
            "code outside of functions in {:?}",
            section.name()?
        )));
    }
    Ok(programs)
}

fn is_local(symbol: &Symbol<'_, '_>) -> bool {
    match symbol.flags() {
        SymbolFlags::Elf { st_info, .. } => st_info.st_bind() == STB_LOCAL,
        _ => false,
    }
}

fn read_relocations(
    file: &File<'_>,
    section: &Section<'_, '_>,
    object: &Object,
    start: u64,
    program: &mut Program,
) -> Result<(), Error> {
    for (offset, relocation) in section.relocations() {
        let Some(distance) = offset.checked_sub(start) else { continue };
        let insn = (distance / SLOT) as usize;
        let Some(place) = program.insns.get(insn) else { continue };
        let fail = |fault| Error::Program { name: program.name.clone(), fault };
        let RelocationTarget::Symbol(symbol) = relocation.target() else {
            return Err(fail(Fault::Target(insn)));
        };
        let symbol = file.symbol_by_index(symbol)?;
        let what = || {
            Error::Unsupported(format!("a reference to {:?}", symbol.name().unwrap_or_default()))
        };
        if relocation.flags() != (RelocationFlags::Elf { r_type: R_BPF_64_64 })
            || !in_maps(file, symbol.section_index())
        {
            return Err(what());
        }
        if distance % SLOT != 0 || place.row().map(|row| row.op) != Some(Op::LdImm64) {
            return Err(fail(Fault::Relocation(insn)));
        }
        let name = symbol.name()?;
        let map = object.maps.iter().position(|map| map.name == name).ok_or_else(what)?;
        program.relocations.push(Relocation { insn, target: Target::Map(map) });
    }
    program.relocations.sort_by_key(|relocation| relocation.insn);
    Ok(())
}

fn in_maps(file: &File<'_>, section: Option<SectionIndex>) -> bool {
    let section = section.and_then(|index| file.section_by_index(index).ok());
    section.is_some_and(|section| section.name() == Ok(maps::SECTION))
}

/// What `.BTF.ext` says of the program that begins at `start`.
fn read_records(ext: &Ext, start: u64, program: &mut Program) -> Result<(), Fault> {
    let name = &program.section;
    let functions = ext.functions.iter().filter(|section| section.name == *name);
    let mut functions = functions.flat_map(|section| &section.records);
    let function = functions.find(|record| u64::from(record.offset) == start);
    program.function = function.map(|record| record.function);

    let lines = ext.lines.iter().filter(|section| section.name == *name);
    for record in lines.flat_map(|section| &section.records) {
        let Some(distance) = u64::from(record.offset).checked_sub(start) else { continue };
        let insn = (distance / SLOT) as usize;
        if insn >= program.insns.len() {
            continue;
        }
        if distance % SLOT != 0 {
            return Err(Fault::Line(insn));
        }
        program.lines.push(Line {
            insn,
            file: record.file.clone(),
            text: record.text.clone(),
            line: record.line,
            column: record.column,
        });
    }
    Ok(())
}
