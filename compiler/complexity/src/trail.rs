//! Back along the way, to states in which numbers turn out to matter (`__mark_chain_precision`).

use crate::flow::bit;
use crate::note::Passed;
use crate::state::State;
use crate::walk::Walk;
use crate::wanted::Wanted;

impl Walk<'_> {
    /// The bounds of a register's number decide something: it is compared from now on, and what it
    /// was made from.
    pub(crate) fn mark_precise(&mut self, state: &State, reg: u8) {
        if Self::value(state, reg).is_number() {
            let mut wanted = Wanted::at(state.depth());
            wanted.add_reg(state.depth(), reg);
            self.mark_wanted(wanted);
        }
    }

    /// As [`Walk::mark_precise`], of what was spilled to a slot.
    pub(crate) fn mark_slot_precise(&mut self, frame: usize, slot: u8) {
        let mut wanted = Wanted::at(frame);
        wanted.add_slot(frame, slot);
        self.mark_wanted(wanted);
    }

    /// What was precise in a kept state is so on the way to one like it (`propagate_precision`).
    pub(crate) fn mark_like(&mut self, kept: usize, at: u32) {
        let Some(old) = self.kept[kept].state.as_ref() else { return };
        let depth = old.depth();
        let mut wanted = Wanted::at(depth);
        for (index, frame) in old.frames.iter().enumerate() {
            let at = if index == depth { at } else { old.frames[index + 1].callsite } as usize;
            for (reg, value) in (0..).zip(&frame.regs) {
                if value.is_number() && value.precise && self.flow.live[at] & bit(reg) != 0 {
                    wanted.add_reg(index, reg);
                }
            }
            for (slot, value) in (0..).zip(&frame.stack) {
                if value.is_spilled_number()
                    && value.value.precise
                    && self.slots[at] >> slot & 1 != 0
                {
                    wanted.add_slot(index, slot);
                }
            }
        }
        self.mark_wanted(wanted);
    }

    fn mark_wanted(&mut self, mut wanted: Wanted) {
        if wanted.is_empty() {
            return;
        }
        let mut end = self.trail.len();
        for link in (0..self.chain.len()).rev() {
            let (start, kept) = self.chain[link];
            while end > start {
                end -= 1;
                let Passed { insn, note } = self.trail[end];
                if !note.is_something() && !wanted.is_touched(self.flow.touches[insn as usize]) {
                    continue;
                }
                if let Some(step) = &self.flow.steps[insn as usize] {
                    if wanted.is_lost_at(step) {
                        self.mark_all();
                        return;
                    }
                    let global = step.target.is_some_and(|to| self.is_global(to));
                    wanted.pass(step, note, global);
                }
                if wanted.is_empty() {
                    return;
                }
            }
            if let Some(state) = &mut self.kept[kept].state {
                wanted.mark(state);
                if wanted.is_empty() {
                    return;
                }
            }
        }
    }

    /// All numbers on the way are compared (`mark_all_scalars_precise`).
    fn mark_all(&mut self) {
        for (_, kept) in &self.chain {
            if let Some(state) = &mut self.kept[*kept].state {
                for value in state.values_mut().filter(|value| value.is_number()) {
                    value.precise = true;
                }
            }
        }
    }
}
