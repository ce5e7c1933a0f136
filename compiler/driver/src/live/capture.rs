//! Packets written down for user space.
//!
//! Where the kernel has both, the packet is copied into a record that was reserved in a ring
//! buffer. The kernel reserves only lengths that are known when the program is compiled, so there
//! are several, and a packet gets the least that it fits into. Else the kernel adds the packet's
//! bytes to a perf event's record itself.

use nbpfc_ir::{
    BinaryOp, Block, BlockCall, Compare, Field, Function, Instruction, Map, MapData, Module,
    Place as Memory, Pointer, Region, SlotData, Terminator, Type, UnaryOp, Value, Width,
};
use nbpfc_kernel::{Helper, MapKind, Member, Target};
use nbpfc_source::Span;

use super::{call, constant};
use crate::captured::{PACKETS, at};

/// How packets are captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capture {
    /// Most bytes that are kept of a packet; at least 1.
    pub snapshot_length: u32,
    /// Bytes of the ring buffer, a power of two and a multiple of the page size.
    pub buffer: u32,
}

/// Packet bytes that records have room for: headers, small packets, what is usual for Ethernet
/// with a tag, then in larger steps up to the longest that the kernel puts together.
const ROOMS: &[u32] = &[128, 512, 1536, 4096, 16_384, 65_536];
/// Packet bytes in a perf event's record, whose length has to fit 16 bits.
const PERF_MOST: u32 = 65_472;
/// `BPF_F_CURRENT_CPU`, and where in the flags the number of packet bytes is.
const THIS_CPU: u64 = 0xffff_ffff;
const PACKET_BYTES: u64 = 32;

/// By what a packet gets to user space.
#[derive(Clone, Copy, Debug)]
pub(super) enum Way {
    /// A record of a ring buffer, filled by this helper `(ctx, offset, to, len)`.
    Ring(&'static Helper),
    /// A record of a perf event.
    Perf,
}

impl Way {
    /// The way that a target has.
    pub(super) fn of(target: &Target) -> Option<Self> {
        const COPIES: [&Helper; 2] = [&Helper::SKB_LOAD_BYTES, &Helper::XDP_LOAD_BYTES];
        let copy = COPIES.into_iter().find(|helper| target.may_call(helper));
        match copy.filter(|_| target.may_call(&Helper::RINGBUF_RESERVE)) {
            Some(copy) => Some(Self::Ring(copy)),
            None => target.may_call(&Helper::PERF_EVENT_OUTPUT).then_some(Self::Perf),
        }
    }

    /// The map that records go through.
    pub(super) fn add_map(self, module: &mut Module, capture: Capture) -> Map {
        module.maps.push(match self {
            Self::Ring(_) => MapData::new(PACKETS, MapKind::RingBuf, 0, 0, capture.buffer),
            // Without a number of its own it has an element for each processor.
            Self::Perf => MapData::new(PACKETS, MapKind::PerfEventArray, 4, 4, 0),
        })
    }
}

/// What is added to a function.
pub(super) struct Adder<'a> {
    pub(super) function: &'a mut Function,
    pub(super) target: &'a Target,
    pub(super) map: Map,
    /// Where to when the packet is written down.
    pub(super) end: Block,
    /// Where to when there was no room.
    pub(super) lost: Block,
}

impl Adder<'_> {
    /// Writes the packet down in `start`.
    pub(super) fn add(&mut self, start: Block, way: Way, capture: Capture) {
        let length = self.put(start, Instruction::Meta(Field::Length));
        let long = self.put(start, Instruction::Unary(UnaryOp::Extend, length));
        match way {
            Way::Ring(copy) => self.ring(start, copy, (length, long), capture.snapshot_length),
            Way::Perf => {
                self.perf(start, (length, long), capture.snapshot_length.min(PERF_MOST));
            }
        }
    }

    fn ring(
        &mut self,
        start: Block,
        copy: &'static Helper,
        (length, long): (Value, Value),
        most: u32,
    ) {
        let shorter = ROOMS.iter().copied().filter(|room| *room < most);
        let mut block = start;
        for room in shorter.chain([most]) {
            let inside = self.function.add_block();
            let captured = self.function.add_param(inside, Type::I64);
            let longer = self.function.add_block();
            let bound = Terminator::Bound {
                value: long,
                low: 1,
                high: room,
                inside,
                outside: longer.into(),
            };
            self.function.terminate(block, bound, Span::default());
            self.record(inside, copy, room, (length, captured));
            block = longer;
        }
        let captured = self.number(block, most.into());
        self.record(block, copy, most, (length, captured));
    }

    /// Reserves, fills and hands on a record with room for so many packet bytes.
    fn record(
        &mut self,
        block: Block,
        copy: &'static Helper,
        room: u32,
        (length, captured): (Value, Value),
    ) {
        let size = at::DATA + room;
        let map = self.put(block, Instruction::Map(self.map));
        let bytes = self.number(block, size.into());
        let none = self.number(block, 0);
        let pointer = Pointer::new(Region::Record, size);
        let reserved = Type::Pointer(pointer.or_null());
        let reserve = &Helper::RINGBUF_RESERVE;
        let reserved = call(self.function, block, reserve, &[map, bytes, none], reserved);
        let some = self.function.add_block();
        let record = self.function.add_param(some, Type::Pointer(pointer));
        let asked =
            Terminator::NonNull { pointer: reserved, some, none: BlockCall::from(self.lost) };
        self.function.terminate(block, asked, Span::default());

        self.head(some, record, length, captured);
        let to = Instruction::Part { pointer: record, displacement: at::DATA, size: room };
        let to = self.put(some, to);
        let context = self.put(some, Instruction::Context);
        let first = self.number(some, 0);
        let failed = call(self.function, some, copy, &[context, first, to, captured], Type::I64);
        let (submit, discard) = (self.function.add_block(), self.function.add_block());
        self.branch(some, Compare::Eq, (failed, first), submit.into(), discard.into());
        let ends = [
            (submit, &Helper::RINGBUF_SUBMIT, self.end),
            (discard, &Helper::RINGBUF_DISCARD, self.lost),
        ];
        for (block, helper, next) in ends {
            let none = self.number(block, 0);
            call(self.function, block, helper, &[record, none], Type::Void);
            self.function.terminate(block, Terminator::Jump(next.into()), Span::default());
        }
    }

    fn perf(&mut self, start: Block, (length, long): (Value, Value), most: u32) {
        let rest = self.function.add_block();
        let captured = self.function.add_param(rest, Type::I64);
        let most = self.number(start, most.into());
        let with = |value| BlockCall { block: rest, args: [value].into_iter().collect() };
        self.branch(start, Compare::Le, (long, most), with(long), with(most));

        let slot = self.function.slots.push(SlotData { size: at::DATA });
        let record = self.put(rest, Instruction::Slot(slot));
        self.head(rest, record, length, captured);
        let by = self.number(rest, PACKET_BYTES);
        let bytes = self.put(rest, Instruction::Binary(BinaryOp::Shl, captured, by));
        let cpu = self.number(rest, THIS_CPU);
        let flags = self.put(rest, Instruction::Binary(BinaryOp::Or, bytes, cpu));
        let context = self.put(rest, Instruction::Context);
        let map = self.put(rest, Instruction::Map(self.map));
        let size = self.number(rest, at::DATA.into());
        let args = [context, map, flags, record, size];
        let failed = call(self.function, rest, &Helper::PERF_EVENT_OUTPUT, &args, Type::I64);
        let none = self.number(rest, 0);
        let (end, lost) = (self.end.into(), self.lost.into());
        self.branch(rest, Compare::Eq, (failed, none), end, lost);
    }

    /// Writes all that comes before the packet's bytes.
    fn head(&mut self, block: Block, record: Value, length: Value, captured: Value) {
        let time = call(self.function, block, &Helper::KTIME_GET_NS, &[], Type::I64);
        self.write(block, Width::W8, record, at::TIME, time);
        let captured = self.put(block, Instruction::Unary(UnaryOp::Truncate, captured));
        let words = [
            (at::LENGTH, length),
            (at::CAPTURED, captured),
            (at::TAGGED, self.field(block, Field::VlanPresent)),
            (at::TAG, self.field(block, Field::VlanTci)),
            (at::TAG_PROTOCOL, self.tag_protocol(block)),
            (at::PACKET_TYPE, self.field(block, Field::PacketType)),
        ];
        for (displacement, value) in words {
            self.write(block, Width::W4, record, displacement, value);
        }
    }

    /// What the hook tells, or 0.
    fn field(&mut self, block: Block, field: Field) -> Value {
        match self.target.field(field) {
            Some(_) => self.put(block, Instruction::Meta(field)),
            None => constant(self.function, block, Type::I32, 0),
        }
    }

    /// The Ethernet type of the tag beside the packet in network order, where the hook tells.
    fn tag_protocol(&mut self, block: Block) -> Value {
        match Member::new(self.target.hook.context, "vlan_proto", 0) {
            Some(member) => self.put(block, Instruction::Member(member)),
            None => constant(self.function, block, Type::I32, 0),
        }
    }

    fn write(&mut self, block: Block, width: Width, pointer: Value, at: u32, value: Value) {
        let place = Memory { width, pointer, displacement: at };
        self.put(block, Instruction::Write(place, value));
    }

    fn branch(
        &mut self,
        block: Block,
        compare: Compare,
        (a, b): (Value, Value),
        then: BlockCall,
        otherwise: BlockCall,
    ) {
        let end = Terminator::Branch { compare, a, b, then, otherwise };
        self.function.terminate(block, end, Span::default());
    }

    fn number(&mut self, block: Block, number: u64) -> Value {
        constant(self.function, block, Type::I64, number)
    }

    fn put(&mut self, block: Block, instruction: Instruction) -> Value {
        self.function.append(block, instruction, Span::default())
    }
}
