//! Random functions and packets, to try passes and code generators on.
//!
//! What is generated is valid and ends. It looks like filters do: checks and loads at the same few
//! places again and again, comparisons that hold now and then, most ways out at one of two
//! constants. The same seed gives the same function on every machine.

mod effects;

use nbpfc_kernel::Field;

use crate::builder::{FunctionBuilder, Variable};
use crate::entity::{Block, Table, Value};
use crate::function::Function;
use crate::tables::TableData;
use crate::types::{BinaryOp, Compare, Type, UnaryOp, Width};

pub use effects::generate_effects;

/// Random numbers: xorshift64*, Vigna, "An experimental exploration of Marsaglia's xorshift
/// generators, scrambled" (2016).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The sequence of a seed; near seeds give unlike sequences.
    pub fn new(seed: u64) -> Self {
        // The finisher of splitmix64; the state must not be zero.
        let z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Self((z ^ (z >> 31)) | 1)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `end`; 0 if there is none.
    pub fn below(&mut self, end: usize) -> usize {
        // The bias is far below what any test here could see.
        (((self.bits() >> 32) * end as u64) >> 32) as usize
    }

    /// True once in `times`.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of some items.
    ///
    /// # Panics
    /// If there is none.
    pub fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    /// The bytes of a packet: none to 130, of few different values so that comparisons hold.
    pub fn packet(&mut self) -> Vec<u8> {
        let length = if self.once_in(4) { self.below(131) } else { 30 + self.below(60) };
        (0..length)
            .map(|_| if self.once_in(4) { self.bits() as u8 } else { self.pick(BYTES) })
            .collect()
    }
}

/// Bytes that packets are made of, mostly.
const BYTES: &[u8] = &[0, 0, 0, 1, 4, 6, 8, 17, 20, 0x45, 0x80, 0xff];

/// Numbers that are compared with and computed with, mostly.
const NUMBERS: &[u64] = &[
    0,
    1,
    2,
    4,
    6,
    8,
    15,
    17,
    20,
    31,
    32,
    33,
    63,
    64,
    0x45,
    0x80,
    0xff,
    0x800,
    0x0608,
    0xffff,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x1_0000_0000,
    1 << 63,
    u64::MAX,
];

/// The lengths of windows, mostly.
const LENGTHS: &[u32] = &[1, 2, 4, 8, 14, 20, 24, 34, 38, 54];

/// What to generate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// About how many instructions and ends of blocks.
    pub size: usize,
    /// Whether there may be loops; none goes round more than 7 times, and none is inside another.
    pub loops: bool,
    /// Whether there may be constant tables.
    pub tables: bool,
}

/// A random valid function; no run takes more than 100 units of fuel for each unit of its size,
/// and 1000 more.
pub fn generate(seed: u64, shape: Shape) -> Function {
    let mut builder = FunctionBuilder::new("random");
    let mut random = Random::new(seed);
    let exits = (0..4).map(|_| builder.block()).collect();
    let types = [Type::I32, Type::I32, Type::I32, Type::I64];
    let variables = types.map(|ty| (ty, builder.variable(ty)));
    // How often this one looks at packet bytes.
    let eager = 2 + random.below(4);
    let scope = Scope::default();
    let (size, loops) = (shape.size, shape.loops);
    let tables = if shape.tables { tables(&mut builder, &mut random) } else { Vec::new() };
    let mut generator =
        Generator { builder, random, scope, variables, exits, budget: size, loops, tables, eager };
    while generator.budget > 0 {
        generator.region(5, false);
    }
    generator.finish()
}

/// A small table and a larger one.
fn tables(builder: &mut FunctionBuilder, random: &mut Random) -> Vec<Table> {
    let sizes = [8 << random.below(3), 64 << random.below(4)];
    let bytes = sizes.map(|size| (0..size).map(|_| random.pick(BYTES)).collect());
    bytes.into_iter().map(|bytes| builder.add_table(TableData::new(bytes))).collect()
}

/// What is at hand at a point of the function.
#[derive(Clone, Debug, Default)]
struct Scope {
    words: Vec<Value>,
    longs: Vec<Value>,
    /// Views and the lengths of their windows.
    views: Vec<(Value, u32)>,
    /// What was compared before.
    tests: Vec<(Value, Value)>,
}

struct Generator {
    builder: FunctionBuilder,
    random: Random,
    scope: Scope,
    variables: [(Type, Variable); 4],
    /// Where the function ends: accepting, rejecting, and in two other ways.
    exits: Vec<Block>,
    budget: usize,
    loops: bool,
    tables: Vec<Table>,
    eager: usize,
}

impl Generator {
    /// Some statements; whether control goes on behind them, which it does unless it `may_end`.
    fn region(&mut self, depth: usize, may_end: bool) -> bool {
        for _ in 0..=self.random.below(8) {
            if self.budget == 0 {
                break;
            }
            self.budget -= 1;
            match self.random.below(9 + self.eager) {
                0..=2 => self.instruction(),
                3 | 4 => self.variable(),
                5 => self.test_or_exit(),
                6 | 7 if depth > 0 => self.fork(depth - 1),
                8 if depth > 0 && self.loops && self.random.once_in(4) => self.repeat(depth - 1),
                _ if self.scope.views.is_empty() || self.random.once_in(4) => {
                    let fail = self.exit();
                    self.check(fail);
                }
                _ => self.load(),
            }
        }
        let ends = may_end && self.random.once_in(3);
        if ends {
            let exit = self.exit();
            self.builder.jump(exit);
        }
        !ends
    }

    fn exit(&mut self) -> Block {
        let exit = self.random.pick(&[1, 1, 1, 0, 0, 2, 2, 3, 3]);
        self.exits[exit]
    }

    /// Two ways that meet again.
    fn fork(&mut self, depth: usize) {
        let before = self.scope.clone();
        let (other, join) = (self.builder.block(), self.builder.block());
        if self.random.once_in(2) {
            self.check(other);
        } else {
            let then = self.builder.block();
            self.test(then, other);
            self.builder.seal(then);
            self.builder.switch_to(then);
        }
        self.builder.seal(other);
        let goes_on = self.region(depth, true);
        if goes_on {
            self.builder.jump(join);
        }
        self.scope.clone_from(&before);
        self.builder.switch_to(other);
        if self.region(depth, goes_on) {
            self.builder.jump(join);
        }
        self.scope = before;
        self.builder.seal(join);
        self.builder.switch_to(join);
    }

    /// A loop that counts down.
    fn repeat(&mut self, depth: usize) {
        let before = self.scope.clone();
        let counter = self.builder.variable(Type::I32);
        let times = self.random.below(8) as u32;
        let times = self.builder.const32(times);
        self.builder.set(counter, times);
        let (head, body, exit) = (self.builder.block(), self.builder.block(), self.builder.block());
        self.builder.jump(head);
        self.builder.switch_to(head);
        let left = self.builder.get(counter);
        let zero = self.builder.const32(0);
        self.builder.branch(Compare::Eq, left, zero, exit, body);
        self.builder.seal(body);
        self.builder.seal(exit);
        self.builder.switch_to(body);
        self.loops = false;
        self.region(depth, false);
        self.loops = true;
        let left = self.builder.binary_imm(BinaryOp::Sub, left, 1);
        self.builder.set(counter, left);
        self.builder.jump(head);
        self.builder.seal(head);
        self.scope = before;
        self.builder.switch_to(exit);
    }

    fn test_or_exit(&mut self) {
        let (exit, next) = (self.exit(), self.builder.block());
        if self.random.once_in(2) {
            self.test(next, exit);
        } else {
            self.test(exit, next);
        }
        self.builder.seal(next);
        self.builder.switch_to(next);
    }

    fn test(&mut self, then: Block, otherwise: Block) {
        let again = !self.scope.tests.is_empty() && self.random.once_in(4);
        let (a, b) = if again {
            self.random.pick(&self.scope.tests)
        } else if self.random.once_in(8) {
            (self.long(), self.long())
        } else {
            let a = self.word();
            (a, if self.random.once_in(3) { self.word() } else { self.constant(Type::I32) })
        };
        self.scope.tests.push((a, b));
        let compare = self.random.pick(Compare::ALL);
        self.builder.branch(compare, a, b, then, otherwise);
    }

    /// Goes on where the bytes are there.
    fn check(&mut self, fail: Block) {
        let offset = if self.random.once_in(2) {
            None
        } else {
            let word = self.word();
            // Most numbers are far behind the end of any packet.
            Some(match self.random.below(6) {
                0 => word,
                1 => self.builder.binary_imm(BinaryOp::And, word, 0xff),
                2 => {
                    let nibble = self.builder.binary_imm(BinaryOp::And, word, 15);
                    self.builder.binary_imm(BinaryOp::Shl, nibble, 2)
                }
                _ => self.builder.binary_imm(BinaryOp::And, word, 31),
            })
        };
        let length =
            if self.random.once_in(8) { 1 + self.random.below(70) as u32 } else { self.length() };
        let view = self.builder.check(offset, length, fail);
        self.scope.views.push((view, length));
    }

    fn length(&mut self) -> u32 {
        self.random.pick(LENGTHS)
    }

    fn load(&mut self) {
        let (view, length) = self.random.pick(&self.scope.views);
        let fitting = Width::ALL.iter().take_while(|width| width.bytes() <= length).count();
        let width = Width::ALL[self.random.below(fitting)];
        let places = (length - width.bytes()) as usize + 1;
        // Even places and the last one, so that loads meet.
        let displacement =
            if self.random.once_in(4) { places - 1 } else { self.random.below(places) & !1 };
        let value = self.builder.load(width, view, displacement as u32);
        self.define(width.result(), value);
        if width != Width::W1 && self.random.once_in(2) {
            let value = self.builder.unary(UnaryOp::Bswap(width), value);
            self.define(width.result(), value);
        }
    }

    fn variable(&mut self) {
        let (ty, variable) = self.random.pick(&self.variables);
        let old = self.builder.get(variable);
        if self.random.once_in(3) {
            self.define(ty, old);
        } else {
            // Together with what was there, so that the result depends on much.
            let op = self.random.pick(&[BinaryOp::Add, BinaryOp::Xor, BinaryOp::Sub]);
            let new = self.number(ty);
            let new = self.builder.binary(op, old, new);
            self.builder.set(variable, new);
        }
    }

    fn instruction(&mut self) {
        let ty = if self.random.once_in(3) { Type::I64 } else { Type::I32 };
        let (ty, value) = match self.random.below(if self.tables.is_empty() { 8 } else { 9 }) {
            0 => (ty, self.constant(ty)),
            1 => {
                let fields = [Field::Length, Field::InterfaceIndex, Field::PacketType];
                (Type::I32, self.builder.meta(self.random.pick(&fields)))
            }
            2 | 3 => {
                let op = self.random.pick(UnaryOp::ALL);
                let ty = if op.result(ty).is_some() {
                    ty
                } else if ty == Type::I32 {
                    Type::I64
                } else {
                    Type::I32
                };
                let operand = self.number(ty);
                (op.result(ty).unwrap_or(ty), self.builder.unary(op, operand))
            }
            8 => {
                let (width, table) = (self.random.pick(Width::ALL), self.random.pick(&self.tables));
                let index = self.word();
                (width.result(), self.builder.table(width, table, index))
            }
            _ => {
                let op = self.random.pick(BinaryOp::ALL);
                let (a, b) = (self.number(ty), self.number(ty));
                (ty, self.builder.binary(op, a, b))
            }
        };
        self.define(ty, value);
    }

    fn define(&mut self, ty: Type, value: Value) {
        match ty {
            Type::I64 => self.scope.longs.push(value),
            _ => self.scope.words.push(value),
        }
    }

    fn number(&mut self, ty: Type) -> Value {
        if ty == Type::I64 { self.long() } else { self.word() }
    }

    fn word(&mut self) -> Value {
        match Self::recent(&mut self.random, &self.scope.words) {
            Some(value) => value,
            None => self.constant(Type::I32),
        }
    }

    fn long(&mut self) -> Value {
        match Self::recent(&mut self.random, &self.scope.longs) {
            Some(value) => value,
            None if self.random.once_in(2) => {
                let word = self.word();
                let value = self.builder.unary(UnaryOp::Extend, word);
                self.scope.longs.push(value);
                value
            }
            None => self.constant(Type::I64),
        }
    }

    /// One of some values, more often than not a late one.
    fn recent(random: &mut Random, values: &[Value]) -> Option<Value> {
        let late = &values[values.len().saturating_sub(4)..];
        let values = if random.once_in(3) { values } else { late };
        (!values.is_empty() && !random.once_in(5)).then(|| random.pick(values))
    }

    fn constant(&mut self, ty: Type) -> Value {
        let number =
            if self.random.once_in(8) { self.random.bits() } else { self.random.pick(NUMBERS) };
        match ty {
            Type::I64 => self.builder.const64(number),
            _ => self.builder.const32(number as u32),
        }
    }

    fn finish(mut self) -> Function {
        let exit = self.exit();
        self.builder.jump(exit);
        for (index, exit) in std::mem::take(&mut self.exits).into_iter().enumerate() {
            self.builder.seal(exit);
            self.builder.switch_to(exit);
            let value = match index {
                0 => self.builder.const32(262_144),
                1 => self.builder.const32(0),
                2 => self.builder.get(self.variables[0].1),
                _ => {
                    let word = self.builder.get(self.variables[1].1);
                    let long = self.builder.get(self.variables[3].1);
                    let long = self.builder.unary(UnaryOp::Truncate, long);
                    self.builder.binary(BinaryOp::Xor, word, long)
                }
            };
            self.builder.ret(value);
        }
        self.builder.finish()
    }
}

#[cfg(test)]
mod tests;
