//! The walk along the protocol graph: from the start of a packet to the first header of a protocol.
//!
//! There is one piece of code for each header at each place it can have. While the place is
//! constant the same header at another place is other code, so that the usual packet is read at
//! constant offsets; behind a header whose length only the packet knows, and behind one that may be
//! repeated (a tag, an extension), all ways meet in one. A header of which many may follow each
//! other is a loop that counts.

use std::collections::{BTreeSet, HashMap};

use nbpfc_ir::{BinaryOp, Block, Compare, Type as Scalar, Value, Variable};
use nbpfc_sema::{ExprKind, Header, HeaderId, Next, Type};

use crate::graph::{Node, Ring, on_the_way, reaching};
use crate::lowering::{Found, Lowering};

/// A header at a place, with what came before it as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Stop {
    header: HeaderId,
    /// Behind a network layer.
    behind: bool,
    /// How many of its kind are right before it.
    repeated: u32,
    /// Where it is, if that is the same for all packets that come here.
    constant: Option<u32>,
}

/// The header whose followers are asked for.
#[derive(Clone, Copy, Debug)]
struct From {
    header: HeaderId,
    /// Whether a network layer lies before what follows; `None` if what follows begins a packet.
    behind: Option<bool>,
    repeated: u32,
    /// It is not one of several that may follow each other.
    alone: bool,
}

/// Where a header begins.
#[derive(Clone, Copy, Debug)]
struct Place {
    offset: Value,
    /// It follows a header that is not repeated: where the place is constant it deserves code of
    /// its own.
    alone: bool,
}

/// A walk that is being made.
struct Walk {
    target: HeaderId,
    towards: BTreeSet<Node>,
    stops: HashMap<Stop, Block>,
    open: Vec<Stop>,
    /// Where headers are whose place is not constant.
    offset: Variable,
    /// How many rounds a loop has made.
    rounds: Variable,
    /// Whether the finds are those of the packet, to be remembered.
    remember: bool,
    /// Where the target begins.
    result: Variable,
    found: Block,
    absent: Block,
}

impl<'p> Lowering<'p> {
    /// The place of the packet's first header of a protocol; goes on to `absent` where it has none.
    pub(crate) fn find_in_packet(&mut self, target: HeaderId, absent: Block) -> Value {
        if self.known.contains(&target) {
            let found = self.memory(target);
            let present = self.builder.get(found.present);
            let zero = self.builder.const32(0);
            let there = self.builder.block();
            self.builder.branch(Compare::Ne, present, zero, there, absent);
            self.builder.enter(there);
            return self.builder.get(found.offset);
        }
        let Some(start) = self.hook.packet else {
            self.builder.jump(absent);
            self.open();
            return self.builder.const32(0);
        };
        let on_the_way = on_the_way(self.program, start, target);
        let (start, at) = self.nearest(start, &on_the_way);
        for header in &on_the_way {
            if !self.known.contains(header) {
                let found = self.memory(*header);
                let zero = self.builder.const32(0);
                self.builder.set(found.present, zero);
                self.builder.set(found.offset, zero);
            }
        }
        let mut walk = self.walk(target, absent, true);
        self.go(&mut walk, start, 0, Place { offset: at, alone: true });
        let offset = self.finish_walk(walk);
        self.known.extend(on_the_way);
        offset
    }

    /// Where a walk may begin: the packet's start, or a header on the way that was found already.
    fn nearest(&mut self, start: HeaderId, on_the_way: &[HeaderId]) -> (Node, Value) {
        for header in self.known.clone().into_iter().rev() {
            let data = &self.program.headers[header];
            // Where it may stand both before and behind a network layer, the place decides.
            if !data.is_network || !on_the_way.contains(&header) {
                continue;
            }
            let found = self.memory(header);
            let present = self.builder.get(found.present);
            if self.builder.known(present) == Some(1) {
                return ((header, false), self.builder.get(found.offset));
            }
        }
        ((start, false), self.builder.const32(0))
    }

    /// As [`Self::find_in_packet`], for what lies behind a header at an offset.
    pub(crate) fn find_inside(
        &mut self,
        outer: HeaderId,
        offset: Value,
        target: HeaderId,
        absent: Block,
    ) -> Value {
        let mut walk = self.walk(target, absent, false);
        let from = From { header: outer, behind: None, repeated: 0, alone: true };
        self.follow(&mut walk, from, offset);
        self.finish_walk(walk)
    }

    fn walk(&mut self, target: HeaderId, absent: Block, remember: bool) -> Walk {
        let [offset, rounds, result] = [(); 3].map(|()| self.builder.variable(Scalar::I32));
        Walk {
            target,
            towards: reaching(self.program, target),
            stops: HashMap::new(),
            open: Vec::new(),
            offset,
            rounds,
            remember,
            result,
            found: self.builder.block(),
            absent,
        }
    }

    fn finish_walk(&mut self, mut walk: Walk) -> Value {
        while let Some(stop) = walk.open.pop() {
            let block = walk.stops[&stop];
            self.builder.switch_to(block);
            self.visit(&mut walk, stop);
        }
        let mut blocks: Vec<_> = walk.stops.into_values().collect();
        blocks.sort_unstable();
        for block in blocks {
            self.builder.seal(block);
        }
        self.builder.enter(walk.found);
        self.builder.get(walk.result)
    }

    /// Where a header of the packet was found.
    pub(crate) fn memory(&mut self, header: HeaderId) -> Found {
        if let Some(found) = self.found.get(&header) {
            return *found;
        }
        let [present, offset] = [(); 2].map(|()| self.builder.variable(Scalar::I32));
        *self.found.entry(header).or_insert(Found { present, offset })
    }

    /// Ends the current block with a jump to a header at a place.
    fn go(&mut self, walk: &mut Walk, (header, behind): Node, repeated: u32, at: Place) {
        let looped = repeated > 0 && self.is_looped((header, behind));
        let constant = self.builder.known(at.offset).filter(|_| at.alone && !looped);
        let constant = constant.map(|at| at as u32);
        let repeated = if looped { 1 } else { repeated };
        let stop = Stop { header, behind, repeated, constant };
        if constant.is_none() {
            self.builder.set(walk.offset, at.offset);
        }
        let block = *walk.stops.entry(stop).or_insert_with(|| {
            walk.open.push(stop);
            self.builder.block()
        });
        self.builder.jump(block);
    }

    fn visit(&mut self, walk: &mut Walk, stop: Stop) {
        let header = &self.program.headers[stop.header];
        let offset = match stop.constant {
            Some(constant) => self.builder.const32(constant),
            None => self.builder.get(walk.offset),
        };
        self.present(header, offset, walk.absent);
        if walk.remember {
            self.remember(stop, offset);
        }
        if stop.header == walk.target {
            self.builder.set(walk.result, offset);
            self.builder.jump(walk.found);
            return;
        }
        let behind = stop.behind || header.is_network;
        if self.is_looped((stop.header, stop.behind)) {
            let rounds = if stop.repeated == 0 {
                self.builder.const32(1)
            } else {
                let rounds = self.builder.get(walk.rounds);
                self.builder.binary_imm(BinaryOp::Add, rounds, 1)
            };
            self.builder.set(walk.rounds, rounds);
        }
        let alone = self.ring((stop.header, stop.behind)).is_none();
        let from =
            From { header: stop.header, behind: Some(behind), repeated: stop.repeated, alone };
        self.follow(walk, from, offset);
    }

    /// Notes where a header was found, if it is the first of its kind.
    fn remember(&mut self, stop: Stop, offset: Value) {
        let found = self.memory(stop.header);
        let one = self.builder.const32(1);
        if stop.repeated == 0 {
            self.builder.set(found.present, one);
            self.builder.set(found.offset, offset);
        } else if self.ring((stop.header, stop.behind)).is_some_and(|ring| ring.members.len() > 1) {
            // Another one of the ring came first; whether one of this kind did is not known here.
            let present = self.builder.get(found.present);
            let zero = self.builder.const32(0);
            let [first, done] = [self.builder.block(), self.builder.block()];
            self.builder.branch(Compare::Eq, present, zero, first, done);
            self.builder.enter(first);
            self.builder.set(found.present, one);
            self.builder.set(found.offset, offset);
            self.builder.jump(done);
            self.builder.enter(done);
        }
    }

    fn ring(&mut self, node: Node) -> Option<&Ring> {
        let program = self.program;
        self.rings.entry(node).or_insert_with(|| Ring::of(program, node)).as_ref()
    }

    fn is_looped(&mut self, node: Node) -> bool {
        self.ring(node).is_some_and(Ring::is_loop)
    }

    /// Asks whether a header can be at an offset: its bytes are there, and its length is one of it.
    fn present(&mut self, header: &'p Header, offset: Value, absent: Block) {
        let position = self.position(offset);
        if header.fixed > 0 {
            self.builder.check(position.base, position.constant + header.fixed, absent);
        }
        let Some((length, low, high)) = &header.length else { return };
        if let ExprKind::Value(length) = &length.kind
            && length.number().is_some_and(|n| (i128::from(*low)..=i128::from(*high)).contains(&n))
        {
            return;
        }
        let value = self.within(offset, |lowering| lowering.expr(length))[0];
        for (compare, bound) in [(Compare::Ge, *low), (Compare::Le, *high)] {
            let next = self.builder.block();
            let bound = self.builder.const32(bound);
            self.builder.branch(compare, value, bound, next, absent);
            self.builder.enter(next);
        }
    }

    /// Where a header ends.
    pub(crate) fn end(&mut self, id: HeaderId, offset: Value) -> Value {
        let header = &self.program.headers[id];
        if let Some((length, ..)) = &header.length {
            let length = self.within(offset, |lowering| lowering.expr(length))[0];
            return self.further_by(offset, length);
        }
        let mut end = self.further(offset, header.fixed);
        for (index, field) in header.fields.iter().enumerate() {
            if field.condition.is_some() {
                end = self.behind(offset, id, index as u32, end);
            }
        }
        end
    }

    /// The stop that a follower is, if the walk goes there.
    fn next_stop(&mut self, walk: &Walk, from: From, to: HeaderId) -> Option<Node> {
        let node = match from.behind {
            None => (to, false),
            Some(behind) => {
                let limit = self.program.headers[to].limit;
                let exhausted = from.header == to
                    && !self.is_looped((to, behind))
                    && from.repeated + 1 >= limit;
                if exhausted || !self.program.stays(from.header, behind, to) {
                    return None;
                }
                (to, behind)
            }
        };
        walk.towards.contains(&node).then_some(node)
    }

    /// Ends the current block: goes on with what follows a header.
    fn follow(&mut self, walk: &mut Walk, from: From, offset: Value) {
        let header = &self.program.headers[from.header];
        let mut wanted =
            |next: &Next| next.arms.iter().any(|(_, to)| self.next_stop(walk, from, *to).is_some());
        let Some(last) = (0..header.next.len()).rev().find(|index| wanted(&header.next[*index]))
        else {
            return self.builder.jump(walk.absent);
        };
        let alone = from.alone;
        let end = Place { offset: self.end(from.header, offset), alone };
        for (index, next) in header.next.iter().enumerate().take(last + 1) {
            let otherwise = if index == last { walk.absent } else { self.builder.block() };
            if let Some(condition) = &next.condition {
                let holds = self.builder.block();
                self.within(offset, |lowering| lowering.branch(condition, holds, otherwise));
                self.builder.enter(holds);
            }
            let Some(selector) = &next.selector else {
                let node = next.arms.first().and_then(|(_, to)| self.next_stop(walk, from, *to));
                self.step(walk, from, node, end);
                if index != last {
                    self.builder.enter(otherwise);
                }
                continue;
            };
            let value = self.within(offset, |lowering| lowering.expr(selector))[0];
            for (ranges, to) in &next.arms {
                let node = self.next_stop(walk, from, *to);
                // What leads elsewhere matters only if something is asked afterwards.
                if node.is_none() && index == last {
                    continue;
                }
                let [taken, after] = [self.builder.block(), self.builder.block()];
                self.ranges(value, &selector.ty, ranges, taken, after);
                self.builder.enter(taken);
                self.step(walk, from, node, end);
                self.builder.enter(after);
            }
            self.builder.jump(otherwise);
            if index != last {
                self.builder.enter(otherwise);
            }
        }
    }

    fn step(&mut self, walk: &mut Walk, from: From, node: Option<Node>, end: Place) {
        let Some((to, behind)) = node else { return self.builder.jump(walk.absent) };
        let ring =
            self.ring((to, behind)).filter(|ring| ring.members.contains(&from.header)).cloned();
        let Some(ring) = ring.filter(|_| from.behind.is_some()) else {
            return self.go(walk, (to, behind), 0, end);
        };
        if ring.is_loop() {
            let rounds = self.builder.get(walk.rounds);
            let more = self.builder.block();
            let bound = self.builder.const32(ring.limit);
            self.builder.branch(Compare::Lt, rounds, bound, more, walk.absent);
            self.builder.enter(more);
        }
        self.go(walk, (to, behind), from.repeated + 1, end);
    }

    fn ranges(
        &mut self,
        value: Value,
        ty: &Type,
        ranges: &[(i128, i128)],
        then: Block,
        otherwise: Block,
    ) {
        let Type::Int(int) = ty else { return self.builder.jump(otherwise) };
        for (low, high) in ranges {
            let next = self.builder.block();
            self.in_range(*int, value, *low, *high, then, next);
            self.builder.enter(next);
        }
        self.builder.jump(otherwise);
    }
}
