//! Global data: its sections, and where its variables stand in them.

use std::collections::BTreeMap;

use nbpfc_btf::{Btf, Type, TypeId};
use object::elf::SHT_NOBITS;
use object::{Object as _, ObjectSection, ObjectSymbol, SectionFlags, SymbolKind};

use super::{File, Reader, Section};
use crate::error::Error;
use crate::value::{Map, Shape};

/// Most bytes of one section: no map of the kernel's has longer values.
const MAX_BYTES: u64 = 1 << 28;

/// clang leaves sizes of sections and offsets of global variables to the loader: takes them from
/// the sections and symbols of the file.
pub(super) fn place_variables(file: &File<'_>, btf: &mut Btf) -> Result<(), Error> {
    let ids: Vec<TypeId> =
        btf.iter().filter(|(_, ty)| matches!(ty, Type::Datasec(_))).map(|(id, _)| id).collect();
    for id in ids {
        let Some(Type::Datasec(datasec)) = btf.get(id) else { continue };
        let Some(section) = file.section_by_name(&datasec.name) else { continue };
        let mut datasec = datasec.clone();
        datasec.size = u32::try_from(section.size()).map_err(|_| too_long(&datasec.name))?;
        let symbols: BTreeMap<&str, _> = file
            .symbols()
            .filter(|symbol| symbol.section_index() == Some(section.index()))
            .filter(|symbol| symbol.kind() == SymbolKind::Data)
            .filter_map(|symbol| Some((symbol.name().ok()?, symbol)))
            .collect();
        for placed in &mut datasec.vars {
            let name = btf.get(placed.var).map_or("", Type::name);
            if let Some(symbol) = symbols.get(name) {
                placed.offset = symbol.address() as u32;
                placed.size = symbol.size() as u32;
            }
        }
        datasec.vars.sort_by_key(|placed| placed.offset);
        if let Some(place) = btf.get_mut(id) {
            *place = Type::Datasec(datasec);
        }
    }
    Ok(())
}

fn too_long(name: &str) -> Error {
    Error::Unsupported(format!("so much data in section {name:?}"))
}

impl Reader<'_, '_> {
    /// Reads the sections of global data into maps.
    pub(super) fn data(&mut self) -> Result<(), Error> {
        for section in self.file.sections() {
            let name = section.name()?;
            if section.size() == 0 || !Map::is_data_section(name) {
                if name.starts_with(".struct_ops") {
                    return Err(Error::Unsupported(format!("a section {name:?}")));
                }
                continue;
            }
            if section.relocations().next().is_some() {
                return Err(Error::Unsupported(format!("a pointer in section {name:?}")));
            }
            let bytes = bytes(&section)?;
            let btf = self.object.btf.as_ref();
            let known = btf.and_then(|btf| {
                btf.find(|ty| matches!(ty, Type::Datasec(datasec) if datasec.name == name))
            });
            let value = known.map_or(Shape::Bytes(bytes.len() as u32), Shape::Type);
            self.data.insert(section.index(), self.object.maps.len());
            self.object.maps.push(Map::data(name, bytes, value));
        }
        Ok(())
    }
}

fn bytes(section: &Section<'_, '_>) -> Result<Vec<u8>, Error> {
    if section.size() > MAX_BYTES {
        return Err(too_long(section.name()?));
    }
    match section.flags() {
        SectionFlags::Elf { sh_type, .. } if sh_type == SHT_NOBITS => {
            Ok(vec![0; section.size() as usize])
        }
        _ => Ok(section.data()?.to_vec()),
    }
}
