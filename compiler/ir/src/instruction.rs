//! Instructions: what computes a value, or is done for its effect.

use nbpfc_kernel::{Argument, Change, Field, Helper, Member};

use crate::effect::{Class, Effect};
use crate::entity::{Func, Map, Slot, Table, Value};
use crate::pointer::Region;
use crate::types::{BinaryOp, Type, UnaryOp, Width};

/// At most five arguments of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Args {
    /// What is behind the last argument repeats the first value that there is, or is value 0.
    values: [Value; Self::MAX],
    count: u8,
}

impl Args {
    /// How many a call takes at most: they travel in `r1` to `r5`.
    pub const MAX: usize = 5;

    /// The arguments of a call; `None` if there are more than five.
    pub fn new(args: &[Value]) -> Option<Self> {
        let filler = args.first().copied().unwrap_or(Value::from_u32(0));
        let mut values = [filler; Self::MAX];
        values.get_mut(..args.len())?.copy_from_slice(args);
        Some(Self { values, count: args.len() as u8 })
    }

    /// The arguments in order.
    pub fn as_slice(&self) -> &[Value] {
        &self.values[..usize::from(self.count)]
    }

    fn map(&mut self, mut f: impl FnMut(Value) -> Value) {
        let mut args = *self;
        args.values[..usize::from(self.count)].iter_mut().for_each(|value| *value = f(*value));
        *self = Self::new(args.as_slice()).unwrap_or(args);
    }
}

/// What an atomic instruction does to memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AtomicOp {
    /// Adds.
    Add,
    /// Bitwise and.
    And,
    /// Bitwise or.
    Or,
    /// Bitwise exclusive or.
    Xor,
    /// Puts in its place.
    Exchange,
}

impl AtomicOp {
    /// Every operation.
    pub const ALL: &'static [Self] = &[Self::Add, Self::And, Self::Or, Self::Xor, Self::Exchange];

    /// The name in the text form.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::And => "and",
            Self::Or => "or",
            Self::Xor => "xor",
            Self::Exchange => "exchange",
        }
    }

    /// What is in memory afterwards.
    pub const fn eval(self, ty: Type, old: u64, operand: u64) -> u64 {
        match self {
            Self::Add => BinaryOp::Add.eval(ty, old, operand),
            Self::And => old & operand,
            Self::Or => old | operand,
            Self::Xor => old ^ operand,
            Self::Exchange => operand,
        }
    }
}

/// A place in memory: so many bytes from `displacement` behind a pointer on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// How many bytes.
    pub width: Width,
    /// The evidence; as many bytes are there as its type says.
    pub pointer: Value,
    /// Bytes from where it points.
    pub displacement: u32,
}

/// What computes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Instruction {
    /// A number; only as many low bits as the type has are set.
    Const(Type, u64),
    /// An operation on one value.
    Unary(UnaryOp, Value),
    /// An operation on two.
    Binary(BinaryOp, Value, Value),
    /// Bytes of the packet, read at `displacement` from the start of `view`'s window; the window
    /// covers them. Not byte-swapped.
    Load {
        /// How many bytes.
        width: Width,
        /// The evidence; its window covers the bytes.
        view: Value,
        /// Bytes from the start of the window.
        displacement: u32,
    },
    /// A fact about the packet that is not among its bytes.
    Meta(Field),
    /// An element of a constant table. The index is taken modulo their number.
    Table {
        /// Bytes of an element, whatever the table was made of.
        width: Width,
        /// The table.
        table: Table,
        /// Which element, an `i32`.
        index: Value,
    },
    /// Sets bytes of the packet, as [`Instruction::Load`] reads them: a number of the type that
    /// such a load gives, whose lowest bytes come first.
    Store {
        /// How many bytes.
        width: Width,
        /// The evidence; its window covers the bytes.
        view: Value,
        /// Bytes from the start of the window.
        displacement: u32,
        /// What to write.
        value: Value,
    },
    /// What the function was called with, in the place of this number.
    Argument(u8, Type),
    /// The program's context; of a program only, others are handed it.
    Context,
    /// A map, to call helpers with.
    Map(Map),
    /// Bytes of the one value of an array: global data.
    Global {
        /// The array.
        map: Map,
        /// Bytes from the value's start.
        offset: u32,
        /// How many bytes are pointed to.
        size: u32,
        /// Whether programs write it.
        writable: bool,
    },
    /// A slot of the stack.
    Slot(Slot),
    /// A part of what a pointer points to.
    Part {
        /// The whole.
        pointer: Value,
        /// Where it begins, in bytes from there.
        displacement: u32,
        /// Its size in bytes.
        size: u32,
    },
    /// A part that begins where a number says. The number is one that the verifier knows to be
    /// small enough: see [`Limits`](crate::Limits).
    Index {
        /// The whole.
        pointer: Value,
        /// Where it begins, an `i64` in bytes from there.
        index: Value,
        /// Its size in bytes.
        size: u32,
    },
    /// Reads memory in the machine's order, which is little-endian.
    Read(Place),
    /// Writes memory.
    Write(Place, Value),
    /// Changes 4 or 8 bytes of memory at once; what was there before is the result if it is
    /// fetched. Exchanging always fetches.
    Atomic {
        /// What is done.
        op: AtomicOp,
        /// Where.
        place: Place,
        /// The second operand.
        value: Value,
        /// Whether there is a result.
        fetch: bool,
    },
    /// Puts `value` into 4 or 8 bytes of memory if `expected` is there; what was there before is
    /// the result.
    CompareExchange {
        /// Where.
        place: Place,
        /// What must be there.
        expected: Value,
        /// What is put there.
        value: Value,
    },
    /// A member of the context: an `i32`, or an `i64` if it has 8 bytes.
    Member(Member),
    /// Sets a member of the context.
    SetMember(Member, Value),
    /// Calls a helper.
    Call {
        /// The helper.
        helper: &'static Helper,
        /// One for each of the helper's [`Argument`]s.
        args: Args,
        /// What it returns, as the helper's row and the map say.
        result: Type,
    },
    /// Does nothing, in so many steps: a place where the verifier is to remember what it knows.
    /// Of the packet nothing is known behind it, as if its bytes had moved.
    Checkpoint(u8),
    /// Calls a function of the module.
    Invoke {
        /// The function.
        function: Func,
        /// One for each of its parameters.
        args: Args,
        /// Its result.
        result: Type,
    },
}

impl Instruction {
    /// The operands, in order.
    #[inline]
    pub fn operands(&self) -> impl Iterator<Item = Value> + use<> {
        let none = Value::from_u32(0);
        let mut list = [none; Args::MAX];
        let mut count = 0;
        // The instruction is small; one list of what refers to what is enough.
        let mut copy = *self;
        copy.map_operands(|value| {
            if let Some(place) = list.get_mut(count) {
                *place = value;
                count += 1;
            }
            value
        });
        list.into_iter().take(count)
    }

    /// Replaces each operand by what `f` gives for it.
    #[inline]
    pub fn map_operands(&mut self, mut f: impl FnMut(Value) -> Value) {
        match self {
            Self::Const(..)
            | Self::Meta(_)
            | Self::Argument(..)
            | Self::Context
            | Self::Map(_)
            | Self::Global { .. }
            | Self::Slot(_)
            | Self::Checkpoint(_)
            | Self::Member(_) => {}
            Self::Unary(_, a)
            | Self::Load { view: a, .. }
            | Self::Table { index: a, .. }
            | Self::Part { pointer: a, .. }
            | Self::Read(Place { pointer: a, .. })
            | Self::SetMember(_, a) => *a = f(*a),
            Self::Binary(_, a, b)
            | Self::Store { view: a, value: b, .. }
            | Self::Index { pointer: a, index: b, .. }
            | Self::Write(Place { pointer: a, .. }, b)
            | Self::Atomic { place: Place { pointer: a, .. }, value: b, .. } => {
                *a = f(*a);
                *b = f(*b);
            }
            Self::CompareExchange { place, expected, value } => {
                place.pointer = f(place.pointer);
                *expected = f(*expected);
                *value = f(*value);
            }
            Self::Call { args, .. } | Self::Invoke { args, .. } => args.map(f),
        }
    }

    /// What it does beside computing its result. The class of memory that a pointer leads to is
    /// read off its type, which `ty` gives.
    #[inline]
    pub fn effect(&self, ty: impl Fn(Value) -> Type) -> Effect {
        let class = |place: &Place| match ty(place.pointer).pointer().map(|p| p.region) {
            Some(Region::Stack) => Class::Stack,
            _ => Class::Shared,
        };
        match self {
            Self::Const(..)
            | Self::Unary(..)
            | Self::Binary(..)
            | Self::Table { .. }
            | Self::Argument(..)
            | Self::Context
            | Self::Map(_)
            | Self::Global { .. }
            | Self::Slot(_)
            | Self::Part { .. }
            | Self::Index { .. } => Effect::Pure,
            Self::Load { .. } | Self::Meta(_) => Effect::Reads(Class::Packet),
            Self::Store { .. } => Effect::Writes(Class::Packet),
            Self::Read(place) => Effect::Reads(class(place)),
            Self::Write(place, _)
            | Self::Atomic { place, .. }
            | Self::CompareExchange { place, .. } => Effect::Writes(class(place)),
            Self::Member(_) => Effect::Reads(Class::Context),
            Self::SetMember(..) => Effect::Writes(Class::Context),
            Self::Call { helper, .. } => {
                let writes = |argument: &Argument| {
                    matches!(argument, Argument::MemoryOut | Argument::ValueOut)
                };
                match helper.change {
                    Change::Nothing if !helper.arguments.iter().any(writes) => Effect::Asks,
                    change => Effect::Calls { moves_packet: change == Change::Packet },
                }
            }
            Self::Invoke { .. } | Self::Checkpoint(_) => Effect::Calls { moves_packet: true },
        }
    }
}
