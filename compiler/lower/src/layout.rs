//! How values lie in memory: fields one after the other, each aligned as in C; numbers in the
//! machine's order, addresses in the wire's.

use nbpfc_ir::{Map, Pointer, Region, Type as Scalar};
use nbpfc_kernel::SOCKET_SIZE;
use nbpfc_sema::{MapId, Program, Type};

/// A scalar of a value in memory.
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    /// Bytes from the value's start.
    pub(crate) offset: u32,
    /// 1, 2, 4, 6 or 8.
    pub(crate) bytes: u32,
    /// What it is; of an IPv6 address, each half is a leaf.
    pub(crate) ty: Type,
}

/// A value's place in memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layout {
    /// Bytes, a multiple of the alignment.
    pub(crate) size: u32,
    align: u32,
    /// The scalars, in order.
    pub(crate) leaves: Vec<Leaf>,
}

impl Layout {
    /// The layout of a type.
    pub(crate) fn of(program: &Program, ty: &Type) -> Self {
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
    pub(crate) fn is_padded(&self) -> bool {
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

/// How many bytes a value has.
pub fn size_of(program: &Program, ty: &Type) -> u32 {
    Layout::of(program, ty).size
}

/// Where a field of a struct begins, or an element of an array, in bytes; 0 of any other type.
pub fn field_offset(program: &Program, ty: &Type, index: u32) -> u32 {
    if let Type::Array(element, _) = ty {
        return size_of(program, element) * index;
    }
    let Type::Struct(id) = ty else { return 0 };
    let mut layout = Layout { size: 0, align: 1, leaves: Vec::new() };
    let mut start = 0;
    for field in program.structs[*id].fields.iter().take(index as usize + 1) {
        let own = Layout::of(program, &field.ty);
        start = layout.size.next_multiple_of(own.align);
        layout.push(&own);
    }
    start
}

/// The pointer to a place in memory that holds a value.
pub(crate) fn pointer(program: &Program, ty: &Type) -> Pointer {
    Pointer::new(Region::Value, Layout::of(program, ty).size)
}

/// The pointer to a record of a ring buffer.
pub(crate) fn record(program: &Program, ty: &Type) -> Pointer {
    Pointer::new(Region::Record, Layout::of(program, ty).size)
}

/// The pointer to a map that another one holds, which is like this one.
pub(crate) fn map_in(map: MapId) -> Pointer {
    Pointer::new(Region::Map(Map::from_u32(map.as_u32())), 0)
}

/// The pointer to a socket.
pub(crate) fn socket() -> Pointer {
    Pointer::new(Region::Socket, SOCKET_SIZE)
}

/// The scalar that a place is.
pub(crate) fn place(program: &Program, ty: &Type) -> Scalar {
    Scalar::Pointer(pointer(program, ty))
}
