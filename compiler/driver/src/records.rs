//! What programs of the nbp language hand to who reads it and keep in maps, as types that others read
//! it by.

use std::collections::BTreeMap;
use std::sync::Arc;

use nbpfc_btf::{Builder, Encoding, Enum, Type as Btf, TypeId};
use nbpfc_kernel::MapKind;
use nbpfc_sema::{Int, Program, StructId, Type};

/// What is written to a ring buffer, or to perf events.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    /// The map's name.
    pub(crate) map: String,
    /// What a record is.
    pub(crate) form: Form,
}

/// A type as it lies in memory.
#[derive(Clone, Debug)]
pub(crate) enum Form {
    /// A number of so many bytes.
    Number(u32, Encoding),
    /// A number of so many bytes of which fewer bits count, with the name of its type.
    Narrow(u32, Encoding, String),
    /// A number of so many bytes in network order, with the name of its type.
    Network(u32, &'static str),
    /// So many bytes, with the name of their type.
    Bytes(u32, &'static str),
    /// So many elements.
    Array(Box<Form>, u32),
    /// A number of so many bytes, and names for some.
    Enum(String, u32, bool, Vec<(String, i64)>),
    /// One and the same wherever the struct is.
    Struct(Arc<Composite>),
}

/// A struct as it lies in memory.
#[derive(Clone, Debug)]
pub(crate) struct Composite {
    name: String,
    size: u32,
    /// Each one's name, place and type.
    fields: Vec<(String, u32, Form)>,
}

/// What is written to each ring buffer and each array of perf events of a module.
pub(crate) fn of(program: &Program) -> Vec<Record> {
    let kinds = [MapKind::RingBuf, MapKind::PerfEventArray];
    let rings = program.maps.values().filter(|map| kinds.contains(&map.kind));
    rings.map(|map| Record { map: map.name.clone(), form: Form::of(program, &map.value) }).collect()
}

/// What is under the keys of a map.
#[derive(Clone, Debug)]
pub(crate) struct Element {
    /// The map's name.
    pub(crate) map: String,
    /// What its keys are.
    pub(crate) key: Form,
    /// What its values are.
    pub(crate) value: Form,
}

/// What is in each map of a module that the kernel takes types of.
pub(crate) fn elements(program: &Program) -> Vec<Element> {
    let maps = program.maps.values().filter(|map| map.kind.is_typed());
    maps.map(|map| Element {
        map: map.name.clone(),
        key: Form::of(program, &map.key),
        value: Form::of(program, &map.value),
    })
    .collect()
}

impl Form {
    /// How a type lies in memory.
    pub(crate) fn of(program: &Program, ty: &Type) -> Self {
        Self::with(program, ty, &mut BTreeMap::new())
    }

    /// As [`Self::of`], with the structs that are known already.
    fn with(program: &Program, ty: &Type, known: &mut BTreeMap<StructId, Self>) -> Self {
        let size = nbpfc_sema::size_of(program, ty);
        let of = |int: Int| if int.signed { Encoding::Signed } else { Encoding::Unsigned };
        match ty {
            Type::Bool => Self::Number(size, Encoding::Bool),
            Type::Int(int) if u32::from(int.bits) < size * 8 => {
                let sign = if int.signed { 'i' } else { 'u' };
                Self::Narrow(size, of(*int), format!("{sign}{}", int.bits))
            }
            Type::Int(int) => Self::Number(size, of(*int)),
            Type::Array(element, count) => {
                Self::Array(Box::new(Self::with(program, element, known)), *count)
            }
            Type::Ipv4Addr => Self::Network(size, "ipv4addr"),
            Type::Ipv6Addr => Self::Bytes(size, "ipv6addr"),
            Type::MacAddr => Self::Bytes(size, "macaddr"),
            // The kernel knows locks by this name, and wants a struct as the key of a trie.
            Type::Lock => {
                let number = Self::Number(4, Encoding::Unsigned);
                Self::structure("bpf_spin_lock", size, vec![("val".to_owned(), 0, number)])
            }
            Type::Ipv4Prefix | Type::Ipv6Prefix => {
                let address = match ty {
                    Type::Ipv4Prefix => Self::of(program, &Type::Ipv4Addr),
                    _ => Self::of(program, &Type::Ipv6Addr),
                };
                let length = ("length".to_owned(), 0, Self::Number(4, Encoding::Unsigned));
                let fields = vec![length, ("address".to_owned(), 4, address)];
                Self::structure("prefix", size, fields)
            }
            Type::Enum(id) => {
                let data = &program.enums[*id];
                let values = data.variants.iter();
                let values = values.map(|(name, number)| (name.clone(), *number as i64)).collect();
                Self::Enum(data.name.clone(), size, data.repr.signed, values)
            }
            Type::Struct(id) => {
                if let Some(known) = known.get(id) {
                    return known.clone();
                }
                let data = &program.structs[*id];
                let fields = data.fields.iter().zip(0..).map(|(field, index)| {
                    let at = nbpfc_sema::field_offset(program, ty, index);
                    (field.name.clone(), at, Self::with(program, &field.ty, known))
                });
                let form = Self::structure(&data.name, size, fields.collect());
                known.insert(*id, form.clone());
                form
            }
            _ => Self::Bytes(size, ""),
        }
    }

    fn structure(name: &str, size: u32, fields: Vec<(String, u32, Self)>) -> Self {
        Self::Struct(Arc::new(Composite { name: name.to_owned(), size, fields }))
    }

    /// Adds the type.
    pub(crate) fn add_to(&self, builder: &mut Builder) -> TypeId {
        self.add_with(builder, &mut BTreeMap::new())
    }

    /// As [`Self::add_to`], with the structs that are there already, by where their forms lie.
    fn add_with(&self, builder: &mut Builder, there: &mut BTreeMap<usize, TypeId>) -> TypeId {
        let named = |builder: &mut Builder, name: &str, ty| match name {
            "" => ty,
            _ => builder.typedef(name, ty),
        };
        match self {
            Self::Number(size, encoding) => number(builder, *size, *encoding),
            Self::Narrow(size, encoding, name) => {
                let plain = number(builder, *size, *encoding);
                builder.typedef(name, plain)
            }
            Self::Array(element, count) => {
                let element = element.add_with(builder, there);
                builder.array(element, *count)
            }
            Self::Network(size, name) => {
                let plain = number(builder, *size, Encoding::Unsigned);
                let ty = builder.typedef(&format!("__be{}", size * 8), plain);
                named(builder, name, ty)
            }
            Self::Bytes(size, name) => {
                let byte = number(builder, 1, Encoding::Unsigned);
                let ty = builder.array(byte, *size);
                named(builder, name, ty)
            }
            Self::Enum(name, size, signed, values) => {
                let list = Enum {
                    name: name.clone(),
                    size: *size,
                    signed: *signed,
                    values: values.clone(),
                };
                builder.add(if *size > 4 { Btf::Enum64(list) } else { Btf::Enum(list) })
            }
            Self::Struct(shared) => {
                let key = Arc::as_ptr(shared).addr();
                if let Some(ty) = there.get(&key) {
                    return *ty;
                }
                let Composite { name, size, fields } = &**shared;
                let members: Vec<_> = fields
                    .iter()
                    .map(|(name, at, form)| (name.as_str(), form.add_with(builder, there), *at))
                    .collect();
                let ty = builder.structure(name, *size, &members);
                there.insert(key, ty);
                ty
            }
        }
    }
}

/// The type of a number of so many bytes.
fn number(builder: &mut Builder, size: u32, encoding: Encoding) -> TypeId {
    let name = match (size, encoding) {
        (_, Encoding::Bool) => "bool",
        (1, Encoding::Signed) => "__s8",
        (2, Encoding::Signed) => "__s16",
        (4, Encoding::Signed) => "__s32",
        (_, Encoding::Signed) => "__s64",
        (1, _) => "__u8",
        (2, _) => "__u16",
        (4, _) => "__u32",
        _ => "__u64",
    };
    builder.int(name, size as u8, encoding)
}
