//! Maps to BTF and back: each is a variable in `.maps` whose type, a structure of pointers, says
//! all there is to say (libbpf's `bpf_helpers.h` has the C macros for it).
//!
//! A number is the length of an array that a pointer points to, a type is what a pointer points to.

use nbpfc_btf::{Btf, Builder, Encoding, Linkage, Placed, Type, TypeId};

use crate::error::{Error, MapFault};
use crate::value::{Contents, Map, Shape};

/// The section of maps.
pub(crate) const SECTION: &str = ".maps";
/// Size of a field, a pointer, in bytes.
pub(crate) const FIELD: u32 = 8;

/// Adds the maps' definitions to `btf`, or puts them in place of those that it has. Gives the
/// place in the section of each map that is no global data.
pub(crate) fn define(builder: &mut Builder, maps: &[Map]) -> Vec<Placed> {
    let maps: Vec<&Map> =
        maps.iter().filter(|map| !matches!(map.contents, Contents::Data(_))).collect();
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
        let ty = structure(builder, map);
        let slots = match &map.contents {
            Contents::Slots(slots) => slots.last().map_or(0, |(index, _)| index + 1),
            _ => 0,
        };
        let size = fixed_size(map) + slots * FIELD;
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

/// The fields of a map's definition without its elements, each with its name.
enum Field {
    Number(u32),
    Type(TypeId),
}

fn fields(map: &Map) -> Vec<(&'static str, Field)> {
    let mut fields = vec![("type", Field::Number(map.kind))];
    for (shape, typed, sized) in [(map.key, "key", "key_size"), (map.value, "value", "value_size")]
    {
        match shape {
            Shape::Bytes(0) => {}
            Shape::Bytes(size) => fields.push((sized, Field::Number(size))),
            Shape::Type(ty) => fields.push((typed, Field::Type(ty))),
        }
    }
    let numbers = [
        ("max_entries", map.max_entries),
        ("map_flags", map.flags),
        ("pinning", u32::from(map.pinned)),
        ("map_extra", map.extra),
    ];
    let numbers = numbers.into_iter().filter(|(_, number)| *number != 0);
    fields.extend(numbers.map(|(name, number)| (name, Field::Number(number))));
    fields
}

/// Size of a map's definition without its elements, in bytes.
pub(crate) fn fixed_size(map: &Map) -> u32 {
    fields(map).len() as u32 * FIELD
}

/// The structure that defines a map.
fn structure(builder: &mut Builder, map: &Map) -> TypeId {
    let mut members: Vec<(&str, TypeId, u32)> = Vec::new();
    let mut offset = 0;
    for (name, field) in fields(map) {
        let ty = match field {
            Field::Number(value) => number(builder, value),
            Field::Type(ty) => builder.ptr(ty),
        };
        members.push((name, ty, offset));
        offset += FIELD;
    }
    // Elements are pointers to what they are: a map of this definition, or a function.
    let element = match (&map.inner, &map.contents) {
        (Some(inner), _) => Some(structure(builder, inner)),
        (None, Contents::Slots(_)) => Some(builder.proto(TypeId::VOID, &[])),
        _ => None,
    };
    if let Some(element) = element {
        let pointer = builder.ptr(element);
        members.push(("values", builder.array(pointer, 0), offset));
    }
    builder.structure("", offset, &members)
}

/// Who reads it looks at the array's length alone, and the kernel sees that the array takes no more than
/// 4 GiB: great numbers are arrays of bytes.
fn number(builder: &mut Builder, value: u32) -> TypeId {
    let element = if value.checked_mul(4).is_some() {
        builder.int("int", 4, Encoding::Signed)
    } else {
        builder.int("char", 1, Encoding::Signed)
    };
    let array = builder.array(element, value);
    builder.ptr(array)
}

/// A map as its definition says, and where its elements stand in `.maps`, if it has any.
pub(crate) struct Defined {
    pub(crate) map: Map,
    /// Offset of the elements in the variable, in bytes.
    pub(crate) values: Option<u32>,
}

/// The maps that BTF defines, in the order of `.maps`.
pub(crate) fn read(btf: &Btf) -> Result<Vec<Defined>, Error> {
    let section = btf.iter().find_map(|(_, ty)| match ty {
        Type::Datasec(section) if section.name == SECTION => Some(section),
        _ => None,
    });
    let vars = section.map_or(&[][..], |section| &section.vars);
    vars.iter().map(|placed| read_one(btf, placed.var)).collect()
}

fn read_one(btf: &Btf, var: TypeId) -> Result<Defined, Error> {
    let name = btf.get(var).map_or("", Type::name);
    let Some(Type::Var(variable)) = btf.get(var) else {
        return Err(Error::Map { name: name.to_owned(), fault: MapFault::Definition });
    };
    read_definition(btf, name, variable.ty, true)
        .map_err(|fault| Error::Map { name: name.to_owned(), fault })
}

/// The map that a structure defines. Only an outer one may have maps inside.
fn read_definition(
    btf: &Btf,
    name: &str,
    structure: TypeId,
    outer: bool,
) -> Result<Defined, MapFault> {
    let Some((_, Type::Struct(definition))) = btf.resolve(structure) else {
        return Err(MapFault::Definition);
    };
    let mut map = Map { name: name.to_owned(), ..Map::default() };
    let mut values = None;
    for member in &definition.members {
        let number = || read_number(btf, member.ty).ok_or(MapFault::Definition);
        let ty = || match btf.resolve(member.ty) {
            Some((_, Type::Ptr(ty))) if btf.size_of(*ty).is_some() => Ok(Shape::Type(*ty)),
            _ => Err(MapFault::Type),
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
                _ => return Err(MapFault::Field("pinning".to_owned())),
            },
            "map_extra" => map.extra = number()?,
            "values" if outer => {
                values = Some(member.offset / 8);
                map.inner = read_element(btf, member.ty)?;
            }
            other => return Err(MapFault::Field(other.to_owned())),
        }
    }
    if values.is_some() && map.value == Shape::Bytes(0) {
        // A descriptor; the definition need not say so.
        map.value = Shape::Bytes(4);
    }
    Ok(Defined { map, values })
}

/// What the elements are: maps of a definition, or `None` for functions.
fn read_element(btf: &Btf, values: TypeId) -> Result<Option<Box<Map>>, MapFault> {
    let Some((_, Type::Array(array))) = btf.resolve(values) else {
        return Err(MapFault::Definition);
    };
    let Some((_, Type::Ptr(element))) = btf.resolve(array.element) else {
        return Err(MapFault::Definition);
    };
    match btf.resolve(*element) {
        Some((_, Type::FuncProto(_))) => Ok(None),
        Some((id, Type::Struct(_))) => Ok(Some(Box::new(read_definition(btf, "", id, false)?.map))),
        _ => Err(MapFault::Definition),
    }
}

fn read_number(btf: &Btf, id: TypeId) -> Option<u32> {
    let (_, Type::Ptr(pointed)) = btf.resolve(id)? else { return None };
    match btf.resolve(*pointed)? {
        (_, Type::Array(array)) => Some(array.len),
        _ => None,
    }
}
