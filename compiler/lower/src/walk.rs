//! The walk along the protocol graph: from the start of a packet to the first header of a protocol.
//!
//! There is one piece of code for each header at each place it can have. While the place is
//! constant the same header at another place is other code, so that the usual packet is read at
//! constant offsets; behind a header whose length only the packet knows, and behind one that may be
//! repeated (a tag, an extension), all ways meet in one. A header of which many may follow each
//! other is a loop that counts.

use std::collections::{BTreeSet, HashMap};

use nbpfc_ir::{BinaryOp, Block, Compare, Type as Scalar, Value, Variable, Width};
use nbpfc_sema::{HeaderId, Next, Type};

use crate::graph::{Node, Nodes, Ring};
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
pub(crate) struct From {
    pub(crate) header: HeaderId,
    /// Whether a network layer lies before what follows; `None` if what follows begins a packet.
    pub(crate) behind: Option<bool>,
    pub(crate) repeated: u32,
    /// It is not one of several that may follow each other.
    pub(crate) alone: bool,
}

/// Where a header begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) offset: Value,
    /// It follows a header that is not repeated: where the place is constant it deserves code of
    /// its own.
    pub(crate) alone: bool,
}

/// How far from a packet's start a place is that one byte says.
const NEAR: u64 = u8::MAX as u64;

/// A walk that is being made.
pub(crate) struct Walk {
    /// What it looks for.
    targets: Vec<HeaderId>,
    pub(crate) towards: Nodes,
    /// A header that may follow itself, what is inside of the last of which is looked through too.
    pub(crate) stack: Option<HeaderId>,
    stops: HashMap<Stop, Block>,
    open: Vec<Stop>,
    /// Where headers are whose place is not constant.
    offset: Variable,
    /// How many rounds a loop has made.
    rounds: Variable,
    /// Where the walk leads from each target; from one that has no such place it goes on.
    exits: Vec<Option<Block>>,
    /// Whether the targets are remembered as those of the packet.
    remember: bool,
    /// What is asked of the target is where it ends.
    pub(crate) ends: bool,
    /// Where the target begins, or ends, if it is not remembered.
    pub(crate) result: Variable,
    absent: Block,
}

impl<'p> Lowering<'p> {
    /// A walk that ends at the first of its targets.
    pub(crate) fn search(&mut self, targets: &[HeaderId], absent: Block) -> Walk {
        let found = self.builder.block();
        self.walk(targets, vec![Some(found); targets.len()], absent)
    }

    pub(crate) fn walk(
        &mut self,
        targets: &[HeaderId],
        exits: Vec<Option<Block>>,
        absent: Block,
    ) -> Walk {
        let [offset, rounds, result] = [(); 3].map(|()| self.builder.variable(Scalar::I32));
        Walk {
            targets: targets.to_vec(),
            towards: self.graph.reaching(targets),
            stack: None,
            exits,
            remember: false,
            ends: false,
            stops: HashMap::new(),
            open: Vec::new(),
            offset,
            rounds,
            result,
            absent,
        }
    }

    /// A walk's targets are remembered: what it does not come to the packet does not have.
    pub(crate) fn will_remember(&mut self, walk: &mut Walk) {
        walk.remember = true;
        for header in &walk.targets {
            let found = self.memory(*header);
            let zero = self.builder.const32(0);
            self.builder.set(found.present, zero);
            self.builder.set(found.offset, zero);
        }
    }

    /// Ends a walk that ends at the first of its targets.
    pub(crate) fn finish_search(&mut self, walk: Walk) -> Value {
        let (found, result) = (walk.exits.first().copied().flatten(), walk.result);
        self.finish_walk(walk);
        if let Some(found) = found {
            self.builder.enter(found);
        }
        self.settle(false);
        self.forget(&[result]);
        self.builder.get(result)
    }

    pub(crate) fn finish_walk(&mut self, mut walk: Walk) {
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
    pub(crate) fn go(&mut self, walk: &mut Walk, (header, behind): Node, repeated: u32, at: Place) {
        let looped = repeated > 0 && self.is_looped((header, behind));
        // Of several tags in a row each has its own code.
        let apart = !looped && (at.alone || repeated > 0);
        let constant = self.builder.known(at.offset).filter(|_| apart);
        let constant = constant.map(|at| at as u32);
        let repeated = if looped { 1 } else { repeated };
        let stop = Stop { header, behind, repeated, constant };
        if constant.is_none() {
            // A place close to the start is one byte, which can be added to a pointer as it is.
            let near = self.builder.known(at.offset).is_some_and(|at| at <= NEAR) && !looped;
            let near = near && !self.does.loops && !self.loops_behind(walk, (header, behind));
            let hidden = looped || near;
            let offset = if hidden { self.forgotten(at.offset, near) } else { at.offset };
            self.builder.set(walk.offset, offset);
            if !hidden {
                self.forget(&[walk.offset]);
            }
        }
        let block = *walk.stops.entry(stop).or_insert_with(|| {
            walk.open.push(stop);
            self.builder.block()
        });
        self.builder.jump(block);
    }

    /// Whether a walk goes on from a header through one of which many may follow each other: all ways
    /// meet there, and the more is known of what is there beside, the sooner.
    fn loops_behind(&mut self, walk: &Walk, node: Node) -> bool {
        let (mut seen, mut open) = (BTreeSet::new(), vec![node]);
        while let Some(node) = open.pop() {
            if walk.towards.contains(node) && seen.insert(node) {
                if self.is_looped(node) {
                    return true;
                }
                open.extend(self.graph.steps(node));
            }
        }
        false
    }

    /// An offset of which the verifier knows no more than that it has 16 bits, or 8 if it is near the
    /// start. It follows every way to a loop's head, every round, and what is behind each number of
    /// tags, as long as it knows where each has come to.
    pub(crate) fn forgotten(&mut self, offset: Value, near: bool) -> Value {
        self.through_stack(if near { Width::W1 } else { Width::W2 }, offset)
    }

    /// A number that is not zero, as one of which the verifier knows no more than its width. It
    /// remembers what lies on the stack at the start of a word, and zeros; of other bytes only that
    /// they are bytes.
    pub(crate) fn through_stack(&mut self, width: Width, number: Value) -> Value {
        let builder = &mut self.builder;
        let slot = *self.forgetting.get_or_insert_with(|| builder.add_slot(8));
        let memory = self.builder.slot(slot);
        let at = width.bytes();
        self.builder.write_memory(width, memory, at, number);
        self.builder.read_memory(width, memory, at)
    }

    fn visit(&mut self, walk: &mut Walk, stop: Stop) {
        let offset = if let Some(constant) = stop.constant {
            self.builder.const32(constant)
        } else {
            self.keep_state(stop.repeated > 0);
            if walk.remember {
                for target in walk.targets.clone() {
                    let found = self.memory(target);
                    self.forget(&[found.present, found.offset]);
                }
            }
            self.builder.get(walk.offset)
        };
        self.present(stop.header, offset, walk.absent);
        let target = walk.targets.iter().position(|target| *target == stop.header);
        if let Some(index) = target {
            if walk.remember {
                self.remember(stop, offset);
            } else {
                let offset = if walk.ends { self.end(walk.targets[index], offset) } else { offset };
                self.builder.set(walk.result, offset);
            }
            if let Some(exit) = walk.exits[index] {
                return self.builder.jump(exit);
            }
        }
        self.go_on(walk, stop, offset);
    }

    /// Goes on from a header.
    fn go_on(&mut self, walk: &mut Walk, stop: Stop, offset: Value) {
        let header = &self.program.headers[stop.header];
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

    pub(crate) fn ring(&self, node: Node) -> Option<&'p Ring> {
        self.graph.ring(node)
    }

    fn is_looped(&self, node: Node) -> bool {
        self.ring(node).is_some_and(Ring::is_loop)
    }

    /// The stop that a follower is, if the walk goes there.
    fn next_stop(&mut self, walk: &Walk, from: From, to: HeaderId) -> Option<Node> {
        let node = match from.behind {
            None => (to, false),
            Some(_) if walk.stack == Some(from.header) && to != from.header => (to, false),
            Some(behind) => {
                let limit = self.program.headers[to].repeats();
                let exhausted = from.header == to
                    && !self.is_looped((to, behind))
                    && from.repeated + 1 >= limit;
                if exhausted || !self.program.stays(from.header, behind, to) {
                    return None;
                }
                (to, behind)
            }
        };
        walk.towards.contains(node).then_some(node)
    }

    /// Ends the current block: goes on with what follows a header.
    pub(crate) fn follow(&mut self, walk: &mut Walk, from: From, offset: Value) {
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
        let ring = self.ring((to, behind)).filter(|ring| ring.members.contains(&from.header));
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
