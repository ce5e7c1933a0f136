//! Fields of headers as bits on the wire, most significant first.

use nbpfc_sema::{Int, Type, Value, put_bits, wire_number};

/// Bytes that grow bit by bit.
#[derive(Clone, Debug, Default)]
pub(super) struct Bits {
    bytes: Vec<u8>,
    count: u32,
}

impl Bits {
    /// Adds the low `width` bits of a number.
    fn number(&mut self, number: u128, width: u32) {
        let at = self.count;
        self.count += width;
        self.bytes.resize(self.count.div_ceil(8) as usize, 0);
        put_bits(&mut self.bytes, at, width, number);
    }

    /// Adds a field.
    pub(super) fn push(&mut self, ty: &Type, value: &Value) {
        if let (Type::Array(element, count), Value::Fields(values)) = (ty, value) {
            for index in 0..*count as usize {
                let zero = Value::Int(0);
                self.push(element, values.get(index).unwrap_or(&zero));
            }
            return;
        }
        self.number(wire_number(value), ty.wire_bits().unwrap_or(0));
    }

    /// The bytes; bits that are missing to a whole one are zero.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// The field at a bit of some bytes; `None` if it is not all there.
pub(super) fn read(bytes: &[u8], at: usize, ty: &Type) -> Option<Value> {
    if let Type::Array(element, count) = ty {
        let stride = element.wire_bits()? as usize;
        let values = (0..*count as usize).map(|index| read(bytes, at + index * stride, element));
        return values.collect::<Option<Vec<_>>>().map(|values| Value::Fields(values.into()));
    }
    let width = ty.wire_bits()? as usize;
    let mut number = 0u128;
    for bit in at..at + width {
        let byte = bytes.get(bit / 8)?;
        number = number << 1 | u128::from(byte >> (7 - bit % 8) & 1);
    }
    Some(match ty {
        Type::Bool => Value::Bool(number == 1),
        Type::Int(int) => Value::Int(Int::wrap(*int, number.cast_signed())),
        Type::Ipv4Addr => Value::Ipv4(number as u32),
        Type::Ipv6Addr => Value::Ipv6(number),
        Type::MacAddr => {
            let [_, _, mac @ ..] = (number as u64).to_be_bytes();
            Value::Mac(mac)
        }
        _ => return None,
    })
}
