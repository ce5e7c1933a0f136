//! Values in words, as the language writes them.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};

use nbpfc_sema::{Program, Type, Value};

/// A value of a type.
pub(super) fn show(program: &Program, ty: &Type, value: &Value) -> String {
    match (ty, value) {
        (Type::Struct(id), Value::Fields(values)) => {
            let data = &program.structs[*id];
            let fields = data.fields.iter().zip(values);
            let fields: Vec<_> = fields
                .map(|(field, value)| {
                    format!("{} = {}", field.name, show(program, &field.ty, value))
                })
                .collect();
            format!("{}({})", data.name, fields.join(", "))
        }
        (Type::Array(element, _), Value::Fields(values)) => {
            let values: Vec<_> = values.iter().map(|value| show(program, element, value)).collect();
            format!("[{}]", values.join(", "))
        }
        (_, Value::Bool(truth)) => truth.to_string(),
        (_, Value::Int(number)) => number.to_string(),
        (_, Value::Enum(id, number)) => {
            let data = &program.enums[*id];
            let variant = data.variants.iter().find(|(_, value)| value == number);
            variant.map_or_else(
                || format!("{}({number})", data.name),
                |(variant, _)| format!("{}.{variant}", data.name),
            )
        }
        (_, Value::Ipv4(address)) => Ipv4Addr::from_bits(*address).to_string(),
        (_, Value::Ipv6(address)) => Ipv6Addr::from_bits(*address).to_string(),
        (_, Value::Ipv4Prefix(address, length)) => {
            format!("{}/{length}", Ipv4Addr::from_bits(*address))
        }
        (_, Value::Ipv6Prefix(address, length)) => {
            format!("{}/{length}", Ipv6Addr::from_bits(*address))
        }
        (_, Value::Mac(bytes)) => bytes.map(|byte| format!("{byte:02x}")).join(":"),
        (_, Value::Text(bytes)) => quoted(bytes),
        (_, Value::Absent) => "none".to_owned(),
        (_, Value::Fields(values)) => format!("{} values", values.len()),
        (_, Value::Set(values)) => format!("a set of {}", values.len()),
    }
}

/// Bytes as a literal.
pub(super) fn quoted(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for byte in bytes {
        match byte {
            b'"' | b'\\' => {
                text.push('\\');
                text.push(char::from(*byte));
            }
            b' '..=b'~' => text.push(char::from(*byte)),
            _ => {
                let _ = write!(text, "\\x{byte:02x}");
            }
        }
    }
    text.push('"');
    text
}
