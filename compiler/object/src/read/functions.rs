//! Functions: programs by their sections, subprograms in `.text`.

use nbpfc_btf::Ext;
use nbpfc_isa::Insn;
use object::elf::SHF_EXECINSTR;
use object::{Object as _, ObjectSection, ObjectSymbol, SectionFlags, SectionIndex, SymbolKind};

use super::{Reader, Section, Symbol, is_local};
use crate::check::TEXT;
use crate::error::{Error, Fault};
use crate::value::{Core, Line, Program};
use crate::write::SLOT;

/// Where a function stands in the file.
pub(super) struct Function {
    pub(super) section: SectionIndex,
    /// Its offset in the section, in bytes.
    pub(super) start: u64,
    pub(super) place: Place,
}

/// Where a function stands in the object.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Program(usize),
    Subprogram(usize),
}

impl Reader<'_, '_> {
    /// Reads all functions; what they name comes later, because it may be a function.
    pub(super) fn functions(&mut self, ext: &Ext) -> Result<(), Error> {
        for section in self.file.sections() {
            let SectionFlags::Elf { sh_flags, .. } = section.flags() else { continue };
            if sh_flags.contains(SHF_EXECINSTR) && section.size() != 0 {
                self.section(&section, ext)?;
            }
        }
        Ok(())
    }

    /// The functions that the symbol table has in a section.
    fn section(&mut self, section: &Section<'_, '_>, ext: &Ext) -> Result<(), Error> {
        let bytes = section.data()?;
        let section_name = section.name()?;
        let is_text = section_name == TEXT;
        if section_name.starts_with('.') && !is_text {
            return Err(Error::Unsupported(format!("code in section {section_name:?}")));
        }
        let mut symbols: Vec<Symbol<'_, '_>> = self
            .file
            .symbols()
            .filter(|symbol| symbol.section_index() == Some(section.index()))
            .filter(|symbol| symbol.kind() == SymbolKind::Text)
            .collect();
        symbols.sort_by_key(Symbol::address);

        let mut end = 0;
        for symbol in symbols {
            let name = symbol.name()?.to_owned();
            let fail = |fault| Error::Program { name: name.clone(), fault };
            if is_local(&symbol) && !is_text {
                return Err(Error::Unsupported(format!("the static function {name:?}")));
            }
            let (start, size) = (symbol.address(), symbol.size());
            if start != end || size % SLOT as u64 != 0 {
                return Err(fail(Fault::Bounds));
            }
            if size == 0 {
                return Err(fail(Fault::Empty));
            }
            end = start.checked_add(size).ok_or_else(|| fail(Fault::Bounds))?;
            let code = bytes.get(start as usize..end as usize);
            let (slots, _) = code.ok_or_else(|| fail(Fault::Bounds))?.as_chunks();
            let mut program = Program {
                name: name.clone(),
                section: section_name.to_owned(),
                insns: slots.iter().map(|slot| Insn::decode(*slot)).collect(),
                ..Program::default()
            };
            read_records(ext, start, &mut program).map_err(fail)?;
            let (list, place): (_, fn(usize) -> Place) = if is_text {
                (&mut self.object.subprograms, Place::Subprogram)
            } else {
                (&mut self.object.programs, Place::Program)
            };
            let place = place(list.len());
            list.push(program);
            self.functions.push(Function { section: section.index(), start, place });
        }
        if end != section.size() {
            let what = format!("code outside of functions in {section_name:?}");
            return Err(Error::Unsupported(what));
        }
        Ok(())
    }
}

/// What `.BTF.ext` says of the function that begins at `start`.
fn read_records(ext: &Ext, start: u64, program: &mut Program) -> Result<(), Fault> {
    let functions = ext.functions.iter().filter(|section| section.name == program.section);
    let mut functions = functions.flat_map(|section| &section.records);
    let function = functions.find(|record| u64::from(record.offset) == start);
    program.function = function.map(|record| record.function);

    let slots = program.insns.len();
    let index = |offset: u32| {
        let distance = usize::try_from(u64::from(offset).checked_sub(start)?).ok()?;
        (distance / SLOT < slots).then_some((distance / SLOT, distance % SLOT == 0))
    };
    let lines = ext.lines.iter().filter(|section| section.name == program.section);
    for record in lines.flat_map(|section| &section.records) {
        let Some((insn, aligned)) = index(record.offset) else { continue };
        if !aligned {
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
    let relocations = ext.relocations.iter().filter(|section| section.name == program.section);
    for record in relocations.flat_map(|section| &section.records) {
        let Some((insn, aligned)) = index(record.offset) else { continue };
        if !aligned {
            return Err(Fault::Core(insn));
        }
        let (ty, access, kind) = (record.ty, record.access.clone(), record.kind);
        program.core.push(Core { insn, ty, access, kind });
    }
    Ok(())
}
