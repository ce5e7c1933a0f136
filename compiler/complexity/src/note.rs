//! What is written down of each instruction on a way.

/// What is to be known of an instruction on the way back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Note {
    Nothing,
    /// It spilled to a slot of a frame's stack, or filled from it.
    Stack {
        frame: u8,
        slot: u8,
    },
    /// These registers and slots of the frame were the same number, and were compared.
    Linked {
        regs: u16,
        slots: u64,
    },
}

impl Note {
    pub(crate) const fn stack(frame: u32, off: i32) -> Self {
        Self::Stack { frame: frame as u8, slot: ((-off - 1) / 8) as u8 }
    }

    #[inline]
    pub(crate) fn is_something(self) -> bool {
        self != Self::Nothing
    }
}

/// An instruction on the way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Passed {
    pub(crate) insn: u32,
    pub(crate) note: Note,
}
