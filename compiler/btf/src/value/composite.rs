//! Arrays and structures made from their parts.

use super::{Scalar, Value};
use crate::btf::Btf;
use crate::types::{Composite, Member, Type, TypeId};

/// How deep members without names are searched.
const DEPTH: usize = 16;

/// An array with these first elements.
pub(super) fn list(btf: &Btf, ty: TypeId, list: &[Value]) -> Option<Vec<u8>> {
    let (_, Type::Array(array)) = btf.resolve(ty)? else { return None };
    if list.len() > array.len as usize {
        return None;
    }
    let mut bytes = Vec::with_capacity(btf.size_of(ty)? as usize);
    for value in list {
        bytes.extend(value.try_encode(btf, array.element)?);
    }
    bytes.resize(btf.size_of(ty)? as usize, 0);
    Some(bytes)
}

/// A structure or union with these members.
pub(super) fn structure(btf: &Btf, ty: TypeId, fields: &[(String, Value)]) -> Option<Vec<u8>> {
    let (_, Type::Struct(composite) | Type::Union(composite)) = btf.resolve(ty)? else {
        return None;
    };
    let mut bytes = vec![0; composite.size as usize];
    for (name, value) in fields {
        let (member, offset) = find(btf, composite, name, DEPTH)?;
        put(btf, member, offset, value, &mut bytes)?;
    }
    Some(bytes)
}

/// The member of a name and its offset in bits, also inside of members without one.
pub(super) fn find<'a>(
    btf: &'a Btf,
    composite: &'a Composite,
    name: &str,
    depth: usize,
) -> Option<(&'a Member, u32)> {
    let depth = depth.checked_sub(1)?;
    composite.members.iter().find_map(|member| {
        if member.name == name {
            return Some((member, member.offset));
        }
        if !member.name.is_empty() {
            return None;
        }
        let (_, Type::Struct(inner) | Type::Union(inner)) = btf.resolve(member.ty)? else {
            return None;
        };
        let (found, offset) = find(btf, inner, name, depth)?;
        Some((found, member.offset.checked_add(offset)?))
    })
}

fn put(btf: &Btf, member: &Member, offset: u32, value: &Value, bytes: &mut [u8]) -> Option<()> {
    let first = (offset / 8) as usize;
    if member.bits == 0 {
        let encoded = value.try_encode(btf, member.ty)?;
        bytes.get_mut(first..)?.get_mut(..encoded.len())?.copy_from_slice(&encoded);
        return Some(());
    }
    let Value::Number(number) = *value else { return None };
    let (shift, width) = (offset % 8, u32::from(member.bits));
    let signed = Scalar::of(btf, member.ty)?.signed;
    let (least, most) = match (signed, width) {
        (_, 64..) => return None,
        (true, width) => (-(1 << (width - 1)), (1 << (width - 1)) - 1),
        (false, width) => (0, (1_i128 << width) - 1),
    };
    if !(least..=most).contains(&number) {
        return None;
    }
    let mask = ((1_u128 << width) - 1) << shift;
    let bits = (number.cast_unsigned() << shift) & mask;
    let last = ((shift + width).div_ceil(8)) as usize;
    let place = bytes.get_mut(first..)?.get_mut(..last)?;
    for (index, byte) in place.iter_mut().enumerate() {
        let part = |word: u128| (word >> (8 * index)) as u8;
        *byte = *byte & !part(mask) | part(bits);
    }
    Some(())
}
