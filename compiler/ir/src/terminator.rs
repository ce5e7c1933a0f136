//! How blocks end.

use smallvec::SmallVec;

use crate::entity::{Block, Value};
use crate::types::Compare;

/// A few values, such as a block's parameters and what they get: seldom more than two, so that
/// functions are copied without an allocation for each block and jump.
pub type Values = SmallVec<[Value; 2]>;

/// A jump's target and what its parameters get.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct BlockCall {
    /// Where to.
    pub block: Block,
    /// One argument for each parameter.
    pub args: Values,
}

impl Clone for BlockCall {
    #[inline]
    fn clone(&self) -> Self {
        Self { block: self.block, args: Values::from_slice(&self.args) }
    }
}

impl From<Block> for BlockCall {
    fn from(block: Block) -> Self {
        Self { block, args: Values::new() }
    }
}

/// How a block ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Terminator {
    /// Goes on elsewhere.
    Jump(BlockCall),
    /// Goes one of two ways.
    Branch {
        /// How `a` and `b` are compared.
        compare: Compare,
        /// The left operand.
        a: Value,
        /// The right operand.
        b: Value,
        /// Where to when it holds.
        then: BlockCall,
        /// Where to when it does not.
        otherwise: BlockCall,
    },
    /// Asks whether `length` bytes of the packet from `offset` on are there to be read.
    Check {
        /// The window's start, an `i32` in bytes from the packet's first; `None` is 0.
        offset: Option<Value>,
        /// The window's length in bytes; at least 1.
        length: u32,
        /// Where to when the bytes are there. This block has no other predecessor and exactly
        /// one parameter, which is the view.
        ok: Block,
        /// Where to when they are not.
        fail: BlockCall,
    },
    /// Asks whether a pointer is null.
    NonNull {
        /// The pointer, which may be null.
        pointer: Value,
        /// Where to when it is not. This block has no other predecessor and exactly one
        /// parameter: the same pointer, known not to be null.
        some: Block,
        /// Where to when it is.
        none: BlockCall,
    },
    /// Asks whether a number lies between two others, and so lets the verifier know.
    Bound {
        /// The number, an `i64`.
        value: Value,
        /// The least that it may be.
        low: u32,
        /// The greatest.
        high: u32,
        /// Where to when it is one of these. This block has no other predecessor and exactly one
        /// parameter: the same number, known to lie there.
        inside: Block,
        /// Where to when it is none.
        outside: BlockCall,
    },
    /// Ends the function with a value of its result's type.
    Return(Value),
}

impl Terminator {
    /// The blocks that control may go to, `then` or `ok` first.
    #[inline]
    pub fn successors(&self) -> impl Iterator<Item = Block> + use<> {
        let (a, b) = match self {
            Self::Jump(call) => (Some(call.block), None),
            Self::Branch { then, otherwise, .. } => (Some(then.block), Some(otherwise.block)),
            Self::Check { ok: evident, fail: other, .. }
            | Self::NonNull { some: evident, none: other, .. }
            | Self::Bound { inside: evident, outside: other, .. } => {
                (Some(*evident), Some(other.block))
            }
            Self::Return(_) => (None, None),
        };
        a.into_iter().chain(b)
    }

    /// The block that gets evidence as its only parameter, and that nothing else leads to.
    #[inline]
    pub const fn evident(&self) -> Option<Block> {
        match self {
            Self::Check { ok: evident, .. }
            | Self::NonNull { some: evident, .. }
            | Self::Bound { inside: evident, .. } => Some(*evident),
            Self::Jump(_) | Self::Branch { .. } | Self::Return(_) => None,
        }
    }

    /// Calls `f` with each operand, arguments of jumps included.
    #[inline]
    pub fn for_each_operand(&self, mut f: impl FnMut(Value)) {
        match self {
            Self::Jump(call) => call.args.iter().copied().for_each(f),
            Self::Branch { a, b, then, otherwise, .. } => {
                f(*a);
                f(*b);
                then.args.iter().chain(&otherwise.args).copied().for_each(f);
            }
            Self::Check { offset, fail, .. } => {
                offset.iter().chain(&fail.args).copied().for_each(f);
            }
            Self::NonNull { pointer: value, none: other, .. }
            | Self::Bound { value, outside: other, .. } => {
                f(*value);
                other.args.iter().copied().for_each(f);
            }
            Self::Return(value) => f(*value),
        }
    }

    /// Replaces each operand, arguments of jumps included, by what `f` gives for it.
    #[inline]
    pub fn map_operands(&mut self, mut f: impl FnMut(Value) -> Value) {
        match self {
            Self::Jump(call) => call.args.iter_mut().for_each(|v| *v = f(*v)),
            Self::Branch { a, b, then, otherwise, .. } => {
                *a = f(*a);
                *b = f(*b);
                then.args.iter_mut().chain(&mut otherwise.args).for_each(|v| *v = f(*v));
            }
            Self::Check { offset, fail, .. } => {
                offset.iter_mut().chain(&mut fail.args).for_each(|v| *v = f(*v));
            }
            Self::NonNull { pointer: value, none: other, .. }
            | Self::Bound { value, outside: other, .. } => {
                *value = f(*value);
                other.args.iter_mut().for_each(|v| *v = f(*v));
            }
            Self::Return(value) => *value = f(*value),
        }
    }

    /// Replaces each block that control may go to, evident ones included, by what `f` gives for
    /// it.
    pub fn map_blocks(&mut self, mut f: impl FnMut(Block) -> Block) {
        if let Some(evident) = self.evident_mut() {
            *evident = f(*evident);
        }
        self.calls_mut().for_each(|call| call.block = f(call.block));
    }

    /// As [`Terminator::evident`], to change.
    pub const fn evident_mut(&mut self) -> Option<&mut Block> {
        match self {
            Self::Check { ok: evident, .. }
            | Self::NonNull { some: evident, .. }
            | Self::Bound { inside: evident, .. } => Some(evident),
            Self::Jump(_) | Self::Branch { .. } | Self::Return(_) => None,
        }
    }

    /// The jumps with arguments; the edge to an [evident](Terminator::evident) block is none.
    #[inline]
    pub fn calls(&self) -> impl Iterator<Item = &BlockCall> {
        let (a, b) = match self {
            Self::Jump(call)
            | Self::Check { fail: call, .. }
            | Self::NonNull { none: call, .. }
            | Self::Bound { outside: call, .. } => (Some(call), None),
            Self::Branch { then, otherwise, .. } => (Some(then), Some(otherwise)),
            Self::Return(_) => (None, None),
        };
        a.into_iter().chain(b)
    }

    /// As [`Terminator::calls`], to redirect them.
    #[inline]
    pub fn calls_mut(&mut self) -> impl Iterator<Item = &mut BlockCall> {
        let (a, b) = match self {
            Self::Jump(call)
            | Self::Check { fail: call, .. }
            | Self::NonNull { none: call, .. }
            | Self::Bound { outside: call, .. } => (Some(call), None),
            Self::Branch { then, otherwise, .. } => (Some(then), Some(otherwise)),
            Self::Return(_) => (None, None),
        };
        a.into_iter().chain(b)
    }
}
