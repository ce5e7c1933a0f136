//! What the walk has before it, and what it leaves behind.

use crate::flow::Flow;
use crate::note::Passed;
use crate::program::Program;
use crate::same::{Ids, Place};
use crate::slots;
use crate::state::State;

/// A state that was kept.
pub(crate) struct Kept {
    /// `None` once nobody asks for it any more.
    pub(crate) state: Option<State>,
    /// Ways from it that are not at their end.
    pub(crate) branches: u32,
    pub(crate) hits: u32,
    pub(crate) misses: u32,
    pub(crate) listed: bool,
    /// What of it did not cover another state the last time.
    pub(crate) apart: Place,
}

/// A way for later.
pub(crate) struct Pending {
    pub(crate) state: State,
    pub(crate) insn: u32,
    pub(crate) trail: usize,
    pub(crate) chain: usize,
}

/// The walk and what it found out.
pub(crate) struct Walk<'a> {
    pub(crate) program: &'a Program<'a>,
    pub(crate) flow: &'a Flow,
    /// Slots of the stack that are live, by place.
    pub(crate) slots: Vec<u64>,
    /// States that were kept.
    pub(crate) kept: Vec<Kept>,
    /// By place, the newest last.
    pub(crate) lists: Vec<Vec<usize>>,
    pub(crate) pending: Vec<Pending>,
    /// States that are gone, for the memory that they have.
    pub(crate) spare: Vec<State>,
    /// Which ids go together in two states that are compared.
    pub(crate) pairs: Ids,
    /// How control came to where it is.
    pub(crate) trail: Vec<Passed>,
    /// Where on the trail states were kept.
    pub(crate) chain: Vec<(usize, usize)>,
    ids: u32,
    pub(crate) processed: u64,
    pub(crate) jumps: u64,
    /// Those two when the last state was kept.
    pub(crate) last_kept: (u64, u64),
    /// How often each instruction was processed.
    pub(crate) counts: Vec<u32>,
    /// The most ways for later at once.
    pub(crate) most_pending: usize,
}

/// How an instruction is left.
pub(crate) enum Next {
    /// The next one is there.
    To(u32),
    /// The way is at its end.
    End,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(program: &'a Program<'a>, flow: &'a Flow) -> Self {
        Self {
            program,
            flow,
            slots: slots::live(program, flow),
            kept: Vec::new(),
            lists: vec![Vec::new(); flow.steps.len()],
            pending: Vec::new(),
            spare: Vec::new(),
            pairs: Ids::default(),
            trail: Vec::new(),
            chain: Vec::new(),
            ids: 0,
            processed: 0,
            jumps: 0,
            last_kept: (0, 0),
            counts: vec![0; flow.steps.len()],
            most_pending: 0,
        }
    }

    pub(crate) fn next_id(&mut self) -> u32 {
        self.ids += 1;
        self.ids
    }

    /// A state like this one.
    pub(crate) fn copy(&mut self, state: &State) -> State {
        let Some(mut copy) = self.spare.pop() else { return state.clone() };
        copy.clone_from(state);
        copy
    }

    /// Whether the function that begins here is looked at for itself.
    pub(crate) fn is_global(&self, start: u32) -> bool {
        self.program.functions.iter().any(|function| function.start == start && function.global)
    }

    /// Leaves a way for later; it begins behind the instruction at hand, or with it again.
    pub(crate) fn put_off(&mut self, mut state: State, insn: u32, counted: bool, again: bool) {
        if let Some((_, kept)) = self.chain.last() {
            self.kept[*kept].branches += 1;
        }
        state.history += u32::from(counted);
        let (trail, chain) = (self.trail.len() + usize::from(!again), self.chain.len());
        self.pending.push(Pending { state, insn, trail, chain });
        self.most_pending = self.most_pending.max(self.pending.len());
    }

    /// A way came to its end: so are all states of which it was the last.
    pub(crate) fn end_way(&mut self) {
        for (_, kept) in self.chain.iter().rev() {
            let kept = &mut self.kept[*kept];
            kept.branches = kept.branches.saturating_sub(1);
            if kept.branches > 0 {
                return;
            }
            if !kept.listed {
                self.spare.extend(kept.state.take());
            }
        }
    }
}
