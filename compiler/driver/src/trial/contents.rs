//! What programs left in maps and global variables, by the types of their declarations.

use nbpfc_emulator::Map;
use nbpfc_kernel::MapKind;
use nbpfc_lower::globals;
use nbpfc_sema::{Program, Type, Value, size_of};

use super::memory::decode;
use super::show::show;
use crate::nbp::Programs;

/// A value that a program left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// A truth value.
    Truth(bool),
    /// A number.
    Number(i128),
    /// An address, a variant, bytes: as the language writes them.
    Word(String),
    /// A struct: names and values.
    Fields(Vec<(String, Left)>),
    /// An array.
    List(Vec<Left>),
}

/// What is in a map, or in a global variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// Its name.
    pub name: String,
    /// The map's type; `None` for a variable, which has one element without a key.
    pub kind: Option<MapKind>,
    /// Keys, where there are any, and values. Elements of arrays that are zero are left out.
    pub elements: Vec<(Option<Left>, Left)>,
    /// How many elements were left out.
    pub zeros: usize,
}

impl Programs {
    /// What is in the maps of a machine that ran one of the programs. Events are taken out.
    pub fn contents(&self, maps: &mut [Map]) -> Vec<Contents> {
        let program = self.meaning();
        let mut found = Vec::new();
        for (data, map) in program.maps.values().zip(maps.iter_mut()) {
            // The source says which programs are in it.
            if data.kind == MapKind::ProgArray {
                continue;
            }
            let value =
                |bytes: &[u8]| left(program, &data.value, &decode(program, &data.value, bytes));
            let elements: Vec<_> = match data.kind {
                MapKind::RingBuf | MapKind::PerfEventArray => {
                    let records = map.take_records();
                    records.iter().map(|record| (None, value(record))).collect()
                }
                _ => {
                    let elements = map.filled().into_iter();
                    let key = |bytes: &[u8]| {
                        let key = decode(program, &data.key, bytes);
                        (!bytes.is_empty()).then(|| left(program, &data.key, &key))
                    };
                    elements.map(|(bytes, element)| (key(&bytes), value(&element))).collect()
                }
            };
            let array = matches!(data.kind, MapKind::Array | MapKind::PerCpuArray);
            let all = if array { data.max_entries as usize } else { elements.len() };
            let zeros = all.saturating_sub(elements.len());
            found.push(Contents {
                name: data.name.clone(),
                kind: Some(data.kind),
                elements,
                zeros,
            });
        }
        for global in globals(program) {
            let var = &program.vars[global.var];
            if var.constant {
                continue;
            }
            let section =
                maps.iter().find(|map| matches!(map.spec().name.as_str(), ".bss" | ".data"));
            let Some(bytes) = section.and_then(|section| section.get(&[0; 4])) else { continue };
            let own = bytes.get(global.offset as usize..).unwrap_or_default();
            let size = size_of(program, &var.ty) as usize;
            let value = decode(program, &var.ty, &own[..size.min(own.len())]);
            let elements = vec![(None, left(program, &var.ty, &value))];
            found.push(Contents { name: var.name.clone(), kind: None, elements, zeros: 0 });
        }
        found
    }
}

fn left(program: &Program, ty: &Type, value: &Value) -> Left {
    match (ty, value) {
        (_, Value::Bool(truth)) => Left::Truth(*truth),
        (_, Value::Int(number)) => Left::Number(*number),
        (Type::Struct(id), Value::Fields(values)) => {
            let fields = program.structs[*id].fields.iter().zip(values);
            Left::Fields(
                fields
                    .map(|(field, value)| (field.name.clone(), left(program, &field.ty, value)))
                    .collect(),
            )
        }
        (Type::Array(element, _), Value::Fields(values)) => {
            Left::List(values.iter().map(|value| left(program, element, value)).collect())
        }
        _ => Left::Word(show(program, ty, value)),
    }
}
