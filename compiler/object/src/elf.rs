//! Sections and symbols to the bytes of an ELF file.
//!
//! The profile is the one that libbpf, cilium/ebpf, aya, iproute2 and libxdp all take: one symbol
//! table, only `SHT_REL` relocations, no addends in instructions, default visibility.

use std::collections::{BTreeMap, BTreeSet};

use object::elf::{
    ELFOSABI_NONE, EM_BPF, ET_REL, FileFlags, RelocationType, SHF_INFO_LINK, SHT_NOBITS, SHT_REL,
    STB_LOCAL, STT_SECTION, SectionFlags, SectionType, SymbolBind, SymbolInfo, SymbolOther,
    SymbolSection, SymbolType,
};
use object::write::elf::{FileHeader, Rel, SectionHeader, SectionIndex, Sym, Writer};
use object::{Endianness, write::elf::SinglePhase};

use crate::error::Error;

/// `R_BPF_64_ABS64`: the 64-bit address of a symbol, in data.
pub(crate) const R_BPF_64_ABS64: RelocationType = RelocationType(2);

/// All that stands in a file.
#[derive(Default)]
pub(crate) struct Image {
    pub(crate) sections: Vec<Section>,
    /// The global ones; the null symbol and those of sections are not among them.
    pub(crate) symbols: Vec<Symbol>,
}

/// A section with its relocations.
pub(crate) struct Section {
    pub(crate) name: String,
    /// Of `SHT_NOBITS` only the length of `data` is written.
    pub(crate) kind: SectionType,
    pub(crate) flags: SectionFlags,
    pub(crate) align: u64,
    pub(crate) data: Vec<u8>,
    pub(crate) relocations: Vec<Relocation>,
}

/// A place in a section that stands for a symbol.
pub(crate) struct Relocation {
    pub(crate) offset: u64,
    pub(crate) symbol: Reference,
    pub(crate) kind: RelocationType,
}

/// What a relocation names.
pub(crate) enum Reference {
    /// The symbol of this name in [`Image::symbols`].
    Symbol(String),
    /// The beginning of the section of this name in [`Image::sections`].
    Section(String),
}

/// A name for a part of a section.
pub(crate) struct Symbol {
    pub(crate) name: String,
    pub(crate) kind: SymbolType,
    pub(crate) binding: SymbolBind,
    /// Index in [`Image::sections`]; `None` if it is defined elsewhere.
    pub(crate) section: Option<usize>,
    pub(crate) value: u64,
    pub(crate) size: u64,
}

/// The file's bytes.
pub(crate) fn emit(image: &Image) -> Result<Vec<u8>, Error> {
    let broken = |error: object::write::Error| Error::Elf(error.to_string());
    // Names of relocation sections must live as long as the writer.
    let names: Vec<String> =
        image.sections.iter().map(|section| format!(".rel{}", section.name)).collect();
    let mut bytes = Vec::new();
    let mut writer = Writer::new_single_phase(Endianness::Little, true, &mut bytes);
    let header = FileHeader {
        os_abi: ELFOSABI_NONE,
        abi_version: 0,
        e_type: ET_REL,
        e_machine: EM_BPF,
        e_entry: 0,
        e_flags: FileFlags(0),
    };
    writer.write_file_header(&header).map_err(broken)?;

    let offsets: Vec<u64> = image
        .sections
        .iter()
        .map(|section| {
            let offset = writer.write_align(section.align);
            if section.kind != SHT_NOBITS {
                writer.write(&section.data);
            }
            offset
        })
        .collect();
    let table = SymbolTable::new(image);
    let relocations = image
        .sections
        .iter()
        .map(|section| write_relocations(&mut writer, &section.relocations, &table))
        .collect::<Result<Vec<u64>, Error>>()?;
    write_symbols(&mut writer, image, &table);
    writer.write_strtab().map_err(broken)?;

    let section_names: Vec<_> = image
        .sections
        .iter()
        .zip(&names)
        .map(|(section, rel)| {
            let name = writer.add_section_name(section.name.as_bytes());
            let rel =
                (!section.relocations.is_empty()).then(|| writer.add_section_name(rel.as_bytes()));
            (name, rel)
        })
        .collect();
    writer.write_shstrtab().map_err(broken)?;

    writer.write_null_section_header();
    for ((section, &offset), &(name, _)) in image.sections.iter().zip(&offsets).zip(&section_names)
    {
        let sh_name = writer.section_name_offset(Some(name));
        writer.write_section_header(&SectionHeader {
            sh_name,
            sh_type: section.kind,
            sh_flags: section.flags,
            sh_addr: 0,
            sh_offset: offset,
            sh_size: section.data.len() as u64,
            sh_link: 0,
            sh_info: 0,
            sh_addralign: section.align,
            sh_entsize: 0,
        });
    }
    // Behind the sections come `.strtab` and `.symtab`, then the relocations.
    writer.write_strtab_section_header();
    writer.write_symtab_section_header(table.locals.len() as u32 + 1);
    let symtab = section_index(image.sections.len() + 1);
    for (index, section) in image.sections.iter().enumerate() {
        let Some(name) = section_names[index].1 else { continue };
        let sh_name = writer.section_name_offset(Some(name));
        writer.write_section_header(&SectionHeader {
            sh_name,
            sh_type: SHT_REL,
            sh_flags: SHF_INFO_LINK,
            sh_addr: 0,
            sh_offset: relocations[index],
            sh_size: section.relocations.len() as u64 * 16,
            sh_link: symtab.0,
            sh_info: section_index(index).0,
            sh_addralign: 8,
            sh_entsize: 16,
        });
    }
    writer.write_shstrtab_section_header();

    let mut header = Vec::new();
    writer.write_file_header_to(&mut header).map_err(broken)?;
    bytes[..header.len()].copy_from_slice(&header);
    Ok(bytes)
}

/// The file's number of a section; 0 is none.
fn section_index(index: usize) -> SectionIndex {
    SectionIndex(index as u32 + 1)
}

/// Which symbol has which number in the file: the null symbol, those of sections, which are local,
/// the global ones.
struct SymbolTable<'a> {
    /// Indexes of the sections that relocations name, in rising order.
    locals: Vec<usize>,
    sections: BTreeMap<&'a str, u32>,
    symbols: BTreeMap<&'a str, u32>,
}

impl<'a> SymbolTable<'a> {
    fn new(image: &'a Image) -> Self {
        let named: BTreeSet<&str> = image
            .sections
            .iter()
            .flat_map(|section| &section.relocations)
            .filter_map(|relocation| match &relocation.symbol {
                Reference::Section(name) => Some(&**name),
                Reference::Symbol(_) => None,
            })
            .collect();
        let is_named = |index: &usize| named.contains(&*image.sections[*index].name);
        let locals: Vec<usize> = (0..image.sections.len()).filter(is_named).collect();
        let sections = locals.iter().map(|index| &*image.sections[*index].name).zip(1..).collect();
        let first = locals.len() as u32 + 1;
        let symbols = image.symbols.iter().map(|symbol| &*symbol.name).zip(first..).collect();
        Self { locals, sections, symbols }
    }

    fn number(&self, reference: &Reference) -> Result<u32, Error> {
        let (table, name) = match reference {
            Reference::Symbol(name) => (&self.symbols, name),
            Reference::Section(name) => (&self.sections, name),
        };
        let missing = || Error::Elf(format!("a relocation names {name:?}, which is not there"));
        table.get(&**name).copied().ok_or_else(missing)
    }
}

fn write_relocations(
    writer: &mut Writer<'_, SinglePhase>,
    relocations: &[Relocation],
    table: &SymbolTable<'_>,
) -> Result<u64, Error> {
    let offset = writer.write_align_relocation();
    for relocation in relocations {
        let rel = Rel {
            r_offset: relocation.offset,
            r_sym: table.number(&relocation.symbol)?,
            r_type: relocation.kind,
            r_addend: 0,
        };
        writer.write_relocation(false, &rel);
    }
    Ok(offset)
}

fn write_symbols<'a>(
    writer: &mut Writer<'a, SinglePhase>,
    image: &'a Image,
    table: &SymbolTable<'_>,
) {
    let names: Vec<_> =
        image.symbols.iter().map(|symbol| writer.add_string(symbol.name.as_bytes())).collect();
    writer.write_null_symbol();
    for &section in &table.locals {
        writer.write_symbol(&Sym {
            section: Some(section_index(section).0),
            st_name: writer.string_offset(None),
            st_info: SymbolInfo::new(STB_LOCAL, STT_SECTION),
            st_other: SymbolOther(0),
            st_shndx: SymbolSection(0),
            st_value: 0,
            st_size: 0,
        });
    }
    for (symbol, name) in image.symbols.iter().zip(names) {
        let st_name = writer.string_offset(Some(name));
        writer.write_symbol(&Sym {
            section: symbol.section.map(|section| section_index(section).0),
            st_name,
            st_info: SymbolInfo::new(symbol.binding, symbol.kind),
            st_other: SymbolOther(0),
            st_shndx: SymbolSection(0),
            st_value: symbol.value,
            st_size: symbol.size,
        });
    }
}
