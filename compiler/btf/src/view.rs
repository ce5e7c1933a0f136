//! Bytes seen as a value of a type: printed, taken apart, read as numbers.

use std::fmt::{self, Display, Formatter};

use crate::btf::Btf;
use crate::types::{Array, Composite, Encoding, Member, Type, TypeId};
use crate::value::{Notation, Scalar, Value};

/// How deep values are printed.
const DEPTH: usize = 16;

/// Bytes as a value of a type. Bytes that are missing print as `?`.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    btf: &'a Btf,
    ty: TypeId,
    bytes: &'a [u8],
    /// Of a bit field: its first bit in `bytes`, and its width.
    bits: Option<(u32, u8)>,
}

impl<'a> View<'a> {
    /// The first bytes as a value of the type; more of them count for nothing.
    pub fn new(btf: &'a Btf, ty: TypeId, bytes: &'a [u8]) -> Self {
        Self { btf, ty, bytes, bits: None }
    }

    /// The type.
    pub fn ty(&self) -> TypeId {
        self.ty
    }

    /// The bytes; `None` if there are fewer than the type has.
    pub fn bytes(&self) -> Option<&'a [u8]> {
        self.bytes.get(..self.btf.size_of(self.ty)? as usize)
    }

    /// The number that it is: of integers, enumerations, truth values and pointers. Numbers in
    /// network order (`__be32`) are read so.
    pub fn number(&self) -> Option<i128> {
        let scalar = Scalar::of(self.btf, self.ty)?;
        let Some((offset, width)) = self.bits else { return scalar.read(self.bytes) };
        let (offset, width) = (offset, u32::from(width));
        let last = (offset + width).div_ceil(8) as usize;
        let mut word = self.bytes.get(..last)?.to_vec();
        word.resize(16, 0);
        let word = u128::from_le_bytes(word.try_into().ok()?) >> offset;
        let unused = 128u32.checked_sub(width)?;
        let shifted = word.checked_shl(unused)?;
        Some(if scalar.signed {
            shifted.cast_signed() >> unused
        } else {
            (shifted >> unused).cast_signed()
        })
    }

    /// The member of a name, also inside of members without one.
    pub fn member(&self, name: &str) -> Option<Self> {
        self.member_to(name, DEPTH)
    }

    fn member_to(&self, name: &str, depth: usize) -> Option<Self> {
        let depth = depth.checked_sub(1)?;
        self.composite()?.members.iter().find_map(|member| match &*member.name {
            "" => self.view(member)?.member_to(name, depth),
            found if found == name => self.view(member),
            _ => None,
        })
    }

    /// The element of an array.
    pub fn element(&self, index: u32) -> Option<Self> {
        let (_, Type::Array(array)) = self.btf.resolve(self.ty)? else { return None };
        if index >= array.len {
            return None;
        }
        let size = self.btf.size_of(array.element)? as usize;
        let bytes = self.bytes.get(size.checked_mul(index as usize)?..)?;
        Some(Self::new(self.btf, array.element, bytes))
    }

    /// The value, taken apart as far as its type says; what is no number, text, array or structure
    /// stays bytes. `None` if bytes are missing.
    pub fn value(&self) -> Option<Value> {
        self.value_to(DEPTH)
    }

    fn value_to(&self, depth: usize) -> Option<Value> {
        let depth = depth.checked_sub(1)?;
        match self.btf.resolve(self.ty)?.1 {
            Type::Struct(composite) | Type::Union(composite) => {
                let mut fields = Vec::new();
                for member in &composite.members {
                    let value = self.view(member)?.value_to(depth)?;
                    match value {
                        Value::Struct(inner) if member.name.is_empty() => fields.extend(inner),
                        // A bit field without a name only keeps a place.
                        _ if member.name.is_empty() => {}
                        value => fields.push((member.name.clone(), value)),
                    }
                }
                Some(Value::Struct(fields))
            }
            Type::Array(array) => match self.text(array.element) {
                Some(text) => Some(Value::Text(text.to_owned())),
                None => (0..self.elements(array))
                    .map(|index| self.element(index)?.value_to(depth))
                    .collect::<Option<_>>()
                    .map(Value::List),
            },
            _ => match self.number() {
                Some(number) => Some(Value::Number(number)),
                None => self.bytes().map(|bytes| Value::Bytes(bytes.to_vec())),
            },
        }
    }

    /// How many elements an array has to show: none of those that take no room.
    fn elements(&self, array: &Array) -> u32 {
        if self.btf.size_of(array.element) == Some(0) { 0 } else { array.len }
    }

    fn composite(&self) -> Option<&'a Composite> {
        match self.btf.resolve(self.ty)? {
            (_, Type::Struct(composite) | Type::Union(composite)) => Some(composite),
            _ => None,
        }
    }

    fn view(&self, member: &Member) -> Option<Self> {
        let bytes = self.bytes.get(member.offset as usize / 8..)?;
        let bits = (member.bits != 0).then_some((member.offset % 8, member.bits));
        Some(Self { bits, ..Self::new(self.btf, member.ty, bytes) })
    }

    fn print(&self, f: &mut Formatter<'_>, depth: usize) -> fmt::Result {
        let Some(depth) = depth.checked_sub(1) else { return f.write_str("...") };
        let Some((_, ty)) = self.btf.resolve(self.ty) else { return f.write_str("?") };
        let notation = Notation::of(self.btf, self.ty).filter(|_| self.bits.is_none());
        if let Some(address) = notation.and_then(|notation| notation.shown(self.bytes)) {
            return address.fmt(f);
        }
        match ty {
            Type::Struct(composite) | Type::Union(composite) => {
                f.write_str("{")?;
                for (index, member) in composite.members.iter().enumerate() {
                    f.write_str(if index == 0 { " " } else { ", " })?;
                    if !member.name.is_empty() {
                        write!(f, ".{} = ", member.name)?;
                    }
                    match self.view(member) {
                        Some(view) => view.print(f, depth)?,
                        None => f.write_str("?")?,
                    }
                }
                f.write_str(" }")
            }
            Type::Array(array) => {
                if let Some(text) = self.text(array.element) {
                    return write!(f, "{text:?}");
                }
                f.write_str("[")?;
                for index in 0..self.elements(array) {
                    f.write_str(if index == 0 { "" } else { ", " })?;
                    match self.element(index) {
                        Some(view) => view.print(f, depth)?,
                        // All that follow are missing too.
                        None => return f.write_str("?]"),
                    }
                }
                f.write_str("]")
            }
            Type::Float(float) => self.float(f, float.size),
            _ => self.scalar(f, ty),
        }
    }

    /// What an array of characters says, if it is text.
    fn text(&self, element: TypeId) -> Option<&'a str> {
        let (_, Type::Int(int)) = self.btf.resolve(element)? else { return None };
        if int.size != 1 || !(int.encoding == Encoding::Char || int.name == "char") {
            return None;
        }
        let bytes = self.bytes()?;
        let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        let (text, rest) = bytes.split_at(end);
        let text = std::str::from_utf8(text).ok()?;
        (rest.iter().all(|byte| *byte == 0) && !text.contains(char::is_control)).then_some(text)
    }

    fn float(&self, f: &mut Formatter<'_>, size: u32) -> fmt::Result {
        match (size, self.bytes.first_chunk(), self.bytes.first_chunk()) {
            (4, Some(bytes), _) => write!(f, "{}", f32::from_le_bytes(*bytes)),
            (8, _, Some(bytes)) => write!(f, "{}", f64::from_le_bytes(*bytes)),
            _ => f.write_str("?"),
        }
    }

    fn scalar(&self, f: &mut Formatter<'_>, ty: &Type) -> fmt::Result {
        let Some(number) = self.number() else { return f.write_str("?") };
        match ty {
            Type::Enum(list) | Type::Enum64(list) => {
                let is = |(_, value): &&(String, i64)| {
                    let value =
                        if list.signed { i128::from(*value) } else { unsigned(*value, list.size) };
                    value == number
                };
                match list.values.iter().find(is) {
                    Some((name, _)) => f.write_str(name),
                    None => write!(f, "{number}"),
                }
            }
            Type::Int(int) if int.encoding == Encoding::Bool && (0..2).contains(&number) => {
                write!(f, "{}", number == 1)
            }
            Type::Ptr(_) => write!(f, "{number:#x}"),
            Type::Int(int) if int.size == 16 && int.encoding != Encoding::Signed => {
                write!(f, "{}", number.cast_unsigned())
            }
            _ => write!(f, "{number}"),
        }
    }
}

/// The unsigned value of so many bytes that stands as a signed one.
fn unsigned(value: i64, size: u32) -> i128 {
    if size < 8 { i128::from(value) } else { i128::from(value.cast_unsigned()) }
}

impl Display for View<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.print(f, DEPTH)
    }
}
