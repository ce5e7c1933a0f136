//! Types for kernels that do not know all kinds of them: what is not known becomes something of
//! equal size that is, and every type keeps its number.

use nbpfc_btf::{
    Btf as Types, Composite, Encoding, Enum, Int, Linkage, Member, Named, Type, TypeId,
};

use crate::error::Error;
use crate::probe::Feature;

/// The types without what the kernel does not have, by the answers of `has`.
pub(crate) fn sanitise(
    types: &Types,
    has: impl Fn(Feature) -> Result<bool, Error>,
) -> Result<Types, Error> {
    let functions = has(Feature::BtfFunctions)?;
    let sections = has(Feature::BtfSections)?;
    let global = has(Feature::BtfGlobalFunctions)?;
    let floats = has(Feature::BtfFloats)?;
    let declarations = has(Feature::BtfDeclarationTags)?;
    let tags = has(Feature::BtfTypeTags)?;
    let enum64 = has(Feature::BtfEnum64)?;
    let mut changed = types.clone();
    for (id, ty) in types.iter() {
        let new = match ty {
            Type::Var(variable) if !sections => byte(&variable.name),
            Type::Datasec(section) if !sections => {
                let members = section.vars.iter().map(|placed| Member {
                    name: types.get(placed.var).map_or("", Type::name).to_owned(),
                    ty: match types.get(placed.var) {
                        Some(Type::Var(variable)) => variable.ty,
                        _ => TypeId::VOID,
                    },
                    offset: placed.offset.saturating_mul(8),
                    bits: 0,
                });
                let name = identifier(&section.name);
                let members = members.filter(|member| types.size_of(member.ty).is_some()).collect();
                Type::Struct(Composite { name, size: section.size, members })
            }
            Type::FuncProto(proto) if !functions => {
                let values = proto.params.iter().zip(0..);
                let values = values.map(|(parameter, value)| match &*parameter.name {
                    "" => (format!("p{value}"), value),
                    name => (name.to_owned(), value),
                });
                let (name, values) = (String::new(), values.collect());
                Type::Enum(Enum { name, size: 4, signed: false, values })
            }
            Type::Func(function) if !functions => {
                Type::Typedef(Named { name: function.name.clone(), ty: function.ty })
            }
            Type::Func(function) if !global && function.linkage == Linkage::Global => {
                let mut function = function.clone();
                function.linkage = Linkage::Static;
                Type::Func(function)
            }
            Type::Float(float) if !floats => Type::Struct(Composite {
                name: String::new(),
                size: float.size,
                members: Vec::new(),
            }),
            Type::DeclTag(_) if !declarations => byte("tag"),
            Type::TypeTag(tag) if !tags => Type::Const(tag.ty),
            Type::Enum64(list) if !enum64 => Type::Union(Composite {
                name: list.name.clone(),
                size: list.size,
                members: Vec::new(),
            }),
            Type::Enum(list) if !enum64 && list.signed => {
                Type::Enum(Enum { signed: false, ..list.clone() })
            }
            _ => continue,
        };
        if let Some(place) = changed.get_mut(id) {
            *place = new;
        }
    }
    Ok(changed)
}

fn byte(name: &str) -> Type {
    let name = name.to_owned();
    Type::Int(Int { name, size: 1, encoding: Encoding::Unsigned, offset: 0, bits: 8 })
}

/// A section's name as C has names: the first kernels want it so.
fn identifier(name: &str) -> String {
    let allowed = |character: char| character.is_ascii_alphanumeric() || character == '_';
    name.chars().map(|character| if allowed(character) { character } else { '_' }).collect()
}

#[cfg(test)]
mod tests;
