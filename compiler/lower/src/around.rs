//! Headers that are put around packets of a route: they are made on the stack, for the kernel's
//! helper to copy.

use nbpfc_ir::{BinaryOp, Type as Scalar, UnaryOp, Value, Width};
use nbpfc_sema::Type;

use crate::image::Prepared;
use crate::lowering::{Lowering, Parts};

/// Bytes that follow each other, in words of 32 bits as numbers: what is known of them, and the rest.
#[derive(Default)]
struct Words {
    known: Vec<u32>,
    others: Vec<Vec<Value>>,
}

impl Lowering<'_> {
    /// The headers' bytes on the stack, and how many there are.
    pub(crate) fn headers_on_stack(&mut self, headers: &[Prepared<'_>]) -> (Value, u32) {
        let size: u32 = headers.iter().map(|header| header.built.size).sum();
        let count = size.div_ceil(4) as usize;
        let mut words = Words { known: vec![0; count], others: vec![Vec::new(); count] };
        let mut start = 0;
        for header in headers {
            for (at, byte) in (start..).zip(&header.bytes) {
                words.known[at as usize / 4] |= u32::from(*byte) << (24 - at % 4 * 8);
            }
            for (ty, offset, bits, parts) in &header.others {
                self.spread(&mut words, ty, (start * 8 + offset, *bits), parts);
            }
            for sum in &header.built.sums {
                let fields = &self.program.headers[header.built.header].fields;
                let place = start + fields[*sum as usize].offset / 8;
                let number = self.sum_of_words(&words, start, start + header.built.size);
                words.add(self, (place * 8, 16), number);
            }
            start += header.built.size;
        }
        let pointer = self.scratch(size, false);
        for at in 0..size.next_multiple_of(8) / 4 {
            let word = self.word(&words, at as usize);
            let word = self.swap(Width::W4, word);
            self.builder.write_memory(Width::W4, pointer, at * 4, word);
        }
        (pointer, size)
    }

    /// A word, as a number.
    fn word(&mut self, words: &Words, at: usize) -> Value {
        let known = words.known.get(at).copied().unwrap_or(0);
        let mut word = self.builder.const32(known);
        for other in words.others.get(at).into_iter().flatten() {
            word = self.builder.binary(BinaryOp::Or, word, *other);
        }
        word
    }

    /// Adds a field's value, whose first bit and width are given.
    fn spread(&mut self, words: &mut Words, ty: &Type, (offset, bits): (u32, u32), parts: &Parts) {
        match (ty, parts.as_slice()) {
            (Type::Ipv4Addr, &[address]) => {
                let number = self.swap(Width::W4, address);
                words.add(self, (offset, bits), number);
            }
            (Type::MacAddr, &[address]) => {
                let number = self.swap(Width::W8, address);
                let count = self.builder.const64(16);
                let number = self.builder.binary(BinaryOp::Shr, number, count);
                words.add(self, (offset, bits), number);
            }
            (Type::Ipv6Addr, &[high, low]) => {
                for (half, value) in [(0, high), (64, low)] {
                    let number = self.swap(Width::W8, value);
                    words.add(self, (offset + half, 64), number);
                }
            }
            (_, &[number]) => words.add(self, (offset, bits), number),
            _ => {}
        }
    }

    /// The checksum (RFC 1071) of the bytes from an even place to another.
    fn sum_of_words(&mut self, words: &Words, start: u32, end: u32) -> Value {
        let mut sum = self.builder.const32(0);
        for at in (start..end).step_by(2) {
            let word = self.word(words, at as usize / 4);
            let half = match at % 4 {
                0 => self.builder.binary_imm(BinaryOp::Shr, word, 16),
                _ => self.builder.binary_imm(BinaryOp::And, word, 0xffff),
            };
            sum = self.builder.binary(BinaryOp::Add, sum, half);
        }
        self.checksum(sum)
    }
}

impl Words {
    /// Adds a number, of which so many low bits count, at a bit.
    fn add(&mut self, lowering: &mut Lowering<'_>, (offset, bits): (u32, u32), number: Value) {
        let end = offset + bits;
        for at in offset / 32..end.div_ceil(32) {
            let (first, last) = (offset.max(at * 32), end.min(at * 32 + 32));
            // Below the bits that lie in this word there are so many more.
            let piece = match lowering.builder.ty(number) {
                Scalar::I64 => {
                    let count = lowering.builder.const64((end - last).into());
                    let piece = lowering.builder.binary(BinaryOp::Shr, number, count);
                    lowering.builder.unary(UnaryOp::Truncate, piece)
                }
                _ => lowering.builder.binary_imm(BinaryOp::Shr, number, end - last),
            };
            let mask = u32::MAX >> (32 - (last - first));
            let piece = lowering.builder.binary_imm(BinaryOp::And, piece, mask);
            let up = at * 32 + 32 - last;
            let piece = lowering.builder.binary_imm(BinaryOp::Shl, piece, up);
            if let Some(others) = self.others.get_mut(at as usize) {
                others.push(piece);
            }
        }
    }
}
