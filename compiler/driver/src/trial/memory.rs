//! Values as bytes in maps and global data, and back.

use nbpfc_kernel::ContextField;
use nbpfc_sema::{Int, Program, Type, Value};
use nbpfc_sema::{field_offset, size_of};

/// The bytes of a value in memory; gaps are zero.
pub(super) fn encode(program: &Program, ty: &Type, value: &Value) -> Vec<u8> {
    let size = size_of(program, ty) as usize;
    match (ty, value) {
        (Type::Struct(id), Value::Fields(values)) => {
            let mut bytes = vec![0; size];
            for (index, (field, value)) in
                program.structs[*id].fields.iter().zip(values).enumerate()
            {
                let own = encode(program, &field.ty, value);
                put(&mut bytes, field_offset(program, ty, index as u32) as usize, &own);
            }
            bytes
        }
        (Type::Array(element, _), Value::Fields(values)) => {
            let mut bytes = vec![0; size];
            let stride = size_of(program, element) as usize;
            for (index, value) in values.iter().enumerate() {
                put(&mut bytes, index * stride, &encode(program, element, value));
            }
            bytes
        }
        // `struct bpf_lpm_trie_key`.
        (Type::Ipv4Prefix, Value::Ipv4Prefix(address, length)) => {
            [&u32::from(*length).to_ne_bytes(), address.to_be_bytes().as_slice()].concat()
        }
        (Type::Ipv6Prefix, Value::Ipv6Prefix(address, length)) => {
            [&u32::from(*length).to_ne_bytes(), address.to_be_bytes().as_slice()].concat()
        }
        (_, Value::Ipv4(address)) => address.to_be_bytes().to_vec(),
        (_, Value::Ipv6(address)) => address.to_be_bytes().to_vec(),
        (_, Value::Mac(bytes)) => bytes.to_vec(),
        (_, value) => {
            let mut bytes = value.number().unwrap_or(0).to_le_bytes().to_vec();
            bytes.resize(size, 0);
            bytes
        }
    }
}

/// The words of the context that a member with a value has, by their offsets.
pub(super) fn member_words(
    program: &Program,
    row: &'static ContextField,
    ty: &Type,
    value: &Value,
) -> Vec<(u16, u32)> {
    let mut bytes = encode(program, ty, value);
    if let (Type::Int(_), 1..) = (ty, row.network) {
        bytes.resize(row.network.into(), 0);
        bytes.reverse();
    }
    let words = bytes.chunks(4).map(|bytes| u32::from_le_bytes(array(bytes)));
    row.words().zip(words).collect()
}

/// The value that words of the context are.
pub(super) fn member_value(
    program: &Program,
    row: &'static ContextField,
    ty: &Type,
    words: &[u32],
) -> Value {
    let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    if let (Type::Int(_), 1..) = (ty, row.network) {
        bytes.truncate(row.network.into());
        bytes.reverse();
    }
    decode(program, ty, &bytes)
}

fn put(bytes: &mut [u8], at: usize, part: &[u8]) {
    if let Some(place) = bytes.get_mut(at..at + part.len()) {
        place.copy_from_slice(part);
    }
}

/// The value that bytes in memory are. Bytes that are missing count as zero.
pub(super) fn decode(program: &Program, ty: &Type, bytes: &[u8]) -> Value {
    let part = |at: usize, size: usize| {
        bytes.get(at..).unwrap_or_default().get(..size).unwrap_or_default()
    };
    match ty {
        Type::Struct(id) => {
            let fields = program.structs[*id].fields.iter().enumerate();
            let values = fields.map(|(index, field)| {
                let at = field_offset(program, ty, index as u32) as usize;
                decode(program, &field.ty, part(at, size_of(program, &field.ty) as usize))
            });
            Value::Fields(values.collect())
        }
        Type::Array(element, count) => {
            let stride = size_of(program, element) as usize;
            let values = (0..*count as usize)
                .map(|index| decode(program, element, part(index * stride, stride)));
            Value::Fields(values.collect())
        }
        Type::Bool => Value::Bool(bytes.first().is_some_and(|byte| byte & 1 == 1)),
        Type::Ipv4Addr => Value::Ipv4(u32::from_be_bytes(array(bytes))),
        Type::Ipv6Addr => Value::Ipv6(u128::from_be_bytes(array(bytes))),
        Type::MacAddr => Value::Mac(array(bytes)),
        Type::Ipv4Prefix => Value::Ipv4Prefix(
            u32::from_be_bytes(array(part(4, 4))),
            u32::from_ne_bytes(array(bytes)) as u8,
        ),
        Type::Ipv6Prefix => Value::Ipv6Prefix(
            u128::from_be_bytes(array(part(4, 16))),
            u32::from_ne_bytes(array(bytes)) as u8,
        ),
        Type::Int(int) => Value::Int(number(*int, bytes)),
        Type::Enum(id) => Value::Enum(*id, number(program.enums[*id].repr, bytes)),
        _ => Value::Text(bytes.into()),
    }
}

fn number(int: Int, bytes: &[u8]) -> i128 {
    int.wrap(u64::from_le_bytes(array(bytes)).into())
}

fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut array = [0; N];
    for (place, byte) in array.iter_mut().zip(bytes) {
        *place = *byte;
    }
    array
}
