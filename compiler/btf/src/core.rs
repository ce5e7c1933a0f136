//! CO-RE: what a place in a program becomes on a kernel with other types than it was compiled for
//! (`Documentation/bpf/llvm_reloc.rst`).
//!
//! The object says what it wants by a root type and a way from it, the kernel's types say where
//! that is now. Types are found by name; what stands behind `___` in a local name counts for
//! nothing, so that one program can know several versions of a type.

mod compat;
mod spec;

mod describe;

use std::fmt::{self, Display, Formatter};
use std::sync::Arc;

use crate::btf::Btf;
use crate::types::{CoreKind, Type, TypeId};
use spec::Spec;

/// Types of a kernel, to be found by name.
#[derive(Clone, Debug)]
pub struct CoreTarget {
    btf: Arc<Btf>,
    /// The hash of each name, in rising order: a kernel has over a hundred thousand types, of which
    /// an object asks for a few.
    names: Vec<(u64, TypeId)>,
}

/// What a relocation comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// This number.
    Value {
        /// The number for the instruction.
        value: u64,
        /// Of the offset of a member that has another size here: its size in the object and the
        /// one that a load must have, in bytes; 0 if no load has the same value.
        sizes: Option<(u32, u32)>,
    },
    /// The kernel has no such thing: the place must not be reached.
    Missing,
}

/// Why a relocation means nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CoreError {
    /// The way does not lead through the root type.
    Access {
        /// The root type.
        ty: TypeId,
        /// The way.
        access: String,
    },
    /// The root type has no name to be found by.
    Anonymous(TypeId),
    /// Types of the kernel of this name differ in what is wanted.
    Ambiguous(String),
}

impl Display for CoreError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Access { ty, access } => {
                write!(f, "CO-RE: {access:?} leads nowhere in BTF type {}", ty.0)
            }
            Self::Anonymous(ty) => write!(f, "CO-RE: BTF type {} has no name", ty.0),
            Self::Ambiguous(name) => {
                write!(f, "CO-RE: the kernel has several types {name:?} that differ here")
            }
        }
    }
}

impl std::error::Error for CoreError {}

impl CoreTarget {
    /// Makes types searchable.
    pub fn new(btf: impl Into<Arc<Btf>>) -> Self {
        let btf = btf.into();
        let named = btf.iter().map(|(id, ty)| (essential(ty.name()), id));
        let named = named.filter(|(name, _)| !name.is_empty());
        let mut names: Vec<(u64, TypeId)> = named.map(|(name, id)| (hash(name), id)).collect();
        names.sort_unstable();
        Self { btf, names }
    }

    /// The types.
    pub fn btf(&self) -> &Arc<Btf> {
        &self.btf
    }

    /// The types of a name for which a test holds.
    pub fn named<'a>(
        &'a self,
        name: &str,
        test: impl Fn(&Type) -> bool + 'a,
    ) -> impl Iterator<Item = TypeId> + 'a {
        let name = essential(name).to_owned();
        let hash = hash(&name);
        let first = self.names.partition_point(|(known, _)| *known < hash);
        let alike = self.names[first..].iter().take_while(move |(known, _)| *known == hash);
        alike.map(|(_, id)| *id).filter(move |id| {
            let found = self.btf.get(*id);
            found.is_some_and(|ty| essential(ty.name()) == name && test(ty))
        })
    }

    /// Whether there is a type that could stand for the root type of a relocation.
    pub fn has(&self, local: &Btf, ty: TypeId) -> bool {
        local.get(ty).is_some_and(|root| {
            self.named(root.name(), |ty| compat::same_sort(root, ty)).count() > 0
        })
    }

    /// Whether a type here stands for a type of an object as far as their kinds go, parameters and
    /// results of functions among them.
    pub fn agrees(&self, local: &Btf, ty: TypeId, there: TypeId) -> bool {
        compat::types(local, ty, &self.btf, there)
    }

    /// What a relocation of an object with the types `local` comes to here.
    ///
    /// # Errors
    /// [`CoreError`] for a relocation that no compiler writes, and for types that cannot be told
    /// apart.
    pub fn resolve(
        &self,
        local: &Btf,
        ty: TypeId,
        access: &str,
        kind: CoreKind,
    ) -> Result<Resolved, CoreError> {
        if kind == CoreKind::TypeIdLocal {
            return Ok(Resolved::Value { value: ty.0.into(), sizes: None });
        }
        let wrong = || CoreError::Access { ty, access: access.to_owned() };
        let root = local.get(ty).ok_or_else(wrong)?;
        let name = root.name();
        if name.is_empty() {
            return Err(CoreError::Anonymous(ty));
        }
        let wanted = Wanted::new(local, ty, access, kind).ok_or_else(wrong)?;

        let mut found: Option<Resolved> = None;
        for candidate in self.named(name, |ty| compat::same_sort(root, ty)) {
            let Some(resolved) = wanted.find(&self.btf, candidate, kind) else { continue };
            if *found.get_or_insert(resolved) != resolved {
                return Err(CoreError::Ambiguous(essential(name).to_owned()));
            }
        }
        Ok(found.unwrap_or(match kind {
            CoreKind::FieldExists
            | CoreKind::TypeExists
            | CoreKind::TypeMatches
            | CoreKind::TypeSize
            | CoreKind::EnumValueExists => Resolved::Value { value: 0, sizes: None },
            _ => Resolved::Missing,
        }))
    }
}

/// What a relocation looks for, in the object's own types.
enum Wanted<'a> {
    Field(Spec<'a>),
    Type(&'a Btf, TypeId),
    EnumValue(&'a str),
}

impl<'a> Wanted<'a> {
    fn new(local: &'a Btf, ty: TypeId, access: &str, kind: CoreKind) -> Option<Self> {
        match kind {
            CoreKind::FieldByteOffset
            | CoreKind::FieldByteSize
            | CoreKind::FieldExists
            | CoreKind::FieldSigned
            | CoreKind::FieldLeftShift
            | CoreKind::FieldRightShift => Spec::parse(local, ty, access).map(Self::Field),
            CoreKind::TypeIdLocal
            | CoreKind::TypeIdTarget
            | CoreKind::TypeExists
            | CoreKind::TypeSize
            | CoreKind::TypeMatches => Some(Self::Type(local, ty)),
            CoreKind::EnumValueExists | CoreKind::EnumValue => {
                let (_, Type::Enum(list) | Type::Enum64(list)) = local.resolve(ty)? else {
                    return None;
                };
                let (name, _) = list.values.get(access.parse::<usize>().ok()?)?;
                Some(Self::EnumValue(essential(name)))
            }
        }
    }

    /// What it is in a type of the kernel; `None` if that has it not.
    fn find(&self, btf: &Btf, candidate: TypeId, kind: CoreKind) -> Option<Resolved> {
        let mut sizes = None;
        let value = match self {
            Self::Field(spec) => {
                let found = spec.find(btf, candidate)?;
                if kind == CoreKind::FieldExists {
                    return Some(Resolved::Value { value: 1, sizes: None });
                }
                let (own, field) = (spec.field()?, found.field()?);
                if own.size != field.size && kind == CoreKind::FieldByteOffset {
                    sizes =
                        Some((own.size, if own.extends && field.extends { field.size } else { 0 }));
                }
                match kind {
                    CoreKind::FieldByteOffset => field.offset.into(),
                    CoreKind::FieldByteSize => field.size.into(),
                    CoreKind::FieldSigned => field.signed.into(),
                    CoreKind::FieldLeftShift => field.left_shift.into(),
                    _ => field.right_shift.into(),
                }
            }
            Self::Type(local, ty) => {
                let agrees = match kind {
                    CoreKind::TypeMatches => compat::types_match(local, *ty, btf, candidate),
                    _ => compat::types(local, *ty, btf, candidate),
                };
                if !agrees {
                    return None;
                }
                match kind {
                    CoreKind::TypeIdTarget => candidate.0.into(),
                    CoreKind::TypeSize => btf.size_of(candidate)?.into(),
                    _ => 1,
                }
            }
            Self::EnumValue(name) => {
                let (_, Type::Enum(list) | Type::Enum64(list)) = btf.resolve(candidate)? else {
                    return None;
                };
                let (_, value) = list.values.iter().find(|(known, _)| essential(known) == *name)?;
                if kind == CoreKind::EnumValueExists { 1 } else { value.cast_unsigned() }
            }
        };
        Some(Resolved::Value { value, sizes })
    }
}

/// FNV-1a, which is short and good enough for names.
fn hash(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// A name without its flavour: `task_struct` of `task_struct___old`.
pub(crate) fn essential(name: &str) -> &str {
    let bytes = name.as_bytes();
    let is_separator = |at: &usize| {
        bytes[*at] != b'_' && bytes[at + 1..].starts_with(b"___") && bytes[at + 4] != b'_'
    };
    let last = bytes.len().checked_sub(4).and_then(|end| (0..end).rev().find(is_separator));
    last.map_or(name, |at| &name[..=at])
}
