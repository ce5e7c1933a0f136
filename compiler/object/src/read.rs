//! ELF to objects: our own files, and those of clang.

mod data;
mod functions;
mod relocations;

use std::collections::HashMap;

use nbpfc_btf::{Btf, Ext, Linkage, Type};
use object::elf::{EM_BPF, EM_NONE, ET_REL, STB_LOCAL};
use object::read::elf::{ElfFile64, ElfSymbol64, FileHeader};
use object::{LittleEndian, Object as _, ObjectSection, ObjectSymbol, SectionIndex, SymbolFlags};

use crate::check::{KCONFIG, KSYMS};
use crate::error::Error;
use crate::maps;
use crate::value::{Extern, ExternKind, Object};
use crate::write::LICENSE;
use functions::Function;

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
    /// What is broken in the file, or [`Error::Unsupported`] for what objects do not have, such as
    /// pointers in global data. Nothing is left out silently but debug information and sections
    /// that no program names.
    pub fn from_elf(bytes: &[u8]) -> Result<Self, Error> {
        let file = File::parse(bytes)?;
        let header = file.elf_header();
        let machine = header.e_machine(LittleEndian);
        if header.e_type(LittleEndian) != ET_REL || !matches!(machine, EM_BPF | EM_NONE) {
            return Err(Error::NotBpf);
        }

        let (btf, ext) = read_types(&file)?;
        let license = match file.section_by_name(LICENSE) {
            Some(section) => read_license(section.data()?)?,
            None => String::new(),
        };
        let mut reader = Reader {
            file: &file,
            object: Self { license, btf, ..Self::default() },
            values: Vec::new(),
            data: HashMap::new(),
            functions: Vec::new(),
        };
        if let Some(btf) = &reader.object.btf {
            let defined = maps::read(btf)?;
            reader.values = defined.iter().map(|defined| defined.values).collect();
            reader.object.maps = defined.into_iter().map(|defined| defined.map).collect();
        }
        reader.data()?;
        reader.externs()?;
        reader.functions(&ext)?;
        reader.relocations()?;
        reader.slots()?;
        Ok(reader.object)
    }
}

/// An object in the making, and where its parts stand in the file.
struct Reader<'a, 'f> {
    file: &'f File<'a>,
    object: Object,
    /// Of each map with a definition: where its elements stand in it.
    values: Vec<Option<u32>>,
    /// The map of each section of global data.
    data: HashMap<SectionIndex, usize>,
    /// Where each function stands, programs and subprograms.
    functions: Vec<Function>,
}

fn read_types(file: &File<'_>) -> Result<(Option<Btf>, Ext), Error> {
    let Some(section) = file.section_by_name(".BTF") else { return Ok((None, Ext::default())) };
    let bytes = section.data()?;
    let mut btf = Btf::decode(bytes)?;
    data::place_variables(file, &mut btf)?;
    let ext = match file.section_by_name(".BTF.ext") {
        Some(section) => Ext::decode(section.data()?, bytes)?,
        None => Ext::default(),
    };
    Ok((Some(btf), ext))
}

fn read_license(bytes: &[u8]) -> Result<String, Error> {
    let text = bytes.strip_suffix(&[0]).ok_or(Error::License)?;
    if text.contains(&0) {
        return Err(Error::License);
    }
    String::from_utf8(text.to_owned()).map_err(|_| Error::License)
}

impl Reader<'_, '_> {
    /// Reads what the kernel defines: undefined symbols that BTF knows.
    fn externs(&mut self) -> Result<(), Error> {
        let Some(btf) = &self.object.btf else { return Ok(()) };
        for symbol in self.file.symbols().filter(ObjectSymbol::is_undefined) {
            let name = symbol.name()?;
            let sections =
                btf.datasecs().filter(|section| [KSYMS, KCONFIG].contains(&&*section.name));
            let known = sections.flat_map(|section| {
                section.vars.iter().filter_map(|placed| match btf.get(placed.var) {
                    Some(Type::Func(function)) if function.name == name => {
                        Some((placed.var, ExternKind::Function))
                    }
                    Some(Type::Var(var)) if var.name == name && var.linkage == Linkage::Extern => {
                        let config = section.name == KCONFIG;
                        let kind = if config { ExternKind::Config } else { ExternKind::Variable };
                        Some((placed.var, kind))
                    }
                    _ => None,
                })
            });
            if let Some((ty, kind)) = { known }.next() {
                let (name, weak) = (name.to_owned(), symbol.is_weak());
                self.object.externs.push(Extern { name, ty, kind, weak });
            }
        }
        Ok(())
    }

    fn section_name(&self, index: SectionIndex) -> Result<String, Error> {
        Ok(self.file.section_by_index(index)?.name()?.to_owned())
    }
}

fn is_local(symbol: &Symbol<'_, '_>) -> bool {
    match symbol.flags() {
        SymbolFlags::Elf { st_info, .. } => st_info.st_bind() == STB_LOCAL,
        _ => false,
    }
}
