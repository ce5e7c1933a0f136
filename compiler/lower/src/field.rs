//! Fields of headers: from bits in the packet to numbers.

use nbpfc_ir::{BinaryOp, Block, Instruction, Type as Scalar, UnaryOp, Value, Width};
use nbpfc_sema::{Expr, ExprKind, HeaderField, HeaderId, Int, MAX_LOCAL, Type};
use nbpfc_source::{Code, Diagnostic, Span};

use crate::lowering::{Lowering, Parts};
use crate::number::scalar;

/// As far behind the start of bytes programs look: what the kernel's verifier lets them.
pub(crate) const FURTHEST: u32 = 0xffff;

/// A place in the packet: a number that the program computes, if there is one, plus a constant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Position {
    pub(crate) base: Option<Value>,
    pub(crate) constant: u32,
}

/// The bytes of a header that are there for sure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) view: Value,
    /// Where the header begins in the view, in bytes.
    pub(crate) start: u32,
    /// How many bytes of it are there.
    pub(crate) length: u32,
}

impl<'p> Lowering<'p> {
    /// An offset as a base and a constant, so that what rests on one base shares its evidence.
    pub(crate) fn position(&self, offset: Value) -> Position {
        if let Some(constant) = self.builder.known(offset) {
            return Position { base: None, constant: constant as u32 };
        }
        if let Some(&Instruction::Binary(BinaryOp::Add, base, b)) = self.builder.def(offset)
            && let Some(constant) = self.builder.known(b)
        {
            return Position { base: Some(base), constant: constant as u32 };
        }
        Position { base: Some(offset), constant: 0 }
    }

    /// A place further on by a constant.
    pub(crate) fn further(&mut self, offset: Value, bytes: u32) -> Value {
        let Position { base, constant } = self.position(offset);
        match base {
            None => self.builder.const32(constant + bytes),
            Some(base) => self.builder.binary_imm(BinaryOp::Add, base, constant + bytes),
        }
    }

    /// A place further on by a number of up to [`FURTHEST`].
    pub(crate) fn further_by(&mut self, offset: Value, length: Value) -> Value {
        if let Some(bytes) = self.builder.known(length) {
            return self.further(offset, bytes as u32);
        }
        let Position { base, constant } = self.position(offset);
        let base = match base {
            Some(base) => self.builder.binary(BinaryOp::Add, base, length),
            // A sum of the program's own may have wrapped: it is not taken apart.
            None if self.position(length).constant != 0 => {
                self.builder.binary_imm(BinaryOp::And, length, FURTHEST)
            }
            None => length,
        };
        match constant {
            0 => base,
            constant => self.builder.binary_imm(BinaryOp::Add, base, constant),
        }
    }

    /// The first bytes of the header at an offset.
    pub(crate) fn window(&mut self, offset: Value, length: u32) -> Window {
        let Position { base, constant } = self.position(offset);
        // The header was found, so this does not fail; it is what the kernel is shown.
        let view = self.builder.check(base, constant + length, self.otherwise);
        Window { view, start: constant, length }
    }

    /// A field of the header at an offset.
    pub(crate) fn field(&mut self, offset: Value, header: HeaderId, index: u32) -> Parts {
        let field = &self.program.headers[header].fields[index as usize];
        if field.condition.is_none() {
            let (window, at) = self.bytes_of(offset, header, index, self.otherwise);
            return self.load(window, &field.ty, at);
        }
        let optional = Type::Optional(Box::new(field.ty.clone()));
        let result = self.variables(&optional);
        let zeros = self.zeros(&optional);
        self.set(&result, &zeros);
        let done = self.builder.block();
        let parts = self.conditional_field(offset, header, index, done);
        let one = self.builder.const32(1);
        let parts: Parts = [one].into_iter().chain(parts).collect();
        self.set(&result, &parts);
        self.builder.jump(done);
        self.builder.enter(done);
        self.get(&result)
    }

    /// The array of a header that an expression is, if it is always there.
    pub(crate) fn array_in_packet(expr: &'p Expr) -> Option<(&'p Expr, HeaderId, u32)> {
        match (&expr.kind, &expr.ty) {
            (ExprKind::Field(base, header, field), Type::Array(..)) => {
                Some((base, *header, *field))
            }
            _ => None,
        }
    }

    /// An element of an array of a header; the number of one of which the program knows it has whole
    /// bytes.
    pub(crate) fn element_in_packet(
        &mut self,
        (base, header, field): (&'p Expr, HeaderId, u32),
        element: &Type,
        at: Value,
    ) -> Parts {
        let offset = self.expr(base)[0];
        self.open();
        let bits = element.wire_bits().unwrap_or(0);
        if let Some(index) = self.builder.known(at) {
            let (window, first) = self.bytes_of(offset, header, field, self.otherwise);
            return self.load(window, element, first + index as u32 * bits);
        }
        let start = self.field_place(offset, header, field);
        let at = self.builder.binary_imm(BinaryOp::Mul, at, bits / 8);
        let place = self.further_by(start, at);
        let window = self.window(place, bits / 8);
        self.load(window, element, 0)
    }

    /// Reports an array that is too long to be a value.
    pub(crate) fn is_value(&mut self, ty: &Type, span: Span) {
        let ty = if let Type::Optional(inner) = ty { inner } else { ty };
        if ty.on_wire().len() > MAX_LOCAL as usize {
            let message = format!("an array of more than {MAX_LOCAL} elements is no value");
            let error = Diagnostic::error(Code::TargetLimit, message, self.file, span);
            self.report(error.help("take one of its elements: `….name[i]`"));
        }
    }

    /// A field that may be missing; goes on to `absent` if it is.
    pub(crate) fn conditional_field(
        &mut self,
        offset: Value,
        header: HeaderId,
        index: u32,
        absent: Block,
    ) -> Parts {
        let field = &self.program.headers[header].fields[index as usize];
        if let Some(condition) = &field.condition {
            let there = self.builder.block();
            self.within(offset, |lowering| lowering.branch(condition, there, absent));
            self.builder.enter(there);
        }
        let (window, at) = self.bytes_of(offset, header, index, absent);
        self.load(window, &field.ty, at)
    }

    /// Bytes that have a field of the header at an offset, if it is there, and at which bit of them it
    /// begins; goes on to `absent` where the packet ends before.
    fn bytes_of(
        &mut self,
        offset: Value,
        header: HeaderId,
        index: u32,
        absent: Block,
    ) -> (Window, u32) {
        let data = &self.program.headers[header];
        let field = &data.fields[index as usize];
        if field.is_fixed() {
            return (self.window(offset, data.fixed), field.offset);
        }
        let start = self.field_place(offset, header, index);
        let first = field.offset % 8;
        let length = (first + field.ty.wire_bits().unwrap_or(8)).div_ceil(8);
        let position = self.position(start);
        let view = self.builder.check(position.base, position.constant + length, absent);
        (Window { view, start: position.constant, length }, first)
    }

    /// Asks whether the fields of the header at an offset that are always there lie in the packet.
    pub(crate) fn fields_there(&mut self, offset: Value, header: HeaderId, absent: Block) {
        let data = &self.program.headers[header];
        let position = self.position(offset);
        if data.fixed > 0 {
            self.builder.check(position.base, position.constant + data.fixed, absent);
        }
        // What lies behind fields that may be missing may lie further on.
        let always =
            |field: &HeaderField| field.condition.is_none() && field.ty.wire_bits().is_some();
        let last = data.fields.iter().rposition(always);
        if let Some(last) = last.filter(|last| !data.fields[*last].is_fixed()) {
            let outer = std::mem::replace(&mut self.otherwise, absent);
            self.bytes_of(offset, header, last as u32, absent);
            self.otherwise = outer;
        }
    }

    /// Where a field of the header at an offset begins, if it is there.
    pub(crate) fn field_place(&mut self, offset: Value, header: HeaderId, index: u32) -> Value {
        let field = &self.program.headers[header].fields[index as usize];
        let mut start = self.further(offset, field.offset / 8);
        for before in &field.behind {
            start = self.behind(offset, header, *before, start);
        }
        start
    }

    /// The place behind a field that may be missing.
    pub(crate) fn behind(
        &mut self,
        offset: Value,
        header: HeaderId,
        index: u32,
        start: Value,
    ) -> Value {
        let field = &self.program.headers[header].fields[index as usize];
        let Some(condition) = &field.condition else { return start };
        let present = self.within(offset, |lowering| lowering.expr(condition));
        let bytes = field.ty.wire_bits().unwrap_or(0) / 8;
        let length = self.builder.binary_imm(BinaryOp::Mul, present[0], bytes);
        self.further_by(start, length)
    }

    /// Runs `f` with the header at an offset as the one that its declaration speaks of.
    pub(crate) fn within<R>(&mut self, offset: Value, f: impl FnOnce(&mut Self) -> R) -> R {
        let outer = (self.this.replace(offset), std::mem::replace(&mut self.foreign, true));
        let result = f(self);
        (self.this, self.foreign) = outer;
        result
    }

    /// A value of a type whose first bit is so many bits behind the start of the window's header.
    pub(crate) fn load(&mut self, window: Window, ty: &Type, offset: u32) -> Parts {
        let byte = offset / 8;
        match ty {
            Type::Array(element, count) => {
                let bits = element.wire_bits().unwrap_or(0);
                let at = |index| offset + index * bits;
                (0..*count).flat_map(|index| self.load(window, element, at(index))).collect()
            }
            Type::Ipv4Addr if offset.is_multiple_of(8) => {
                vec![self.builder.load(Width::W4, window.view, window.start + byte)]
            }
            Type::MacAddr if offset.is_multiple_of(8) => vec![self.mac(window, byte)],
            Type::Ipv6Addr if offset.is_multiple_of(8) => [0, 8]
                .map(|half| self.builder.load(Width::W8, window.view, window.start + byte + half))
                .to_vec(),
            Type::Ipv4Addr => {
                let number = self.bits(window, offset, Int::U32);
                vec![self.swap(Width::W4, number)]
            }
            Type::MacAddr => {
                let number = self.bits(window, offset, Int { bits: 48, signed: false });
                let sixteen = self.builder.const64(16);
                let number = self.builder.binary(BinaryOp::Shl, number, sixteen);
                vec![self.swap(Width::W8, number)]
            }
            Type::Ipv6Addr => [0, 64]
                .map(|half| {
                    let number = self.bits(window, offset + half, Int::U64);
                    self.swap(Width::W8, number)
                })
                .to_vec(),
            Type::Int(int) => {
                let unsigned = self.bits(window, offset, Int { signed: false, ..*int });
                let whole = u32::from(int.bits) == scalar(*int).bits();
                if int.signed && !whole {
                    vec![self.extend_sign(*int, *int, unsigned)]
                } else {
                    vec![unsigned]
                }
            }
            _ => vec![self.bits(window, offset, Int { bits: 1, signed: false })],
        }
    }

    /// Six bytes in the order of the wire.
    fn mac(&mut self, window: Window, byte: u32) -> Value {
        let at = window.start + byte;
        if byte + 8 <= window.length {
            let eight = self.builder.load(Width::W8, window.view, at);
            let mask = self.builder.const64((1 << 48) - 1);
            return self.builder.binary(BinaryOp::And, eight, mask);
        }
        let four = self.builder.load(Width::W4, window.view, at);
        let two = self.builder.load(Width::W2, window.view, at + 4);
        let [four, two] = [four, two].map(|half| self.builder.unary(UnaryOp::Extend, half));
        let count = self.builder.const64(32);
        let high = self.builder.binary(BinaryOp::Shl, two, count);
        self.builder.binary(BinaryOp::Or, high, four)
    }

    /// An unsigned number from anywhere in the window's header, by one load where there is one that
    /// lies within.
    fn bits(&mut self, window: Window, offset: u32, int: Int) -> Value {
        let bits = u32::from(int.bits);
        let (first, last) = (offset / 8, (offset + bits - 1) / 8);
        let span = last - first + 1;
        let Some(&width) =
            Width::ALL.iter().find(|w| w.bytes() >= span && w.bytes() <= window.length)
        else {
            return self.halves(window, offset, int);
        };
        let start = first.min(window.length - width.bytes());
        let raw = self.builder.load(width, window.view, window.start + start);
        let mut value = self.swap(width, raw);
        let above = offset - start * 8;
        let below = (start + width.bytes()) * 8 - offset - bits;
        if below > 0 {
            let count = self.constant(width.result(), u64::from(below));
            value = self.builder.binary(BinaryOp::Shr, value, count);
        }
        // A load of up to 4 bytes is zero-extended: above it nothing is to be taken away.
        if above > 0 {
            let mask = self.constant(width.result(), u64::MAX >> (64 - bits));
            value = self.builder.binary(BinaryOp::And, value, mask);
        }
        match (width.result(), scalar(int)) {
            (Scalar::I64, Scalar::I32) => self.builder.unary(UnaryOp::Truncate, value),
            (Scalar::I32, Scalar::I64) => self.builder.unary(UnaryOp::Extend, value),
            _ => value,
        }
    }

    /// A number that no single load has: its upper half, up to a byte's end, and the rest.
    fn halves(&mut self, window: Window, offset: u32, int: Int) -> Value {
        let bits = u32::from(int.bits);
        let upper = upper_half(offset, bits);
        let lower = bits - upper;
        let part = |bits: u32| Int { bits: bits as u8, signed: false };
        let high = self.bits(window, offset, part(upper));
        let high = self.convert(part(upper), int, high);
        let low = self.bits(window, offset + upper, part(lower));
        let low = self.convert(part(lower), int, low);
        let count = self.constant(scalar(int), u64::from(lower));
        let high = self.builder.binary(BinaryOp::Shl, high, count);
        self.builder.binary(BinaryOp::Or, high, low)
    }
}

/// How many bits the upper half of a number at an offset has that no single load has: up to a byte's
/// end.
pub(crate) fn upper_half(offset: u32, bits: u32) -> u32 {
    ((offset + bits / 2).next_multiple_of(8) - offset).min(bits - 1).max(1)
}
