//! The walk along a chain of IP headers, for `protochain`.
//!
//! The walk is libpcap's, with one fault that it has: behind an authentication
//! header it goes on at `4 * (length + 2)` bytes from the start of the IP header
//! instead of from the start of the authentication header. There libpcap may walk
//! in circles for ever; this walk gives up, without a match, after [`MAX_HEADERS`]
//! headers. Verdicts differ from libpcap's only on IPv6 packets with more headers
//! than that, hence of 2,096 bytes and more unless they are built to lead the walk
//! back; RFC 8200, 4.1, has at most six of these headers in a packet.

use nbpfc_ir::{BinaryOp, Block, Compare, Field, Type, Value, Width};

use super::condition::{IpVersion, Offset};
use super::context::IPV6_HEADER;
use super::emit::{Chain, Emitter};
use super::numbers::ip;

/// How many headers behind the IP header are skipped at most. A constant, so that the kernel can
/// tell that the loop ends. One more than there are places behind an authentication header: a
/// walk over more of these never ends.
pub(super) const MAX_HEADERS: u32 = 257;

/// Extension headers whose second byte is their length, in 8-byte words behind the first one.
/// Of a fragment header, where that byte is reserved, it is 0.
const SKIPPED: [u32; 4] = [ip::HOP_BY_HOP, ip::DESTINATION_OPTIONS, ip::ROUTING, ip::FRAGMENT];

impl Emitter<'_> {
    /// Whether an IP header, or one in the chain behind it, is followed by `protocol`.
    pub(super) fn protocol_chain(
        &mut self,
        chain: &Chain,
        protocol: u32,
        then: Block,
        otherwise: Block,
    ) {
        let Chain { version, header, slot } = *chain;
        let [current, at, count] = [(); 3].map(|()| self.builder.variable(Type::I32));
        let base = u64::from(header);
        let (first, start) = match version {
            IpVersion::V4 => {
                let first = self.load_at(None, base + 9, Width::W1);
                (first, self.ipv4_header_length(Offset::constant(header)))
            }
            IpVersion::V6 => {
                let first = self.load_at(None, base + 6, Width::W1);
                (first, self.builder.const32(IPV6_HEADER))
            }
        };
        let zero = self.builder.const32(0);
        self.builder.set(current, first);
        self.builder.set(at, start);
        self.builder.set(count, zero);

        let head = self.builder.block();
        self.builder.jump(head);
        self.builder.switch_to(head);
        let value = self.builder.get(current);
        self.stop_at(value, protocol, then);
        self.stop_at(value, ip::NO_NEXT_HEADER, otherwise);
        let [skip, authentication] = [self.builder.block(), self.builder.block()];
        if version == IpVersion::V6 {
            for kind in SKIPPED {
                self.stop_at(value, kind, skip);
            }
        }
        let kind = self.builder.const32(ip::AH);
        self.builder.branch(Compare::Eq, value, kind, authentication, otherwise);

        // Nothing leads to `skip` in IPv4: the block is dropped.
        for (block, kind) in [(skip, Header::Extension), (authentication, Header::Authentication)] {
            self.builder.enter(block);
            let number = self.builder.get(count);
            let max = self.builder.const32(MAX_HEADERS);
            let go_on = self.builder.block();
            self.builder.branch(Compare::Lt, number, max, go_on, self.reject);
            self.builder.enter(go_on);
            let number = self.builder.binary_imm(BinaryOp::Add, number, 1);
            self.builder.set(count, number);

            let here = self.builder.get(at);
            let next = self.load_at(Some(here), base, Width::W1);
            let behind = self.behind(kind, here, base);
            let behind = self.forget(behind);
            self.builder.set(current, next);
            self.keep(slot, next);
            self.builder.set(at, behind);
            self.builder.jump(head);
        }
        self.builder.seal(head);
    }

    /// The same number, of which the kernel's verifier knows nothing any more. Of an offset whose
    /// range it knew, it would keep a state for each way to get there; like this all are one, and
    /// its work grows with the number of headers, not with their square (kernel 6.18, `ip6
    /// protochain 58`: 27,488 instructions processed for XDP instead of more than a million).
    pub(super) fn forget(&mut self, number: Value) -> Value {
        let unknown = self.builder.meta(Field::Length);
        let mixed = self.builder.binary(BinaryOp::Xor, number, unknown);
        self.builder.binary(BinaryOp::Xor, mixed, unknown)
    }

    /// Leaves the walk if the value is this number.
    pub(super) fn stop_at(&mut self, value: Value, number: u32, target: Block) {
        let number = self.builder.const32(number);
        let go_on = self.builder.block();
        self.builder.branch(Compare::Eq, value, number, target, go_on);
        self.builder.enter(go_on);
    }

    /// Where the header behind this one begins, from the start of the IP header.
    fn behind(&mut self, kind: Header, here: Value, base: u64) -> Value {
        match kind {
            Header::Extension => {
                let words = self.load_at(Some(here), base + 1, Width::W1);
                let words = self.builder.binary_imm(BinaryOp::Add, words, 1);
                let bytes = self.builder.binary_imm(BinaryOp::Mul, words, 8);
                self.builder.binary(BinaryOp::Add, bytes, here)
            }
            Header::Authentication => {
                let second = self.builder.binary_imm(BinaryOp::Add, here, 1);
                let words = self.load_at(Some(second), base, Width::W1);
                let words = self.builder.binary_imm(BinaryOp::Add, words, 2);
                self.builder.binary_imm(BinaryOp::Mul, words, 4)
            }
        }
    }
}

/// The two forms of headers that are skipped.
#[derive(Clone, Copy)]
enum Header {
    Extension,
    Authentication,
}
