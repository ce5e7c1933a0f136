//! Types from the bytes of `.BTF`. Any bytes may come; bad ones give an error.

use std::sync::Arc;

use crate::btf::Btf;
use crate::bytes::Bytes;
use crate::error::Error;
use crate::layout::{HEADER_LEN, Kind, MAGIC, VERSION};
use crate::types::{
    Array, Composite, Datasec, DeclTag, Encoding, Enum, Float, FuncProto, Fwd, Global, Int,
    Linkage, Member, Named, Placed, Type, TypeId, TypeTag,
};

impl Btf {
    /// Reads `.BTF` in little-endian order. Every type that is named exists; names and the order
    /// of kinds are as found.
    ///
    /// # Errors
    /// What is wrong with the bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let (types, strings) = sections(bytes)?;
        Self::decode_types(types, Names { base: Bytes(&[]), own: strings }, Self::default())
    }

    /// Reads the `.BTF` of a kernel module, whose numbers of types and offsets of strings go on
    /// where those of `base` end; `base_bytes` is what `base` was read from.
    ///
    /// # Errors
    /// What is wrong with the bytes.
    pub fn decode_split(bytes: &[u8], base: Arc<Self>, base_bytes: &[u8]) -> Result<Self, Error> {
        let (_, base_strings) = sections(base_bytes)?;
        let (types, strings) = sections(bytes)?;
        Self::decode_types(types, Names { base: base_strings, own: strings }, Self::on(base))
    }

    fn decode_types(types: Bytes<'_>, strings: Names<'_>, btf: Self) -> Result<Self, Error> {
        let mut btf = btf;
        let mut decoder = Decoder { bytes: types, strings, id: TypeId(btf.len() as u32 + 1) };
        while !decoder.bytes.0.is_empty() {
            let ty = decoder.ty()?;
            decoder.id = TypeId(btf.push(ty).0 + 1);
        }
        for (from, ty) in btf.iter() {
            let dangling = |to: &TypeId| to.0 as usize > btf.len();
            if let Some(to) = ty.references().into_iter().find(dangling) {
                return Err(Error::Dangling { from, to });
            }
        }
        Ok(btf)
    }
}

/// The types and the strings of `.BTF`.
pub(crate) fn sections(bytes: &[u8]) -> Result<(Bytes<'_>, Bytes<'_>), Error> {
    let mut header = Bytes(bytes);
    let body = header_len(&mut header, HEADER_LEN)?;
    let (type_off, type_len) = (header.u32()?, header.u32()?);
    let (str_off, str_len) = (header.u32()?, header.u32()?);
    let mut rest = Bytes(bytes);
    rest.take(body as usize)?;
    Ok((rest.part(type_off, type_len)?, rest.part(str_off, str_len)?))
}

/// Reads the beginning that both sections share and gives the header's length, which is at least
/// `least` and lies in the bytes.
pub(crate) fn header_len(bytes: &mut Bytes<'_>, least: u32) -> Result<u32, Error> {
    let available = bytes.0.len();
    if bytes.u16()? != MAGIC {
        return Err(Error::Magic);
    }
    let version = bytes.u8()?;
    if version != VERSION {
        return Err(Error::Version(version));
    }
    bytes.u8()?;
    let len = bytes.u32()?;
    if len < least || len as usize > available { Err(Error::Header) } else { Ok(len) }
}

/// A string section, and the one that it goes on from.
#[derive(Clone, Copy)]
struct Names<'a> {
    base: Bytes<'a>,
    own: Bytes<'a>,
}

impl<'a> Names<'a> {
    fn string(self, offset: u32) -> Result<&'a str, Error> {
        match offset.checked_sub(self.base.0.len() as u32) {
            Some(own) => self.own.string(own).map_err(|_| Error::String(offset)),
            None => self.base.string(offset),
        }
    }
}

struct Decoder<'a> {
    bytes: Bytes<'a>,
    strings: Names<'a>,
    id: TypeId,
}

impl Decoder<'_> {
    fn ty(&mut self) -> Result<Type, Error> {
        let name = self.name()?;
        let info = self.bytes.u32()?;
        let (vlen, flag) = (info & 0xffff, info >> 31 != 0);
        let size = self.bytes.u32()?;
        let ty = TypeId(size);
        let code = (info >> 24 & 0x1f) as u8;
        let kind = Kind::from_code(code).ok_or(Error::Kind(code))?;
        Ok(match kind {
            Kind::Int => self.int(name, size)?,
            Kind::Ptr => Type::Ptr(ty),
            Kind::Array => {
                let (element, index) = (self.id()?, self.id()?);
                Type::Array(Array { element, index, len: self.bytes.u32()? })
            }
            Kind::Struct => Type::Struct(self.composite(name, size, vlen, flag)?),
            Kind::Union => Type::Union(self.composite(name, size, vlen, flag)?),
            Kind::Enum => Type::Enum(Enum {
                name,
                size,
                signed: flag,
                values: self.list(vlen, |it| {
                    let (name, value) = (it.name()?, it.bytes.u32()?);
                    Ok((name, if flag { (value as i32).into() } else { value.into() }))
                })?,
            }),
            Kind::Enum64 => Type::Enum64(Enum {
                name,
                size,
                signed: flag,
                values: self.list(vlen, |it| {
                    let (name, low, high) = (it.name()?, it.bytes.u32()?, it.bytes.u32()?);
                    Ok((name, (u64::from(high) << 32 | u64::from(low)) as i64))
                })?,
            }),
            Kind::Fwd => Type::Fwd(Fwd { name, union: flag }),
            Kind::Typedef => Type::Typedef(Named { name, ty }),
            Kind::Volatile => Type::Volatile(ty),
            Kind::Const => Type::Const(ty),
            Kind::Restrict => Type::Restrict(ty),
            Kind::Func => Type::Func(Global { name, ty, linkage: self.linkage(vlen)? }),
            Kind::FuncProto => Type::FuncProto(FuncProto {
                result: ty,
                params: self.list(vlen, |it| Ok(Named { name: it.name()?, ty: it.id()? }))?,
            }),
            Kind::Var => {
                let linkage = self.bytes.u32()?;
                Type::Var(Global { name, ty, linkage: self.linkage(linkage)? })
            }
            Kind::Datasec => Type::Datasec(Datasec {
                name,
                size,
                vars: self.list(vlen, |it| {
                    let var = it.id()?;
                    Ok(Placed { var, offset: it.bytes.u32()?, size: it.bytes.u32()? })
                })?,
            }),
            Kind::Float => Type::Float(Float { name, size }),
            Kind::DeclTag => {
                let component = self.bytes.u32()?;
                let component = (component != u32::MAX).then_some(component);
                Type::DeclTag(DeclTag { name, ty, component, attribute: flag })
            }
            Kind::TypeTag => Type::TypeTag(TypeTag { name, ty, attribute: flag }),
        })
    }

    fn int(&mut self, name: String, size: u32) -> Result<Type, Error> {
        let word = self.bytes.u32()?;
        let encoding = match word >> 24 {
            0 => Encoding::Unsigned,
            1 => Encoding::Signed,
            2 => Encoding::Char,
            4 => Encoding::Bool,
            _ => return Err(Error::Malformed(self.id)),
        };
        let (offset, bits) = ((word >> 16) as u8, word as u8);
        Ok(Type::Int(Int { name, size, encoding, offset, bits }))
    }

    fn composite(
        &mut self,
        name: String,
        size: u32,
        vlen: u32,
        bit_fields: bool,
    ) -> Result<Composite, Error> {
        let members = self.list(vlen, |it| {
            let (name, ty, offset) = (it.name()?, it.id()?, it.bytes.u32()?);
            let (bits, offset) =
                if bit_fields { ((offset >> 24) as u8, offset & 0x00ff_ffff) } else { (0, offset) };
            Ok(Member { name, ty, offset, bits })
        })?;
        Ok(Composite { name, size, members })
    }

    fn list<T>(
        &mut self,
        len: u32,
        mut one: impl FnMut(&mut Self) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        (0..len).map(|_| one(self)).collect()
    }

    fn linkage(&self, code: u32) -> Result<Linkage, Error> {
        match code {
            0 => Ok(Linkage::Static),
            1 => Ok(Linkage::Global),
            2 => Ok(Linkage::Extern),
            _ => Err(Error::Malformed(self.id)),
        }
    }

    fn id(&mut self) -> Result<TypeId, Error> {
        self.bytes.u32().map(TypeId)
    }

    fn name(&mut self) -> Result<String, Error> {
        let offset = self.bytes.u32()?;
        self.strings.string(offset).map(str::to_owned)
    }
}
