//! What code generation hands on.

use nbpfc_ir::{Func, Map, TableData};
use nbpfc_isa::Insn;
use nbpfc_source::Span;

/// A function's instructions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Code {
    /// The slots.
    pub insns: Vec<Insn>,
    /// Where instructions come from: slot index (rising; never a second half of a 64-bit load)
    /// and place. A record holds until the next.
    pub lines: Vec<(u32, Span)>,
    /// Bytes of stack used.
    pub stack: u32,
    /// The constant tables that relocations name.
    pub tables: Vec<TableData>,
    /// Where maps are wanted, in the order of instructions.
    pub maps: Vec<MapReference>,
    /// Where the addresses of tables are wanted, in the order of instructions.
    pub relocations: Vec<Relocation>,
    /// The functions that it calls, itself or through others, each behind the one before: where
    /// they begin.
    pub functions: Vec<(u32, Func)>,
    /// Where functions are called, in the order of instructions. The calls lead there.
    pub calls: Vec<(u32, Func)>,
}

impl Code {
    /// The place that an instruction comes from, by the index of its slot.
    pub fn place_of(&self, insn: u32) -> Option<Span> {
        let after = self.lines.partition_point(|(first, _)| *first <= insn);
        after.checked_sub(1).map(|index| self.lines[index].1)
    }
}

/// A 64-bit load that is to give the address of a table. Its immediate is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relocation {
    /// Index of its first slot.
    pub insn: u32,
    /// Index into [`Code::tables`].
    pub table: usize,
}

/// A 64-bit load that is to give a map, or an address in its only value. Its immediate is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MapReference {
    /// Index of its first slot.
    pub insn: u32,
    /// The map.
    pub map: Map,
    /// Bytes from the start of its value; `None` for the map itself.
    pub offset: Option<u32>,
}
