//! Types as lists of scalars.

use nbpfc_ir::Type as Scalar;
use nbpfc_sema::{Program, Type, Value, scalars};

use crate::layout::{map_in, pointer, record, socket};

/// The scalars that a value of a type consists of, in order.
pub(crate) fn shape(program: &Program, ty: &Type) -> Vec<Scalar> {
    let mut scalars = Vec::new();
    add(program, ty, &mut scalars);
    scalars
}

fn add(program: &Program, ty: &Type, scalars: &mut Vec<Scalar>) {
    match ty {
        Type::Int(int) if int.bits > 32 => scalars.push(Scalar::I64),
        Type::Enum(id) if program.enums[*id].repr.bits > 32 => scalars.push(Scalar::I64),
        Type::Bool | Type::Int(_) | Type::Enum(_) | Type::Ipv4Addr | Type::Verdict(_) => {
            scalars.push(Scalar::I32);
        }
        Type::MacAddr => scalars.push(Scalar::I64),
        Type::Ipv6Addr => scalars.extend([Scalar::I64, Scalar::I64]),
        // Where it begins, in bytes from the packet's start.
        Type::Header(_) | Type::Inner(_) | Type::Bytes(_) => scalars.push(Scalar::I32),
        Type::Struct(id) => {
            program.structs[*id].fields.iter().for_each(|field| add(program, &field.ty, scalars));
        }
        Type::Array(element, count) => (0..*count).for_each(|_| add(program, element, scalars)),
        Type::Ipv4Prefix => scalars.extend([Scalar::I32, Scalar::I32]),
        Type::Ipv6Prefix => scalars.extend([Scalar::I32, Scalar::I64, Scalar::I64]),
        Type::Ref(inner) => scalars.push(Scalar::Pointer(pointer(program, inner))),
        Type::Record(inner) => scalars.push(Scalar::Pointer(record(program, inner))),
        Type::MapIn(map) => scalars.push(Scalar::Pointer(map_in(*map))),
        Type::Optional(inner) if let Type::MapIn(map) = &**inner => {
            scalars.push(Scalar::Pointer(map_in(*map).or_null()));
        }
        Type::Socket => scalars.push(Scalar::Pointer(socket())),
        Type::Optional(inner) if matches!(**inner, Type::Socket) => {
            scalars.push(Scalar::Pointer(socket().or_null()));
        }
        // Absent places are null.
        Type::Optional(inner) if let Type::Ref(place) = &**inner => {
            scalars.push(Scalar::Pointer(pointer(program, place).or_null()));
        }
        Type::Optional(inner) if let Type::Record(place) = &**inner => {
            scalars.push(Scalar::Pointer(record(program, place).or_null()));
        }
        Type::Optional(inner) => {
            scalars.push(Scalar::I32);
            add(program, inner, scalars);
        }
        // Compile time only, or nothing at all.
        Type::Error
        | Type::Never
        | Type::Unit
        | Type::Packet(_)
        | Type::Rest(_)
        | Type::Lock
        | Type::Text
        | Type::Map(_)
        | Type::Set(_) => {}
    }
}

/// The scalars of the fields in front of one.
pub(crate) fn fields_before(program: &Program, ty: &Type, index: u32) -> usize {
    if let Type::Array(element, _) = ty {
        return shape(program, element).len() * index as usize;
    }
    let Type::Struct(id) = ty else { return 0 };
    let before = program.structs[*id].fields.iter().take(index as usize);
    before.map(|field| shape(program, &field.ty).len()).sum()
}

/// A known value as the numbers of its scalars.
pub(crate) fn numbers(program: &Program, ty: &Type, value: &Value) -> Vec<u64> {
    match (value, ty) {
        (Value::Absent, _) => vec![0; shape(program, ty).len()],
        (value, Type::Optional(inner)) => {
            std::iter::once(1).chain(numbers(program, inner, value)).collect()
        }
        _ => scalars(program, ty, value),
    }
}
