//! A way through types: to a member, an element, or the root itself.

use super::compat;
use super::essential;
use crate::btf::Btf;
use crate::types::{Composite, Encoding, Type, TypeId};

/// How deep members without names are searched.
const DEPTH: usize = 16;

/// A way from a root type, in the types of one [`Btf`].
pub(super) struct Spec<'a> {
    btf: &'a Btf,
    root: u64,
    steps: Vec<Step<'a>>,
    end: End,
}

/// One step of the way; members without a name are none.
enum Step<'a> {
    /// To the member of this name and type.
    Member(&'a str, TypeId),
    /// To this element.
    Element(u64),
}

/// Where a way ends.
#[derive(Clone, Copy)]
struct End {
    ty: TypeId,
    /// From the beginning of the root, in bits.
    offset: u64,
    /// Width of a bit field, 0 for others.
    bits: u8,
}

/// What relocations ask of the end of a way.
pub(super) struct Field {
    /// In bytes.
    pub(super) offset: u32,
    /// In bytes.
    pub(super) size: u32,
    pub(super) signed: bool,
    /// Whether more zero bits before it leave it the same: an unsigned number or a pointer.
    pub(super) extends: bool,
    pub(super) left_shift: u32,
    pub(super) right_shift: u32,
}

impl<'a> Spec<'a> {
    /// Reads a way such as `0:1:2`: the first number is an index into an array of root types.
    pub(super) fn parse(btf: &'a Btf, root: TypeId, access: &str) -> Option<Self> {
        let mut numbers = access.split(':').map(|number| number.parse::<u64>().ok());
        let first = numbers.next()??;
        let mut end = End { ty: root, offset: bits(btf, root, first)?, bits: 0 };
        let mut steps = Vec::new();
        for number in numbers {
            let number = number?;
            let (_, ty) = btf.resolve(end.ty)?;
            match ty {
                Type::Struct(composite) | Type::Union(composite) => {
                    let member = composite.members.get(usize::try_from(number).ok()?)?;
                    end = End {
                        ty: member.ty,
                        offset: end.offset.checked_add(member.offset.into())?,
                        bits: member.bits,
                    };
                    if !member.name.is_empty() {
                        steps.push(Step::Member(&member.name, member.ty));
                    }
                }
                Type::Array(_) => {
                    end = element(btf, end, number)?;
                    steps.push(Step::Element(number));
                }
                _ => return None,
            }
        }
        Some(Self { btf, root: first, steps, end })
    }

    /// The same way in other types; `None` if they have it not.
    pub(super) fn find<'b>(&self, btf: &'b Btf, root: TypeId) -> Option<Spec<'b>> {
        let mut end = End { ty: root, offset: bits(btf, root, self.root)?, bits: 0 };
        for step in &self.steps {
            end = match *step {
                Step::Element(index) => element(btf, end, index)?,
                Step::Member(name, ty) => {
                    let (_, Type::Struct(composite) | Type::Union(composite)) =
                        btf.resolve(end.ty)?
                    else {
                        return None;
                    };
                    let found = member(btf, composite, name, DEPTH)?;
                    if !compat::fields(self.btf, ty, btf, found.ty) {
                        return None;
                    }
                    End { offset: end.offset.checked_add(found.offset)?, ..found }
                }
            };
        }
        Some(Spec { btf, root: self.root, steps: Vec::new(), end })
    }

    /// What relocations ask of the end.
    pub(super) fn field(&self) -> Option<Field> {
        let End { ty, offset, bits } = self.end;
        let mut size = self.btf.size_of(ty)?;
        let width = if bits == 0 { u64::from(size) * 8 } else { bits.into() };
        let mut start = offset / 8;
        if bits != 0 {
            // The shortest aligned load that has the whole of it.
            if !size.is_power_of_two() {
                return None;
            }
            start = start / u64::from(size) * u64::from(size);
            while offset + width - start * 8 > u64::from(size) * 8 {
                size = size.checked_mul(2).filter(|size| *size <= 8)?;
                start = offset / 8 / u64::from(size) * u64::from(size);
            }
        }
        let (_, ty) = self.btf.resolve(ty)?;
        let signed = match ty {
            Type::Int(int) => int.encoding == Encoding::Signed,
            Type::Enum(list) | Type::Enum64(list) => list.signed,
            _ => false,
        };
        let number = matches!(ty, Type::Int(_) | Type::Ptr(_) | Type::Enum(_) | Type::Enum64(_));
        // Little-endian: the field's lowest bit is so far from the load's lowest.
        let above = 64u64.saturating_sub(offset + width - start * 8);
        Some(Field {
            offset: start.try_into().ok()?,
            size,
            signed,
            extends: number && !signed && bits == 0,
            left_shift: above as u32,
            right_shift: 64u64.saturating_sub(width) as u32,
        })
    }
}

/// Size of `count` values of a type in bits; a type without size can only be the first.
fn bits(btf: &Btf, ty: TypeId, count: u64) -> Option<u64> {
    if count == 0 {
        return Some(0);
    }
    u64::from(btf.size_of(ty)?).checked_mul(8)?.checked_mul(count)
}

fn element(btf: &Btf, end: End, index: u64) -> Option<End> {
    let (_, Type::Array(array)) = btf.resolve(end.ty)? else { return None };
    // An array of length 0 ends a structure that goes on.
    if array.len != 0 && index >= array.len.into() {
        return None;
    }
    let offset = end.offset.checked_add(bits(btf, array.element, index)?)?;
    Some(End { ty: array.element, offset, bits: 0 })
}

/// The member of a name, also inside of members without one.
fn member(btf: &Btf, composite: &Composite, name: &str, depth: usize) -> Option<End> {
    composite.members.iter().find_map(|member_| {
        let offset = u64::from(member_.offset);
        if member_.name.is_empty() {
            let (_, Type::Struct(inner) | Type::Union(inner)) = btf.resolve(member_.ty)? else {
                return None;
            };
            let found = member(btf, inner, name, depth.checked_sub(1)?)?;
            return Some(End { offset: offset + found.offset, ..found });
        }
        (essential(&member_.name) == essential(name)).then_some(End {
            ty: member_.ty,
            offset,
            bits: member_.bits,
        })
    })
}
