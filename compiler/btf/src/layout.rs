//! Numbers of the format that reading and writing share (the kernel's `include/uapi/linux/btf.h`).

/// First two bytes of `.BTF` and `.BTF.ext`.
pub(crate) const MAGIC: u16 = 0xeb9f;
/// Version of both headers.
pub(crate) const VERSION: u8 = 1;
/// Length of the header of `.BTF`.
pub(crate) const HEADER_LEN: u32 = 24;
/// Number of types that ids can count.
pub(crate) const MAX_TYPES: usize = 0x000f_ffff;
/// Size of the string section.
pub(crate) const MAX_NAME_OFFSET: usize = 0x00ff_ffff;
/// Number of members, parameters, values or variables of a type.
pub(crate) const MAX_VLEN: usize = 0xffff;

macro_rules! kinds {
    ($($kind:ident = $code:literal,)*) => {
        /// The kind of a type, without its data.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Kind { $($kind = $code,)* }

        impl Kind {
            pub(crate) const fn code(self) -> u8 {
                self as u8
            }

            pub(crate) const fn from_code(code: u8) -> Option<Self> {
                match code {
                    $($code => Some(Self::$kind),)*
                    _ => None,
                }
            }
        }
    };
}

kinds! {
    Int = 1,
    Ptr = 2,
    Array = 3,
    Struct = 4,
    Union = 5,
    Enum = 6,
    Fwd = 7,
    Typedef = 8,
    Volatile = 9,
    Const = 10,
    Restrict = 11,
    Func = 12,
    FuncProto = 13,
    Var = 14,
    Datasec = 15,
    Float = 16,
    DeclTag = 17,
    TypeTag = 18,
    Enum64 = 19,
}
