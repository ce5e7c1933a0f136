//! Changes of headers that are carried into checksums (RFC 1624, equation 3).

use nbpfc_ir::{BinaryOp, Block, Compare, Type as Scalar, UnaryOp, Value, Variable, Width};
use nbpfc_kernel::{Helper, sums};
use nbpfc_sema::HeaderId;

use crate::cover::{Outer, Sum};
use crate::field::Position;
use crate::lowering::Lowering;

/// What of a checksum's cover has changed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Its own header, or what is behind it.
    Content,
    /// Checksums behind it, into which the change of a network layer below was carried.
    Inside,
    /// The network layer below, which has a checksum of its own or none.
    Pseudo { summed: bool },
}

/// A change of words, as their sum's.
#[derive(Clone, Copy)]
pub(crate) struct Change {
    /// The sum of their complements and of the words as they are now.
    pub(crate) sum: Value,
    /// Where the first of them is.
    pub(crate) place: Value,
    /// What is carried into checksums changes what those further out cover: the sum of all changes.
    pub(crate) whole: Option<Variable>,
    /// The sum of what was carried into checksums above the network layer, if others cover these.
    pub(crate) inside: Option<Variable>,
    /// Not zero if the packet has a header around this one that the card may have to finish: this one's
    /// checksum is whole then.
    pub(crate) around: Option<Value>,
}

/// Headers that hold checksums of another one, where the packet has one of them.
pub(crate) struct Holders {
    sums: Vec<Sum>,
    /// Which of them the packet has, from 1 on; 0 if none.
    which: Variable,
    offset: Variable,
}

impl Lowering<'_> {
    /// A change of words that stand so many bits further left elsewhere: of a word that is 2 to the
    /// power of that times as much, modulo 0xffff.
    pub(crate) fn turned(&mut self, change: Change, bits: u32) -> Change {
        if bits == 0 {
            return change;
        }
        let folded = self.folded(change.sum);
        Change { sum: self.builder.binary_imm(BinaryOp::Shl, folded, bits), ..change }
    }

    /// The sum of a change in the words of a header: bytes at odd places of it are the other halves.
    fn aligned(&mut self, change: Change, header: Value) -> Value {
        let [a, b] = [change.place, header].map(|place| self.position(place));
        if let (Position { base: one, constant: a }, Position { base: other, constant: b }) = (a, b)
            && one == other
        {
            return match a.abs_diff(b) % 2 {
                0 => change.sum,
                _ => self.builder.binary_imm(BinaryOp::Shl, change.sum, 8),
            };
        }
        let odd = self.builder.binary(BinaryOp::Xor, change.place, header);
        let odd = self.builder.binary_imm(BinaryOp::And, odd, 1);
        let bits = self.builder.binary_imm(BinaryOp::Shl, odd, 3);
        self.builder.binary(BinaryOp::Shl, change.sum, bits)
    }

    /// A sum as one of 16 bits.
    pub(crate) fn folded(&mut self, mut sum: Value) -> Value {
        // Below 2 to the power of 32 the second carry is the last.
        for _ in 0..2 {
            let low = self.builder.const32(0xffff);
            let carry = self.builder.binary_imm(BinaryOp::Shr, sum, 16);
            let rest = self.builder.binary(BinaryOp::And, sum, low);
            sum = self.builder.binary(BinaryOp::Add, rest, carry);
        }
        sum
    }

    /// Looks for the header above a network layer that holds a checksum.
    pub(crate) fn above(&mut self, network: HeaderId, offset: Value, sums: &[Sum]) -> Holders {
        let targets: Vec<_> = sums.iter().map(|sum| sum.header).collect();
        self.holders(sums.to_vec(), |lowering, absent| {
            let (found, place) = lowering.find_above(network, offset, &targets, false, absent);
            let which = lowering.builder.variable(Scalar::I32);
            let done = lowering.builder.block();
            for (index, block) in found.into_iter().enumerate() {
                lowering.builder.switch_to(block);
                let number = lowering.builder.const32(index as u32 + 1);
                lowering.builder.set(which, number);
                lowering.builder.jump(done);
            }
            lowering.builder.enter(done);
            lowering.settle(false);
            lowering.forget(&[place, which]);
            (lowering.builder.get(which), lowering.builder.get(place))
        })
    }

    /// Carries a change into the checksum of the header above a network layer, each on its own way.
    /// Of the network layer, where it begins, and whether it is the packet's first of its kind.
    pub(crate) fn repair_above(
        &mut self,
        (network, offset, first): (HeaderId, Value, bool),
        kind: Kind,
        sums: &[Sum],
        change: Change,
    ) {
        let [absent, done] = [self.builder.block(), self.builder.block()];
        let targets: Vec<_> = sums.iter().map(|sum| sum.header).collect();
        if first && targets.iter().all(|target| self.known.contains(target)) {
            for sum in sums {
                let next = self.builder.block();
                let place = self.find_in_packet(sum.header, next);
                self.repair(*sum, kind, place, change);
                self.builder.jump(done);
                self.builder.enter(next);
            }
            self.builder.jump(absent);
        } else {
            let (found, place) = self.find_above(network, offset, &targets, first, absent);
            for (sum, block) in sums.iter().zip(found) {
                let place = if first {
                    self.enter_found(sum.header, block)
                } else {
                    self.builder.switch_to(block);
                    self.settle(false);
                    self.forget(&[place]);
                    self.builder.get(place)
                };
                self.repair(*sum, kind, place, change);
                self.builder.jump(done);
            }
        }
        self.builder.enter(absent);
        self.builder.jump(done);
        self.builder.enter(done);
    }

    /// Looks for a header further out that holds a checksum. With `ask` it may be one that does not
    /// cover what lies at an offset.
    pub(crate) fn outer(&mut self, outer: &Outer, offset: Value, ask: bool) -> Holders {
        self.holders(vec![outer.sum], |lowering, absent| {
            let header = outer.sum.header;
            let found = lowering.find_in(&outer.tunnels, header, absent);
            if ask {
                let behind = lowering.builder.block();
                lowering.builder.branch(Compare::Lt, found, offset, behind, absent);
                lowering.builder.enter(behind);
                if !outer.sum.of(lowering.program).of_payload {
                    let end = lowering.end(header, found);
                    let inside = lowering.builder.block();
                    lowering.builder.branch(Compare::Lt, offset, end, inside, absent);
                    lowering.builder.enter(inside);
                }
            }
            (lowering.builder.const32(1), found)
        })
    }

    /// The place of the first header of a protocol in what tunnels in each other carry, the outermost
    /// first.
    fn find_in(&mut self, tunnels: &[HeaderId], target: HeaderId, absent: Block) -> Value {
        let Some((tunnel, around)) = tunnels.split_last() else {
            return self.find_in_packet(target, absent);
        };
        let place = self.find_in(around, *tunnel, absent);
        self.find_inside(*tunnel, place, target, absent)
    }

    fn holders(
        &mut self,
        sums: Vec<Sum>,
        find: impl FnOnce(&mut Self, Block) -> (Value, Value),
    ) -> Holders {
        let [which, offset] = [(); 2].map(|()| self.builder.variable(Scalar::I32));
        let zero = self.builder.const32(0);
        self.builder.set(which, zero);
        self.builder.set(offset, zero);
        let [absent, done] = [self.builder.block(), self.builder.block()];
        self.apart(|lowering| {
            let (found, at) = find(lowering, absent);
            lowering.builder.set(which, found);
            lowering.builder.set(offset, at);
            lowering.builder.jump(done);
        });
        self.builder.enter(absent);
        self.builder.jump(done);
        self.builder.enter(done);
        Holders { sums, which, offset }
    }

    pub(crate) fn repair_holders(&mut self, holders: &Holders, kind: Kind, change: Change) {
        let which = self.builder.get(holders.which);
        let done = self.builder.block();
        for (index, sum) in holders.sums.iter().enumerate() {
            let number = self.builder.const32(index as u32 + 1);
            let [there, next] = [self.builder.block(), self.builder.block()];
            self.builder.branch(Compare::Eq, which, number, there, next);
            self.builder.enter(there);
            let offset = self.builder.get(holders.offset);
            let all = match kind {
                Kind::Content => change.whole,
                Kind::Inside => change.inside,
                Kind::Pseudo { .. } => None,
            };
            let all = all.map_or(change.sum, |all| self.builder.get(all));
            self.repair(*sum, kind, offset, Change { sum: all, ..change });
            self.builder.jump(done);
            self.builder.enter(next);
        }
        self.builder.jump(done);
        self.builder.enter(done);
    }

    /// Carries a change into a checksum of the header at an offset.
    pub(crate) fn repair(&mut self, sum: Sum, kind: Kind, offset: Value, change: Change) {
        let data = &self.program.headers[sum.header];
        let checksum = sum.of(self.program);
        let at = data.fields[checksum.field as usize].offset / 8;
        let done = self.builder.block();
        if let Some(condition) = &checksum.condition {
            let holds = self.builder.block();
            self.within(offset, |lowering| lowering.branch(condition, holds, done));
            self.builder.enter(holds);
        }
        let carried = match kind {
            Kind::Content | Kind::Inside => self.aligned(change, offset),
            Kind::Pseudo { .. } => change.sum,
        };
        let zero_is_none = checksum.condition.is_some();
        let whole = self.is_unfinished(sum).then(|| self.is_whole(sum, (offset, at), change));
        match whole {
            None => self.store_sum(zero_is_none, offset, (data.fixed, at), carried),
            Some(None) => self.replace_sum(kind, zero_is_none, (offset, at), carried),
            Some(Some(whole)) => {
                let [store, replace, stored] = [(); 3].map(|()| self.builder.block());
                let zero = self.builder.const32(0);
                self.builder.branch(Compare::Eq, whole, zero, replace, store);
                self.builder.enter(replace);
                self.replace_sum(kind, zero_is_none, (offset, at), carried);
                self.builder.jump(stored);
                self.builder.enter(store);
                self.store_sum(zero_is_none, offset, (data.fixed, at), carried);
                self.builder.jump(stored);
                self.builder.enter(stored);
            }
        }
        for sum in [change.whole, change.inside].into_iter().flatten() {
            // The checksum has changed by as much, the other way round.
            let own = self.folded(carried);
            let ones = self.builder.const32(0xffff);
            let own = self.builder.binary(BinaryOp::Xor, own, ones);
            let before = self.builder.get(sum);
            let own = Change { sum: own, place: offset, whole: None, inside: None, around: None };
            let own = self.aligned(own, change.place);
            let after = self.builder.binary(BinaryOp::Add, before, own);
            let after = self.folded(after);
            self.builder.set(sum, after);
        }
        self.builder.jump(done);
        self.builder.enter(done);
    }

    /// Carries a change into the checksum so many bytes behind an offset, of a header with so many
    /// bytes.
    fn store_sum(
        &mut self,
        zero_is_none: bool,
        offset: Value,
        (fixed, at): (u32, u32),
        change: Value,
    ) {
        let window = self.window(offset, fixed);
        let low = self.builder.const32(0xffff);
        let old = self.builder.load(Width::W2, window.view, window.start + at);
        let sum = self.builder.binary(BinaryOp::Xor, old, low);
        let sum = self.builder.binary(BinaryOp::Add, sum, change);
        let sum = self.folded(sum);
        let new = self.builder.variable(Scalar::I32);
        let sum = self.builder.binary(BinaryOp::Xor, sum, low);
        self.builder.set(new, sum);
        if zero_is_none {
            // A sum of 0 would say that there is none.
            let [zero, store] = [self.builder.block(), self.builder.block()];
            let nothing = self.builder.const32(0);
            self.builder.branch(Compare::Eq, sum, nothing, zero, store);
            self.builder.enter(zero);
            self.builder.set(new, low);
            self.builder.jump(store);
            self.builder.enter(store);
        }
        let new = self.builder.get(new);
        self.builder.store(Width::W2, window.view, window.start + at, new);
    }

    /// Whether the network card may still have a checksum to finish: the kernel knows.
    pub(crate) fn is_unfinished(&self, sum: Sum) -> bool {
        !self.is_xdp() && sum.of(self.program).of_pseudo
    }

    /// Not zero where a checksum so many bytes behind an offset is none that a card has to finish; `None` if
    /// that depends on nothing that is seen here.
    fn is_whole(&mut self, sum: Sum, (offset, at): (Value, u32), change: Change) -> Option<Value> {
        // Cards finish none at odd bytes, nor does the kernel's helper take them (`bpf_l4_csum_replace`,
        // `net/core/filter.c`).
        // Asked of the place itself: of one further on the kernel's verifier would know less afterwards.
        let odd = self.graph.may_be_odd(sum.header).then(|| {
            let odd = self.builder.binary_imm(BinaryOp::And, offset, 1);
            self.builder.binary_imm(BinaryOp::Xor, odd, at % 2)
        });
        match (odd, change.around) {
            (Some(odd), Some(around)) => Some(self.builder.binary(BinaryOp::Or, odd, around)),
            (one, other) => one.or(other),
        }
    }

    /// Whether a packet has one of some headers that were looked for: not zero if it has.
    pub(crate) fn has_one(&mut self, all: &[Holders]) -> Option<Value> {
        let mut has = None;
        for holders in all {
            let which = self.builder.get(holders.which);
            has = Some(match has {
                Some(has) => self.builder.binary(BinaryOp::Or, has, which),
                None => which,
            });
        }
        has
    }

    /// Has the kernel carry a change into a checksum, so many bytes behind an offset.
    fn replace_sum(
        &mut self,
        kind: Kind,
        zero_is_none: bool,
        (offset, at): (Value, u32),
        change: Value,
    ) {
        let mut flags = if zero_is_none { sums::ZERO_IS_NONE } else { 0 };
        if let Kind::Pseudo { summed } = kind {
            flags |= sums::PSEUDO_HEADER;
            if !summed && self.target.sums_ipv6() {
                flags |= sums::IPV6;
            }
        }
        let place = self.further(offset, at);
        let place = self.builder.unary(UnaryOp::Extend, place);
        let change = self.builder.unary(UnaryOp::Extend, change);
        let arguments = [
            self.builder.context(),
            place,
            self.builder.const64(0),
            change,
            self.builder.const64(flags),
        ];
        // It fails only where the packet cannot be written, as it was just before.
        self.builder.call_helper(&Helper::L4_CSUM_REPLACE, &arguments);
    }
}
