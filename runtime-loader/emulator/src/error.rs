//! Why a program cannot be emulated, and what a run did wrong.

use std::fmt;

/// A program that the emulator does not take, with the slot where the reason is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// Index of the slot.
    pub pc: usize,
    /// The reason.
    pub kind: ErrorKind,
}

/// Reasons not to take a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The slot is no instruction of the table.
    NotAnInstruction,
    /// A jump or call leads out of the program or into an instruction.
    Target,
    /// It writes `r10`, which is read-only.
    FramePointer,
    /// The program goes on behind its last slot.
    NoEnd,
    /// An address of global data that there is not.
    Global,
    /// A map that there is not.
    Map,
    /// A helper function that is not emulated on this hook, by number.
    Helper(i32),
    /// Something else that is not emulated.
    NotEmulated(&'static str),
    /// It can be emulated, but not as machine code: use [`crate::Engine::Checked`].
    NotNative(&'static str),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "instruction {}: ", self.pc)?;
        match self.kind {
            ErrorKind::NotAnInstruction => write!(f, "not an instruction"),
            ErrorKind::Target => write!(f, "leads out of the program or into an instruction"),
            ErrorKind::FramePointer => write!(f, "r10 is read-only"),
            ErrorKind::NoEnd => write!(f, "the program goes on behind its end"),
            ErrorKind::Global => write!(f, "no such global data"),
            ErrorKind::Map => write!(f, "no such map"),
            ErrorKind::Helper(id) => write!(f, "helper {id} is not emulated on this hook"),
            ErrorKind::NotEmulated(what) => write!(f, "{what} not emulated"),
            ErrorKind::NotNative(what) => write!(f, "no machine code for {what}"),
        }
    }
}

impl std::error::Error for Error {}

/// What a run did that the kernel's verifier would not have let pass, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Index of the instruction's slot; of a native run 0 where it is not known.
    pub pc: usize,
    /// What happened.
    pub kind: FaultKind,
}

/// What memory an access was to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// The context that `r1` points to at the start.
    Context,
    /// The packet.
    Packet,
    /// A function's frame below `r10`.
    Stack,
    /// The global data with this number.
    Global(u32),
    /// Values of the map with this number, or records if it is a ring buffer.
    Value(u32),
    /// The map with this number itself.
    Map(u32),
}

/// Forbidden acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// A register was read that nothing was written to.
    Register(u8),
    /// Stack bytes were read that nothing was written to.
    Uninitialised {
        /// From the frame pointer, in bytes.
        offset: i64,
    },
    /// An address was computed with that was no pointer.
    NotAPointer,
    /// Memory outside of what the pointer points into.
    OutOfBounds {
        /// What it points into.
        memory: Memory,
        /// From the beginning, of the stack from the frame pointer, in bytes.
        offset: i64,
        /// Bytes accessed.
        size: u64,
    },
    /// A member of the context that is not there, or not in this width.
    Field {
        /// From the beginning, in bytes.
        offset: i64,
        /// Bytes accessed.
        size: u64,
    },
    /// A write to memory that is only read on this hook.
    ReadOnly(Memory),
    /// Arithmetic or a comparison that has no meaning on a pointer.
    Pointer,
    /// A pointer was returned.
    PointerReturned,
    /// Calls nested deeper than the kernel's 8 frames.
    CallDepth,
    /// A packet load without the context in `r6`, or a helper call without it in `r1`.
    NoContext,
    /// A helper was called with something else in a register than it takes.
    Argument(u8),
    /// The program ended without submitting or discarding a record.
    Unreleased,
    /// The instruction budget is spent.
    Budget,
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Context => "context",
            Self::Packet => "packet",
            Self::Stack => "stack",
            Self::Global(_) => "global data",
            Self::Value(_) => "value",
            Self::Map(_) => "map",
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "instruction {}: ", self.pc)?;
        match self.kind {
            FaultKind::Register(register) => write!(f, "r{register} is read before it is written"),
            FaultKind::Uninitialised { offset } => {
                write!(f, "the stack at r10{offset:+} is read before it is written")
            }
            FaultKind::NotAPointer => write!(f, "memory access through a number"),
            FaultKind::OutOfBounds { memory, offset, size } => {
                write!(f, "{size} bytes at {offset:+} are outside of the {memory}")
            }
            FaultKind::Field { offset, size } => {
                write!(f, "the context has no member of {size} bytes at {offset}")
            }
            FaultKind::ReadOnly(memory) => write!(f, "write to the {memory}, which is read-only"),
            FaultKind::Pointer => write!(f, "arithmetic or comparison that pointers do not have"),
            FaultKind::PointerReturned => write!(f, "a pointer is returned"),
            FaultKind::CallDepth => write!(f, "more than 8 frames of calls"),
            FaultKind::NoContext => write!(f, "packet access without the context"),
            FaultKind::Argument(register) => {
                write!(f, "r{register} is not what the helper takes")
            }
            FaultKind::Unreleased => write!(f, "a record is neither submitted nor discarded"),
            FaultKind::Budget => write!(f, "the instruction budget is spent"),
        }
    }
}

impl std::error::Error for Fault {}
