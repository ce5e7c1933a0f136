//! Pointers to values in memory.

use nbpfc_ir::{Map, Pointer, Region, Type as Scalar};
use nbpfc_kernel::SOCKET_SIZE;
use nbpfc_sema::{MapId, Program, Type, size_of};

/// The pointer to a place in memory that holds a value.
pub(crate) fn pointer(program: &Program, ty: &Type) -> Pointer {
    Pointer::new(Region::Value, size_of(program, ty))
}

/// The pointer to a record of a ring buffer.
pub(crate) fn record(program: &Program, ty: &Type) -> Pointer {
    Pointer::new(Region::Record, size_of(program, ty))
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
