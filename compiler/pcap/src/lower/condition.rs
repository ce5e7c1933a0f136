//! Conditions: the meaning of a filter as tests joined by and, or, not.
//!
//! A condition is evaluated from left to right and only as far as needed. A test
//! that reads behind the end of the packet ends the whole filter without a match,
//! under `not` too; so the order of tests is part of the meaning and nothing here
//! changes it. Terms that are constant on the link type are dropped while the
//! condition is built, with whatever they would have read.

use std::ops::Range;
use std::sync::Arc;

use nbpfc_ir::set::{Lookup, Ranks};
use nbpfc_ir::{Compare, Field, Width};
use nbpfc_source::Span;

use crate::tree::BinOp;

/// A number that is kept from one test to another; 0 until it is set.
///
/// The first [`SLOTS`] are the memory slots of libpcap's program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Register(u32);

impl Register {
    /// A number below [`Conditions::register_count`].
    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// How many slots a classic BPF program has.
const SLOTS: usize = 16;

/// Bytes from the start of the packet: the register's value, if there is one, plus a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offset {
    pub(super) register: Option<Register>,
    pub(super) constant: u32,
}

impl Offset {
    /// A place known now.
    pub(super) const fn constant(constant: u32) -> Self {
        Self { register: None, constant }
    }

    /// A place that the filter computes.
    pub(super) const fn register(register: Register) -> Self {
        Self { register: Some(register), constant: 0 }
    }

    /// Further on by a constant; offsets are modulo 2^32.
    pub(super) const fn plus(self, bytes: u32) -> Self {
        Self { register: self.register, constant: self.constant.wrapping_add(bytes) }
    }
}

/// Where a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// At an offset.
    At(Offset),
    /// Behind an IPv4 header and its options.
    BehindIpv4 {
        /// Where the header begins.
        header: Offset,
        /// Bytes from the header's end on.
        offset: u32,
    },
}

impl Place {
    /// Whether it is counted from where a register tells.
    fn is_behind(self, register: Register) -> bool {
        let (Self::At(offset) | Self::BehindIpv4 { header: offset, .. }) = self;
        offset.register == Some(register)
    }

    /// Further on by a constant; `None` when that is behind every packet's end.
    pub(super) fn plus(self, bytes: u32) -> Option<Self> {
        Some(match self {
            Self::At(offset) => {
                Self::At(Offset { constant: offset.constant.checked_add(bytes)?, ..offset })
            }
            Self::BehindIpv4 { header, offset } => {
                Self::BehindIpv4 { header, offset: offset.checked_add(bytes)? }
            }
        })
    }
}

/// One step of a number's computation, with a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Puts a constant.
    Number(u32),
    /// Puts a fact about the packet.
    Meta(Field),
    /// Puts a register's value.
    Register(Register),
    /// Puts the length in bytes of the IPv4 header that begins here.
    Ipv4HeaderLength(Offset),
    /// Puts the bytes from a place on, big-endian.
    Load(Place, Width),
    /// Takes an offset, puts the bytes that begin as far behind a place.
    LoadIndexed(Place, Width),
    /// Takes one, puts its two's complement.
    Negate,
    /// Takes the right operand, then the left one.
    Binary(BinOp),
    /// Copies the top to a slot.
    Keep(Register),
    /// Sets a slot to a constant.
    KeepNumber(Register, u32),
}

/// A number: steps that leave one value.
pub(super) type Number = Range<u32>;

/// A question about the packet, or a step into a tunnel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Test {
    /// The bytes from `place` on, big-endian, under `mask`, compared with a constant.
    Field { place: Place, width: Width, mask: u32, compare: Compare, value: u32 },
    /// Two numbers compared.
    Relation { left: Number, compare: Compare, right: Number },
    /// Registers hold a number of a set, the upper 32 bits first.
    Member { words: Vec<Register>, set: Arc<Lookup> },
    /// Sets a register to the place in a list of what registers hold, the upper 32 bits first, if
    /// it is in the list; true.
    Rank { words: Vec<Register>, ranks: Arc<Ranks>, place: Register },
    /// These bytes are in the packet.
    Present { place: Place, width: Width },
    /// Sets a register; true.
    Set { register: Register, number: Number },
    /// Walks along the extension headers of an IPv6 packet; true.
    Walk(Walk),
    /// The headers behind an IP header lead to one of this protocol. The slot gets the protocol
    /// of the last header that was skipped.
    ProtocolChain { version: IpVersion, header: u32, protocol: u32, slot: Register },
}

/// A walk to what an IPv6 packet carries, and the registers that tell what it found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Walk {
    /// Where the IPv6 header begins.
    pub(super) header: Offset,
    /// Gets the protocol of the first header that is no extension header, or of the last one that
    /// was reached.
    pub(super) protocol: Register,
    /// Gets where that header begins.
    pub(super) at: Register,
    /// Gets 1, or 0 in a fragment that is not the first.
    pub(super) first: Register,
}

/// Version of the Internet Protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IpVersion {
    /// 4
    V4,
    /// 6
    V6,
}

/// A condition: constant, or a node of [`Conditions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    /// False of every packet, because of the text at the span.
    Never(Span),
    /// True of every packet.
    Always(Span),
    /// To be found out.
    If(NodeId),
}

/// Names a node of [`Conditions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NodeId(u32);

/// A condition that is not constant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// A test and the text it comes from.
    Test(Test, Span),
    /// True if the other is false.
    Not(NodeId),
    /// The second is asked only if the first is true.
    And(NodeId, NodeId),
    /// The second is asked only if the first is false.
    Or(NodeId, NodeId),
}

/// All conditions of one filter, and the numbers in them.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    nodes: Vec<Node>,
    steps: Vec<Step>,
    slots: Slots,
    /// Registers that are not slots.
    others: u32,
    /// Registers that may hold any number, not only a place in a packet.
    unbounded: Vec<Register>,
}

/// Which slots are in use, and where the search for the next one begins.
#[derive(Debug, Default)]
struct Slots {
    used: [bool; SLOTS],
    current: usize,
    /// Those that tunnels have: only of them it matters what they hold.
    read: [bool; SLOTS],
    /// Those that were in use at any time.
    given: [bool; SLOTS],
}

impl Conditions {
    fn add(&mut self, node: Node) -> Condition {
        self.nodes.push(node);
        Condition::If(NodeId(self.nodes.len() as u32 - 1))
    }

    /// A single test.
    pub(super) fn test(&mut self, test: Test, span: Span) -> Condition {
        self.add(Node::Test(test, span))
    }

    /// Both are true.
    pub(super) fn and(&mut self, a: Condition, b: Condition) -> Condition {
        match (a, b) {
            (Condition::Never(_), _) | (_, Condition::Always(_)) => a,
            (_, Condition::Never(_)) | (Condition::Always(_), _) => b,
            (Condition::If(a), Condition::If(b)) => self.add(Node::And(a, b)),
        }
    }

    /// At least one is true.
    pub(super) fn or(&mut self, a: Condition, b: Condition) -> Condition {
        match (a, b) {
            (Condition::Never(a), Condition::Never(b)) => Condition::Never(a.to(b)),
            (Condition::Always(_), _) | (_, Condition::Never(_)) => a,
            (_, Condition::Always(_)) | (Condition::Never(_), _) => b,
            (Condition::If(a), Condition::If(b)) => self.add(Node::Or(a, b)),
        }
    }

    /// The opposite.
    pub(super) fn not(&mut self, a: Condition) -> Condition {
        match a {
            Condition::Never(span) => Condition::Always(span),
            Condition::Always(span) => Condition::Never(span),
            Condition::If(node) => self.add(Node::Not(node)),
        }
    }

    /// All are true, asked in order; there is at least one.
    pub(super) fn all<const N: usize>(&mut self, conditions: [Condition; N]) -> Condition {
        let joined = conditions.into_iter().reduce(|a, b| self.and(a, b));
        joined.unwrap_or(Condition::Always(Span::default()))
    }

    /// One is true, asked in order; there is at least one.
    pub(super) fn any<const N: usize>(&mut self, conditions: [Condition; N]) -> Condition {
        let joined = conditions.into_iter().reduce(|a, b| self.or(a, b));
        joined.unwrap_or(Condition::Never(Span::default()))
    }

    /// A number that these steps compute.
    pub(super) fn number(&mut self, steps: impl IntoIterator<Item = Step>) -> Number {
        let start = self.steps.len() as u32;
        self.steps.extend(steps);
        start..self.steps.len() as u32
    }

    /// A new register that is no slot.
    pub(super) fn register(&mut self) -> Register {
        self.others += 1;
        Register(SLOTS as u32 + self.others - 1)
    }

    /// How many registers there are, slots included.
    pub(super) fn register_count(&self) -> usize {
        SLOTS + self.others as usize
    }

    /// A slot for a number, if there is one left. A tunnel whose packets are not met leaves its
    /// registers as they were, so that what is looked for inside is looked for where an earlier
    /// number says: slots are given out as libpcap does it.
    pub(super) fn slot(&mut self) -> Option<Register> {
        let Slots { used, current, given, .. } = &mut self.slots;
        let free = (0..SLOTS).map(|step| (*current + step) % SLOTS).find(|slot| !used[*slot])?;
        *current = free;
        used[free] = true;
        given[free] = true;
        Some(Register(free as u32))
    }

    /// A slot that a tunnel keeps to the end.
    pub(super) fn tunnel_slot(&mut self) -> Option<Register> {
        let given = self.slots.given;
        let slot = self.slot()?;
        self.slots.read[slot.index()] = true;
        if given[slot.index()] {
            self.unbounded(slot);
        }
        Some(slot)
    }

    /// A register may hold any number.
    pub(super) fn unbounded(&mut self, register: Register) {
        self.unbounded.push(register);
    }

    /// Whether a number that is added to a place may wrap around.
    pub(super) fn may_wrap(&self, place: Place) -> bool {
        self.unbounded.iter().any(|register| place.is_behind(*register))
    }

    /// The number in a slot is not needed any more.
    pub(super) fn free(&mut self, slot: Register) {
        self.slots.used[slot.index()] = false;
    }

    /// Whether it matters what a slot holds.
    pub(super) fn is_read(&self, slot: Register) -> bool {
        self.slots.read[slot.index()]
    }

    /// Whether anything that was written down looks behind what the register tells, also if it
    /// was dropped since.
    pub(super) fn uses(&self, register: Register) -> bool {
        let tests = self.nodes.iter().any(|node| match node {
            Node::Test(Test::Field { place, .. }, _) => place.is_behind(register),
            Node::Test(Test::Walk(walk), _) => walk.header.register == Some(register),
            _ => false,
        });
        tests
            || self.steps.iter().any(|step| match step {
                Step::Load(place, _) | Step::LoadIndexed(place, _) => place.is_behind(register),
                Step::Ipv4HeaderLength(offset) => offset.register == Some(register),
                Step::Register(used) => *used == register,
                _ => false,
            })
    }

    /// A node's contents.
    pub(super) fn node(&self, node: NodeId) -> &Node {
        &self.nodes[node.0 as usize]
    }

    /// The steps of a number.
    pub(super) fn steps(&self, number: &Number) -> &[Step] {
        &self.steps[number.start as usize..number.end as usize]
    }
}
