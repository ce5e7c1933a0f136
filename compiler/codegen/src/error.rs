//! Why a function has no code for a target.

use std::fmt;

use nbpfc_kernel::{Field, Member};
use nbpfc_source::{Code, Span};

/// Why a function has no code for a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The hook does not tell this about a packet.
    NoField {
        /// The hook's name.
        hook: &'static str,
        /// What was asked for.
        field: Field,
        /// By whom.
        span: Span,
    },
    /// Programs on the hook may not call this helper, or the kernel does not have it.
    NoHelper {
        /// The hook's name.
        hook: &'static str,
        /// The helper's name.
        helper: &'static str,
        /// By whom it is called.
        span: Span,
    },
    /// Programs on the hook do not write packets.
    NoStore {
        /// The hook's name.
        hook: &'static str,
        /// By whom it is written.
        span: Span,
    },
    /// The hook's context has no such member, or programs there, or on this kernel, may not do
    /// this with it.
    NoMember {
        /// The hook's name.
        hook: &'static str,
        /// The member.
        member: Member,
        /// Whether it is to be written.
        write: bool,
        /// By whom.
        span: Span,
    },
    /// More instructions than the target takes.
    Instructions {
        /// How many there are, in slots.
        have: usize,
        /// How many there may be.
        limit: usize,
    },
    /// More bytes of stack than the target has.
    Stack {
        /// How many are needed.
        have: u32,
        /// How many there are.
        limit: u32,
    },
    /// The target's instructions cannot say this.
    Inexpressible {
        /// What it is, in words that follow "cannot express".
        what: &'static str,
        /// Where it comes from.
        span: Span,
    },
    /// A jump that no sequence of shorter ones covers.
    JumpTooFar {
        /// What jumps.
        span: Span,
    },
    /// The register allocator, or its checker, refused the function: a bug of the compiler's.
    Allocation(String),
}

impl Error {
    /// What kind of problem it is.
    pub const fn code(&self) -> Code {
        match self {
            Self::NoField { .. }
            | Self::NoHelper { .. }
            | Self::NoStore { .. }
            | Self::NoMember { .. }
            | Self::Inexpressible { .. } => Code::NotOnTarget,
            Self::Instructions { .. } | Self::Stack { .. } | Self::JumpTooFar { .. } => {
                Code::TargetLimit
            }
            Self::Allocation(_) => Code::Bug,
        }
    }

    /// The place in the source, where there is one.
    pub const fn span(&self) -> Option<Span> {
        match self {
            Self::NoField { span, .. }
            | Self::NoHelper { span, .. }
            | Self::NoStore { span, .. }
            | Self::NoMember { span, .. }
            | Self::JumpTooFar { span }
            | Self::Inexpressible { span, .. } => Some(*span),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoField { hook, field, .. } => {
                let what = match field {
                    Field::Length => "the packet's length",
                    Field::InterfaceIndex => "the interface",
                    Field::PacketType => "the packet's direction",
                    Field::VlanPresent | Field::VlanTci => "a VLAN tag beside the packet",
                };
                write!(f, "programs on {hook} cannot ask for {what}")
            }
            Self::NoHelper { hook, helper, .. } => {
                write!(f, "programs on {hook} cannot call {helper} for this kernel")
            }
            Self::NoStore { hook, .. } => {
                write!(
                    f,
                    "programs on {hook} cannot write the packet: the kernel lets them read it"
                )
            }
            Self::NoMember { hook, member, write, .. } => {
                let (context, field) = (member.context.name, member.field.name);
                let verb = if *write { "write" } else { "read" };
                write!(f, "programs on {hook} cannot {verb} {context}.{field} on this kernel")
            }
            Self::Instructions { have, limit } => {
                write!(f, "{have} instructions, and the target takes at most {limit}")
            }
            Self::Stack { have, limit } => {
                write!(f, "{have} bytes of stack, and the target has {limit}")
            }
            Self::Inexpressible { what, .. } => write!(f, "the target cannot express {what}"),
            Self::JumpTooFar { .. } => f.write_str("a jump is too far for the target"),
            Self::Allocation(why) => write!(f, "register allocation failed: {why}"),
        }
    }
}

impl std::error::Error for Error {}
