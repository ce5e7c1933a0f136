//! Global variables of an object by name.

use nbpfc_btf::{Btf as Types, Type, TypeId};
use nbpfc_object::{Contents, Object};

/// A global variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its section, whose name is also that of its map, such as `.rodata`.
    pub section: String,
    /// Its type in the object.
    pub ty: TypeId,
    /// The type as in C.
    pub type_name: String,
    /// Size in bytes.
    pub size: usize,
    /// Whether programs cannot change it; this process can only before it is loaded.
    pub constant: bool,
    /// The map that it is in.
    pub(super) map: usize,
    /// Where it is in the map's value, in bytes.
    pub(super) offset: usize,
}

/// All variables, in the order of their maps.
pub(super) fn variables(object: &Object) -> Vec<Variable> {
    let Some(types) = &object.btf else { return Vec::new() };
    let sections = object.maps.iter().enumerate().filter_map(|(index, map)| {
        let Contents::Data(_) = map.contents else { return None };
        let section = types.datasecs().find(|section| section.name == map.name)?;
        Some((index, map, section))
    });
    let variables = sections.flat_map(|(index, map, section)| {
        section.vars.iter().filter_map(move |placed| {
            let Some(Type::Var(variable)) = types.get(placed.var) else { return None };
            Some(Variable {
                name: variable.name.clone(),
                section: map.name.clone(),
                ty: variable.ty,
                type_name: plain(types, variable.ty),
                size: placed.size as usize,
                constant: map.is_frozen(),
                map: index,
                offset: placed.offset as usize,
            })
        })
    });
    variables.collect()
}

/// A type's name without what says how it may be used.
fn plain(types: &Types, mut ty: TypeId) -> String {
    // More than C allows; types that go round in a circle end too.
    for _ in 0..8 {
        let Some(Type::Const(inner) | Type::Volatile(inner)) = types.get(ty) else { break };
        ty = *inner;
    }
    types.describe(ty)
}
