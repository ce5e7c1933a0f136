//! Making types with few words. What was made once is not made again.

use std::collections::HashMap;

use crate::btf::Btf;
use crate::types::{
    Array, Composite, Datasec, Encoding, FuncProto, Global, Int, Linkage, Member, Named, Placed,
    Type, TypeId,
};

/// Adds types to a [`Btf`]; a type that is there already gives its number.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    btf: Btf,
    known: HashMap<Type, TypeId>,
}

impl From<Btf> for Builder {
    fn from(btf: Btf) -> Self {
        let mut known = HashMap::new();
        for (id, ty) in btf.iter() {
            known.entry(ty.clone()).or_insert(id);
        }
        Self { btf, known }
    }
}

impl Builder {
    /// Begins without types.
    pub fn new() -> Self {
        Self::default()
    }

    /// The types so far.
    pub fn btf(&self) -> &Btf {
        &self.btf
    }

    /// The types.
    pub fn finish(self) -> Btf {
        self.btf
    }

    /// Any type.
    pub fn add(&mut self, ty: Type) -> TypeId {
        if let Some(&id) = self.known.get(&ty) {
            return id;
        }
        let id = self.btf.push(ty.clone());
        self.known.insert(ty, id);
        id
    }

    /// An integer of `size` bytes, at most 16.
    pub fn int(&mut self, name: &str, size: u8, encoding: Encoding) -> TypeId {
        let name = name.to_owned();
        self.add(Type::Int(Int { name, size: size.into(), encoding, offset: 0, bits: size * 8 }))
    }

    /// A pointer.
    pub fn ptr(&mut self, to: TypeId) -> TypeId {
        self.add(Type::Ptr(to))
    }

    /// `const` of a type.
    pub fn constant(&mut self, ty: TypeId) -> TypeId {
        self.add(Type::Const(ty))
    }

    /// An array of `len` elements.
    pub fn array(&mut self, element: TypeId, len: u32) -> TypeId {
        // clang's name for the type that C does not name.
        let index = self.int("__ARRAY_SIZE_TYPE__", 4, Encoding::Unsigned);
        self.add(Type::Array(Array { element, index, len }))
    }

    /// Another name for a type.
    pub fn typedef(&mut self, name: &str, ty: TypeId) -> TypeId {
        self.add(Type::Typedef(Named { name: name.to_owned(), ty }))
    }

    /// A structure of `size` bytes; each member has a name, a type and an offset in bytes.
    pub fn structure(&mut self, name: &str, size: u32, members: &[(&str, TypeId, u32)]) -> TypeId {
        let members = members
            .iter()
            .map(|&(name, ty, offset)| Member {
                name: name.to_owned(),
                ty,
                offset: offset.saturating_mul(8),
                bits: 0,
            })
            .collect();
        self.add(Type::Struct(Composite { name: name.to_owned(), size, members }))
    }

    /// Parameters and result of a function; the kernel wants parameters of a function named.
    pub fn proto(&mut self, result: TypeId, params: &[(&str, TypeId)]) -> TypeId {
        let params = params.iter().map(|&(name, ty)| Named { name: name.to_owned(), ty }).collect();
        self.add(Type::FuncProto(FuncProto { result, params }))
    }

    /// A function of a prototype.
    pub fn func(&mut self, name: &str, proto: TypeId, linkage: Linkage) -> TypeId {
        self.add(Type::Func(Global { name: name.to_owned(), ty: proto, linkage }))
    }

    /// A global variable.
    pub fn var(&mut self, name: &str, ty: TypeId, linkage: Linkage) -> TypeId {
        self.add(Type::Var(Global { name: name.to_owned(), ty, linkage }))
    }

    /// The variables of a section of `size` bytes, in the order of their offsets.
    pub fn datasec(&mut self, name: &str, size: u32, vars: Vec<Placed>) -> TypeId {
        self.add(Type::Datasec(Datasec { name: name.to_owned(), size, vars }))
    }

    /// Gives a variable that is there another type.
    pub fn set_var_type(&mut self, var: TypeId, ty: TypeId) {
        if let Some(Type::Var(global)) = self.btf.get(var) {
            self.replace(var, Type::Var(Global { ty, ..global.clone() }));
        }
    }

    /// Gives a section that is there another size and other variables.
    pub fn set_datasec(&mut self, section: TypeId, size: u32, vars: Vec<Placed>) {
        if let Some(Type::Datasec(old)) = self.btf.get(section) {
            self.replace(section, Type::Datasec(Datasec { name: old.name.clone(), size, vars }));
        }
    }

    fn replace(&mut self, id: TypeId, ty: Type) {
        let Some(place) = self.btf.get_mut(id) else { return };
        let old = std::mem::replace(place, ty.clone());
        if self.known.get(&old) == Some(&id) {
            self.known.remove(&old);
        }
        self.known.entry(ty).or_insert(id);
    }
}
