//! When a type of the kernel stands for one of the object.

use super::essential;
use crate::btf::Btf;
use crate::types::{Composite, Enum, FuncProto, Type, TypeId};

/// How deep types are compared.
const DEPTH: usize = 32;

/// Whether two types are of one kind; enumerations of 32 and 64 bits are.
pub(super) fn same_sort(one: &Type, other: &Type) -> bool {
    let is_enum = |ty: &Type| matches!(ty, Type::Enum(_) | Type::Enum64(_));
    std::mem::discriminant(one) == std::mem::discriminant(other) || is_enum(one) && is_enum(other)
}

/// Whether a member of one type can stand for one of the other: sizes, signs and what pointers
/// point to may differ.
pub(super) fn fields(local: &Btf, ty: TypeId, btf: &Btf, other: TypeId) -> bool {
    let (mut ty, mut other) = (ty, other);
    for _ in 0..DEPTH {
        let (Some((_, one)), Some((_, two))) = (local.resolve(ty), btf.resolve(other)) else {
            return false;
        };
        match (one, two) {
            (Type::Array(one), Type::Array(two)) => (ty, other) = (one.element, two.element),
            (Type::Struct(_) | Type::Union(_), Type::Struct(_) | Type::Union(_)) => return true,
            (Type::Int(one), Type::Int(two)) => return one.offset == 0 && two.offset == 0,
            (Type::Enum(one) | Type::Enum64(one), Type::Enum(two) | Type::Enum64(two)) => {
                let (one, two) = (essential(&one.name), essential(&two.name));
                return one.is_empty() || two.is_empty() || one == two;
            }
            (Type::Fwd(one), Type::Fwd(two)) => {
                return essential(&one.name) == essential(&two.name);
            }
            _ => return same_sort(one, two),
        }
    }
    false
}

/// Whether types are the same as far as their kinds go; members do not count.
pub(super) fn types(local: &Btf, ty: TypeId, btf: &Btf, other: TypeId) -> bool {
    types_to(local, ty, btf, other, DEPTH)
}

fn types_to(local: &Btf, ty: TypeId, btf: &Btf, other: TypeId, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    let again = |ty, other| types_to(local, ty, btf, other, depth);
    match (local.resolve(ty), btf.resolve(other)) {
        (None, None) => true,
        (Some((_, Type::Ptr(one))), Some((_, Type::Ptr(two)))) => again(*one, *two),
        (Some((_, Type::Array(one))), Some((_, Type::Array(two)))) => {
            again(one.element, two.element)
        }
        (Some((_, Type::FuncProto(one))), Some((_, Type::FuncProto(two)))) => {
            protos(one, two, again)
        }
        // Who only passes pointers on need not know what they point to.
        (Some((_, Type::Fwd(one))), Some((_, Type::Struct(_)))) => !one.union,
        (Some((_, Type::Fwd(one))), Some((_, Type::Union(_)))) => one.union,
        (Some((_, one)), Some((_, two))) => same_sort(one, two),
        _ => false,
    }
}

fn protos(one: &FuncProto, two: &FuncProto, again: impl Fn(TypeId, TypeId) -> bool) -> bool {
    let mut params = one.params.iter().zip(&two.params);
    one.params.len() == two.params.len()
        && again(one.result, two.result)
        && params.all(|(one, two)| again(one.ty, two.ty))
}

/// Whether the other type has all that the local one has.
pub(super) fn types_match(local: &Btf, ty: TypeId, btf: &Btf, other: TypeId) -> bool {
    match_to(local, ty, btf, other, false, DEPTH)
}

fn match_to(
    local: &Btf,
    ty: TypeId,
    btf: &Btf,
    other: TypeId,
    behind_pointer: bool,
    depth: usize,
) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    let again = |ty, other, pointer| match_to(local, ty, btf, other, pointer, depth);
    let (one, two) = match (local.resolve(ty), btf.resolve(other)) {
        (None, None) => return true,
        (Some((_, one)), Some((_, two))) => (one, two),
        _ => return false,
    };
    let named = |one: &str, two: &str| one.is_empty() || essential(one) == essential(two);
    if !named(one.name(), two.name()) {
        return false;
    }
    match (one, two) {
        // What is behind a pointer is known by its name.
        (
            Type::Struct(_) | Type::Union(_) | Type::Fwd(_),
            Type::Struct(_) | Type::Union(_) | Type::Fwd(_),
        ) if behind_pointer => true,
        (Type::Struct(one), Type::Struct(two)) | (Type::Union(one), Type::Union(two)) => {
            members(one, two, |ty, other| again(ty, other, behind_pointer))
        }
        (Type::Enum(one) | Type::Enum64(one), Type::Enum(two) | Type::Enum64(two)) => {
            has_values(one, two)
        }
        (Type::Int(one), Type::Int(two)) => one.size == two.size && one.encoding == two.encoding,
        (Type::Ptr(one), Type::Ptr(two)) => again(*one, *two, true),
        (Type::Array(one), Type::Array(two)) => {
            one.len == two.len && again(one.element, two.element, behind_pointer)
        }
        (Type::FuncProto(one), Type::FuncProto(two)) => {
            protos(one, two, |ty, other| again(ty, other, behind_pointer))
        }
        _ => same_sort(one, two),
    }
}

fn members(one: &Composite, two: &Composite, again: impl Fn(TypeId, TypeId) -> bool) -> bool {
    one.members.iter().all(|member| {
        two.members.iter().any(|other| {
            essential(&member.name) == essential(&other.name) && again(member.ty, other.ty)
        })
    })
}

fn has_values(one: &Enum, two: &Enum) -> bool {
    one.size == two.size
        && one.values.iter().all(|(name, _)| {
            two.values.iter().any(|(other, _)| essential(name) == essential(other))
        })
}
