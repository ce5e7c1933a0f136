//! Loops over headers that repeat in another header, or behind it.

use nbpfc_ir::{Compare, Type as Scalar, Width};
use nbpfc_sema::{Each, Part};

use crate::lowering::Lowering;
use crate::mark::Mark;

impl<'p> Lowering<'p> {
    /// `for x in header.part { … }`
    pub(crate) fn each(&mut self, each: &'p Each) {
        self.payload_before(&[Part::Block(&each.body)]);
        let mut begun = self.begin_loop(each.base.span);
        let offset = self.expr(&each.base)[0];
        self.open();
        let at = self.builder.variable(Scalar::I32);
        let [head, next, done] = [(); 3].map(|()| self.builder.block());
        let ended = self.marked(done);
        // Where the last one ends, if they lie in the header.
        let end = (!each.follow).then(|| {
            let end = self.end(each.header, offset);
            let slot = self.builder.add_slot(8);
            let memory = self.builder.slot(slot);
            self.builder.write_memory(Width::W2, memory, 2, end);
            slot
        });
        let first = if each.follow {
            self.find_next((each.header, offset), each.element, ended)
        } else {
            self.field_place(offset, each.header, each.field)
        };
        let first = self.forgotten(first, false);
        self.builder.set(at, first);
        let rounds = self.start_count();
        self.forget_assigned(None, &each.body);
        self.begin_rounds(&mut begun, head);
        self.count(Some(rounds), each.limit, done);
        let own = self.builder.get(at);
        let behind = self.builder.variable(Scalar::I32);
        if let Some(slot) = end {
            self.present(each.element, own, ended);
            let own_end = self.end(each.element, own);
            let whole = self.builder.block();
            // Read anew: what the verifier learns of it in one round is not known in the next.
            let memory = self.builder.slot(slot);
            let end = self.builder.read_memory(Width::W2, memory, 2);
            self.builder.branch(Compare::Le, own_end, end, whole, ended);
            self.builder.enter(whole);
            self.builder.set(behind, own_end);
        }
        self.mark(each.base.span, Mark::Round);
        self.assign_local(each.local, &vec![own]);
        let held = self.held.clone();
        self.body(&each.body, next, done, held.len());
        self.now_held(held);
        self.builder.enter(next);
        let until = &self.program.headers[each.header].fields[each.field as usize].until;
        if let Some(until) = until {
            let more = self.builder.block();
            self.within(own, |lowering| lowering.branch(until, ended, more));
            self.builder.enter(more);
        }
        let after = if each.follow {
            self.find_next((each.element, own), each.element, ended)
        } else {
            self.builder.get(behind)
        };
        let after = self.forgotten(after, false);
        self.builder.set(at, after);
        self.end_rounds(head, [ended, done], each.base.span);
        self.end_loop(begun, each.limit);
    }
}
