//! The walk itself: every way, one instruction after the other, until a state is met that covers the one at
//! hand (`do_check`, `is_state_visited`).

use nbpfc_isa::Op;
use nbpfc_kernel::{MAX_CALL_FRAMES, ProgramType};

use crate::flow::{ARGUMENTS, Step, bit};
use crate::note::{Note, Passed};
use crate::same::{Place, covers};
use crate::scalar::Scalar;
use crate::state::{Frame, Kind, State, Value};
use crate::walk::{Kept, Next, Walk};

/// A state is kept if there were so many instructions and jumps since the last that was.
const INSTRUCTIONS: u64 = 8;
const JUMPS: u64 = 2;
/// In a loop, where that could be many, one of these has to be reached.
const LOOP_INSTRUCTIONS: u64 = 100;
const LOOP_JUMPS: u64 = 20;
/// After so many places a state is kept anyway.
const HISTORY: u32 = 40;
/// A kept state that did not help so many times more often than it did is given up.
const MISSES: u32 = 3;

impl Walk<'_> {
    /// Follows all ways from a place; whether it got through within the limits.
    pub(crate) fn run(&mut self, start: u32, contexts: u16, limit: u64, most: usize) -> bool {
        let mut frame = Frame::new(u32::MAX);
        let numbers = if start == 0 { 0 } else { ARGUMENTS };
        for (reg, value) in (0..).zip(&mut frame.regs) {
            if contexts & bit(reg) != 0 {
                *value = Value::pointer(Kind::Context);
            } else if numbers & bit(reg) != 0 {
                *value = Value::number(Scalar::UNKNOWN);
            }
        }
        let mut state = State { frames: vec![frame], references: 0, locked: false, history: 0 };
        let mut insn = start;
        self.kept.clear();
        self.lists.iter_mut().for_each(Vec::clear);
        self.trail.clear();
        self.chain.clear();
        loop {
            self.processed += 1;
            if let Some(count) = self.counts.get_mut(insn as usize) {
                *count += 1;
            }
            if self.processed > limit || self.most_pending > most {
                return false;
            }
            let pruned = self.flow.compares[insn as usize] && self.is_covered(insn, &mut state);
            let next = if pruned { Next::End } else { self.step(insn, &mut state) };
            match next {
                Next::To(next) => insn = next,
                Next::End => {
                    self.end_way();
                    let Some(pending) = self.pending.pop() else { return true };
                    self.spare.push(std::mem::replace(&mut state, pending.state));
                    insn = pending.insn;
                    self.trail.truncate(pending.trail);
                    self.chain.truncate(pending.chain);
                }
            }
        }
    }

    /// Processes an instruction.
    fn step(&mut self, insn: u32, state: &mut State) -> Next {
        let flow = self.flow;
        let Some(Some(step)) = flow.steps.get(insn as usize) else { return Next::End };
        self.jumps += u64::from(step.counts_as_jump());
        let joins = self.flow.joins[insn as usize];
        state.history += u32::from(joins);
        let (next, note) = match step.op {
            Op::Jump(..) | Op::MayGoto => self.branch(state, step, joins),
            Op::CallLocal => (self.call_local(state, insn, step), Note::Nothing),
            Op::Call | Op::CallKfunc => {
                self.call(state, step);
                (Next::To(step.next), Note::Nothing)
            }
            Op::Exit => (self.exit(state), Note::Nothing),
            Op::Ja | Op::Gotol => (Next::To(step.target.unwrap_or(step.next)), Note::Nothing),
            _ => {
                let note = self.plain(state, insn, step);
                (Next::To(step.next), note)
            }
        };
        state.history += u32::from(note.is_something() && !joins);
        self.trail.push(Passed { insn, note });
        next
    }

    /// Whether a state that was kept here covers this one; if none does, this one may be kept.
    fn is_covered(&mut self, insn: u32, state: &mut State) -> bool {
        let forced = state.history > HISTORY;
        let (instructions, jumps) =
            (self.processed - self.last_kept.0, self.jumps - self.last_kept.1);
        let mut keep = forced || (jumps >= JUMPS && instructions >= INSTRUCTIONS);
        let mut list = std::mem::take(&mut self.lists[insn as usize]);
        let mut hit = None;
        let mut index = list.len();
        while index > 0 {
            index -= 1;
            let kept = &mut self.kept[list[index]];
            if kept.branches > 0 {
                if !forced && jumps < LOOP_JUMPS && instructions < LOOP_INSTRUCTIONS {
                    keep = false;
                }
            } else if let Some(old) = &kept.state
                && covers(
                    (self.flow, &self.slots),
                    &mut self.pairs,
                    insn,
                    (old, &mut kept.apart),
                    state,
                )
            {
                kept.hits += 1;
                hit = Some(list[index]);
                break;
            }
            kept.misses += u32::from(keep);
            if kept.misses > kept.hits * MISSES + MISSES {
                kept.listed = false;
                if kept.branches == 0 {
                    self.spare.extend(kept.state.take());
                }
                list.remove(index);
            }
        }
        self.lists[insn as usize] = list;
        if let Some(kept) = hit {
            self.mark_like(kept, insn);
            return true;
        }
        if keep {
            self.keep(insn, state);
        }
        false
    }

    fn keep(&mut self, insn: u32, state: &mut State) {
        self.last_kept = (self.processed, self.jumps);
        let index = self.kept.len();
        let mut copy = self.copy(state);
        copy.forget_precise();
        let apart = Place::Nowhere;
        let kept = Kept { state: Some(copy), branches: 1, hits: 0, misses: 0, listed: true, apart };
        self.kept.push(kept);
        self.lists[insn as usize].push(index);
        self.chain.push((self.trail.len(), index));
        state.history = 0;
    }

    fn call_local(&mut self, state: &mut State, insn: u32, step: &Step) -> Next {
        let Some(target) = step.target else { return Next::End };
        if self.is_global(target) {
            let regs = &mut state.top().regs;
            regs[..6].fill(Value::NOTHING);
            regs[0] = Value::number(Scalar::UNKNOWN);
            return Next::To(step.next);
        }
        if state.frames.len() >= MAX_CALL_FRAMES {
            return Next::End;
        }
        let mut frame = Frame::new(insn);
        let regs = &mut state.top().regs;
        frame.regs[1..6].copy_from_slice(&regs[1..6]);
        regs[..6].fill(Value::NOTHING);
        state.frames.push(frame);
        Next::To(target)
    }

    fn exit(&mut self, state: &mut State) -> Next {
        if state.depth() == 0 {
            if self.program.target.hook.program_type == ProgramType::CgroupSkb {
                self.mark_precise(state, 0);
            }
            return Next::End;
        }
        let Some(left) = state.frames.pop() else { return Next::End };
        state.top().regs[0] = left.regs[0];
        Next::To(left.callsite + 1)
    }
}
