//! Values in C's memory: made from numbers and text with a check of the type, and read back.

mod composite;
mod notation;
mod expected;
mod parse;

use std::fmt::{self, Display, Formatter};

use crate::btf::Btf;
use crate::types::{Encoding, Enum, Type, TypeId};

pub(crate) use notation::Notation;

/// How deep types are looked through.
const DEPTH: usize = 32;

/// A value to be put where a variable, key or element is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A number, for integers, enumerations, truth values and pointers.
    Number(i128),
    /// Text, for arrays of characters, where what is left of the array is zero; the name of a
    /// value of an enumeration.
    Text(String),
    /// The bytes themselves, for any type.
    Bytes(Vec<u8>),
    /// Elements of an array, from the first on; those that are left are zero.
    List(Vec<Value>),
    /// Members of a structure or union by name, also those inside of members without one; all
    /// others are zero.
    Struct(Vec<(String, Value)>),
}

macro_rules! numbers {
    ($($ty:ty)*) => {
        $(
            impl From<$ty> for Value {
                fn from(number: $ty) -> Self {
                    Self::Number(number.into())
                }
            }
        )*
    };
}

numbers! { u8 u16 u32 u64 i8 i16 i32 i64 bool i128 }

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl<T: Into<Value>, const N: usize> From<[(&str, T); N]> for Value {
    fn from(fields: [(&str, T); N]) -> Self {
        Self::Struct(fields.into_iter().map(|(name, it)| (name.to_owned(), it.into())).collect())
    }
}

/// A value that does not fit its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The value, in words.
    pub value: String,
    /// The type, as in C.
    pub ty: String,
    /// What is written for the type, if it is known.
    pub expected: Option<String>,
}

impl Display for Mismatch {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} does not fit `{}`", self.value, self.ty)?;
        match &self.expected {
            Some(expected) => write!(f, ": {expected}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Mismatch {}

impl Value {
    /// The value's bytes as a type has them, little-endian but for types whose name begins with
    /// `__be`.
    ///
    /// # Errors
    /// [`Mismatch`] for a number out of the type's range, a text or bytes of another length, or a
    /// value of another sort.
    pub fn encode(&self, btf: &Btf, ty: TypeId) -> Result<Vec<u8>, Mismatch> {
        self.try_encode(btf, ty).ok_or_else(|| Mismatch {
            value: match self {
                Self::Number(number) => number.to_string(),
                Self::Text(text) => format!("{text:?}"),
                Self::Bytes(bytes) => format!("a value of {} bytes", bytes.len()),
                Self::List(list) => format!("a list of {}", list.len()),
                Self::Struct(fields) => {
                    let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
                    format!("a structure of {}", names.join(", "))
                }
            },
            ty: btf.describe(ty),
            expected: None,
        })
    }

    fn try_encode(&self, btf: &Btf, ty: TypeId) -> Option<Vec<u8>> {
        let size = btf.size_of(ty)? as usize;
        match self {
            Self::Bytes(bytes) => (bytes.len() == size).then(|| bytes.clone()),
            Self::Text(text) => {
                let array = match btf.resolve(ty)? {
                    (_, Type::Array(array)) => array,
                    (_, Type::Enum(list) | Type::Enum64(list)) => {
                        return Self::Number(enumerator(list, text)?).try_encode(btf, ty);
                    }
                    _ => return None,
                };
                let mut bytes = text.clone().into_bytes();
                // The zero byte that ends text in C has its place too.
                if btf.size_of(array.element) != Some(1) || bytes.len() >= size {
                    return None;
                }
                bytes.resize(size, 0);
                Some(bytes)
            }
            Self::List(list) => composite::list(btf, ty, list),
            Self::Struct(fields) => composite::structure(btf, ty, fields),
            Self::Number(number) => {
                let scalar = Scalar::of(btf, ty)?;
                let mut bytes = scalar.in_range(*number).then(|| number.to_le_bytes().to_vec())?;
                bytes.truncate(size);
                if scalar.big_endian {
                    bytes.reverse();
                }
                Some(bytes)
            }
        }
    }
}

/// The number of an enumeration's name.
fn enumerator(list: &Enum, name: &str) -> Option<i128> {
    let (_, value) = list.values.iter().find(|(known, _)| known == name)?;
    Some(unsigned(list, *value))
}

/// The number that an enumeration keeps as this one.
fn unsigned(list: &Enum, value: i64) -> i128 {
    let unsigned = !list.signed && list.size == 8;
    if unsigned { value.cast_unsigned().into() } else { value.into() }
}

/// How a number of a type lies in memory.
#[derive(Clone, Copy)]
pub(crate) struct Scalar {
    pub(crate) size: u32,
    pub(crate) signed: bool,
    pub(crate) boolean: bool,
    pub(crate) big_endian: bool,
    /// How many bits count: fewer than it has room for, of a type such as `u3`.
    bits: u32,
}

impl Scalar {
    /// `None` for types that are no numbers.
    pub(crate) fn of(btf: &Btf, ty: TypeId) -> Option<Self> {
        let (_, resolved) = btf.resolve(ty)?;
        let (size, signed, boolean) = match resolved {
            Type::Int(int) => {
                (int.size, int.encoding == Encoding::Signed, int.encoding == Encoding::Bool)
            }
            Type::Enum(list) | Type::Enum64(list) => (list.size, list.signed, false),
            Type::Ptr(_) => (8, false, false),
            _ => return None,
        };
        let mut big_endian = false;
        let mut bits = size.checked_mul(8)?;
        for name in names(btf, ty) {
            big_endian |= name.starts_with("__be");
            let width = name.strip_prefix(if signed { 'i' } else { 'u' });
            if let Some(width) = width.and_then(|width| width.parse().ok()) {
                bits = bits.min(width);
            }
        }
        let fits = (1..=16).contains(&size) && bits > 0;
        fits.then_some(Self { size, signed, boolean, big_endian, bits })
    }

    fn in_range(self, number: i128) -> bool {
        let (least, most) = self.range();
        (least..=most).contains(&number)
    }

    /// The least and the greatest number.
    fn range(self) -> (i128, i128) {
        let bits = self.bits;
        match (self.boolean, self.signed) {
            (true, _) => (0, 1),
            (_, true) => (-1 << (bits - 1), !(-1 << (bits - 1))),
            // Numbers of 128 bits begin at 0 too, and end where `i128` does.
            (_, false) => (0, if bits < 127 { (1 << bits) - 1 } else { i128::MAX }),
        }
    }

    /// The number in bytes that are at least as many as the size.
    pub(crate) fn read(self, bytes: &[u8]) -> Option<i128> {
        let mut bytes = bytes.get(..self.size as usize)?.to_vec();
        if self.big_endian {
            bytes.reverse();
        }
        let negative = self.signed && bytes.last().is_some_and(|last| last & 0x80 != 0);
        bytes.resize(16, if negative { 0xff } else { 0 });
        Some(i128::from_le_bytes(bytes.try_into().ok()?))
    }
}

/// The names that a type goes by, from the outermost on.
fn names(btf: &Btf, mut ty: TypeId) -> impl Iterator<Item = &str> {
    let mut depth = DEPTH;
    std::iter::from_fn(move || {
        loop {
            depth = depth.checked_sub(1)?;
            match btf.get(ty)? {
                Type::Typedef(named) => {
                    ty = named.ty;
                    return Some(named.name.as_str());
                }
                Type::Volatile(inner) | Type::Const(inner) | Type::Restrict(inner) => ty = *inner,
                Type::TypeTag(tag) => ty = tag.ty,
                _ => return None,
            }
        }
    })
}

impl Btf {
    /// A type's name as in C, such as `struct iphdr` or `unsigned int[4]`.
    pub fn describe(&self, ty: TypeId) -> String {
        self.describe_to(ty, DEPTH)
    }

    fn describe_to(&self, ty: TypeId, depth: usize) -> String {
        let Some(depth) = depth.checked_sub(1) else { return "...".to_owned() };
        let Some(found) = self.get(ty) else {
            return if ty == TypeId::VOID { "void".to_owned() } else { format!("type {}", ty.0) };
        };
        let tagged = |word: &str| match found.name() {
            "" => format!("{word} {{...}}"),
            name => format!("{word} {name}"),
        };
        let again = |ty| self.describe_to(ty, depth);
        match found {
            Type::Struct(_) => tagged("struct"),
            Type::Union(_) => tagged("union"),
            Type::Enum(_) | Type::Enum64(_) => tagged("enum"),
            Type::Fwd(fwd) => tagged(if fwd.union { "union" } else { "struct" }),
            Type::Ptr(to) => format!("{} *", again(*to)),
            Type::Array(array) => format!("{}[{}]", again(array.element), array.len),
            Type::Const(inner) => format!("const {}", again(*inner)),
            Type::Volatile(inner) => format!("volatile {}", again(*inner)),
            Type::Restrict(inner) => again(*inner),
            Type::TypeTag(tag) => again(tag.ty),
            Type::FuncProto(proto) => {
                let params: Vec<String> =
                    proto.params.iter().map(|param| again(param.ty)).collect();
                format!("{} ({})", again(proto.result), params.join(", "))
            }
            Type::Var(global) => again(global.ty),
            _ => found.name().to_owned(),
        }
    }
}
