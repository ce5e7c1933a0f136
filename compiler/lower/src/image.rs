//! Bytes that are written into packets: what is known of them at once, then the rest.

use nbpfc_ir::{BinaryOp, Type as Scalar, UnaryOp, Value, Width};
use nbpfc_sema::{Built, Content, Expr, ExprKind, Type, Value as Known, put_bits, wire_number};

use crate::field::Window;
use crate::lowering::{Lowering, Parts};
use crate::shape::shape;

/// Bytes of the packet as they were.
pub(crate) struct Saved(Vec<(u32, Width, Value)>);

/// A header whose fields have their values.
pub(crate) struct Prepared<'p> {
    pub(crate) built: &'p Built,
    /// The bytes, as far as they are known.
    pub(crate) bytes: Vec<u8>,
    /// The fields that are not: type, first bit, width in bits.
    pub(crate) others: Vec<(Type, u32, u32, Parts)>,
}

impl<'p> Lowering<'p> {
    /// The first bytes of a window.
    pub(crate) fn save(&mut self, window: Window) -> Saved {
        let pieces = chunks(0, window.length);
        let load =
            |(at, width)| (at, width, self.builder.load(width, window.view, window.start + at));
        Saved(pieces.into_iter().map(load).collect())
    }

    /// Writes saved bytes to a window.
    pub(crate) fn restore(&mut self, window: Window, saved: &Saved) {
        for (at, width, value) in &saved.0 {
            self.builder.store(*width, window.view, window.start + at, *value);
        }
    }

    /// The values of a header's fields. `behind` is how many bytes there are behind it, `follows` the
    /// number that says what follows.
    pub(crate) fn prepare(
        &mut self,
        built: &'p Built,
        behind: Value,
        follows: Option<Value>,
    ) -> Prepared<'p> {
        let mut prepared =
            Prepared { built, bytes: vec![0; built.size as usize], others: Vec::new() };
        for field in &built.fields {
            let ty = &field.ty;
            let bits = ty.wire_bits().unwrap_or(0);
            let on_wire = || {
                let all = ty.on_wire().into_iter();
                all.map(|(ty, at)| (ty.wire_bits().unwrap_or(0), field.offset + at, ty))
            };
            let parts = match &field.content {
                Content::Value(Expr { kind: ExprKind::Value(known), .. }) => {
                    for (known, (bits, at, _)) in wire(known).into_iter().zip(on_wire()) {
                        put_bits(&mut prepared.bytes, at, bits, known);
                    }
                    continue;
                }
                Content::Value(value) => {
                    let parts = self.expr(value);
                    self.open();
                    parts
                }
                Content::Size(more) => {
                    let size = match more {
                        0 => behind,
                        more => self.builder.binary_imm(BinaryOp::Add, behind, *more),
                    };
                    vec![self.low_bits(size, bits)]
                }
                Content::Follows => match follows {
                    Some(number) => vec![self.low_bits(number, bits)],
                    None => continue,
                },
            };
            let mut parts = parts.into_iter();
            for (bits, at, ty) in on_wire() {
                let own = parts.by_ref().take(shape(self.program, &ty).len()).collect();
                prepared.others.push((ty, at, bits, own));
            }
        }
        prepared
    }

    fn low_bits(&mut self, number: Value, bits: u32) -> Value {
        if bits >= 32 {
            return number;
        }
        self.builder.binary_imm(BinaryOp::And, number, (1 << bits) - 1)
    }

    /// The first 16 bits of a header, as a number.
    pub(crate) fn first_short(&mut self, prepared: &Prepared<'_>) -> Value {
        let known = prepared.bytes.iter().take(2).fold(0, |n, byte| n << 8 | u32::from(*byte));
        let mut number = self.builder.const32(known);
        for (_, offset, bits, parts) in &prepared.others {
            let &[part] = parts.as_slice() else { continue };
            if offset + bits <= 16 {
                let part = match self.builder.ty(part) {
                    Scalar::I64 => self.builder.unary(UnaryOp::Truncate, part),
                    _ => part,
                };
                let part = self.builder.binary_imm(BinaryOp::Shl, part, 16 - offset - bits);
                number = self.builder.binary(BinaryOp::Or, number, part);
            }
        }
        number
    }

    /// Writes a header to a window.
    pub(crate) fn write_header(&mut self, window: Window, prepared: &Prepared<'_>) {
        let data = &self.program.headers[prepared.built.header];
        for (at, width) in chunks(0, prepared.built.size) {
            let bytes = &prepared.bytes[at as usize..(at + width.bytes()) as usize];
            let known = bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte));
            let known = self.constant(width.result(), known);
            self.builder.store(width, window.view, window.start + at, known);
        }
        for (ty, offset, bits, parts) in &prepared.others {
            self.put(window, ty, *offset, *bits, parts);
        }
        for sum in &prepared.built.sums {
            let at = data.fields[*sum as usize].offset / 8;
            self.write_sum(window, prepared, at);
        }
    }

    /// The checksum of a header (RFC 1071); the bytes of the checksum itself are zero.
    fn write_sum(&mut self, window: Window, prepared: &Prepared<'_>, place: u32) {
        let mut sum = self.builder.const32(0);
        let mut known = 0;
        for at in (0..prepared.built.size).step_by(2) {
            let (first, end) = (at * 8, at * 8 + 16);
            let varies = prepared.others.iter().any(|(_, o, b, _)| *o < end && o + b > first);
            if varies {
                let word = self.sum(window, (at, at + 2));
                sum = self.builder.binary(BinaryOp::Add, sum, word);
            } else {
                let bytes = prepared.bytes.get(at as usize..at as usize + 2);
                let word =
                    bytes.and_then(<[u8]>::first_chunk).map_or(0, |b| u16::from_le_bytes(*b));
                known += u32::from(word);
            }
        }
        let sum = self.builder.binary_imm(BinaryOp::Add, sum, known);
        let sum = self.checksum(sum);
        self.builder.store(Width::W2, window.view, window.start + place, sum);
    }

    /// The checksum (RFC 1071) of words of 16 bits, from their sum.
    pub(crate) fn checksum(&mut self, sum: Value) -> Value {
        let sum = self.folded(sum);
        self.builder.binary_imm(BinaryOp::Xor, sum, 0xffff)
    }
}

/// Widths that cover a range of bytes, each as wide as fits.
fn chunks(mut at: u32, end: u32) -> Vec<(u32, Width)> {
    let widths = [Width::W8, Width::W4, Width::W2, Width::W1];
    let mut chunks = Vec::new();
    while at < end {
        let fits = widths.into_iter().find(|width| width.bytes() <= end - at);
        let width = fits.unwrap_or(Width::W1);
        chunks.push((at, width));
        at += width.bytes();
    }
    chunks
}

/// The bits that packets have of a known value, of each of the values that it consists of.
fn wire(known: &Known) -> Vec<u128> {
    match known {
        Known::Fields(all) => all.iter().flat_map(wire).collect(),
        other => vec![wire_number(other)],
    }
}
