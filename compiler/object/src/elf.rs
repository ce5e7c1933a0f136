//! Sections and symbols to the bytes of an ELF file.
//!
//! The profile is the one that libbpf, cilium/ebpf, aya, iproute2 and libxdp all take: one symbol
//! table, only `SHT_REL` relocations, no addends in instructions, default visibility.

use object::elf::{
    ELFOSABI_NONE, EM_BPF, ET_REL, FileFlags, RelocationType, SHF_INFO_LINK, SHT_REL, STB_GLOBAL,
    SectionFlags, SectionType, SymbolInfo, SymbolOther, SymbolSection, SymbolType,
};
use object::write::elf::{FileHeader, Rel, SectionHeader, SectionIndex, Sym, Writer};
use object::{Endianness, write::elf::SinglePhase};

use crate::error::Error;

/// All that stands in a file.
#[derive(Default)]
pub(crate) struct Image {
    pub(crate) sections: Vec<Section>,
    /// All global; the null symbol is not among them.
    pub(crate) symbols: Vec<Symbol>,
}

/// A section with its relocations.
pub(crate) struct Section {
    pub(crate) name: String,
    pub(crate) kind: SectionType,
    pub(crate) flags: SectionFlags,
    pub(crate) align: u64,
    pub(crate) data: Vec<u8>,
    pub(crate) relocations: Vec<Relocation>,
}

/// A place in a section that stands for a symbol.
pub(crate) struct Relocation {
    pub(crate) offset: u64,
    /// Index in [`Image::symbols`].
    pub(crate) symbol: usize,
    pub(crate) kind: RelocationType,
}

/// A name for a part of a section.
pub(crate) struct Symbol {
    pub(crate) name: String,
    pub(crate) kind: SymbolType,
    /// Index in [`Image::sections`].
    pub(crate) section: usize,
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
            writer.write(&section.data);
            offset
        })
        .collect();
    let relocations: Vec<u64> = image
        .sections
        .iter()
        .map(|section| write_relocations(&mut writer, &section.relocations))
        .collect();
    write_symbols(&mut writer, image);
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
    writer.write_symtab_section_header(1);
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

fn write_relocations(writer: &mut Writer<'_, SinglePhase>, relocations: &[Relocation]) -> u64 {
    let offset = writer.write_align_relocation();
    for relocation in relocations {
        let rel = Rel {
            r_offset: relocation.offset,
            r_sym: relocation.symbol as u32 + 1,
            r_type: relocation.kind,
            r_addend: 0,
        };
        writer.write_relocation(false, &rel);
    }
    offset
}

fn write_symbols<'a>(writer: &mut Writer<'a, SinglePhase>, image: &'a Image) {
    let names: Vec<_> =
        image.symbols.iter().map(|symbol| writer.add_string(symbol.name.as_bytes())).collect();
    writer.write_null_symbol();
    for (symbol, name) in image.symbols.iter().zip(names) {
        let st_name = writer.string_offset(Some(name));
        writer.write_symbol(&Sym {
            section: Some(section_index(symbol.section).0),
            st_name,
            st_info: SymbolInfo::new(STB_GLOBAL, symbol.kind),
            st_other: SymbolOther(0),
            st_shndx: SymbolSection(0),
            st_value: symbol.value,
            st_size: symbol.size,
        });
    }
}
