//! Objects to ELF: which sections and symbols an object has.

use std::collections::BTreeMap;

use nbpfc_btf::{Btf, Builder, CoreRelocation, Ext, FuncInfo, LineInfo, Placed, Strings};
use nbpfc_isa::Insn;
use object::elf::{
    R_BPF_64_32, R_BPF_64_64, SHF_ALLOC, SHF_EXECINSTR, SHF_WRITE, SHT_NOBITS, SHT_PROGBITS,
    STB_GLOBAL, STB_WEAK, STT_FUNC, STT_NOTYPE, STT_OBJECT, SectionFlags,
};

use crate::check::{KCONFIG, KSYMS, TEXT, check, is_data, is_wide};
use crate::elf::{self, Image, Reference, Section, Symbol};
use crate::error::Error;
use crate::maps;
use crate::value::{Contents, Object, Program, Slot, Target};

/// Bytes of an instruction slot.
pub(crate) const SLOT: usize = 8;
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

        let mut writer = Writer {
            object: self,
            variables: variables(&btf),
            image: Image::default(),
            ext: Ext::default(),
        };
        writer.code();
        writer.maps(&placed);
        writer.data();
        writer.externs();
        writer.license();
        writer.other_sections(&btf);
        let Writer { mut image, ext, .. } = writer;

        if !btf.is_empty() {
            let mut strings = Strings::default();
            let ext_bytes = ext.encode(&mut strings);
            image.sections.push(section(".BTF", 4, SectionFlags(0), btf.encode(strings)?));
            if !ext.is_empty() {
                image.sections.push(section(".BTF.ext", 4, SectionFlags(0), ext_bytes));
            }
        }
        elf::emit(&image)
    }
}

/// The names of global variables, by section and offset.
fn variables(btf: &Btf) -> BTreeMap<(String, u32), String> {
    btf.datasecs()
        .flat_map(|section| {
            btf.global_variables(section)
                .map(|(name, placed)| ((section.name.clone(), placed.offset), name.to_owned()))
        })
        .collect()
}

struct Writer<'a> {
    object: &'a Object,
    variables: BTreeMap<(String, u32), String>,
    image: Image,
    ext: Ext,
}

impl Writer<'_> {
    /// Adds the sections and symbols of programs and subprograms, and what `.BTF.ext` says of
    /// them.
    fn code(&mut self) {
        let mut indexes: BTreeMap<&str, usize> = BTreeMap::new();
        for program in self.object.subprograms.iter().chain(&self.object.programs) {
            let index = *indexes.entry(&program.section).or_insert_with(|| {
                let flags = SHF_ALLOC | SHF_EXECINSTR;
                self.image.sections.push(section(&program.section, 8, flags, Vec::new()));
                let name = || program.section.clone();
                self.ext.functions.push(nbpfc_btf::Section { name: name(), records: Vec::new() });
                self.ext.lines.push(nbpfc_btf::Section { name: name(), records: Vec::new() });
                self.ext.relocations.push(nbpfc_btf::Section { name: name(), records: Vec::new() });
                self.image.sections.len() - 1
            });
            let start = self.image.sections[index].data.len();
            let mut insns = program.insns.clone();
            for relocation in &program.relocations {
                let relocated = self.relocation(&mut insns, start, relocation);
                self.image.sections[index].relocations.push(relocated);
            }
            let bytes = insns.iter().flat_map(|insn| insn.encode());
            self.image.sections[index].data.extend(bytes);
            self.image.symbols.push(Symbol {
                name: program.name.clone(),
                kind: STT_FUNC,
                binding: STB_GLOBAL,
                section: Some(index),
                value: start as u64,
                size: (program.insns.len() * SLOT) as u64,
            });
            // The sections of code come first, so all lists have the same indexes.
            self.records(program, start, index);
        }
    }

    /// A relocation of a function that begins at `start`; what it adds to its symbol goes to the
    /// instruction.
    fn relocation(
        &self,
        insns: &mut [Insn],
        start: usize,
        relocation: &crate::value::Relocation,
    ) -> elf::Relocation {
        let insn = relocation.insn;
        let is_call = !is_wide(insns, insn);
        let symbol = match relocation.target {
            Target::Map(map) => Reference::Symbol(self.object.maps[map].name.clone()),
            Target::MapValue { map, offset } => {
                let name = &self.object.maps[map].name;
                if let Some(variable) = self.variables.get(&(name.clone(), offset)) {
                    Reference::Symbol(variable.clone())
                } else {
                    insns[insn].imm = offset.cast_signed();
                    Reference::Section(name.clone())
                }
            }
            Target::Subprogram(index) if is_call => {
                Reference::Symbol(self.object.subprograms[index].name.clone())
            }
            Target::Subprogram(index) => {
                // cilium/ebpf looks for the function that a pointer means by the immediate.
                let before = &self.object.subprograms[..index];
                let slots: usize = before.iter().map(|function| function.insns.len()).sum();
                insns[insn].imm = (slots * SLOT) as i32;
                Reference::Section(TEXT.to_owned())
            }
            Target::Extern(index) => Reference::Symbol(self.object.externs[index].name.clone()),
        };
        let kind = if is_call { R_BPF_64_32 } else { R_BPF_64_64 };
        elf::Relocation { offset: (start + insn * SLOT) as u64, symbol, kind }
    }

    fn records(&mut self, program: &Program, start: usize, index: usize) {
        self.ext.relocations[index].records.extend(program.core.iter().map(|core| {
            CoreRelocation {
                offset: (start + core.insn * SLOT) as u32,
                ty: core.ty,
                access: core.access.clone(),
                kind: core.kind,
            }
        }));
        let Some(function) = program.function else { return };
        self.ext.functions[index].records.push(FuncInfo { offset: start as u32, function });
        self.ext.lines[index].records.extend(program.lines.iter().map(|line| LineInfo {
            offset: (start + line.insn * SLOT) as u32,
            file: line.file.clone(),
            text: line.text.clone(),
            line: line.line,
            column: line.column,
        }));
    }

    fn maps(&mut self, placed: &[Placed]) {
        if placed.is_empty() {
            return;
        }
        let index = self.image.sections.len();
        let size: u32 = placed.iter().map(|place| place.size).sum();
        let flags = SHF_ALLOC | SHF_WRITE;
        let mut definitions = section(maps::SECTION, 8, flags, vec![0; size as usize]);
        for (map, place) in self.object.maps.iter().filter(|map| !is_data(map)).zip(placed) {
            self.image.symbols.push(Symbol {
                name: map.name.clone(),
                kind: STT_OBJECT,
                binding: STB_GLOBAL,
                section: Some(index),
                value: place.offset.into(),
                size: place.size.into(),
            });
            let Contents::Slots(slots) = &map.contents else { continue };
            let first = place.offset + maps::fixed_size(map);
            definitions.relocations.extend(slots.iter().map(|&(slot, what)| elf::Relocation {
                offset: (first + slot * maps::FIELD).into(),
                symbol: Reference::Symbol(match what {
                    Slot::Map(map) => self.object.maps[map].name.clone(),
                    Slot::Program(program) => self.object.programs[program].name.clone(),
                }),
                kind: elf::R_BPF_64_ABS64,
            }));
        }
        self.image.sections.push(definitions);
    }

    /// Adds the sections of global data; their symbols come from BTF.
    fn data(&mut self) {
        for map in &self.object.maps {
            let Contents::Data(bytes) = &map.contents else { continue };
            let flags = if map.is_frozen() { SHF_ALLOC } else { SHF_ALLOC | SHF_WRITE };
            let mut data = section(&map.name, 8, flags, bytes.clone());
            if map.is_uninitialised() {
                data.kind = SHT_NOBITS;
            }
            self.image.sections.push(data);
        }
    }

    fn externs(&mut self) {
        self.image.symbols.extend(self.object.externs.iter().map(|symbol| Symbol {
            name: symbol.name.clone(),
            kind: STT_NOTYPE,
            binding: if symbol.weak { STB_WEAK } else { STB_GLOBAL },
            section: None,
            value: 0,
            size: 0,
        }));
    }

    fn license(&mut self) {
        let mut bytes = self.object.license.clone().into_bytes();
        bytes.push(0);
        self.image.sections.push(section(LICENSE, 1, SHF_ALLOC | SHF_WRITE, bytes));
    }

    /// Adds symbols of the variables that BTF has, and the sections of those that are no data,
    /// such as `.xdp_run_config`: loaders read their types, and want to find them in the file.
    fn other_sections(&mut self, btf: &Btf) {
        for datasec in btf.datasecs() {
            if [maps::SECTION, KSYMS, KCONFIG].contains(&&*datasec.name) {
                continue;
            }
            let known = self.image.sections.iter().position(|known| known.name == datasec.name);
            let index = known.unwrap_or_else(|| {
                let zeros = vec![0; datasec.size as usize];
                self.image.sections.push(section(&datasec.name, 8, SHF_ALLOC | SHF_WRITE, zeros));
                self.image.sections.len() - 1
            });
            let symbols = btf.global_variables(datasec).map(|(name, placed)| Symbol {
                name: name.to_owned(),
                kind: STT_OBJECT,
                binding: STB_GLOBAL,
                section: Some(index),
                value: placed.offset.into(),
                size: placed.size.into(),
            });
            self.image.symbols.extend(symbols);
        }
    }
}

fn section(name: &str, align: u64, flags: SectionFlags, data: Vec<u8>) -> Section {
    let name = name.to_owned();
    Section { name, kind: SHT_PROGBITS, flags, align, data, relocations: Vec::new() }
}
