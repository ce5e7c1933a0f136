//! What has to be given back: on every way out it is.
//!
//! Where a way leaves by a verdict of its own, it gives back what is held there. All ways that leave by
//! the verdict of `otherwise` go to [`Lowering::otherwise`], which is another block for all that is held.

use nbpfc_ir::{Block, Value};
use nbpfc_kernel::{Helper, Returns};
use nbpfc_sema::{Fate, LocalId, Type};

use crate::lowering::{Held, Lowering};

impl Lowering<'_> {
    /// A variable holds this from here on.
    pub(crate) fn hold(&mut self, local: LocalId, pointer: Value) {
        let mut held = self.held.clone();
        let by = match self.frame.body.locals[local].ty {
            Type::Socket => {
                // That there is no way to find one was said before.
                let finds = |row: &&Helper| row.returns == Returns::SocketOrNull;
                if !self.missing.iter().any(finds) {
                    let span = self.frame.body.locals[local].span;
                    self.calls(&Helper::SK_RELEASE, "release", span);
                }
                &Helper::SK_RELEASE
            }
            _ => &Helper::RINGBUF_DISCARD,
        };
        held.push(Held { local: Some(local), pointer, by });
        self.now_held(held);
    }

    /// Does something while a lock is held.
    pub(crate) fn locked(&mut self, pointer: Value, f: impl FnOnce(&mut Self)) {
        self.builder.call_helper(&Helper::SPIN_LOCK, &[pointer]);
        let before = self.held.clone();
        let mut held = before.clone();
        held.push(Held { local: None, pointer, by: &Helper::SPIN_UNLOCK });
        self.now_held(held);
        f(self);
        if !self.builder.is_terminated() {
            self.release_but(&before);
        }
        self.now_held(before);
    }

    /// This is held here.
    pub(crate) fn now_held(&mut self, held: Vec<Held>) {
        self.otherwise = self.way_out(&held);
        self.held = held;
    }

    /// Where the program leaves with the verdict of `otherwise`, if this is held.
    fn way_out(&mut self, held: &[Held]) -> Block {
        if let Some((_, block)) = self.ways_out.iter().find(|(other, _)| other == held) {
            return *block;
        }
        let block = self.builder.block();
        self.ways_out.push((held.to_vec(), block));
        block
    }

    /// A variable gives back what it holds.
    pub(crate) fn give_back(&mut self, local: LocalId, fate: Fate) {
        let own = self.held.iter().skip(self.frame.held).position(|held| held.local == Some(local));
        let Some(index) = own else { return };
        let mut held = self.held.clone();
        let gone = held.remove(self.frame.held + index);
        let (by, flags) = match fate {
            Fate::Submitted(flags) => (&Helper::RINGBUF_SUBMIT, flags),
            Fate::Discarded(flags) => (gone.by, flags),
        };
        self.call_back(by, gone.pointer, flags);
        self.now_held(held);
    }

    fn call_back(&mut self, by: &'static Helper, pointer: Value, flags: u64) {
        let flags = (by.arguments.len() > 1).then(|| self.builder.const64(flags));
        let arguments: Vec<_> = [pointer].into_iter().chain(flags).collect();
        self.builder.call_helper(by, &arguments);
    }

    /// Gives back what was come by since so much was held, on a way that leaves.
    pub(crate) fn release_from(&mut self, before: usize) {
        let own: Vec<_> = self.held.iter().skip(before).copied().collect();
        for held in own.into_iter().rev() {
            self.call_back(held.by, held.pointer, 0);
        }
    }

    /// Gives back what is held but for this, on a way to where others lead.
    pub(crate) fn release_but(&mut self, kept: &[Held]) {
        let gone: Vec<_> = self.held.iter().filter(|held| !kept.contains(held)).copied().collect();
        for held in gone.into_iter().rev() {
            self.call_back(held.by, held.pointer, 0);
        }
    }

    /// Fills in the blocks that give back what was held where the program left.
    pub(crate) fn give_back_outside(&mut self) {
        let most = self.ways_out.iter().map(|(held, _)| held.len()).max().unwrap_or(0);
        // Those with less may come to be on the way.
        for count in (1..=most).rev() {
            let ways = self.ways_out.iter().filter(|(held, _)| held.len() == count);
            for (held, block) in ways.cloned().collect::<Vec<_>>() {
                self.builder.enter(block);
                if let Some((last, others)) = held.split_last() {
                    self.call_back(last.by, last.pointer, 0);
                    let next = self.way_out(others);
                    self.builder.jump(next);
                }
            }
        }
    }
}
