//! Where the windows of checks lie on the stack, when a helper copies them there.
//!
//! Views that can be alive together belong to checks that dominate one another, so the windows
//! form a stack along the dominator tree.

use rustc_hash::FxHashMap;

use nbpfc_ir::{Block, Instruction, Terminator, Value, Width};

use crate::plan::Plan;

/// Bytes below the frame pointer for one load at a time.
pub(crate) const SCRATCH: u32 = 8;

/// Windows take no more of the stack than this, and a single one no more than half of it.
const ROOM: u32 = 256;

/// What is copied of a window: its bytes from `first` to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) first: u32,
    pub(crate) length: u16,
    /// Where `first` is copied to, from the frame pointer.
    pub(crate) to: i16,
}

/// The windows by check. One that is missing has no room: its bytes are copied as they are
/// loaded, and its last byte is looked for instead.
#[derive(Default)]
pub(crate) struct Windows {
    places: FxHashMap<Block, Window>,
    /// Bytes of the stack in use.
    pub(crate) used: u32,
}

impl Windows {
    pub(crate) fn new(plan: &Plan<'_>) -> Self {
        let mut loads: FxHashMap<Value, Vec<(u32, Width)>> = FxHashMap::default();
        for &block in &plan.blocks {
            for &inst in &plan.function.block(block).insts {
                if let Instruction::Load { width, view, displacement } = *plan.function.inst(inst)
                    && plan.is_live(plan.function.result(inst))
                {
                    loads.entry(view).or_default().push((displacement, width));
                }
            }
        }
        let mut windows = Self { places: FxHashMap::default(), used: SCRATCH };
        // Bytes in use where a block begins; a dominator comes before what it dominates.
        let mut used: FxHashMap<Block, u32> = FxHashMap::default();
        for &block in &plan.blocks {
            let above = plan.dominators.immediate(block).and_then(|b| used.get(&b)).copied();
            let here = *used.entry(block).or_insert(above.unwrap_or(SCRATCH));
            if let Terminator::Check { length, ok, .. } = *plan.function.terminator(block) {
                let view = plan.function.block(ok).params.first();
                let loads = view.and_then(|view| loads.get(view)).map_or(&[][..], Vec::as_slice);
                if let Some((window, below)) = place(here, length, loads) {
                    windows.places.insert(block, window);
                    windows.used = windows.used.max(below);
                    used.insert(ok, below);
                }
            }
        }
        windows
    }

    /// No windows: every load is copied as it comes.
    pub(crate) fn none() -> Self {
        Self { places: FxHashMap::default(), used: SCRATCH }
    }

    pub(crate) fn of(&self, check: Block) -> Option<Window> {
        self.places.get(&check).copied()
    }
}

/// A place for a window below `used` bytes, and how many are in use then.
fn place(used: u32, length: u32, loads: &[(u32, Width)]) -> Option<(Window, u32)> {
    let first = loads.iter().map(|(disp, _)| *disp).min().unwrap_or(length).min(length - 1);
    let size = length - first;
    if size > ROOM / 2 {
        return None;
    }
    // The stack is read at multiples of the width only: how much to move the window so that as
    // few loads as possible are put together from parts?
    let parts = |shift: u32| {
        let part = |(disp, width): &(u32, Width)| {
            width.bytes() / aligned(disp.wrapping_add(shift)).min(width.bytes())
        };
        loads.iter().map(part).sum::<u32>()
    };
    let shift = (0..8).min_by_key(|shift| parts(*shift)).unwrap_or(0);
    let pad = first.wrapping_add(shift) % 8;
    let below = (used + pad + size).next_multiple_of(8);
    let to = pad as i32 - below as i32;
    (below <= ROOM).then_some((Window { first, length: size as u16, to: to as i16 }, below))
}

/// The largest width, in bytes, that an address is a multiple of.
pub(crate) const fn aligned(address: u32) -> u32 {
    match address.trailing_zeros() {
        0 => 1,
        1 => 2,
        2 => 4,
        _ => 8,
    }
}
