//! Memory that other programs see: elements of maps, global variables.

use nbpfc_ir::{
    AtomicOp as Op, BinaryOp, Block, Map, Place as Memory, Region, Type as Scalar, UnaryOp, Value,
    Width,
};
use nbpfc_kernel::{Argument, Helper, KeyKind};
use nbpfc_sema::{
    Atomic, AtomicOp, BinaryOp as Operator, Expr, ExprKind, HelperId, Int, Layout, Leaf, MapId,
    Type, VarId, field_offset, size_of,
};

use crate::global::Global;
use crate::layout::{place, pointer};
use crate::lowering::{Lowering, Parts};

/// `BPF_NOEXIST`: an element is made, and not changed if it is there.
const NOEXIST: u64 = 1;

/// A number with so many low bits, fewer than 64.
const fn low(bits: u32) -> u64 {
    (1 << bits) - 1
}

impl<'p> Lowering<'p> {
    /// A place as a pointer and bytes behind it.
    fn place_of(&mut self, expr: &'p Expr) -> (Value, u32) {
        if let ExprKind::Part(base, index) = &expr.kind
            && let Some(whole) = base.ty.place()
        {
            let (pointer, displacement) = self.place_of(base);
            return (pointer, displacement + field_offset(self.program, whole, *index));
        }
        if let ExprKind::At(base, index) = &expr.kind
            && let Some(Type::Array(element, count)) = base.ty.place()
        {
            return (self.element_place(base, index, element, *count), 0);
        }
        let parts = self.expr(expr);
        self.open();
        (parts[0], 0)
    }

    /// The place of an element of an array in memory.
    fn element_place(
        &mut self,
        base: &'p Expr,
        index: &'p Expr,
        element: &Type,
        count: u32,
    ) -> Value {
        let index = self.expr(index)[0];
        self.open();
        let (pointer, displacement) = self.place_of(base);
        let size = size_of(self.program, element);
        let whole = self.builder.part(pointer, displacement, size * count);
        // It is one of the array's, so this does not fail; it is what the kernel is shown.
        let index = self.builder.unary(UnaryOp::Extend, index);
        let index = self.builder.bound(index, 0, count - 1, self.otherwise);
        let size64 = self.builder.const64(size.into());
        let at = self.builder.binary(BinaryOp::Mul, index, size64);
        self.builder.index(whole, at, size)
    }

    /// A place as a pointer.
    pub(crate) fn part(&mut self, expr: &'p Expr) -> Value {
        let (whole, displacement) = self.place_of(expr);
        let size = expr.ty.place().map_or(1, |inner| pointer(self.program, inner).size);
        self.builder.part(whole, displacement, size)
    }

    /// What lies at a place.
    pub(crate) fn deref(&mut self, place: &'p Expr) -> Parts {
        let Some(ty) = place.ty.place() else { return Vec::new() };
        let (pointer, displacement) = self.place_of(place);
        self.load_from(pointer, displacement, ty)
    }

    pub(crate) fn load_from(&mut self, pointer: Value, displacement: u32, ty: &Type) -> Parts {
        let layout = Layout::of(self.program, ty);
        let leaves = layout.leaves.iter();
        leaves.map(|leaf| self.load_leaf(pointer, displacement + leaf.offset, leaf)).collect()
    }

    fn load_leaf(&mut self, pointer: Value, at: u32, leaf: &Leaf) -> Value {
        // On the stack everything has to be aligned.
        let is_stack =
            self.builder.ty(pointer).pointer().is_some_and(|to| to.region == Region::Stack);
        let together = |width: &Width| !is_stack || at.is_multiple_of(width.bytes());
        let Some(width) = Width::of_bytes(leaf.bytes).filter(together) else {
            return self.load_pieces(pointer, at, leaf.bytes, is_stack);
        };
        let value = self.builder.read_memory(width, pointer, at);
        let int = match &leaf.ty {
            Type::Int(int) => *int,
            Type::Enum(id) => self.program.enums[*id].repr,
            Type::Bool => Int { bits: 1, signed: false },
            _ => return value,
        };
        // Others may have written more than the type has.
        let bits = u32::from(int.bits);
        let value = if bits < leaf.bytes * 8 {
            let mask = self.constant(width.result(), low(bits));
            self.builder.binary(BinaryOp::And, value, mask)
        } else {
            value
        };
        if int.signed && bits != width.result().bits() {
            self.extend_sign(int, int, value)
        } else {
            value
        }
    }

    /// A number of more than 4 bytes that is not read at once.
    fn load_pieces(&mut self, pointer: Value, at: u32, bytes: u32, is_aligned: bool) -> Value {
        let mut pieces = Vec::new();
        let mut done = 0;
        while done < bytes {
            let mut widths = [Width::W4, Width::W2, Width::W1].into_iter();
            let fits = |width: &Width| {
                done + width.bytes() <= bytes
                    && (!is_aligned || (at + done).is_multiple_of(width.bytes()))
            };
            let width = widths.find(fits).unwrap_or(Width::W1);
            pieces.push((8 * done, self.builder.read_memory(width, pointer, at + done)));
            done += width.bytes();
        }
        for (_, piece) in &mut pieces {
            *piece = self.builder.unary(UnaryOp::Extend, *piece);
        }
        let mut pieces = pieces.into_iter();
        let first = pieces.next().map_or_else(|| self.builder.const64(0), |(_, piece)| piece);
        pieces.fold(first, |low, (count, piece)| {
            let count = self.builder.const64(count.into());
            let high = self.builder.binary(BinaryOp::Shl, piece, count);
            self.builder.binary(BinaryOp::Or, high, low)
        })
    }

    fn store_to(&mut self, pointer: Value, displacement: u32, ty: &Type, parts: &[Value]) {
        let layout = Layout::of(self.program, ty);
        for (leaf, part) in layout.leaves.iter().zip(parts) {
            self.store_leaf(pointer, displacement + leaf.offset, leaf.bytes, *part);
        }
    }

    fn store_leaf(&mut self, pointer: Value, at: u32, bytes: u32, part: Value) {
        // On the stack everything has to be aligned.
        if bytes == 8 && !at.is_multiple_of(8) {
            let low = self.builder.unary(UnaryOp::Truncate, part);
            let count = self.builder.const64(32);
            let high = self.builder.binary(BinaryOp::Shr, part, count);
            let high = self.builder.unary(UnaryOp::Truncate, high);
            self.builder.write_memory(Width::W4, pointer, at, low);
            return self.builder.write_memory(Width::W4, pointer, at + 4, high);
        }
        if let Some(width) = Width::of_bytes(bytes) {
            return self.builder.write_memory(width, pointer, at, part);
        }
        for index in 0..3 {
            let count = self.builder.const64(16 * index);
            let piece = self.builder.binary(BinaryOp::Shr, part, count);
            let piece = self.builder.unary(UnaryOp::Truncate, piece);
            self.builder.write_memory(Width::W2, pointer, at + 2 * index as u32, piece);
        }
    }

    /// Bytes of the stack, so many at least, all zero if that is asked for.
    pub(crate) fn scratch(&mut self, size: u32, clear: bool) -> Value {
        let size = size.next_multiple_of(8);
        let slot = self.builder.add_slot(size);
        let pointer = self.builder.slot(slot);
        if clear {
            self.clear(pointer, size);
        }
        pointer
    }

    /// Sets so many bytes to zero.
    pub(crate) fn clear(&mut self, pointer: Value, size: u32) {
        let mut at = 0;
        for width in [Width::W8, Width::W4, Width::W2, Width::W1] {
            let zero = self.constant(width.result(), 0);
            while at + width.bytes() <= size {
                self.builder.write_memory(width, pointer, at, zero);
                at += width.bytes();
            }
        }
    }

    /// A value on the stack.
    pub(crate) fn spill(&mut self, ty: &Type, parts: &[Value]) -> Value {
        let layout = Layout::of(self.program, ty);
        let pointer = self.scratch(layout.size, layout.is_padded());
        self.store_to(pointer, 0, ty, parts);
        pointer
    }

    /// A value on the stack.
    pub(crate) fn on_stack(&mut self, value: &'p Expr) -> Value {
        let parts = self.expr(value);
        self.open();
        self.spill(&value.ty, &parts)
    }

    /// The element under a key, made of zeros if there is none; goes on to `absent` if there is
    /// still none.
    pub(crate) fn obtain(&mut self, id: MapId, args: &'p [Expr], absent: Block) -> Value {
        let data = &self.program.maps[id];
        let (held, args) = self.held_map(args);
        let Some(key) = args.first() else { return self.builder.const64(0) };
        let key = self.on_stack(key);
        let element = pointer(self.program, &data.value);
        let map = |lowering: &mut Self| held.unwrap_or_else(|| lowering.builder.map(number(id)));
        let look_up = |lowering: &mut Self| {
            let args = [map(lowering), key];
            let result = Scalar::Pointer(element.or_null());
            lowering.builder.call(&Helper::MAP_LOOKUP_ELEM, &args, result)
        };
        let found = look_up(self);
        if data.kind.key() == KeyKind::Index {
            return self.builder.non_null(found, absent);
        }
        let result = self.builder.variable(place(self.program, &data.value));
        let [none, done] = [self.builder.block(), self.builder.block()];
        let there = self.builder.non_null(found, none);
        self.builder.set(result, there);
        self.builder.jump(done);
        self.builder.enter(none);
        let new = self.scratch(element.size, true);
        // If another processor was faster, its element is the one.
        let flags = self.builder.const64(NOEXIST);
        let args = [map(self), key, new, flags];
        self.builder.call_helper(&Helper::MAP_UPDATE_ELEM, &args);
        let found = look_up(self);
        let there = self.builder.non_null(found, absent);
        self.builder.set(result, there);
        self.builder.jump(done);
        self.builder.enter(done);
        self.builder.get(result)
    }

    /// A call of a helper; what it gives, as the language's type.
    pub(crate) fn ask(&mut self, id: HelperId, args: &'p [Expr], expr: &'p Expr) -> Parts {
        let function = &self.program.helpers[id];
        self.asks(function, expr.span);
        let held = args.iter().take_while(|arg| arg.ty == Type::Socket).count();
        let (held, args) = args.split_at(held);
        let sockets: Vec<_> = held.iter().filter_map(|arg| self.expr(arg).pop()).collect();
        let mut sockets = sockets.into_iter();
        let (in_memory, others) = args.split_at(function.in_memory.min(args.len()));
        let memory = (!in_memory.is_empty()).then(|| self.in_network_order(in_memory));
        let mut numbers = Vec::new();
        for arg in others {
            let parts = self.expr(arg);
            self.open();
            let Type::Int(int) = arg.ty else { continue };
            numbers.push(self.convert(int, Int { bits: 64, ..int }, parts[0]));
        }
        let mut numbers = numbers.into_iter();
        let arguments = function.row.arguments.iter().filter_map(|argument| match argument {
            Argument::Context => Some(self.builder.context()),
            Argument::Socket => sockets.next(),
            Argument::Memory => memory.map(|(slot, _)| slot),
            Argument::Size(_) => memory.map(|(_, size)| self.builder.const64(size.into())),
            _ => numbers.next(),
        });
        let arguments: Vec<_> = arguments.collect();
        let result = self.builder.call_helper(function.row, &arguments);
        match function.result {
            Type::Int(int) => vec![self.convert(Int::U64, int, result)],
            Type::Verdict(_) => vec![self.convert(Int::U64, Int::U32, result)],
            Type::Bool => self.is_zero(result),
            Type::Optional(_) => vec![result],
            _ => Vec::new(),
        }
    }

    /// The place of a global variable.
    pub(crate) fn global(&mut self, var: VarId) -> Value {
        let data = &self.program.vars[var];
        // The sections are in the order of `sections`, and an empty one is left out.
        let is_other = |global: &Global| !global.constant && global.size > 0;
        let second = data.constant && self.globals.iter().any(is_other);
        let map = Map::from_u32(self.program.maps.len() as u32 + u32::from(second));
        let offset = self.globals[var.as_u32() as usize].offset;
        let size = pointer(self.program, &data.ty).size;
        if data.constant {
            self.builder.constant_global(map, offset, size)
        } else {
            self.builder.global(map, offset, size)
        }
    }

    /// `place = value;`, `place op= value;`
    pub(crate) fn store(
        &mut self,
        place: &'p Expr,
        compute: Option<(Operator, Int)>,
        value: &'p Expr,
    ) {
        let Some(ty) = place.ty.place() else { return };
        let new = self.expr(value);
        self.open();
        let (pointer, displacement) = self.place_of(place);
        let (Some((op, int)), Type::Int(stored)) = (compute, ty) else {
            return self.store_to(pointer, displacement, ty, &new);
        };
        let old = self.load_from(pointer, displacement, ty)[0];
        let old = self.convert(*stored, int, old);
        let result = self.arithmetic(op, int, old, new[0]);
        let result = self.convert(int, *stored, result);
        self.store_to(pointer, displacement, ty, &[result]);
    }

    /// An atomic change; what was there before, if that is used.
    pub(crate) fn atomic(&mut self, atomic: &'p Atomic) -> Parts {
        let mut value = self.expr(&atomic.value)[0];
        let expected = match &atomic.op {
            AtomicOp::CompareExchange(expected) => Some(self.expr(expected)[0]),
            _ => None,
        };
        self.open();
        let (pointer, displacement) = self.place_of(&atomic.target);
        let width = match self.builder.ty(value) {
            Scalar::I64 => Width::W8,
            _ => Width::W4,
        };
        let place = Memory { width, pointer, displacement };
        let op = match atomic.op {
            AtomicOp::Add => Op::Add,
            AtomicOp::Sub => {
                value = self.builder.unary(UnaryOp::Neg, value);
                Op::Add
            }
            AtomicOp::And => Op::And,
            AtomicOp::Or => Op::Or,
            AtomicOp::Xor => Op::Xor,
            AtomicOp::Exchange | AtomicOp::CompareExchange(_) => Op::Exchange,
        };
        if let Some(expected) = expected {
            return vec![self.builder.compare_exchange(place, expected, value)];
        }
        if atomic.fetch || op == Op::Exchange {
            return vec![self.builder.fetch(op, place, value)];
        }
        self.builder.atomic(op, place, value);
        Vec::new()
    }
}

/// The map of the module.
pub(crate) fn number(map: MapId) -> Map {
    Map::from_u32(map.as_u32())
}
