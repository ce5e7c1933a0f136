//! Assignments to fields of headers, and the checksums that cover them (RFC 1624, equation 3).

use nbpfc_ir::{BinaryOp, Block, Compare, Type as Scalar, UnaryOp, Value, Variable, Width};
use nbpfc_kernel::{Helper, sums};
use nbpfc_sema::{Cover, HeaderId, Type, Write};
use nbpfc_source::{Code, Diagnostic};

use crate::field::Window;
use crate::lowering::{Lowering, Parts};

/// What of a checksum's cover has changed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Its own header, or what is behind it.
    Content,
    /// The network layer below, which has a checksum of its own or none.
    Pseudo { summed: bool },
}

/// Headers that hold checksums of what is below or above them, where the packet has one of them.
struct Holders {
    covers: Vec<Cover>,
    kind: Kind,
    /// Which of them the packet has, from 1 on; 0 if none.
    which: Variable,
    offset: Variable,
}

impl<'p> Lowering<'p> {
    /// `header.field = value;`
    pub(crate) fn write(&mut self, write: &'p Write) {
        if write.decides && self.is_wanted_behind(write.header) {
            let what = "assigning a field that decides what follows, where that is looked for,";
            let message = format!("{what} is not supported yet");
            let error = Diagnostic::error(Code::NotYet, message, self.file, write.base.span);
            self.report(error.help("take what follows from the packet as it came"));
        }
        let value = self.expr(&write.value);
        self.open();
        let offset = self.expr(&write.base)[0];
        let data = &self.program.headers[write.header];
        let field = &data.fields[write.field as usize];
        let others = write.covers.iter().copied().filter(|cover| !cover.own);
        let (above, below): (Vec<_>, Vec<_>) =
            others.partition(|cover| self.program.leads_to(write.header, cover.header));
        let kind = Kind::Pseudo { summed: write.covers.iter().any(|cover| cover.own) };
        let mut holders = Vec::new();
        if write.decides {
            // The walk is that of the packet as it is before the change.
            if !above.is_empty() {
                holders.push(self.above((write.header, kind), offset, &above));
            }
            holders.extend(below.iter().map(|cover| self.below(*cover)));
        }
        let window = self.window(offset, data.fixed);
        let bits = field.ty.wire_bits().unwrap_or(0);
        // The words that have a part of the field.
        let words = (field.offset / 16 * 2, (field.offset + bits).div_ceil(16) * 2);
        let before = (!write.covers.is_empty()).then(|| self.sum(window, words));
        self.put(window, &field.ty, field.offset, bits, &value);
        if let Some(before) = before {
            // The sum of the words' complements, and of the words as they are now.
            let after = self.sum(window, words);
            let whole = self.builder.const32((words.1 - words.0) / 2 * 0xffff);
            let complement = self.builder.binary(BinaryOp::Sub, whole, before);
            let change = self.builder.binary(BinaryOp::Add, complement, after);
            let own = write.covers.iter().copied().filter(|cover| cover.own);
            // What the kernel does makes it look at the packet anew: that comes last.
            let (later, first): (Vec<_>, Vec<_>) = own.partition(|cover| self.is_unfinished(cover));
            for cover in first.into_iter().chain(later) {
                self.repair(cover, Kind::Content, offset, change);
            }
            if write.decides {
                for holders in holders {
                    self.repair_holders(&holders, change);
                }
            } else {
                if !above.is_empty() {
                    self.repair_above((write.header, kind), offset, &above, change);
                }
                for cover in below {
                    let holders = self.below(cover);
                    self.repair_holders(&holders, change);
                }
            }
        }
        if write.decides {
            self.moved();
        }
    }

    /// Whether the program looks for what comes behind a header.
    fn is_wanted_behind(&self, header: HeaderId) -> bool {
        let mut wanted = self.program.wanted.iter();
        wanted.any(|other| *other != header && self.program.carries(header, *other))
    }

    /// Looks for the header above a network layer that holds a checksum.
    fn above(
        &mut self,
        (network, kind): (HeaderId, Kind),
        offset: Value,
        covers: &[Cover],
    ) -> Holders {
        let targets: Vec<_> = covers.iter().map(|cover| cover.header).collect();
        self.holders(covers.to_vec(), kind, |lowering, absent| {
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

    /// Carries a change into the checksum of the header above a network layer of the packet, each on
    /// its own way.
    fn repair_above(
        &mut self,
        (network, kind): (HeaderId, Kind),
        offset: Value,
        covers: &[Cover],
        change: Value,
    ) {
        let [absent, done] = [self.builder.block(), self.builder.block()];
        let targets: Vec<_> = covers.iter().map(|cover| cover.header).collect();
        if targets.iter().all(|target| self.known.contains(target)) {
            for cover in covers {
                let next = self.builder.block();
                let place = self.find_in_packet(cover.header, next);
                self.repair(*cover, kind, place, change);
                self.builder.jump(done);
                self.builder.enter(next);
            }
            self.builder.jump(absent);
        } else {
            let (found, _) = self.find_above(network, offset, &targets, true, absent);
            for (cover, block) in covers.iter().zip(found) {
                let place = self.enter_found(cover.header, block);
                self.repair(*cover, kind, place, change);
                self.builder.jump(done);
            }
        }
        self.builder.enter(absent);
        self.builder.jump(done);
        self.builder.enter(done);
    }

    /// Looks for a header below that holds a checksum.
    fn below(&mut self, cover: Cover) -> Holders {
        self.holders(vec![cover], Kind::Content, |lowering, absent| {
            let found = lowering.find_in_packet(cover.header, absent);
            (lowering.builder.const32(1), found)
        })
    }

    fn holders(
        &mut self,
        covers: Vec<Cover>,
        kind: Kind,
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
        Holders { covers, kind, which, offset }
    }

    fn repair_holders(&mut self, holders: &Holders, change: Value) {
        let which = self.builder.get(holders.which);
        let done = self.builder.block();
        for (index, cover) in holders.covers.iter().enumerate() {
            let number = self.builder.const32(index as u32 + 1);
            let [there, next] = [self.builder.block(), self.builder.block()];
            self.builder.branch(Compare::Eq, which, number, there, next);
            self.builder.enter(there);
            let offset = self.builder.get(holders.offset);
            self.repair(*cover, holders.kind, offset, change);
            self.builder.jump(done);
            self.builder.enter(next);
        }
        self.builder.jump(done);
        self.builder.enter(done);
    }

    /// Carries a change into a checksum of the header at an offset.
    fn repair(&mut self, cover: Cover, kind: Kind, offset: Value, change: Value) {
        let data = &self.program.headers[cover.header];
        let checksum = &data.checksums[cover.checksum];
        let at = data.fields[checksum.field as usize].offset / 8;
        let done = self.builder.block();
        if let Some(condition) = &checksum.condition {
            let holds = self.builder.block();
            self.within(offset, |lowering| lowering.branch(condition, holds, done));
            self.builder.enter(holds);
        }
        if self.is_unfinished(&cover) {
            self.replace_sum(kind, checksum.condition.is_some(), (offset, at), change);
            self.builder.jump(done);
            self.builder.enter(done);
            return;
        }
        let window = self.window(offset, data.fixed);
        let low = self.builder.const32(0xffff);
        let old = self.builder.load(Width::W2, window.view, window.start + at);
        let mut sum = self.builder.binary(BinaryOp::Xor, old, low);
        sum = self.builder.binary(BinaryOp::Add, sum, change);
        // At most 17 words came together, so that the second carry is the last.
        for _ in 0..2 {
            let carry = self.builder.binary_imm(BinaryOp::Shr, sum, 16);
            let rest = self.builder.binary(BinaryOp::And, sum, low);
            sum = self.builder.binary(BinaryOp::Add, rest, carry);
        }
        let new = self.builder.variable(Scalar::I32);
        let sum = self.builder.binary(BinaryOp::Xor, sum, low);
        self.builder.set(new, sum);
        if checksum.condition.is_some() {
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
        self.builder.jump(done);
        self.builder.enter(done);
    }

    /// Whether the network card may still have a checksum to finish: the kernel knows.
    fn is_unfinished(&self, cover: &Cover) -> bool {
        let checksum = &self.program.headers[cover.header].checksums[cover.checksum];
        !self.is_xdp() && (!cover.own || checksum.of_pseudo)
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
            if !summed && self.target.kernel >= sums::IPV6_SINCE {
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

    /// The sum of the words in a range of bytes, as they lie in the packet.
    pub(crate) fn sum(&mut self, window: Window, (first, end): (u32, u32)) -> Value {
        let mut sum = self.builder.const32(0);
        for at in (first..end).step_by(2) {
            let word = self.builder.load(Width::W2, window.view, window.start + at);
            sum = self.builder.binary(BinaryOp::Add, sum, word);
        }
        sum
    }

    /// Puts a value of a type at a bit of the window's header.
    pub(crate) fn put(&mut self, window: Window, ty: &Type, offset: u32, bits: u32, parts: &Parts) {
        let at = window.start + offset / 8;
        let bytes = bits / 8;
        let whole = offset.is_multiple_of(8) && bits.is_multiple_of(8);
        match (ty, parts.as_slice()) {
            (Type::Ipv4Addr, &[address]) if whole => {
                self.builder.store(Width::W4, window.view, at, address);
            }
            (Type::Ipv6Addr, &[high, low]) if whole => {
                self.builder.store(Width::W8, window.view, at, high);
                self.builder.store(Width::W8, window.view, at + 8, low);
            }
            (Type::MacAddr, &[address]) if whole => {
                let four = self.builder.unary(UnaryOp::Truncate, address);
                self.builder.store(Width::W4, window.view, at, four);
                let count = self.builder.const64(32);
                let two = self.builder.binary(BinaryOp::Shr, address, count);
                let two = self.builder.unary(UnaryOp::Truncate, two);
                self.builder.store(Width::W2, window.view, at + 4, two);
            }
            (Type::Int(_), &[number]) if whole && Width::of_bytes(bytes).is_some() => {
                let width = Width::of_bytes(bytes).unwrap_or(Width::W1);
                let number = self.swap(width, number);
                self.builder.store(width, window.view, at, number);
            }
            (_, &[number]) => self.put_bits(window, offset, bits, number),
            _ => {}
        }
    }

    /// Puts a number among other bits, which stay.
    fn put_bits(&mut self, window: Window, offset: u32, bits: u32, number: Value) {
        let (first, last) = (offset / 8, (offset + bits - 1) / 8);
        let fits = |width: &&Width| width.bytes() > last - first && width.bytes() <= window.length;
        // What fits nowhere was refused.
        let Some(&width) = Width::ALL.iter().find(fits) else { return };
        let start = first.min(window.length - width.bytes());
        let below = (start + width.bytes()) * 8 - offset - bits;
        let scalar = width.result();
        let number = match (self.builder.ty(number), scalar) {
            (Scalar::I32, Scalar::I64) => self.builder.unary(UnaryOp::Extend, number),
            (Scalar::I64, Scalar::I32) => self.builder.unary(UnaryOp::Truncate, number),
            _ => number,
        };
        let mask = u64::MAX >> (64 - bits);
        let own = self.constant(scalar, mask);
        let number = self.builder.binary(BinaryOp::And, number, own);
        let count = self.constant(scalar, below.into());
        let number = self.builder.binary(BinaryOp::Shl, number, count);
        let raw = self.builder.load(width, window.view, window.start + start);
        let old = self.swap(width, raw);
        let others = self.constant(scalar, !(mask << below));
        let old = self.builder.binary(BinaryOp::And, old, others);
        let new = self.builder.binary(BinaryOp::Or, old, number);
        let new = self.swap(width, new);
        self.builder.store(width, window.view, window.start + start, new);
    }
}
