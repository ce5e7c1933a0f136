//! Maps to BTF and back: each is a variable in `.maps` whose type, a structure of pointers, says
//! all there is to say (libbpf's `bpf_helpers.h` has the C macros for it).
//!
//! A number is the length of an array that a pointer points to, a type is what a pointer points to.

use nbpfc_btf::{Btf, Builder, Encoding, Linkage, Placed, Type, TypeId};

use crate::error::{Error, MapFault};
use crate::value::{Map, Shape};

/// The section of maps.
pub(crate) const SECTION: &str = ".maps";
/// Size of a field, a pointer, in bytes.
const FIELD: u32 = 8;

/// Adds the maps' definitions to `btf`, or puts them in place of those that it has. Gives each
/// map's place in the section.
pub(crate) fn define(builder: &mut Builder, maps: &[Map]) -> Vec<Placed> {
    if maps.is_empty() {
        return Vec::new();
    }
    let old = builder.btf().find(is_section);
    let old_vars: Vec<(String, TypeId)> = old.map_or(Vec::new(), |id| {
        let Some(Type::Datasec(section)) = builder.btf().get(id) else { return Vec::new() };
        let vars = section.vars.iter().map(|placed| placed.var);
        vars.filter_map(|var| Some((builder.btf().get(var)?.name().to_owned(), var))).collect()
    });

    let mut placed = Vec::new();
    let mut offset = 0;
    for map in maps {
        let (ty, size) = structure(builder, map);
        let known = old_vars.iter().find(|(name, _)| *name == map.name);
        let var = match known {
            Some(&(_, var)) => {
                builder.set_var_type(var, ty);
                var
            }
            None => builder.var(&map.name, ty, Linkage::Global),
        };
        placed.push(Placed { var, offset, size });
        offset += size;
    }
    match old {
        Some(id) => builder.set_datasec(id, offset, placed.clone()),
        None => {
            builder.datasec(SECTION, offset, placed.clone());
        }
    }
    placed
}

fn is_section(ty: &Type) -> bool {
    matches!(ty, Type::Datasec(section) if section.name == SECTION)
}

/// The structure that defines a map, and its size in bytes.
fn structure(builder: &mut Builder, map: &Map) -> (TypeId, u32) {
    let mut fields: Vec<(&str, TypeId)> = vec![("type", number(builder, map.kind))];
    shape(builder, &mut fields, map.key, "key", "key_size");
    shape(builder, &mut fields, map.value, "value", "value_size");
    let numbers = [
        ("max_entries", map.max_entries),
        ("map_flags", map.flags),
        ("pinning", u32::from(map.pinned)),
    ];
    for (name, value) in numbers {
        if value != 0 {
            fields.push((name, number(builder, value)));
        }
    }
    let members: Vec<(&str, TypeId, u32)> =
        (0..).zip(&fields).map(|(index, &(name, ty))| (name, ty, index * FIELD)).collect();
    let size = fields.len() as u32 * FIELD;
    (builder.structure("", size, &members), size)
}

fn shape(
    builder: &mut Builder,
    fields: &mut Vec<(&'static str, TypeId)>,
    shape: Shape,
    typed: &'static str,
    sized: &'static str,
) {
    match shape {
        Shape::Bytes(0) => {}
        Shape::Bytes(size) => fields.push((sized, number(builder, size))),
        Shape::Type(ty) => fields.push((typed, builder.ptr(ty))),
    }
}

fn number(builder: &mut Builder, value: u32) -> TypeId {
    let int = builder.int("int", 4, Encoding::Signed);
    let array = builder.array(int, value);
    builder.ptr(array)
}

/// The maps that BTF defines, in the order of `.maps`.
pub(crate) fn read(btf: &Btf) -> Result<Vec<Map>, Error> {
    let section = btf.iter().find_map(|(_, ty)| match ty {
        Type::Datasec(section) if section.name == SECTION => Some(section),
        _ => None,
    });
    let vars = section.map_or(&[][..], |section| &section.vars);
    vars.iter().map(|placed| read_one(btf, placed.var)).collect()
}

fn read_one(btf: &Btf, var: TypeId) -> Result<Map, Error> {
    let name = btf.get(var).map_or("", Type::name).to_owned();
    let fault = |fault| Error::Map { name: name.clone(), fault };
    let Some(Type::Var(variable)) = btf.get(var) else { return Err(fault(MapFault::Definition)) };
    let Some((_, Type::Struct(definition))) = btf.resolve(variable.ty) else {
        return Err(fault(MapFault::Definition));
    };

    let mut map = Map {
        name: name.clone(),
        kind: 0,
        key: Shape::Bytes(0),
        value: Shape::Bytes(0),
        max_entries: 0,
        flags: 0,
        pinned: false,
    };
    for member in &definition.members {
        let number = || read_number(btf, member.ty).ok_or_else(|| fault(MapFault::Definition));
        let ty = || match btf.resolve(member.ty) {
            Some((_, Type::Ptr(ty))) if btf.size_of(*ty).is_some() => Ok(Shape::Type(*ty)),
            _ => Err(fault(MapFault::Type)),
        };
        match member.name.as_str() {
            "type" => map.kind = number()?,
            "key" => map.key = ty()?,
            "value" => map.value = ty()?,
            "key_size" => map.key = Shape::Bytes(number()?),
            "value_size" => map.value = Shape::Bytes(number()?),
            "max_entries" => map.max_entries = number()?,
            "map_flags" => map.flags = number()?,
            "pinning" => match number()? {
                pinned @ 0..=1 => map.pinned = pinned == 1,
                _ => return Err(fault(MapFault::Field("pinning".to_owned()))),
            },
            other => return Err(fault(MapFault::Field(other.to_owned()))),
        }
    }
    Ok(map)
}

fn read_number(btf: &Btf, id: TypeId) -> Option<u32> {
    let (_, Type::Ptr(pointed)) = btf.resolve(id)? else { return None };
    match btf.resolve(*pointed)? {
        (_, Type::Array(array)) => Some(array.len),
        _ => None,
    }
}
