//! How values lie in memory: fields one after the other, each aligned as in C; numbers in the
//! machine's order, addresses in the wire's.

use crate::measure::Measure;
use crate::program::Program;
use crate::types::Type;
use crate::value::Value;

/// A scalar of a value in memory.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// Bytes from the value's start.
    pub offset: u32,
    /// 1, 2, 4, 6 or 8.
    pub bytes: u32,
    /// What it is; of an IPv6 address, each half is a leaf.
    pub ty: Type,
}

/// A value's place in memory.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    /// Bytes, a multiple of the alignment.
    pub size: u32,
    align: u32,
    /// The scalars, in order.
    pub leaves: Vec<Leaf>,
}

impl Layout {
    /// The layout of a type.
    pub fn of(program: &Program, ty: &Type) -> Self {
        let mut layout = Self { size: 0, align: 1, leaves: Vec::new() };
        match ty {
            Type::Struct(id) => {
                for field in &program.structs[*id].fields {
                    layout.push(&Self::of(program, &field.ty));
                }
                layout.size = layout.size.next_multiple_of(layout.align);
            }
            Type::Array(element, count) => {
                let own = Self::of(program, element);
                (0..*count).for_each(|_| layout.push(&own));
            }
            Type::Ipv6Addr => {
                for _ in 0..2 {
                    layout.push(&Self::leaf(8, 8, ty));
                }
            }
            // `struct bpf_lpm_trie_key`: how many bits count, and those.
            Type::Ipv4Prefix | Type::Ipv6Prefix => {
                layout.push(&Self::leaf(4, 4, &Type::U32));
                if matches!(ty, Type::Ipv4Prefix) {
                    layout.push(&Self::leaf(4, 4, &Type::Ipv4Addr));
                } else {
                    layout.push(&Self::leaf(8, 4, &Type::Ipv6Addr));
                    layout.push(&Self::leaf(8, 4, &Type::Ipv6Addr));
                }
            }
            // `struct bpf_spin_lock`: bytes that belong to nobody.
            Type::Lock => layout = Self { size: 4, align: 4, leaves: Vec::new() },
            Type::MacAddr => layout.push(&Self::leaf(6, 2, ty)),
            Type::Enum(id) => {
                let bytes = storage(program.enums[*id].repr.bits);
                layout.push(&Self::leaf(bytes, bytes, ty));
            }
            Type::Int(int) => layout.push(&Self::leaf(storage(int.bits), storage(int.bits), ty)),
            Type::Ipv4Addr => layout.push(&Self::leaf(4, 4, ty)),
            _ => layout.push(&Self::leaf(1, 1, ty)),
        }
        layout
    }

    fn leaf(bytes: u32, align: u32, ty: &Type) -> Self {
        Self { size: bytes, align, leaves: vec![Leaf { offset: 0, bytes, ty: ty.clone() }] }
    }

    /// Puts a value behind those that are there.
    fn push(&mut self, other: &Self) {
        let start = self.size.next_multiple_of(other.align);
        let leaves = other.leaves.iter().cloned();
        self.leaves.extend(leaves.map(|leaf| Leaf { offset: start + leaf.offset, ..leaf }));
        self.align = self.align.max(other.align);
        self.size = start + other.size;
    }

    /// Whether there are bytes that belong to no scalar.
    pub fn is_padded(&self) -> bool {
        self.leaves.iter().map(|leaf| leaf.bytes).sum::<u32>() != self.size
    }
}

const fn storage(bits: u8) -> u32 {
    match bits {
        0..=8 => 1,
        9..=16 => 2,
        17..=32 => 4,
        _ => 8,
    }
}

impl Measure {
    /// Of a type.
    pub(crate) fn of(program: &Program, ty: &Type) -> Self {
        match ty {
            Type::Struct(id) => program.structs[*id].measure,
            Type::Array(element, count) => Self::of(program, element).times(u64::from(*count)),
            _ => {
                let Layout { size, align, leaves } = Layout::of(program, ty);
                let scalars = leaves.len().max(1) as u64;
                Self { scalars, ..Self::scalar(size, align) }
            }
        }
    }
}

/// How many bytes a value has.
pub fn size_of(program: &Program, ty: &Type) -> u32 {
    u32::try_from(Measure::of(program, ty).size).unwrap_or(u32::MAX)
}

/// Where a field of a struct begins, or an element of an array, in bytes; 0 of any other type.
pub fn field_offset(program: &Program, ty: &Type, index: u32) -> u32 {
    if let Type::Array(element, _) = ty {
        return size_of(program, element) * index;
    }
    let Type::Struct(id) = ty else { return 0 };
    let mut size: u64 = 0;
    let mut start = 0;
    for field in program.structs[*id].fields.iter().take(index as usize + 1) {
        let own = Measure::of(program, &field.ty);
        start = size.next_multiple_of(own.align);
        size = start + own.size;
    }
    u32::try_from(start).unwrap_or(u32::MAX)
}

/// A known value as the numbers of its scalars.
pub fn scalars(program: &Program, ty: &Type, value: &Value) -> Vec<u64> {
    match (value, ty) {
        (Value::Bool(truth), _) => vec![u64::from(*truth)],
        (Value::Int(number) | Value::Enum(_, number), _) => {
            let bits = match ty {
                Type::Int(int) => int.bits,
                Type::Enum(id) => program.enums[*id].repr.bits,
                _ => 32,
            };
            let mask = if bits > 32 { u64::MAX } else { u32::MAX.into() };
            vec![*number as u64 & mask]
        }
        (Value::Ipv4(address), _) => vec![u64::from(address.swap_bytes())],
        (Value::Ipv6(address), _) => halves(*address).to_vec(),
        (Value::Ipv4Prefix(address, length), _) => {
            vec![u64::from(*length), u64::from(address.swap_bytes())]
        }
        (Value::Ipv6Prefix(address, length), _) => {
            let [high, low] = halves(*address);
            vec![u64::from(*length), high, low]
        }
        (Value::Mac(bytes), _) => {
            vec![bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))]
        }
        (Value::Fields(fields), Type::Struct(id)) => {
            let types = program.structs[*id].fields.iter().map(|field| &field.ty);
            fields.iter().zip(types).flat_map(|(value, ty)| scalars(program, ty, value)).collect()
        }
        (Value::Fields(fields), Type::Array(element, _)) => {
            fields.iter().flat_map(|value| scalars(program, element, value)).collect()
        }
        // These are no values of the running program.
        (Value::Fields(_) | Value::Text(_) | Value::Set(_) | Value::Absent, _) => Vec::new(),
    }
}

/// An IPv6 address as the machine loads its two halves.
pub fn halves(address: u128) -> [u64; 2] {
    [((address >> 64) as u64).swap_bytes(), (address as u64).swap_bytes()]
}

/// A known value as bytes.
pub fn bytes(program: &Program, ty: &Type, value: Option<&Value>) -> Vec<u8> {
    let layout = Layout::of(program, ty);
    let mut bytes = vec![0; layout.size as usize];
    let numbers = value.map(|value| scalars(program, ty, value)).unwrap_or_default();
    for (leaf, number) in layout.leaves.iter().zip(numbers) {
        let (at, count) = (leaf.offset as usize, leaf.bytes as usize);
        bytes[at..at + count].copy_from_slice(&number.to_le_bytes()[..count]);
    }
    bytes
}
