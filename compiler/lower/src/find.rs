//! Where headers are found: in the packet, inside of another one, above a network layer. What the packet was
//! found to have is remembered, and is not looked for again.

use nbpfc_ir::{Block, Compare, Value, Variable};
use nbpfc_sema::HeaderId;

use crate::graph::{Nodes, Ring};
use crate::lowering::Lowering;
use crate::walk::{From, Place};

impl Lowering<'_> {
    /// The place of the packet's first header of a protocol; goes on to `absent` where it has none.
    pub(crate) fn find_in_packet(&mut self, target: HeaderId, absent: Block) -> Value {
        if self.known.contains(&target) {
            return self.found_or(target, absent);
        }
        let Some(start) = self.hook.packet else {
            self.builder.jump(absent);
            self.open();
            return self.builder.const32(0);
        };
        // What the packet has is not walked to again.
        let passed = self.passed(start, target);
        let from = passed.as_ref().map_or(start, |(from, _)| from.header);
        // One walk for all that is asked for somewhere and does not lie behind the target: what
        // the packet begins with is read once.
        let all = self.program.wanted.iter().copied();
        let own = [target].into_iter().filter(|target| !self.program.wanted.contains(target));
        let wanted = all.chain(own).filter(|header| {
            let beyond = *header != target && self.graph.leads_to(target, *header);
            !beyond && !self.known.contains(header) && self.graph.leads_to(from, *header)
        });
        let targets: Vec<_> = wanted.collect();
        let [found, end] = [self.builder.block(), self.builder.block()];
        let exits = targets.iter().map(|header| (*header == target).then_some(found)).collect();
        let mut walk = self.walk(&targets, exits, end);
        self.will_remember(&mut walk);
        if let Some((from, offset)) = passed {
            self.follow(&mut walk, from, offset);
        } else {
            let beginning = self.builder.const32(0);
            self.go(&mut walk, (start, false), 0, Place { offset: beginning, alone: true });
        }
        self.finish_walk(walk);
        self.known.extend(targets);
        self.builder.enter(end);
        self.settle(false);
        self.builder.jump(absent);
        self.builder.enter(found);
        self.settle(false);
        self.is_present(target)
    }

    /// The packet has a header; where.
    fn is_present(&mut self, header: HeaderId) -> Value {
        let found = self.memory(header);
        let one = self.builder.const32(1);
        self.builder.set(found.present, one);
        self.builder.get(found.offset)
    }

    /// The last header before a target of those that the packet is known to have here, and where it
    /// begins.
    fn passed(&mut self, start: HeaderId, target: HeaderId) -> Option<(From, Value)> {
        let (program, graph) = (self.program, self.graph);
        let mut last: Option<From> = None;
        for header in self.known.clone() {
            let present = self.memory(header).present;
            let present = self.builder.get(present);
            let further = last.is_none_or(|last| graph.leads_to(last.header, header));
            let between = graph.leads_to(header, target) && !graph.leads_to(target, header);
            if self.builder.known(present) != Some(1) || !further || !between {
                continue;
            }
            let Some(behind) = graph.behind_network(start, header) else { continue };
            let ring = self.ring((header, behind));
            // It is the first of its kind, but others of its ring may have come before.
            if ring.is_some_and(Ring::is_loop) {
                continue;
            }
            let (alone, behind) = (ring.is_none(), behind || program.headers[header].is_network);
            last = Some(From { header, behind: Some(behind), repeated: 0, alone });
        }
        let last = last?;
        let offset = self.memory(last.header).offset;
        Some((last, self.builder.get(offset)))
    }

    /// The place of a header that was looked for.
    fn found_or(&mut self, target: HeaderId, absent: Block) -> Value {
        let found = self.memory(target);
        let present = self.builder.get(found.present);
        let zero = self.builder.const32(0);
        let there = self.builder.block();
        self.builder.branch(Compare::Ne, present, zero, there, absent);
        self.builder.enter(there);
        self.builder.get(found.offset)
    }

    /// As [`Self::find_in_packet`], for what lies behind a header at an offset.
    pub(crate) fn find_inside(
        &mut self,
        outer: HeaderId,
        offset: Value,
        target: HeaderId,
        absent: Block,
    ) -> Value {
        let mut walk = self.search(&[target], absent);
        if self.program.headers[outer].repeats() > 1 {
            walk.stack = Some(outer);
            let inside = self.program.followers(outer);
            if inside.iter().any(|header| walk.towards.contains((*header, false))) {
                walk.towards.insert((outer, false));
            }
        }
        let from = From { header: outer, behind: None, repeated: 0, alone: true };
        self.follow(&mut walk, from, offset);
        self.finish_search(walk)
    }

    /// The first of some headers that comes behind a network layer of the packet at an offset: for
    /// each the block where it was found, sealed; goes on to `absent` where there is none. With
    /// `remember` they are known from then on, else the variable is where it begins.
    pub(crate) fn find_above(
        &mut self,
        network: HeaderId,
        offset: Value,
        targets: &[HeaderId],
        remember: bool,
        absent: Block,
    ) -> (Vec<Block>, Variable) {
        let exits: Vec<_> = targets.iter().map(|_| self.builder.block()).collect();
        let mut walk = self.walk(targets, exits.iter().copied().map(Some).collect(), absent);
        if remember {
            self.will_remember(&mut walk);
        }
        let result = walk.result;
        let from = From { header: network, behind: Some(true), repeated: 0, alone: true };
        self.follow(&mut walk, from, offset);
        self.finish_walk(walk);
        for exit in &exits {
            self.builder.seal(*exit);
        }
        if remember {
            self.known.extend(targets);
        }
        (exits, result)
    }

    /// Goes on where a walk that remembers has found a header; where that begins.
    pub(crate) fn enter_found(&mut self, header: HeaderId, block: Block) -> Value {
        self.builder.switch_to(block);
        self.settle(false);
        self.is_present(header)
    }

    /// Where a header is that directly follows another one; goes on to `absent` if it does not.
    pub(crate) fn find_next(
        &mut self,
        (header, offset): (HeaderId, Value),
        next: HeaderId,
        absent: Block,
    ) -> Value {
        let mut walk = self.search(&[next], absent);
        walk.towards = Nodes::of(self.graph, next);
        let from = From { header, behind: None, repeated: 0, alone: true };
        self.follow(&mut walk, from, offset);
        self.finish_search(walk)
    }

    /// Where the first of some headers of the packet ends; goes on to `absent` where it has none.
    pub(crate) fn find_end(&mut self, targets: &[HeaderId], absent: Block) -> Value {
        let mut walk = self.search(targets, absent);
        walk.ends = true;
        let beginning = self.builder.const32(0);
        match self.hook.packet {
            Some(start) => {
                self.go(&mut walk, (start, false), 0, Place { offset: beginning, alone: true });
            }
            None => self.builder.jump(absent),
        }
        self.finish_search(walk)
    }
}
