//! The builder's instructions for memory, maps, calls and the context, and the questions about
//! pointers and numbers.

use nbpfc_kernel::{Helper, Member, Returns, SOCKET_SIZE};

use super::FunctionBuilder;
use crate::entity::{Block, Func, Map, Slot, Value};
use crate::function::SlotData;
use crate::instruction::{Args, AtomicOp, Instruction, Place};
use crate::pointer::{Pointer, Region};
use crate::terminator::Terminator;
use crate::types::{Type, Width};

impl FunctionBuilder {
    /// What the function is called with, and what it returns; a program is called with nothing
    /// and returns an `i32`.
    pub fn set_signature(&mut self, params: Vec<Type>, result: Type) {
        self.function.params = params;
        self.function.result = result;
    }

    /// What the function was called with in the place of this number, from 0.
    ///
    /// # Panics
    /// If the signature has no such place.
    pub fn argument(&mut self, index: u8) -> Value {
        let ty = self.function.params[usize::from(index)];
        self.inst(Instruction::Argument(index, ty))
    }

    /// The type of a value that was made here.
    pub fn ty(&self, value: Value) -> Type {
        self.function.ty(value)
    }

    /// So many bytes of stack, whose contents are not known.
    pub fn add_slot(&mut self, size: u32) -> Slot {
        self.function.slots.push(SlotData { size })
    }

    /// A pointer to a slot of the stack.
    pub fn slot(&mut self, slot: Slot) -> Value {
        self.inst(Instruction::Slot(slot))
    }

    /// The program's context.
    pub fn context(&mut self) -> Value {
        self.inst(Instruction::Context)
    }

    /// A map, to call helpers with.
    pub fn map(&mut self, map: Map) -> Value {
        self.inst(Instruction::Map(map))
    }

    /// A pointer to `size` bytes at `offset` of the one value of an array that programs write.
    pub fn global(&mut self, map: Map, offset: u32, size: u32) -> Value {
        self.inst(Instruction::Global { map, offset, size, writable: true })
    }

    /// The same for an array that programs only read.
    pub fn constant_global(&mut self, map: Map, offset: u32, size: u32) -> Value {
        self.inst(Instruction::Global { map, offset, size, writable: false })
    }

    /// A pointer to a part of what a pointer points to: `size` bytes from `displacement` on.
    pub fn part(&mut self, pointer: Value, displacement: u32, size: u32) -> Value {
        self.inst(Instruction::Part { pointer, displacement, size })
    }

    /// A pointer to `size` bytes from where `index`, an `i64` in bytes, says. The verifier must
    /// know that it is small enough, by a mask or by [`Self::bound`].
    pub fn index(&mut self, pointer: Value, index: Value, size: u32) -> Value {
        self.inst(Instruction::Index { pointer, index, size })
    }

    /// Reads memory in the machine's order, which is little-endian.
    pub fn read_memory(&mut self, width: Width, pointer: Value, displacement: u32) -> Value {
        self.inst(Instruction::Read(Place { width, pointer, displacement }))
    }

    /// Writes memory; `value` has the type that a read of that width gives.
    pub fn write_memory(&mut self, width: Width, pointer: Value, displacement: u32, value: Value) {
        self.inst(Instruction::Write(Place { width, pointer, displacement }, value));
    }

    /// Sets bytes of the packet: the lowest byte of `value` comes first.
    pub fn store(&mut self, width: Width, view: Value, displacement: u32, value: Value) {
        self.inst(Instruction::Store { width, view, displacement, value });
    }

    /// Changes 4 or 8 bytes of memory at once.
    pub fn atomic(&mut self, op: AtomicOp, place: Place, value: Value) {
        self.inst(Instruction::Atomic { op, place, value, fetch: false });
    }

    /// Changes 4 or 8 bytes of memory at once; what was there before.
    pub fn fetch(&mut self, op: AtomicOp, place: Place, value: Value) -> Value {
        self.inst(Instruction::Atomic { op, place, value, fetch: true })
    }

    /// Puts `value` into 4 or 8 bytes of memory if `expected` is there; what was there before.
    pub fn compare_exchange(&mut self, place: Place, expected: Value, value: Value) -> Value {
        self.inst(Instruction::CompareExchange { place, expected, value })
    }

    /// A member of the context.
    pub fn member(&mut self, member: Member) -> Value {
        self.inst(Instruction::Member(member))
    }

    /// Sets a member of the context.
    pub fn set_member(&mut self, member: Member, value: Value) {
        self.inst(Instruction::SetMember(member, value));
    }

    /// Calls a helper that returns what `result` says, such as the value of a map, perhaps null.
    ///
    /// # Panics
    /// If there are more than five arguments.
    pub fn call(&mut self, helper: &'static Helper, args: &[Value], result: Type) -> Value {
        let args = Args::new(args).expect("at most five arguments");
        self.inst(Instruction::Call { helper, args, result })
    }

    /// Calls a helper whose result's type its row tells, or the constant length that it is called
    /// with: all but those that return a value of a map.
    ///
    /// # Panics
    /// If there are more than five arguments.
    pub fn call_helper(&mut self, helper: &'static Helper, args: &[Value]) -> Value {
        let result = match helper.returns {
            Returns::Nothing => Type::Void,
            Returns::Number | Returns::Truth | Returns::Value | Returns::ValueOrNull => Type::I64,
            Returns::SocketOrNull => {
                Type::Pointer(Pointer::new(Region::Socket, SOCKET_SIZE).or_null())
            }
            Returns::RecordOrNull => {
                let length = args.get(1).and_then(|length| self.function.constant(*length));
                let size = length.and_then(|length| u32::try_from(length).ok());
                Type::Pointer(Pointer::new(Region::Record, size.unwrap_or(0)).or_null())
            }
        };
        self.call(helper, args, result)
    }

    /// Calls [`Helper::MAP_LOOKUP_ELEM`] of a map whose values have this size; the value, perhaps
    /// null.
    pub fn lookup(&mut self, map: Map, key: Value, value_size: u32) -> Value {
        let map = self.map(map);
        let result = Type::Pointer(Pointer::new(Region::Value, value_size).or_null());
        self.call(&Helper::MAP_LOOKUP_ELEM, &[map, key], result)
    }

    /// Does nothing, in so many steps; see [`Instruction::Checkpoint`].
    pub fn checkpoint(&mut self, steps: u8) {
        self.inst(Instruction::Checkpoint(steps));
    }

    /// Calls a function of the module, whose result has this type.
    ///
    /// # Panics
    /// If there are more than five arguments.
    pub fn invoke(&mut self, function: Func, args: &[Value], result: Type) -> Value {
        let args = Args::new(args).expect("at most five arguments");
        self.inst(Instruction::Invoke { function, args, result })
    }

    /// Ends the current block with the question whether a pointer is null; goes on in a new block,
    /// sealed and current, where the returned pointer is known not to be.
    pub fn non_null(&mut self, pointer: Value, none: Block) -> Value {
        let ty = match self.function.ty(pointer) {
            Type::Pointer(pointer) => Type::Pointer(pointer.non_null()),
            // The validator says what is wrong.
            other => other,
        };
        self.ask(ty, |some| Terminator::NonNull { pointer, some, none: none.into() })
    }

    /// Ends the current block with the question whether a number, an `i64`, lies between two
    /// others; goes on in a new block, sealed and current, where the returned number is known to.
    pub fn bound(&mut self, value: Value, low: u32, high: u32, outside: Block) -> Value {
        self.ask(Type::I64, |inside| Terminator::Bound {
            value,
            low,
            high,
            inside,
            outside: outside.into(),
        })
    }
}
