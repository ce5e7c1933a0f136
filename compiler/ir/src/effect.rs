//! What instructions do beside computing a value: what passes ask before they move or drop one.

/// A part of what can be read and written, apart from every other part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// The packet and what is known about it.
    Packet,
    /// The function's own stack, and that of its callers.
    Stack,
    /// All that other programs see: values of maps, records.
    Shared,
    /// The members of the context.
    Context,
}

/// What an instruction does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Nothing: it may be moved, copied or dropped wherever its operands are at hand.
    Pure,
    /// Reads memory: as [`Effect::Pure`] as long as nothing writes that memory.
    Reads(Class),
    /// Writes memory, and may read it. Stays in its place among reads and writes of that memory
    /// and among calls; happens as often as it is come by.
    Writes(Class),
    /// Asks the kernel something that it may answer otherwise the next time: may be dropped if
    /// nobody uses the result, but is moved across no write and no call, and never copied.
    Asks,
    /// May read and write everything.
    Calls {
        /// Views that were made before are no good behind it.
        moves_packet: bool,
    },
}

impl Effect {
    /// Whether the instruction is there for more than its result.
    pub const fn is_needed(self) -> bool {
        matches!(self, Self::Writes(_) | Self::Calls { .. })
    }
}

/// The memory that something in a function writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written(u8);

impl Written {
    /// Not a class: the packet moves.
    const MOVES: u8 = 1 << 7;

    const fn bit(class: Class) -> u8 {
        1 << class as u8
    }

    /// With what one more instruction writes.
    #[must_use]
    pub const fn and(self, effect: Effect) -> Self {
        let more = match effect {
            Effect::Pure | Effect::Reads(_) | Effect::Asks => 0,
            Effect::Writes(class) => Self::bit(class),
            Effect::Calls { moves_packet: true } => u8::MAX,
            Effect::Calls { moves_packet: false } => {
                Self::bit(Class::Stack) | Self::bit(Class::Shared)
            }
        };
        Self(self.0 | more)
    }

    /// Whether the packet may move, so that a view is good only up to there.
    pub const fn moves_packet(self) -> bool {
        self.0 & Self::MOVES != 0
    }

    /// Whether the packet's bytes, or what is known about it, may change.
    pub const fn writes_packet(self) -> bool {
        self.0 & Self::bit(Class::Packet) != 0
    }

    /// Whether an instruction with this effect may be moved, copied, merged with an equal one and
    /// dropped like a pure one, in a function where this is all that is written. Other programs
    /// write shared memory at any time.
    pub const fn leaves(self, effect: Effect) -> bool {
        match effect {
            Effect::Pure => true,
            Effect::Reads(class @ (Class::Packet | Class::Stack | Class::Context)) => {
                self.0 & Self::bit(class) == 0
            }
            Effect::Reads(Class::Shared)
            | Effect::Asks
            | Effect::Writes(_)
            | Effect::Calls { .. } => false,
        }
    }
}
