//! The list of types that an object or a kernel has.

use std::sync::Arc;

use crate::types::{Datasec, Linkage, Placed, Type, TypeId};

/// How deep sizes are looked for: the kernel's limit for nested types.
const DEPTH: usize = 32;

/// Types with their numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Btf {
    /// The types that these go on from, as a kernel module's from the kernel's.
    base: Option<Arc<Btf>>,
    types: Vec<Type>,
}

impl Btf {
    /// No types yet, to go on from those of `base`: their numbers name the same types here.
    pub fn on(base: Arc<Self>) -> Self {
        Self { base: Some(base), types: Vec::new() }
    }

    /// The types that these go on from.
    pub fn base(&self) -> Option<&Arc<Self>> {
        self.base.as_ref()
    }

    /// Appends a type.
    pub fn push(&mut self, ty: Type) -> TypeId {
        self.types.push(ty);
        TypeId(self.len() as u32)
    }

    /// The type of a number; `None` for `void` and numbers that are not used.
    pub fn get(&self, id: TypeId) -> Option<&Type> {
        match (self.index(id), &self.base) {
            (Some(index), _) => self.types.get(index),
            (None, Some(base)) => base.get(id),
            (None, None) => None,
        }
    }

    /// As [`Btf::get`], to change it; `None` for a type of [`Btf::base`].
    pub fn get_mut(&mut self, id: TypeId) -> Option<&mut Type> {
        let index = self.index(id)?;
        self.types.get_mut(index)
    }

    /// How many types the base has.
    fn before(&self) -> usize {
        self.base.as_ref().map_or(0, |base| base.len())
    }

    fn index(&self, id: TypeId) -> Option<usize> {
        (id.0 as usize).checked_sub(1 + self.before())
    }

    /// How many types there are, those of the base too, `void` not counted.
    pub fn len(&self) -> usize {
        self.before() + self.types.len()
    }

    /// Whether there is no type.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All types in the order of their numbers, without those of the base.
    pub fn iter(&self) -> impl Iterator<Item = (TypeId, &Type)> {
        (1 + self.before() as u32..).map(TypeId).zip(&self.types)
    }

    /// The first type that a test holds for.
    pub fn find(&self, test: impl Fn(&Type) -> bool) -> Option<TypeId> {
        self.iter().find(|(_, ty)| test(ty)).map(|(id, _)| id)
    }

    /// The ELF sections whose variables are known.
    pub fn datasecs(&self) -> impl Iterator<Item = &Datasec> {
        self.types.iter().filter_map(|ty| match ty {
            Type::Datasec(section) => Some(section),
            _ => None,
        })
    }

    /// The variables of a section that have a symbol for everyone, with their names.
    pub fn global_variables<'a>(
        &'a self,
        section: &'a Datasec,
    ) -> impl Iterator<Item = (&'a str, &'a Placed)> {
        section.vars.iter().filter_map(|placed| match self.get(placed.var) {
            Some(Type::Var(var)) if var.linkage == Linkage::Global => Some((&*var.name, placed)),
            _ => None,
        })
    }

    /// The type behind typedefs, qualifiers and type tags; `None` for `void`, unused numbers and
    /// chains of more than 32 types.
    pub fn resolve(&self, mut id: TypeId) -> Option<(TypeId, &Type)> {
        for _ in 0..DEPTH {
            let ty = self.get(id)?;
            id = match ty {
                Type::Typedef(named) => named.ty,
                Type::Volatile(inner) | Type::Const(inner) | Type::Restrict(inner) => *inner,
                Type::TypeTag(tag) => tag.ty,
                _ => return Some((id, ty)),
            };
        }
        None
    }

    /// Size of a value in bytes; `None` if the type has none or it is above `u32::MAX`.
    pub fn size_of(&self, id: TypeId) -> Option<u32> {
        let (mut id, mut count) = (id, 1u32);
        for _ in 0..DEPTH {
            let (_, ty) = self.resolve(id)?;
            let size = match ty {
                Type::Array(array) => {
                    count = count.checked_mul(array.len)?;
                    id = array.element;
                    continue;
                }
                Type::Var(global) => {
                    id = global.ty;
                    continue;
                }
                Type::Int(int) => int.size,
                Type::Ptr(_) => 8,
                Type::Struct(composite) | Type::Union(composite) => composite.size,
                Type::Enum(list) | Type::Enum64(list) => list.size,
                Type::Float(float) => float.size,
                Type::Datasec(section) => section.size,
                _ => return None,
            };
            return count.checked_mul(size);
        }
        None
    }
}
