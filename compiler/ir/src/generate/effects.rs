//! Random functions that do things: they write packets, memory and maps, hand records on, move the
//! packet, and add up all that they find on the way.

use std::sync::Arc;

use nbpfc_kernel::{Helper, Hook, MapKind, Member, ProgramType, SK_BUFF};
use nbpfc_source::File;

use super::Random;
use crate::builder::{FunctionBuilder, Variable};
use crate::entity::{Func, Map, Slot, Value};
use crate::function::Module;
use crate::instruction::{AtomicOp, Instruction, Place};
use crate::map::MapData;
use crate::pointer::{Pointer, Region};
use crate::types::{BinaryOp, Compare, Type, UnaryOp, Width};

/// The maps, by number: an array, a hash that is soon full, a ring buffer, a queue, global data,
/// and such that programs only read.
const ARRAY: u32 = 0;
const HASH: u32 = 1;
const RING: u32 = 2;
const QUEUE: u32 = 3;
const GLOBAL: u32 = 4;
const CONSTANT: u32 = 5;
/// Bytes of values of the array, and of global data.
const VALUE: u32 = 16;

/// A module with one program for a hook, of about so many statements. It is valid and ends; the
/// same seed gives the same on every machine.
pub fn generate_effects(seed: u64, hook: &Hook, size: usize, atomics: bool) -> Module {
    let mut module = Module::new(Arc::new(File::new("", "")), Vec::new());
    module.maps.push(MapData::new("array", MapKind::Array, 4, VALUE, 4));
    module.maps.push(MapData::new("hash", MapKind::Hash, 4, 8, 3));
    module.maps.push(MapData::new("ring", MapKind::RingBuf, 0, 0, 4096));
    module.maps.push(MapData::new("queue", MapKind::Queue, 0, 4, 2));
    module.maps.push(MapData::globals(vec![0; VALUE as usize], false));
    module.maps.push(MapData::globals((1..=VALUE as u8).collect(), true));
    let mut program = Effects::new(seed, hook, size, atomics);
    if seed % 3 == 1 {
        program.role = Role::Caller;
    }
    let program = program.function();
    let calls = program.layout.iter().flat_map(|block| &program.block(*block).insts);
    let calls = calls.into_iter().any(|i| matches!(program.inst(*i), Instruction::Invoke { .. }));
    module.functions.push(program);
    if calls {
        module.functions.push(Effects::new(!seed, hook, size / 4 + 1, atomics).called());
    }
    module
}

struct Effects {
    b: FunctionBuilder,
    random: Random,
    /// All that was found so far, an `i64`.
    sum: Variable,
    slots: [Slot; 3],
    /// How many statements are left.
    left: usize,
    writes_packet: bool,
    program_type: ProgramType,
    /// Whether the packet may move here: nobody has a view of it.
    may_move: bool,
    atomics: bool,
    role: Role,
}

/// What a function is to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// A program that calls none.
    Alone,
    /// A program that calls the function of number 1.
    Caller,
    /// That function, which is handed the context and a number.
    Called,
}

/// The type of the context.
const CONTEXT: Type = Type::Pointer(Pointer::new(Region::Context, 0));

/// Bytes of the slots.
const SLOTS: [u32; 3] = [4, 8, 16];

impl Effects {
    fn new(seed: u64, hook: &Hook, size: usize, atomics: bool) -> Self {
        let mut b = FunctionBuilder::new("effects");
        let sum = b.variable(Type::I64);
        let slots = SLOTS.map(|bytes| b.add_slot(bytes));
        Self {
            b,
            random: Random::new(seed),
            sum,
            slots,
            left: size,
            writes_packet: hook.store.is_some(),
            program_type: hook.program_type,
            may_move: true,
            atomics,
            role: Role::Alone,
        }
    }

    /// As [`Self::function`], of the context and a number, which it starts the sum with.
    fn called(mut self) -> crate::Function {
        self.b.set_signature(vec![CONTEXT, Type::I64], Type::I64);
        self.role = Role::Called;
        self.function()
    }

    fn context(&mut self) -> Value {
        if self.role == Role::Called { self.b.argument(0) } else { self.b.context() }
    }

    fn function(mut self) -> crate::Function {
        let start = if self.role == Role::Called { self.b.argument(1) } else { self.b.const64(0) };
        self.b.set(self.sum, start);
        for (slot, bytes) in self.slots.into_iter().zip(SLOTS) {
            let pointer = self.b.slot(slot);
            for at in (0..bytes).step_by(4) {
                let word = self.b.const32(at * 3);
                self.b.write_memory(Width::W4, pointer, at, word);
            }
        }
        while self.left > 0 {
            self.statement(0);
        }
        let sum = self.b.get(self.sum);
        if self.role == Role::Called {
            self.b.ret(sum);
            return self.b.finish();
        }
        let mut result = self.b.unary(UnaryOp::Truncate, sum);
        let most = match self.program_type {
            ProgramType::CgroupSkb => 1,
            _ => 0xffff,
        };
        result = self.b.binary_imm(BinaryOp::And, result, most);
        self.b.ret(result);
        self.b.finish()
    }

    /// Takes a number into the sum.
    fn found(&mut self, number: Value) {
        let number = match self.b.ty(number) {
            Type::I32 => self.b.unary(UnaryOp::Extend, number),
            _ => number,
        };
        let (sum, factor) = (self.b.get(self.sum), self.b.const64(31));
        let sum = self.b.binary(BinaryOp::Mul, sum, factor);
        let sum = self.b.binary(BinaryOp::Xor, sum, number);
        self.b.set(self.sum, sum);
    }

    /// A number of a type that may be anything.
    fn number(&mut self, ty: Type) -> Value {
        if self.random.once_in(3) {
            let number = self.random.bits() >> self.random.below(64);
            return self.b.constant(ty, number & ty.mask());
        }
        let sum = self.b.get(self.sum);
        if ty == Type::I32 { self.b.unary(UnaryOp::Truncate, sum) } else { sum }
    }

    fn width(&mut self) -> Width {
        self.random.pick(Width::ALL)
    }

    /// A place of a width in so many bytes, at a multiple of it.
    fn aligned(&mut self, width: Width, bytes: u32) -> u32 {
        width.bytes() * self.random.below((bytes / width.bytes()) as usize) as u32
    }

    fn statement(&mut self, depth: usize) {
        self.left = self.left.saturating_sub(1);
        match self.random.below(if depth < 3 { 14 } else { 10 }) {
            0 | 1 => self.packet(depth),
            2 => self.stack(),
            3 => self.looked_up(depth),
            4 => self.updated(),
            5 => self.queued(),
            6 => self.global(),
            7 => self.told(),
            8 => self.signed(),
            9 => self.moved(),
            10 => self.branched(depth),
            11 => self.repeated(depth),
            12 => self.recorded(depth),
            _ => self.bounded(),
        }
    }

    fn map(&mut self, map: u32) -> Value {
        self.b.map(Map::from_u32(map))
    }

    /// Asks for bytes, reads and writes them, perhaps does something else, and uses them again.
    fn packet(&mut self, depth: usize) {
        let (length, after) = (1 + self.random.below(40) as u32, self.b.block());
        let offset = self.random.once_in(3).then(|| {
            let number = self.number(Type::I32);
            self.b.binary_imm(BinaryOp::And, number, 0x1f)
        });
        let view = self.b.check(offset, length, after);
        for round in 0..2 {
            for _ in 0..=self.random.below(3) {
                let width = self.width();
                if width.bytes() > length {
                    continue;
                }
                let at = self.random.below((length - width.bytes()) as usize + 1) as u32;
                if self.writes_packet && self.random.once_in(2) {
                    let number = self.number(width.result());
                    self.b.store(width, view, at, number);
                } else {
                    let number = self.b.load(width, view, at);
                    self.found(number);
                }
            }
            if round == 0 && depth < 3 && self.random.once_in(2) {
                let before = std::mem::replace(&mut self.may_move, false);
                self.statement(depth + 1);
                self.may_move = before;
            }
        }
        self.b.jump(after);
        self.b.enter(after);
    }

    fn stack(&mut self) {
        let index = self.random.below(SLOTS.len());
        let (slot, bytes) = (self.slots[index], SLOTS[index]);
        let pointer = self.b.slot(slot);
        let width = self.width();
        if width.bytes() > bytes {
            return;
        }
        let at = self.aligned(width, bytes);
        if self.random.once_in(2) {
            let number = self.number(width.result());
            self.b.write_memory(width, pointer, at, number);
        } else {
            let number = self.b.read_memory(width, pointer, at);
            self.found(number);
        }
    }

    /// The first slot, with a small number in it.
    fn key(&mut self) -> Value {
        let pointer = self.b.slot(self.slots[0]);
        let number = self.number(Type::I32);
        let number = self.b.binary_imm(BinaryOp::And, number, 7);
        self.b.write_memory(Width::W4, pointer, 0, number);
        pointer
    }

    fn looked_up(&mut self, depth: usize) {
        let (map, bytes) = self.random.pick(&[(ARRAY, VALUE), (HASH, 8)]);
        let key = self.key();
        let after = self.b.block();
        let value = self.b.lookup(Map::from_u32(map), key, bytes);
        let value = self.b.non_null(value, after);
        self.memory(value, bytes);
        if depth < 3 && self.random.once_in(3) {
            // The hash may drop it meanwhile: what is written there then is lost, or is not.
            if map == ARRAY {
                self.statement(depth + 1);
            }
            self.memory(value, bytes);
        }
        self.b.jump(after);
        self.b.enter(after);
    }

    /// Reads and writes so many bytes of shared memory.
    fn memory(&mut self, pointer: Value, bytes: u32) {
        for _ in 0..=self.random.below(2) {
            let width = self.width();
            let at = self.aligned(width, bytes);
            let place = Place { width, pointer, displacement: at };
            let atomic = matches!(width, Width::W4 | Width::W8);
            match self.random.below(4) {
                0 => {
                    let number = self.number(width.result());
                    self.b.write_memory(width, pointer, at, number);
                }
                1 if atomic => {
                    let number = self.number(width.result());
                    self.b.atomic(AtomicOp::Add, place, number);
                }
                2 if atomic && self.atomics => {
                    let number = self.number(width.result());
                    let op = self.random.pick(AtomicOp::ALL);
                    let before = if self.random.once_in(4) {
                        let expected = self.b.read_memory(width, pointer, at);
                        self.b.compare_exchange(place, expected, number)
                    } else {
                        self.b.fetch(op, place, number)
                    };
                    self.found(before);
                }
                _ => {
                    let number = self.b.read_memory(width, pointer, at);
                    self.found(number);
                }
            }
        }
    }

    fn updated(&mut self) {
        let key = self.key();
        let map = self.map(HASH);
        let result = if self.random.once_in(3) {
            self.b.call_helper(&Helper::MAP_DELETE_ELEM, &[map, key])
        } else {
            let value = self.b.slot(self.slots[1]);
            let flags = self.random.below(4) as u64;
            let flags = self.b.const64(flags);
            self.b.call_helper(&Helper::MAP_UPDATE_ELEM, &[map, key, value, flags])
        };
        self.found(result);
    }

    fn queued(&mut self) {
        let map = self.map(QUEUE);
        let value = self.b.slot(self.slots[0]);
        let result = match self.random.below(3) {
            0 => {
                let flags = self.b.const64(0);
                self.b.call_helper(&Helper::MAP_PUSH_ELEM, &[map, value, flags])
            }
            1 => self.b.call_helper(&Helper::MAP_POP_ELEM, &[map, value]),
            _ => self.b.call_helper(&Helper::MAP_PEEK_ELEM, &[map, value]),
        };
        self.found(result);
        let number = self.b.read_memory(Width::W4, value, 0);
        self.found(number);
    }

    fn global(&mut self) {
        if self.random.once_in(3) {
            let constant = self.b.constant_global(Map::from_u32(CONSTANT), 0, VALUE);
            let number = self.number(Type::I64);
            let mask = self.b.const64(u64::from(VALUE) - 1);
            let index = self.b.binary(BinaryOp::And, number, mask);
            let byte = self.b.index(constant, index, 1);
            let number = self.b.read_memory(Width::W1, byte, 0);
            return self.found(number);
        }
        let global = self.b.global(Map::from_u32(GLOBAL), 0, VALUE);
        self.memory(global, VALUE);
    }

    /// What is known beside the packet's bytes.
    fn told(&mut self) {
        let members = ["mark", "cb", "priority"];
        let number = if self.program_type == ProgramType::SchedCls {
            let name = self.random.pick(&members);
            let Some(member) = Member::new(&SK_BUFF, name, 0) else { return };
            if self.random.once_in(2) {
                let number = self.number(Type::I32);
                self.b.set_member(member, number);
            }
            self.b.member(member)
        } else {
            self.b.meta(nbpfc_kernel::Field::Length)
        };
        self.found(number);
    }

    fn signed(&mut self) {
        let ty = self.random.pick(&[Type::I32, Type::I64]);
        let (a, b) = (self.number(ty), self.number(ty));
        let result = match self.random.below(4) {
            0 => self.b.divide_signed(a, b),
            1 => self.b.remainder_signed(a, b),
            2 => self.b.shift_right_signed(a, b),
            _ => self.b.sign_extend(a, 8),
        };
        self.found(result);
    }

    fn moved(&mut self) {
        if !self.may_move {
            return self.stack();
        }
        if self.role == Role::Caller && self.random.once_in(2) {
            let (context, sum) = (self.context(), self.b.get(self.sum));
            let result = self.b.invoke(Func::from_u32(1), &[context, sum], Type::I64);
            return self.found(result);
        }
        let context = self.context();
        let result = match self.program_type {
            ProgramType::Xdp => {
                let delta = self.random.pick(&[2, 6, -4, -8, 1_i64]);
                let delta = self.b.const64(delta as u64);
                // What lies before the packet is not known; write it before it is read.
                let result = self.b.call_helper(&Helper::XDP_ADJUST_HEAD, &[context, delta]);
                let after = self.b.block();
                let view = self.b.check(None, 8, after);
                let zero = self.b.const64(0x0807_0605_0403_0201);
                self.b.store(Width::W8, view, 0, zero);
                self.b.jump(after);
                self.b.enter(after);
                result
            }
            ProgramType::SchedCls => {
                let length = self.random.pick(&[40, 60, 90, 200]);
                let (length, flags) = (self.b.const64(length), self.b.const64(0));
                self.b.call_helper(&Helper::SKB_CHANGE_TAIL, &[context, length, flags])
            }
            _ => return self.stack(),
        };
        self.found(result);
    }

    fn branched(&mut self, depth: usize) {
        let ty = self.random.pick(&[Type::I32, Type::I64]);
        let compare = self.random.pick(Compare::ALL);
        let (a, b) = (self.number(ty), self.number(ty));
        let (then, otherwise, after) = (self.b.block(), self.b.block(), self.b.block());
        if self.random.once_in(3) {
            self.b.branch_signed(compare, a, b, then, otherwise);
        } else {
            self.b.branch(compare, a, b, then, otherwise);
        }
        for block in [then, otherwise] {
            self.b.enter(block);
            for _ in 0..self.random.below(3) {
                self.statement(depth + 1);
            }
            self.b.jump(after);
        }
        self.b.enter(after);
    }

    /// A few times the same.
    fn repeated(&mut self, depth: usize) {
        let times = 1 + self.random.below(3) as u32;
        let counter = self.b.variable(Type::I32);
        let zero = self.b.const32(0);
        self.b.set(counter, zero);
        let (head, body, after) = (self.b.block(), self.b.block(), self.b.block());
        self.b.jump(head);
        self.b.switch_to(head);
        let (count, times) = (self.b.get(counter), self.b.const32(times));
        self.b.branch(Compare::Lt, count, times, body, after);
        self.b.enter(body);
        self.statement(depth + 2);
        let (count, one) = (self.b.get(counter), self.b.const32(1));
        let next = self.b.binary(BinaryOp::Add, count, one);
        self.b.set(counter, next);
        self.b.jump(head);
        self.b.seal(head);
        self.b.enter(after);
    }

    fn recorded(&mut self, depth: usize) {
        let ring = self.map(RING);
        let (length, flags) = (self.b.const64(24), self.b.const64(0));
        let after = self.b.block();
        let record = self.b.call_helper(&Helper::RINGBUF_RESERVE, &[ring, length, flags]);
        let record = self.b.non_null(record, after);
        for at in [0, 8, 16] {
            let number = self.number(Type::I64);
            self.b.write_memory(Width::W8, record, at, number);
        }
        if self.random.once_in(2) {
            self.statement(depth + 1);
        }
        self.memory(record, 24);
        let discard = self.random.once_in(3);
        let helper = if discard { &Helper::RINGBUF_DISCARD } else { &Helper::RINGBUF_SUBMIT };
        self.b.call_helper(helper, &[record, flags]);
        self.b.jump(after);
        self.b.enter(after);
    }

    /// A part of a value at a place that is asked about.
    fn bounded(&mut self) {
        let number = self.number(Type::I64);
        let mask = self.b.const64(0x3f);
        let number = self.b.binary(BinaryOp::And, number, mask);
        let after = self.b.block();
        let low = self.random.below(4) as u32;
        let index = self.b.bound(number, low, VALUE - 4, after);
        let global = self.b.global(Map::from_u32(GLOBAL), 0, VALUE);
        let part = self.b.index(global, index, 4);
        let number = self.b.read_memory(Width::W4, part, 0);
        self.found(number);
        let number = self.number(Type::I32);
        self.b.write_memory(Width::W2, part, 1, number);
        self.b.jump(after);
        self.b.enter(after);
    }
}
