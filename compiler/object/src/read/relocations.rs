//! What instructions and elements of maps name.

use nbpfc_isa::{Insn, Op};
use object::{
    Object as _, ObjectSection, ObjectSymbol, RelocationFlags, RelocationTarget, SectionIndex,
};

use super::functions::Place;
use super::{Reader, Symbol};
use crate::check::TEXT;
use crate::elf::R_BPF_64_ABS64;
use crate::error::{Error, Fault, MapFault};
use crate::maps;
use crate::value::{Contents, Program, Relocation, Slot, Target};
use crate::write::SLOT;

impl Reader<'_, '_> {
    /// Reads what the instructions of each function name.
    pub(super) fn relocations(&mut self) -> Result<(), Error> {
        let places: Vec<_> = self.functions.iter().map(|f| (f.section, f.start, f.place)).collect();
        for (section, start, place) in places {
            let mut program = std::mem::take(self.function(place));
            let done = self
                .read_relocations(section, start, &mut program)
                .and_then(|()| self.read_local_calls(section, start, &mut program));
            *self.function(place) = program;
            done?;
        }
        Ok(())
    }

    fn function(&mut self, place: Place) -> &mut Program {
        match place {
            Place::Program(index) => &mut self.object.programs[index],
            Place::Subprogram(index) => &mut self.object.subprograms[index],
        }
    }

    fn read_relocations(
        &self,
        section: SectionIndex,
        start: u64,
        program: &mut Program,
    ) -> Result<(), Error> {
        for (offset, relocation) in self.file.section_by_index(section)?.relocations() {
            let Some(distance) = offset.checked_sub(start) else { continue };
            let insn = (distance / SLOT as u64) as usize;
            let Some(place) = program.insns.get(insn).copied() else { continue };
            let fail = |fault| Error::Program { name: program.name.clone(), fault };
            let RelocationTarget::Symbol(symbol) = relocation.target() else {
                return Err(fail(Fault::Target(insn)));
            };
            let symbol = self.file.symbol_by_index(symbol)?;
            let op = place.row().map(|row| row.op);
            if distance % SLOT as u64 != 0 || !matches!(op, Some(Op::LdImm64 | Op::CallLocal)) {
                return Err(fail(Fault::Relocation(insn)));
            }
            let is_call = op == Some(Op::CallLocal);
            let target = self.target(&symbol, place, is_call)?;
            clear(&mut program.insns[insn..], is_call);
            program.relocations.push(Relocation { insn, target });
        }
        program.relocations.sort_by_key(|relocation| relocation.insn);
        Ok(())
    }

    /// What the instruction `place` means by a symbol.
    fn target(&self, symbol: &Symbol<'_, '_>, place: Insn, is_call: bool) -> Result<Target, Error> {
        let name = symbol.name()?;
        let unknown = || Error::Unsupported(format!("a reference to {name:?}"));
        let Some(section) = symbol.section_index() else {
            let known = self.object.externs.iter().position(|known| known.name == name);
            let undefined = || Error::Unsupported(format!("{name:?}, which nothing defines,"));
            return known.map(Target::Extern).ok_or_else(undefined);
        };
        // A call counts slots from behind itself.
        let addend = i64::from(place.imm);
        let addend = if is_call { (addend + 1) * SLOT as i64 } else { addend };
        let at = symbol.address().cast_signed().checked_add(addend).ok_or_else(unknown)?;
        if let (Some(&map), false) = (self.data.get(&section), is_call) {
            let Contents::Data(bytes) = &self.object.maps[map].contents else {
                return Err(unknown());
            };
            let offset = u32::try_from(at).ok().filter(|offset| (*offset as usize) < bytes.len());
            return Ok(Target::MapValue { map, offset: offset.ok_or_else(unknown)? });
        }
        match &*self.section_name(section)? {
            maps::SECTION if !is_call => {
                let map = self.object.maps.iter().position(|map| map.name == name);
                map.map(Target::Map).ok_or_else(unknown)
            }
            TEXT => self.subprogram(section, at).ok_or_else(unknown),
            _ => Err(unknown()),
        }
    }

    fn subprogram(&self, section: SectionIndex, at: i64) -> Option<Target> {
        match self.function_at(section, at)? {
            Place::Subprogram(index) => Some(Target::Subprogram(index)),
            Place::Program(_) => None,
        }
    }

    fn function_at(&self, section: SectionIndex, at: i64) -> Option<Place> {
        let at = u64::try_from(at).ok()?;
        let mut functions = self.functions.iter();
        functions.find(|f| f.section == section && f.start == at).map(|f| f.place)
    }

    /// Calls inside of `.text` that the assembler has resolved.
    fn read_local_calls(
        &self,
        section: SectionIndex,
        start: u64,
        program: &mut Program,
    ) -> Result<(), Error> {
        let mut insn = 0;
        while let Some(place) = program.insns.get(insn).copied() {
            let row = place.row();
            let known = program.relocations.iter().any(|relocation| relocation.insn == insn);
            if row.is_some_and(|row| row.op == Op::CallLocal) && !known {
                let behind = (insn as i64 + 1 + i64::from(place.imm)) * SLOT as i64;
                let at = start.cast_signed().checked_add(behind);
                let target = at.and_then(|at| self.subprogram(section, at));
                let fault = Fault::Target(insn);
                let fail = || Error::Program { name: program.name.clone(), fault };
                let target = target.ok_or_else(fail)?;
                clear(&mut program.insns[insn..], true);
                program.relocations.push(Relocation { insn, target });
            }
            insn += row.map_or(1, nbpfc_isa::Row::slots);
        }
        program.relocations.sort_by_key(|relocation| relocation.insn);
        Ok(())
    }

    /// Reads the elements of maps of maps and of programs.
    pub(super) fn slots(&mut self) -> Result<(), Error> {
        let Some(section) = self.file.section_by_name(maps::SECTION) else { return Ok(()) };
        let variables: Vec<_> = self
            .file
            .symbols()
            .filter(|symbol| symbol.section_index() == Some(section.index()))
            .filter_map(|symbol| {
                let name = symbol.name().ok()?;
                let map = self.object.maps.iter().position(|map| map.name == name)?;
                Some((symbol.address(), symbol.size(), map))
            })
            .collect();
        for (offset, relocation) in section.relocations() {
            let unknown = || Error::Unsupported(format!("a pointer at {offset} of \".maps\""));
            let inside =
                |&&(start, size, _): &&(u64, u64, usize)| offset >= start && offset - start < size;
            let &(start, _, map) = variables.iter().find(inside).ok_or_else(unknown)?;
            let fault =
                Error::Map { name: self.object.maps[map].name.clone(), fault: MapFault::Slots };
            let values = self.values.get(map).copied().flatten();
            let first = start + u64::from(values.ok_or_else(|| fault.clone())?);
            let distance = offset.checked_sub(first).ok_or_else(|| fault.clone())?;
            let RelocationTarget::Symbol(symbol) = relocation.target() else {
                return Err(fault);
            };
            let kind = RelocationFlags::Elf { r_type: R_BPF_64_ABS64 };
            if relocation.flags() != kind || distance % u64::from(maps::FIELD) != 0 {
                return Err(fault);
            }
            let slot =
                self.slot(&self.file.symbol_by_index(symbol)?)?.ok_or_else(|| fault.clone())?;
            let index = u32::try_from(distance / u64::from(maps::FIELD)).map_err(|_| fault)?;
            match &mut self.object.maps[map].contents {
                Contents::Slots(slots) => slots.push((index, slot)),
                contents => *contents = Contents::Slots(vec![(index, slot)]),
            }
        }
        for map in &mut self.object.maps {
            if let Contents::Slots(slots) = &mut map.contents {
                slots.sort_by_key(|(index, _)| *index);
            }
        }
        Ok(())
    }

    /// What a symbol means as an element of a map.
    fn slot(&self, symbol: &Symbol<'_, '_>) -> Result<Option<Slot>, Error> {
        let Some(section) = symbol.section_index() else { return Ok(None) };
        if self.section_name(section)? == maps::SECTION {
            let name = symbol.name()?;
            return Ok(self.object.maps.iter().position(|map| map.name == name).map(Slot::Map));
        }
        Ok(match self.function_at(section, symbol.address().cast_signed()) {
            Some(Place::Program(index)) => Some(Slot::Program(index)),
            _ => None,
        })
    }
}

/// Takes what a relocation adds out of its instruction.
fn clear(insns: &mut [Insn], is_call: bool) {
    if let Some(insn) = insns.first_mut() {
        insn.imm = if is_call { -1 } else { 0 };
    }
}
