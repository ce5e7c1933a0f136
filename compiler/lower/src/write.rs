//! Assignments to fields of headers.

use nbpfc_ir::{BinaryOp, Type as Scalar, UnaryOp, Value, Width};
use nbpfc_sema::{Expr, Hook, Type, Write};
use nbpfc_source::{Code, Diagnostic, Span};

use crate::cover::{Covers, Sum};
use crate::field::{Window, upper_half};
use crate::lowering::{Lowering, Parts};
use crate::repair::{Change, Kind};

impl<'p> Lowering<'p> {
    /// `header.field = value;`
    pub(crate) fn write(&mut self, write: &'p Write) {
        let program = self.program;
        let span = write.base.span;
        if let Some(error) = self.hook.not_written() {
            return self.refuse(Code::NotOnTarget, span, error, Hook::WRITTEN);
        }
        let decides = program.decides(write.header, write.field);
        let origins = self.frame.origins.expr(program, &write.base);
        let start = self.hook.packet;
        let Some(covers) =
            Covers::of((program, self.graph), start, &origins, write.header, write.field)
        else {
            let message = "the compiler does not see which checksums cover this header";
            let help = "find it in `pkt`, or in the insides of at most three tunnels";
            return self.refuse(Code::Unplaced, span, message.to_owned(), help);
        };
        let chain = match covers.chain(self.graph) {
            Ok(chain) => chain,
            Err(both) => {
                let [a, b] = both.map(|header| &program.headers[header].name);
                let message =
                    format!("checksums of `{a}` and of a `{b}` behind it cover this field");
                let help = "the compiler tells them apart only where the one is never behind the other: \
                            write a field that they do not cover, or a packet that has one of them";
                return self.refuse(Code::Unplaced, span, message, help);
            }
        };
        let value = self.expr(&write.value);
        self.open();
        let offset = self.expr(&write.base)[0];
        let first = origins.is_first_of_packet() && !self.does.decides;
        // Walks are those of the packet as it is before the change.
        let outer: Vec<_> =
            covers.outer.iter().map(|outer| self.outer(outer, offset, covers.ask)).collect();
        let mut above = Vec::new();
        if let Some(chain) = &chain {
            above.extend(chain.iter().map(|sum| self.above(write.header, offset, &[*sum])));
        } else if decides && !covers.above.is_empty() {
            above.push(self.above(write.header, offset, &covers.above));
        }
        let carried = covers.condition.filter(|_| !covers.above.is_empty());
        let carried = carried.map(|condition| self.all_or_none(condition, offset));
        let data = &program.headers[write.header];
        let field = &data.fields[write.field as usize];
        let bits = field.ty.wire_bits().unwrap_or(0);
        // Where a field is that may be missing, or comes behind such ones, the packet decides.
        let (place, length, at) = if field.is_fixed() {
            (offset, data.fixed, field.offset)
        } else {
            let at = field.offset % 8;
            let place = self.field_place(offset, write.header, write.field);
            (place, (at + bits).div_ceil(8), at)
        };
        let window = self.window(place, length);
        // The words that have a part of the field.
        let words = (at / 16 * 2, (at + bits).div_ceil(16) * 2);
        let before = (!covers.is_empty()).then(|| self.sum(window, words));
        self.put(window, &field.ty, at, bits, &value);
        if let Some(before) = before {
            let after = self.sum(window, words);
            let all = self.builder.const32((words.1 - words.0) / 2 * 0xffff);
            let complement = self.builder.binary(BinaryOp::Sub, all, before);
            let sum = self.builder.binary(BinaryOp::Add, complement, after);
            let whole = (!outer.is_empty()).then(|| self.builder.variable(Scalar::I32));
            if let Some(whole) = whole {
                self.builder.set(whole, sum);
            }
            let inside = chain.as_ref().map(|_| self.builder.variable(Scalar::I32));
            if let Some(inside) = inside {
                let none = self.builder.const32(0);
                self.builder.set(inside, none);
            }
            let change = Change { sum, place, whole, inside: None, around: None };
            // What the kernel does makes it look at the packet anew: that comes last.
            let (later, soon): (Vec<_>, Vec<_>) =
                covers.own.iter().copied().partition(|sum| self.is_unfinished(*sum));
            for sum in soon.into_iter().chain(later) {
                self.repair(sum, Kind::Content, offset, change);
            }
            let kind = Kind::Pseudo { summed: !covers.own.is_empty() };
            let mut turned = self.turned(change, covers.turn);
            if let Some(carried) = carried {
                turned.sum = self.builder.binary(BinaryOp::And, turned.sum, carried);
            }
            turned.inside = inside;
            for (index, holders) in above.iter().enumerate() {
                // Those behind are further out.
                turned.around = self.has_one(&above[index + 1..]);
                let covers = |sum: &Sum| index > 0 && sum.of(program).of_payload;
                if chain.as_ref().is_some_and(|chain| covers(&chain[index])) {
                    self.repair_holders(holders, Kind::Inside, turned);
                }
                self.repair_holders(holders, kind, turned);
            }
            if above.is_empty() && !covers.above.is_empty() {
                let network = (write.header, offset, first);
                self.repair_above(network, kind, &covers.above, turned);
            }
            for holders in outer {
                self.repair_holders(&holders, Kind::Content, change);
            }
        }
        if decides {
            self.moved();
        }
    }

    /// All bits if a condition over the fields of the header at an offset holds, else none: a sum of
    /// nothing changes no checksum.
    fn all_or_none(&mut self, condition: &'p Expr, offset: Value) -> Value {
        let mask = self.builder.variable(Scalar::I32);
        let [all, none, done] = [(); 3].map(|()| self.builder.block());
        self.within(offset, |lowering| {
            lowering.apart(|lowering| lowering.branch(condition, all, none));
        });
        for (block, bits) in [(all, u32::MAX), (none, 0)] {
            self.builder.enter(block);
            let bits = self.builder.const32(bits);
            self.builder.set(mask, bits);
            self.builder.jump(done);
        }
        self.builder.enter(done);
        self.builder.get(mask)
    }

    fn refuse(&mut self, code: Code, span: Span, message: String, help: &str) {
        self.report(Diagnostic::error(code, message, self.file, span).help(help));
    }

    /// The sum of the words in a range of bytes, as they lie in the packet; behind the window's last byte
    /// there is a zero.
    pub(crate) fn sum(&mut self, window: Window, (first, end): (u32, u32)) -> Value {
        let mut sum = self.builder.const32(0);
        for at in (first..end).step_by(2) {
            let width = if at + 2 > window.length { Width::W1 } else { Width::W2 };
            let word = self.builder.load(width, window.view, window.start + at);
            sum = self.builder.binary(BinaryOp::Add, sum, word);
        }
        sum
    }

    /// Puts a value of a type at a bit of the window's header.
    pub(crate) fn put(&mut self, window: Window, ty: &Type, offset: u32, bits: u32, parts: &Parts) {
        let at = window.start + offset / 8;
        let whole = offset.is_multiple_of(8) && bits.is_multiple_of(8);
        match (ty, parts.as_slice()) {
            (Type::Ipv4Addr, &[address]) if whole => {
                self.builder.store(Width::W4, window.view, at, address);
            }
            (Type::Ipv4Addr, &[address]) => {
                let number = self.swap(Width::W4, address);
                self.put_bits(window, offset, bits, number);
            }
            (Type::Ipv6Addr, &[high, low]) if whole => {
                self.builder.store(Width::W8, window.view, at, high);
                self.builder.store(Width::W8, window.view, at + 8, low);
            }
            (Type::Ipv6Addr, &[high, low]) => {
                for (half, offset) in [(high, offset), (low, offset + 64)] {
                    let number = self.swap(Width::W8, half);
                    self.put_bits(window, offset, 64, number);
                }
            }
            (Type::MacAddr, &[address]) if whole => {
                let four = self.builder.unary(UnaryOp::Truncate, address);
                self.builder.store(Width::W4, window.view, at, four);
                let count = self.builder.const64(32);
                let two = self.builder.binary(BinaryOp::Shr, address, count);
                let two = self.builder.unary(UnaryOp::Truncate, two);
                self.builder.store(Width::W2, window.view, at + 4, two);
            }
            (Type::MacAddr, &[address]) => {
                let number = self.swap(Width::W8, address);
                let sixteen = self.builder.const64(16);
                let number = self.builder.binary(BinaryOp::Shr, number, sixteen);
                self.put_bits(window, offset, bits, number);
            }
            (_, &[number]) => self.put_bits(window, offset, bits, number),
            _ => {}
        }
    }

    /// Puts a number among other bits, which stay.
    fn put_bits(&mut self, window: Window, offset: u32, bits: u32, number: Value) {
        let (first, last) = (offset / 8, (offset + bits - 1) / 8);
        let whole = offset.is_multiple_of(8) && bits.is_multiple_of(8);
        if let Some(width) = Width::of_bytes(bits / 8).filter(|_| whole) {
            let number = self.of_width(width, number);
            let number = self.swap(width, number);
            return self.builder.store(width, window.view, window.start + first, number);
        }
        let fits = |width: &&Width| width.bytes() > last - first && width.bytes() <= window.length;
        let Some(&width) = Width::ALL.iter().find(fits) else {
            return self.put_halves(window, offset, bits, number);
        };
        let start = first.min(window.length - width.bytes());
        let below = (start + width.bytes()) * 8 - offset - bits;
        let scalar = width.result();
        let number = self.of_width(width, number);
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

    /// Puts a number that no single store has: its upper half, up to a byte's end, and the rest.
    fn put_halves(&mut self, window: Window, offset: u32, bits: u32, number: Value) {
        let upper = upper_half(offset, bits);
        let lower = bits - upper;
        let ty = self.builder.ty(number);
        let count = self.constant(ty, lower.into());
        let high = self.builder.binary(BinaryOp::Shr, number, count);
        self.put_bits(window, offset, upper, high);
        self.put_bits(window, offset + upper, lower, number);
    }

    /// A number as the scalar that a store of a width takes.
    fn of_width(&mut self, width: Width, number: Value) -> Value {
        match (self.builder.ty(number), width.result()) {
            (Scalar::I32, Scalar::I64) => self.builder.unary(UnaryOp::Extend, number),
            (Scalar::I64, Scalar::I32) => self.builder.unary(UnaryOp::Truncate, number),
            _ => number,
        }
    }
}
