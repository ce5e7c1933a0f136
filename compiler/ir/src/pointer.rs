//! What pointers point to: the evidence that loads, stores and calls rest on.

use std::fmt;

use crate::entity::Map;

/// The memory that a pointer points into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Region {
    /// A slot of the stack.
    Stack,
    /// A value of a map.
    Value,
    /// A value of a map that programs only read.
    Constant,
    /// A record of a ring buffer; every way from its reservation submits or discards it.
    Record,
    /// A `struct bpf_sock`; every way from its look-up releases it.
    Socket,
    /// The program's context.
    Context,
    /// A map itself, which calls take.
    Map(Map),
}

impl Region {
    /// Whether loads may read it.
    pub const fn is_read(self) -> bool {
        !matches!(self, Self::Context | Self::Map(_))
    }

    /// Whether stores may write it.
    pub const fn is_written(self) -> bool {
        matches!(self, Self::Stack | Self::Value | Self::Record)
    }

    /// Whether a pointer from a call has to be given back.
    pub const fn is_held(self) -> bool {
        matches!(self, Self::Record | Self::Socket)
    }
}

/// The type of a pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pointer {
    /// Where it points.
    pub region: Region,
    /// How many bytes are there from it on; 0 for a context and for a map.
    pub size: u32,
    /// It may be null; nothing is done with it but ask [`Terminator::NonNull`].
    ///
    /// [`Terminator::NonNull`]: crate::Terminator::NonNull
    pub nullable: bool,
}

impl Pointer {
    /// A pointer that is not null.
    pub const fn new(region: Region, size: u32) -> Self {
        Self { region, size, nullable: false }
    }

    /// The same, perhaps null.
    #[must_use]
    pub const fn or_null(self) -> Self {
        Self { nullable: true, ..self }
    }

    /// The same, not null.
    #[must_use]
    pub const fn non_null(self) -> Self {
        Self { nullable: false, ..self }
    }
}

/// The form in text: `stack.16`, `value.8?` with `?` where it may be null, `context`, `map.m0`.
impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.size;
        match self.region {
            Region::Stack => write!(f, "stack.{size}"),
            Region::Value => write!(f, "value.{size}"),
            Region::Constant => write!(f, "constant.{size}"),
            Region::Record => write!(f, "record.{size}"),
            Region::Socket => write!(f, "socket.{size}"),
            Region::Context => write!(f, "context"),
            Region::Map(map) => write!(f, "map.{map}"),
        }?;
        f.write_str(if self.nullable { "?" } else { "" })
    }
}
