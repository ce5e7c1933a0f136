//! Conditions to IR: control flow with a target for true and one for false.
//!
//! Every read of the packet gets a check of its own, in the order in which libpcap's
//! unoptimised code reads; all of them fail to the one block that rejects. Merging
//! and moving checks is the optimiser's business.

use nbpfc_ir::set::Key;
use nbpfc_ir::{
    BinaryOp, Block, Compare, Function, FunctionBuilder, Type, UnaryOp, Value, Variable, Width,
};

use nbpfc_kernel::Field;

use super::condition::{
    Condition, Conditions, IpVersion, Node, NodeId, Number, Offset, Place, Register, Step, Test,
};
use super::options::Options;
use crate::tree::BinOp;

/// No packet is longer than this, in bytes: lengths are signed 32-bit numbers in the kernel and
/// in capture files.
const LONGEST: u32 = i32::MAX as u32;

/// The program of a condition.
pub(super) fn function(conditions: &Conditions, root: Condition, options: &Options) -> Function {
    let mut builder = FunctionBuilder::new("filter");
    let [accept, reject] = [builder.block(), builder.block()];
    branch(&mut builder, conditions, root, None, [accept, reject]);
    for (block, verdict) in [(accept, options.accept), (reject, options.reject)] {
        builder.enter(block);
        let verdict = builder.const32(verdict);
        builder.ret(verdict);
    }
    builder.finish()
}

/// Ends the current block with the condition as a way to one of two blocks, neither sealed. The packet
/// begins at the origin.
pub(super) fn branch(
    builder: &mut FunctionBuilder,
    conditions: &Conditions,
    root: Condition,
    origin: Option<Value>,
    [accept, reject]: [Block; 2],
) {
    let registers = (0..conditions.register_count()).map(|_| builder.variable(Type::I32)).collect();
    let mut emitter = Emitter { builder, conditions, registers, origin, reject };
    match root {
        Condition::Always(_) => emitter.builder.jump(accept),
        Condition::Never(_) => emitter.builder.jump(reject),
        Condition::If(node) => emitter.condition(node, accept, reject),
    }
}

/// What is left to do, the next last.
enum Work {
    /// All jumps to the block have been made; what comes next goes there.
    Enter(Block),
    /// The node, with its targets for true and false.
    Node(NodeId, Block, Block),
}

/// Where a chain of headers begins.
pub(super) struct Chain {
    pub(super) version: IpVersion,
    /// Offset of the IP header.
    pub(super) header: u32,
    /// Gets the protocol of each header that is skipped.
    pub(super) slot: Register,
}

pub(super) struct Emitter<'a> {
    pub(super) builder: &'a mut FunctionBuilder,
    conditions: &'a Conditions,
    registers: Vec<Variable>,
    /// Where the packet begins, if it is one inside of another.
    origin: Option<Value>,
    pub(super) reject: Block,
}

impl Emitter<'_> {
    /// A condition in the current block and new ones. Not recursive: a chain of terms is as deep
    /// as it is long.
    fn condition(&mut self, root: NodeId, then: Block, otherwise: Block) {
        let mut work = vec![Work::Node(root, then, otherwise)];
        while let Some(next) = work.pop() {
            match next {
                Work::Enter(block) => self.builder.enter(block),
                Work::Node(node, then, otherwise) => match self.conditions.node(node) {
                    Node::Test(test, span) => {
                        self.builder.set_span(*span);
                        self.test(test, then, otherwise);
                    }
                    Node::Not(a) => work.push(Work::Node(*a, otherwise, then)),
                    Node::And(a, b) => {
                        let between = self.builder.block();
                        work.push(Work::Node(*b, then, otherwise));
                        work.push(Work::Enter(between));
                        work.push(Work::Node(*a, between, otherwise));
                    }
                    Node::Or(a, b) => {
                        let between = self.builder.block();
                        work.push(Work::Node(*b, then, otherwise));
                        work.push(Work::Enter(between));
                        work.push(Work::Node(*a, then, between));
                    }
                },
            }
        }
    }

    fn test(&mut self, test: &Test, then: Block, otherwise: Block) {
        match test {
            Test::Field { place, width, mask, compare, value } => {
                let mut field = self.load(*place, *width, None);
                if *mask != u32::MAX {
                    field = self.builder.binary_imm(BinaryOp::And, field, *mask);
                }
                let value = self.builder.const32(*value);
                self.builder.branch(*compare, field, value, then, otherwise);
            }
            Test::Relation { left, compare, right } => {
                let left = self.number(left);
                let right = self.number(right);
                self.builder.branch(*compare, left, right, then, otherwise);
            }
            Test::Member { words, set } => {
                let key = self.key(words);
                set.branch(self.builder, key, then, otherwise);
            }
            Test::Rank { words, ranks, place } => {
                let key = self.key(words);
                let rank = ranks.find(self.builder, key, then);
                let known = self.builder.get(self.registers[place.index()]);
                let before = self.builder.block();
                self.builder.branch(Compare::Lt, rank, known, before, then);
                self.builder.enter(before);
                self.builder.set(self.registers[place.index()], rank);
                self.builder.jump(then);
            }
            Test::Present { place, width } => {
                self.present(*place, *width, otherwise);
                self.builder.jump(then);
            }
            Test::Set { register, number } => {
                let value = self.number(number);
                self.builder.set(self.registers[register.index()], value);
                self.builder.jump(then);
            }
            Test::Walk(walk) => {
                self.walk(walk);
                self.builder.jump(then);
            }
            Test::ProtocolChain { version, header, protocol, slot } => {
                let chain = Chain { version: *version, header: *header, slot: *slot };
                self.protocol_chain(&chain, *protocol, then, otherwise);
            }
        }
    }

    fn number(&mut self, number: &Number) -> Value {
        let mut stack = Vec::new();
        for step in self.conditions.steps(number) {
            let value = match *step {
                Step::Number(number) => self.builder.const32(number),
                Step::Meta(field) => self.meta(field),
                Step::Register(register) => self.builder.get(self.registers[register.index()]),
                Step::Ipv4HeaderLength(header) => self.ipv4_header_length(header),
                Step::Load(place, width) => self.load(place, width, None),
                Step::LoadIndexed(place, width) => {
                    let index = pop(&mut stack);
                    self.load(place, width, Some(index))
                }
                Step::Negate => {
                    let operand = pop(&mut stack);
                    self.builder.unary(UnaryOp::Neg, operand)
                }
                Step::Binary(op) => {
                    let right = pop(&mut stack);
                    let left = pop(&mut stack);
                    self.binary(op, left, right)
                }
                Step::Keep(slot) => {
                    let top = pop(&mut stack);
                    self.keep(slot, top);
                    top
                }
                Step::KeepNumber(slot, number) => {
                    if self.conditions.is_read(slot) {
                        let number = self.builder.const32(number);
                        self.keep(slot, number);
                    }
                    continue;
                }
            };
            stack.push(value);
        }
        pop(&mut stack)
    }

    /// Sets a slot, if it matters what it holds.
    pub(super) fn keep(&mut self, slot: Register, value: Value) {
        if self.conditions.is_read(slot) {
            self.builder.set(self.registers[slot.index()], value);
        }
    }

    fn binary(&mut self, op: BinOp, left: Value, right: Value) -> Value {
        let op = match op {
            BinOp::Add => BinaryOp::Add,
            BinOp::Sub => BinaryOp::Sub,
            BinOp::Mul => BinaryOp::Mul,
            BinOp::And => BinaryOp::And,
            BinOp::Or => BinaryOp::Or,
            BinOp::Xor => BinaryOp::Xor,
            BinOp::Div => return self.divide(BinaryOp::Div, left, right),
            BinOp::Mod => return self.divide(BinaryOp::Mod, left, right),
            BinOp::Shl => return self.shift(BinaryOp::Shl, left, right),
            BinOp::Shr => return self.shift(BinaryOp::Shr, left, right),
        };
        self.builder.binary(op, left, right)
    }

    /// Dividing by zero ends the filter without a match.
    fn divide(&mut self, op: BinaryOp, left: Value, right: Value) -> Value {
        let zero = self.builder.const32(0);
        let divisible = self.builder.block();
        self.builder.branch(Compare::Ne, right, zero, divisible, self.reject);
        self.builder.enter(divisible);
        self.builder.binary(op, left, right)
    }

    /// Shifting by 32 and more gives 0, as libpcap's own interpreter has it.
    fn shift(&mut self, op: BinaryOp, left: Value, right: Value) -> Value {
        let result = self.builder.variable(Type::I32);
        let [small, done] = [self.builder.block(), self.builder.block()];
        let width = self.builder.const32(32);
        let zero = self.builder.const32(0);
        self.builder.set(result, zero);
        self.builder.branch(Compare::Lt, right, width, small, done);
        self.builder.enter(small);
        let shifted = self.builder.binary(op, left, right);
        self.builder.set(result, shifted);
        self.builder.jump(done);
        self.builder.enter(done);
        self.builder.get(result)
    }

    /// The number in registers, of which the first have the upper bits.
    fn key(&mut self, words: &[Register]) -> Key {
        let words: Vec<Value> =
            words.iter().map(|word| self.builder.get(self.registers[word.index()])).collect();
        match words[..] {
            [word] => Key::Word(word),
            [high, low] => Key::Long(self.long(high, low)),
            [high, middle, low] => {
                let upper = self.builder.unary(UnaryOp::Extend, high);
                Key::Pair(upper, self.long(middle, low))
            }
            [a, b, c, d] => Key::Pair(self.long(a, b), self.long(c, d)),
            _ => Key::Word(self.builder.const32(0)),
        }
    }

    /// Two words as one number.
    fn long(&mut self, high: Value, low: Value) -> Value {
        let [high, low] = [high, low].map(|word| self.builder.unary(UnaryOp::Extend, word));
        let shift = self.builder.const64(32);
        let upper = self.builder.binary(BinaryOp::Shl, high, shift);
        self.builder.binary(BinaryOp::Or, upper, low)
    }

    /// Goes on where the bytes at a place are in the packet.
    fn present(&mut self, place: Place, width: Width, otherwise: Block) {
        let (variable, constant) = self.offset(place);
        let variable = self.behind_origin(variable);
        let end = constant + u64::from(width.bytes());
        if let Ok(length @ 0..=LONGEST) = u32::try_from(end) {
            self.builder.check(variable, length, otherwise);
        } else {
            self.builder.jump(otherwise);
            let unreachable = self.builder.block();
            self.builder.enter(unreachable);
        }
    }

    /// The bytes from a place on, and an index further on, as a big-endian number.
    fn load(&mut self, place: Place, width: Width, index: Option<Value>) -> Value {
        let (variable, constant) = self.offset(place);
        let variable = match (variable, index) {
            (Some(variable), Some(index)) => {
                Some(self.builder.binary(BinaryOp::Add, index, variable))
            }
            (variable, index) => variable.or(index),
        };
        self.load_at(variable, constant, width)
    }

    /// A place as a variable plus a constant offset.
    fn offset(&mut self, place: Place) -> (Option<Value>, u64) {
        match place {
            Place::At(offset) => (self.variable(offset), u64::from(offset.constant)),
            Place::BehindIpv4 { header, offset } => {
                let length = self.ipv4_header_length(header);
                let end = match self.variable(header) {
                    Some(start) => self.builder.binary(BinaryOp::Add, length, start),
                    None => length,
                };
                (Some(end), u64::from(header.constant) + u64::from(offset))
            }
        }
    }

    /// The bytes at a variable plus a constant offset; the sum does not wrap around.
    pub(super) fn load_at(&mut self, offset: Option<Value>, constant: u64, width: Width) -> Value {
        let end = constant + u64::from(width.bytes());
        let Ok(length @ 0..=LONGEST) = u32::try_from(end) else { return self.abort() };
        let offset = self.behind_origin(offset);
        let view = self.builder.check(offset, length, self.reject);
        let raw = self.builder.load(width, view, constant as u32);
        match width {
            Width::W1 => raw,
            wide => self.builder.unary(UnaryOp::Bswap(wide), raw),
        }
    }

    /// An offset in the packet as one in the bytes that there are.
    fn behind_origin(&mut self, offset: Option<Value>) -> Option<Value> {
        match (self.origin, offset) {
            (Some(origin), Some(offset)) => {
                Some(self.builder.binary(BinaryOp::Add, origin, offset))
            }
            (origin, offset) => origin.or(offset),
        }
    }

    /// What is known of the packet; of one inside of another the length is what is left.
    fn meta(&mut self, field: Field) -> Value {
        let known = self.builder.meta(field);
        match self.origin {
            Some(origin) if field == Field::Length => {
                self.builder.binary(BinaryOp::Sub, known, origin)
            }
            _ => known,
        }
    }

    /// Rejects the packet; the value stands for what would have been read.
    fn abort(&mut self) -> Value {
        self.builder.jump(self.reject);
        let unreachable = self.builder.block();
        self.builder.enter(unreachable);
        self.builder.const32(0)
    }

    /// The length in bytes of the IPv4 header at an offset.
    pub(super) fn ipv4_header_length(&mut self, header: Offset) -> Value {
        let start = self.variable(header);
        let first = self.load_at(start, u64::from(header.constant), Width::W1);
        let words = self.builder.binary_imm(BinaryOp::And, first, 0xf);
        self.builder.binary_imm(BinaryOp::Shl, words, 2)
    }

    /// The variable that stands for a register.
    pub(super) fn register(&self, register: Register) -> Variable {
        self.registers[register.index()]
    }

    pub(super) fn variable(&mut self, offset: Offset) -> Option<Value> {
        let register = offset.register?;
        Some(self.builder.get(self.registers[register.index()]))
    }
}

/// The top of a number's stack. The steps of a number are balanced.
fn pop(stack: &mut Vec<Value>) -> Value {
    stack.pop().expect("a balanced number")
}
