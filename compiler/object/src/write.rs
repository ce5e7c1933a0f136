//! Objects to ELF: which sections and symbols an object has.

use std::collections::BTreeMap;

use nbpfc_btf::{Btf, Builder, Ext, FuncInfo, LineInfo, Placed, Strings, Type};
use object::elf::{
    R_BPF_64_64, SHF_ALLOC, SHF_EXECINSTR, SHF_WRITE, SHT_PROGBITS, STT_FUNC, STT_OBJECT,
    SectionFlags,
};

use crate::check::check;
use crate::elf::{self, Image, Section, Symbol};
use crate::error::Error;
use crate::maps;
use crate::value::{Object, Program, Target};

/// Bytes of an instruction slot.
const SLOT: usize = 8;
/// The section of the licence.
pub(crate) const LICENSE: &str = "license";

impl Object {
    /// The object as an ELF file that libbpf, iproute2, libxdp, cilium/ebpf and aya load. Equal
    /// objects give equal bytes.
    ///
    /// # Errors
    /// What loaders would refuse, or what BTF cannot hold.
    pub fn to_elf(&self) -> Result<Vec<u8>, Error> {
        check(self)?;
        let mut builder = Builder::from(self.btf.clone().unwrap_or_default());
        let placed = maps::define(&mut builder, &self.maps);
        let btf = builder.finish();

        let mut image = Image::default();
        // Symbols of maps stand behind those of all programs.
        let first_map = self.programs.len();
        let ext = self.add_programs(&mut image, first_map);
        self.add_maps(&mut image, &placed);
        self.add_license(&mut image, &btf);

        if !btf.is_empty() {
            let mut strings = Strings::default();
            let ext_bytes = ext.encode(&mut strings);
            image.sections.push(data(".BTF", 4, SectionFlags(0), btf.encode(strings)?));
            if !ext.is_empty() {
                image.sections.push(data(".BTF.ext", 4, SectionFlags(0), ext_bytes));
            }
        }
        elf::emit(&image)
    }

    /// Adds the sections and symbols of the programs; gives what `.BTF.ext` says of them.
    fn add_programs(&self, image: &mut Image, first_map: usize) -> Ext {
        let mut ext = Ext::default();
        let mut indexes: BTreeMap<&str, usize> = BTreeMap::new();
        for program in &self.programs {
            let index = *indexes.entry(&program.section).or_insert_with(|| {
                let flags = SHF_ALLOC | SHF_EXECINSTR;
                image.sections.push(data(&program.section, 8, flags, Vec::new()));
                let section = || program.section.clone();
                ext.functions.push(nbpfc_btf::Section { name: section(), records: Vec::new() });
                ext.lines.push(nbpfc_btf::Section { name: section(), records: Vec::new() });
                image.sections.len() - 1
            });
            let section = &mut image.sections[index];
            let start = section.data.len();
            section.data.extend(program.insns.iter().flat_map(|insn| insn.encode()));
            section.relocations.extend(program.relocations.iter().map(|relocation| {
                let Target::Map(map) = relocation.target;
                elf::Relocation {
                    offset: (start + relocation.insn * SLOT) as u64,
                    symbol: first_map + map,
                    kind: R_BPF_64_64,
                }
            }));
            image.symbols.push(Symbol {
                name: program.name.clone(),
                kind: STT_FUNC,
                section: index,
                value: start as u64,
                size: (program.insns.len() * SLOT) as u64,
            });
            // The sections of programs come first, so both lists have the same indexes.
            add_records(program, start, &mut ext.functions[index], &mut ext.lines[index]);
        }
        ext
    }

    fn add_maps(&self, image: &mut Image, placed: &[Placed]) {
        if self.maps.is_empty() {
            return;
        }
        let section = image.sections.len();
        let size: u32 = placed.iter().map(|place| place.size).sum();
        let flags = SHF_ALLOC | SHF_WRITE;
        image.sections.push(data(maps::SECTION, 8, flags, vec![0; size as usize]));
        image.symbols.extend(self.maps.iter().zip(placed).map(|(map, place)| Symbol {
            name: map.name.clone(),
            kind: STT_OBJECT,
            section,
            value: place.offset.into(),
            size: place.size.into(),
        }));
    }

    fn add_license(&self, image: &mut Image, btf: &Btf) {
        let section = image.sections.len();
        let mut bytes = self.license.clone().into_bytes();
        bytes.push(0);
        let size = bytes.len() as u64;
        image.sections.push(data(LICENSE, 1, SHF_ALLOC | SHF_WRITE, bytes));
        // clang describes the licence in BTF; then loaders look for its symbol.
        let variable = btf.iter().find_map(|(_, ty)| match ty {
            Type::Datasec(section) if section.name == LICENSE => section.vars.first(),
            _ => None,
        });
        if let Some(ty) = variable.and_then(|placed| btf.get(placed.var)) {
            let name = ty.name().to_owned();
            image.symbols.push(Symbol { name, kind: STT_OBJECT, section, value: 0, size });
        }
    }
}

fn add_records(
    program: &Program,
    start: usize,
    functions: &mut nbpfc_btf::Section<FuncInfo>,
    lines: &mut nbpfc_btf::Section<LineInfo>,
) {
    let Some(function) = program.function else { return };
    functions.records.push(FuncInfo { offset: start as u32, function });
    lines.records.extend(program.lines.iter().map(|line| LineInfo {
        offset: (start + line.insn * SLOT) as u32,
        file: line.file.clone(),
        text: line.text.clone(),
        line: line.line,
        column: line.column,
    }));
}

fn data(name: &str, align: u64, flags: SectionFlags, data: Vec<u8>) -> Section {
    let name = name.to_owned();
    Section { name, kind: SHT_PROGBITS, flags, align, data, relocations: Vec::new() }
}
