//! Machine code over virtual registers: what selection makes and register allocation reads.

use nbpfc_ir::{Compare, Func, Map, Table};
use nbpfc_isa::{AluOp, AtomicOp, Bits, Size};
use nbpfc_source::Span;

/// A virtual register; it is written once, by an instruction or as a block's parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct VReg(pub(crate) u32);

/// A block's index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Label(pub(crate) u32);

impl Label {
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A second operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operand {
    Reg(VReg),
    /// Sign-extended by 64-bit operations.
    Imm(i32),
}

/// An instruction. `d` is what it writes; the names are those of [`nbpfc_isa::Insn`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    /// `d` = the context, at the program's start.
    Context { d: VReg },
    /// `d = a`, where `a` should not be needed any more: the same register if it is not.
    Copy { d: VReg, a: VReg },
    /// `d = a`
    Move { d: VReg, a: VReg },
    /// `d` = the lower half of `a`.
    Narrow { d: VReg, a: VReg },
    /// `d = number`
    Imm { d: VReg, number: u64 },
    /// `d` = a map, or an address in its value.
    MapAddress { d: VReg, map: Map, offset: Option<u32> },
    /// `d = frame pointer + off`
    FrameAddress { d: VReg, off: i32 },
    /// `*(size *)(base + off) = value`; without a base, from the frame pointer.
    Store { size: Size, base: Option<VReg>, off: i16, value: Operand },
    /// `op` on `*(size *)(base + off)`; without a base, from the frame pointer.
    Atomic { size: Size, op: AtomicOp, base: Option<VReg>, off: i16, value: VReg },
    /// The same; `d` is what was there before.
    Fetch { size: Size, op: AtomicOp, d: VReg, base: Option<VReg>, off: i16, value: VReg },
    /// `*(size *)(base + off) = value` if that was `expected`; `d` is what was there before.
    CompareExchange {
        size: Size,
        d: VReg,
        base: Option<VReg>,
        off: i16,
        expected: VReg,
        value: VReg,
    },
    /// `d` = what the function was called with, of which there are `count`; at its start.
    Arguments { d: [VReg; 5], count: u8 },
    /// So many jumps to what follows, which the kernel drops when it has verified them.
    Steps { count: u8 },
    /// `d = function(args)`, of which there are `count`.
    CallLocal { function: Func, d: VReg, args: [VReg; 5], count: u8 },
    /// `d = helper(args)`, of which there are `count`.
    Call { helper: i32, d: VReg, args: [VReg; 5], count: u8 },
    /// `d` = where a constant table of the function begins.
    Table { d: VReg, table: Table },
    /// `d = a op b`
    Alu { bits: Bits, op: AluOp, d: VReg, a: VReg, b: Operand },
    /// `d` = the lowest `bits` of `a` in network order.
    Swap { bits: u8, d: VReg, a: VReg },
    /// `d = *(size *)(base + off)`
    Load { size: Size, d: VReg, base: VReg, off: i16 },
    /// `d = *(size *)(frame pointer + off)`
    LoadStack { size: Size, d: VReg, off: i16 },
    /// `d` = the packet's bytes at `index + disp` in host order, or the program ends with 0.
    LoadAbsolute { size: Size, d: VReg, context: VReg, index: Option<VReg>, disp: i32 },
    /// `d = helper(context)`
    Ask { helper: i32, d: VReg, context: VReg },
    /// `d = helper(context, index + disp, frame pointer + to, length)`
    CopyBytes {
        helper: i32,
        d: VReg,
        context: VReg,
        index: Option<VReg>,
        disp: u32,
        to: i16,
        length: u16,
    },
}

/// How a block ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Goes on at a block, whose parameters get the arguments.
    Jump(Label, Vec<VReg>),
    /// Goes to `then` if the comparison holds, and to `otherwise`; neither has parameters.
    Branch { bits: Bits, compare: Compare, a: VReg, b: Operand, then: Label, otherwise: Label },
    /// Returns a register.
    Return(VReg),
    /// Returns a number.
    ReturnImm(u32),
}

impl End {
    pub(crate) fn successors(&self) -> impl Iterator<Item = Label> + use<> {
        let (a, b) = match *self {
            Self::Jump(to, _) => (Some(to), None),
            Self::Branch { then, otherwise, .. } => (Some(then), Some(otherwise)),
            Self::Return(_) | Self::ReturnImm(_) => (None, None),
        };
        a.into_iter().chain(b)
    }

    pub(crate) fn for_each_target(&mut self, mut f: impl FnMut(&mut Label)) {
        match self {
            Self::Jump(to, _) => f(to),
            Self::Branch { then, otherwise, .. } => {
                f(then);
                f(otherwise);
            }
            Self::Return(_) | Self::ReturnImm(_) => {}
        }
    }
}

/// A basic block.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) params: Vec<VReg>,
    pub(crate) ops: Vec<(Op, Span)>,
    pub(crate) end: End,
    /// Where the end comes from.
    pub(crate) span: Span,
}

/// A function. The first block is the entry, which nothing jumps to; a block comes behind its
/// predecessors, but for the jumps that close a loop.
#[derive(Clone, Debug, Default)]
pub(crate) struct VCode {
    pub(crate) blocks: Vec<Block>,
    /// The blocks in the order of emission, the entry first.
    pub(crate) order: Vec<Label>,
    /// How many virtual registers there are.
    pub(crate) registers: u32,
    /// Bytes of stack used below the frame pointer; a multiple of 8.
    pub(crate) stack: u32,
    /// Whether there are copies that were compared to let the verifier know what is in them.
    pub(crate) bounds: bool,
}
