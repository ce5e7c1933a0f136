//! Types to the bytes of `.BTF` (`Documentation/bpf/btf.rst` section 2).

use crate::btf::Btf;
use crate::bytes::Strings;
use crate::error::Error;
use crate::layout::{HEADER_LEN, Kind, MAGIC, MAX_NAME_OFFSET, MAX_TYPES, MAX_VLEN, VERSION};
use crate::types::{Composite, Encoding, Enum, Linkage, Type, TypeId};

impl Btf {
    /// The bytes of `.BTF` in little-endian order, with `strings` before the types' own names.
    /// Offsets that [`Strings::intern`] gave stay right.
    ///
    /// # Errors
    /// [`Error::TooLarge`] beyond the format's limits; [`Error::Malformed`] for a structure with
    /// bit fields and offsets of more than 24 bits; [`Error::Split`] for types that go on from
    /// others.
    pub fn encode(&self, mut strings: Strings) -> Result<Vec<u8>, Error> {
        if self.base().is_some() {
            return Err(Error::Split);
        }
        if self.len() > MAX_TYPES {
            return Err(Error::TooLarge);
        }
        let mut types = Vec::new();
        for (id, ty) in self.iter() {
            Encoder { out: &mut types, strings: &mut strings, id }.ty(ty)?;
        }
        let strings = strings.into_bytes();
        if strings.len() > MAX_NAME_OFFSET {
            return Err(Error::TooLarge);
        }

        let mut out = Vec::with_capacity(HEADER_LEN as usize + types.len() + strings.len());
        out.extend(MAGIC.to_le_bytes());
        out.extend([VERSION, 0]);
        let types_len = types.len() as u32;
        for word in [HEADER_LEN, 0, types_len, types_len, strings.len() as u32] {
            out.extend(word.to_le_bytes());
        }
        out.extend(types);
        out.extend(strings);
        Ok(out)
    }
}

struct Encoder<'a> {
    out: &'a mut Vec<u8>,
    strings: &'a mut Strings,
    id: TypeId,
}

impl Encoder<'_> {
    fn ty(&mut self, ty: &Type) -> Result<(), Error> {
        match ty {
            Type::Int(int) => {
                self.head(&int.name, Kind::Int, 0, false, int.size)?;
                let encoding = match int.encoding {
                    Encoding::Unsigned => 0,
                    Encoding::Signed => 1,
                    Encoding::Char => 2,
                    Encoding::Bool => 4,
                };
                self.word(encoding << 24 | u32::from(int.offset) << 16 | u32::from(int.bits));
            }
            Type::Ptr(to) => self.head("", Kind::Ptr, 0, false, to.0)?,
            Type::Array(array) => {
                self.head("", Kind::Array, 0, false, 0)?;
                self.words([array.element.0, array.index.0, array.len]);
            }
            Type::Struct(composite) => self.composite(Kind::Struct, composite)?,
            Type::Union(composite) => self.composite(Kind::Union, composite)?,
            Type::Enum(list) => {
                self.enumeration(Kind::Enum, list, |out, value| out.word(value as u32))?;
            }
            Type::Enum64(list) => self.enumeration(Kind::Enum64, list, |out, value| {
                out.words([value as u32, (value >> 32) as u32]);
            })?,
            Type::Fwd(fwd) => self.head(&fwd.name, Kind::Fwd, 0, fwd.union, 0)?,
            Type::Typedef(named) => self.head(&named.name, Kind::Typedef, 0, false, named.ty.0)?,
            Type::Volatile(inner) => self.head("", Kind::Volatile, 0, false, inner.0)?,
            Type::Const(inner) => self.head("", Kind::Const, 0, false, inner.0)?,
            Type::Restrict(inner) => self.head("", Kind::Restrict, 0, false, inner.0)?,
            Type::Func(func) => {
                // The linkage stands where other kinds count their members.
                let linkage = linkage(func.linkage) as usize;
                self.head(&func.name, Kind::Func, linkage, false, func.ty.0)?;
            }
            Type::FuncProto(proto) => {
                self.head("", Kind::FuncProto, proto.params.len(), false, proto.result.0)?;
                for param in &proto.params {
                    self.name(&param.name);
                    self.word(param.ty.0);
                }
            }
            Type::Var(var) => {
                self.head(&var.name, Kind::Var, 0, false, var.ty.0)?;
                self.word(linkage(var.linkage));
            }
            Type::Datasec(section) => {
                self.head(&section.name, Kind::Datasec, section.vars.len(), false, section.size)?;
                for placed in &section.vars {
                    self.words([placed.var.0, placed.offset, placed.size]);
                }
            }
            Type::Float(float) => self.head(&float.name, Kind::Float, 0, false, float.size)?,
            Type::DeclTag(tag) => {
                self.head(&tag.name, Kind::DeclTag, 0, tag.attribute, tag.ty.0)?;
                self.word(tag.component.unwrap_or(u32::MAX));
            }
            Type::TypeTag(tag) => {
                self.head(&tag.name, Kind::TypeTag, 0, tag.attribute, tag.ty.0)?;
            }
        }
        Ok(())
    }

    fn composite(&mut self, kind: Kind, composite: &Composite) -> Result<(), Error> {
        let fields = composite.members.iter().any(|member| member.bits != 0);
        self.head(&composite.name, kind, composite.members.len(), fields, composite.size)?;
        for member in &composite.members {
            self.name(&member.name);
            self.word(member.ty.0);
            if fields && member.offset >> 24 != 0 {
                return Err(Error::Malformed(self.id));
            }
            self.word(u32::from(member.bits) << 24 | member.offset);
        }
        Ok(())
    }

    fn enumeration(
        &mut self,
        kind: Kind,
        list: &Enum,
        write: impl Fn(&mut Self, i64),
    ) -> Result<(), Error> {
        self.head(&list.name, kind, list.values.len(), list.signed, list.size)?;
        for (name, value) in &list.values {
            self.name(name);
            write(self, *value);
        }
        Ok(())
    }

    fn head(
        &mut self,
        name: &str,
        kind: Kind,
        vlen: usize,
        flag: bool,
        size_or_type: u32,
    ) -> Result<(), Error> {
        if vlen > MAX_VLEN {
            return Err(Error::TooLarge);
        }
        self.name(name);
        let info = u32::from(flag) << 31 | u32::from(kind.code()) << 24 | vlen as u32;
        self.words([info, size_or_type]);
        Ok(())
    }

    fn name(&mut self, name: &str) {
        let offset = self.strings.intern(name);
        self.word(offset);
    }

    fn word(&mut self, word: u32) {
        self.out.extend(word.to_le_bytes());
    }

    fn words<const N: usize>(&mut self, words: [u32; N]) {
        for word in words {
            self.word(word);
        }
    }
}

const fn linkage(linkage: Linkage) -> u32 {
    match linkage {
        Linkage::Static => 0,
        Linkage::Global => 1,
        Linkage::Extern => 2,
    }
}
