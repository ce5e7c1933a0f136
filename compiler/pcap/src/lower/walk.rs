//! The walk along IPv6 extension headers to what the packet carries.
//!
//! Unlike `protochain`'s it knows that the length of an authentication header counts from its own
//! start, and that behind a later fragment's header there are no headers (RFC 8200, 4; RFC 4302).

use nbpfc_ir::{BinaryOp, Compare, Type, Value, Width};

use super::condition::Walk;
use super::context::IPV6_HEADER;
use super::emit::Emitter;
use super::numbers::ip;

/// How many extension headers are skipped at most: RFC 8200, 4.1, names seven in its order.
const MAX_HEADERS: u32 = 8;

/// The bits of a fragment header's third and fourth byte that are the fragment's offset.
const FRAGMENT_OFFSET: u32 = 0xfff8;

/// How long a header is: `unit` bytes times its second byte, and `fixed` more.
#[derive(Clone, Copy)]
struct Length {
    unit: u32,
    fixed: u32,
}

impl Emitter<'_> {
    /// Sets the registers of the walk.
    pub(super) fn walk(&mut self, walk: &Walk) {
        let base = walk.header.constant;
        let start = self.variable(walk.header);
        let first = self.load_at(start, u64::from(base) + 6, Width::W1);
        let header_end = base.wrapping_add(IPV6_HEADER);
        let from = match start {
            Some(start) => self.builder.binary_imm(BinaryOp::Add, start, header_end),
            None => self.builder.const32(header_end),
        };
        let [current, at, whole] = [walk.protocol, walk.at, walk.first].map(|r| self.register(r));
        let count = self.builder.variable(Type::I32);
        let [zero, one] = [0, 1].map(|number| self.builder.const32(number));
        for (variable, value) in [(current, first), (at, from), (whole, one), (count, zero)] {
            self.builder.set(variable, value);
        }

        let [head, done, fragment, options, authentication] =
            [(); 5].map(|()| self.builder.block());
        self.builder.jump(head);
        self.builder.switch_to(head);
        let value = self.builder.get(current);
        for (kind, target) in [
            (ip::HOP_BY_HOP, options),
            (ip::DESTINATION_OPTIONS, options),
            (ip::ROUTING, options),
            (ip::FRAGMENT, fragment),
            (ip::AH, authentication),
        ] {
            self.stop_at(value, kind, target);
        }
        self.builder.jump(done);

        for (block, length) in [
            (options, Some(Length { unit: 8, fixed: 8 })),
            (authentication, Some(Length { unit: 4, fixed: 8 })),
            (fragment, None),
        ] {
            self.builder.enter(block);
            let number = self.builder.get(count);
            let max = self.builder.const32(MAX_HEADERS);
            let go_on = self.builder.block();
            self.builder.branch(Compare::Lt, number, max, go_on, done);
            self.builder.enter(go_on);
            let number = self.builder.binary_imm(BinaryOp::Add, number, 1);
            self.builder.set(count, number);
            let here = self.builder.get(at);
            let next = self.load_at(Some(here), 0, Width::W1);
            let end = self.header_end(here, length);
            let end = self.forget(end);
            self.builder.set(current, next);
            self.builder.set(at, end);
            if length.is_none() {
                let word = self.load_at(Some(here), 2, Width::W2);
                let offset = self.builder.binary_imm(BinaryOp::And, word, FRAGMENT_OFFSET);
                let [later, go_on] = [(); 2].map(|()| self.builder.block());
                self.builder.branch(Compare::Ne, offset, zero, later, go_on);
                self.builder.enter(later);
                self.builder.set(whole, zero);
                self.builder.jump(done);
                self.builder.enter(go_on);
            }
            self.builder.jump(head);
        }
        self.builder.seal(head);
        self.builder.enter(done);
    }

    fn header_end(&mut self, here: Value, length: Option<Length>) -> Value {
        let Some(Length { unit, fixed }) = length else {
            return self.builder.binary_imm(BinaryOp::Add, here, 8);
        };
        let words = self.load_at(Some(here), 1, Width::W1);
        let bytes = self.builder.binary_imm(BinaryOp::Mul, words, unit);
        let bytes = self.builder.binary_imm(BinaryOp::Add, bytes, fixed);
        self.builder.binary(BinaryOp::Add, bytes, here)
    }
}
