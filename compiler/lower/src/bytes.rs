//! Bytes of the packet that no header declares, each read behind a check of its own.
//!
//! Bytes are where they begin. What is not there begins where no packet has anything.

use nbpfc_ir::{Block, Compare, Type as Scalar, Value, Width};
use nbpfc_kernel::Field;
use nbpfc_sema::{Expr, ExprKind, HeaderId, Part, Type};

use crate::field::FURTHEST;
use crate::lowering::Lowering;

/// Where no packet has a byte, and from where sums do not come back to where one has.
const NOWHERE: u32 = 1 << 30;

impl<'p> Lowering<'p> {
    /// Where the bytes behind a header begin.
    pub(crate) fn payload(&mut self, base: &'p Expr, carriers: &[HeaderId]) -> Value {
        if let Type::Header(header) = base.ty {
            let offset = self.expr(base)[0];
            self.open();
            return self.end(header, offset);
        }
        let place = *self.payload.place.get_or_insert_with(|| self.builder.variable(Scalar::I32));
        if !self.payload.known {
            let found =
                self.place_or_nowhere(|lowering, absent| lowering.find_end(carriers, absent));
            self.builder.set(place, found);
            self.payload.known = true;
        }
        self.builder.get(place)
    }

    /// Looks for the bytes that a loop asks for in each round before the first: they stay where they are.
    pub(crate) fn payload_before(&mut self, parts: &[Part<'p>]) {
        if self.payload.known || self.frame.moves {
            return;
        }
        let mut wanted = None;
        for part in parts {
            part.each(&mut |part| {
                if let Part::Expr(Expr { kind: ExprKind::Payload(base, carriers), .. }) = part
                    && let Type::Packet(_) = base.ty
                {
                    wanted = Some((&**base, carriers.as_slice()));
                }
            });
        }
        if let Some((base, carriers)) = wanted {
            self.payload(base, carriers);
        }
    }

    /// A place that `f` gives, unless it goes on to the block it is handed.
    fn place_or_nowhere(&mut self, f: impl FnOnce(&mut Self, Block) -> Value) -> Value {
        let result = self.builder.variable(Scalar::I32);
        let [absent, done] = [self.builder.block(), self.builder.block()];
        let place = f(self, absent);
        self.builder.set(result, place);
        self.builder.jump(done);
        self.builder.enter(absent);
        let nowhere = self.builder.const32(NOWHERE);
        self.builder.set(result, nowhere);
        self.builder.jump(done);
        self.builder.enter(done);
        self.builder.get(result)
    }

    /// A place further on by a number; goes on to `absent` if that is too great.
    fn reach(&mut self, start: Value, index: &'p Expr, absent: Block) -> Value {
        let further = self.expr(index)[0];
        self.open();
        if self.builder.known(further).is_none() {
            let bound = self.builder.const32(FURTHEST);
            let near = self.builder.block();
            self.builder.branch(Compare::Le, further, bound, near, absent);
            self.builder.enter(near);
        }
        self.further_by(start, further)
    }

    /// Where a part of bytes begins.
    pub(crate) fn slice(&mut self, base: &'p Expr, from: &'p Expr) -> Value {
        let start = self.expr(base)[0];
        self.open();
        self.place_or_nowhere(|lowering, absent| lowering.reach(start, from, absent))
    }

    /// How many bytes there are from a place to the packet's end.
    pub(crate) fn length(&mut self, bytes: &'p Expr) -> Value {
        let start = self.expr(bytes)[0];
        self.open();
        let end = self.builder.meta(Field::Length);
        let result = self.builder.variable(Scalar::I32);
        let [some, none, done] = [(); 3].map(|()| self.builder.block());
        self.builder.branch(Compare::Gt, end, start, some, none);
        self.builder.enter(some);
        let length = self.builder.binary(nbpfc_ir::BinaryOp::Sub, end, start);
        self.builder.set(result, length);
        self.builder.jump(done);
        self.builder.enter(none);
        let zero = self.builder.const32(0);
        self.builder.set(result, zero);
        self.builder.jump(done);
        self.builder.enter(done);
        self.builder.get(result)
    }

    /// A number among bytes; goes on to `absent` where it is not there.
    pub(crate) fn number_at(
        &mut self,
        bytes: &'p Expr,
        index: &'p Expr,
        ty: &Type,
        absent: Block,
    ) -> Value {
        let start = self.expr(bytes)[0];
        self.open();
        let width = match ty {
            Type::Optional(inner) => inner.wire_bits().unwrap_or(8) / 8,
            _ => 1,
        };
        let width = Width::of_bytes(width).unwrap_or(Width::W1);
        if let Type::Bytes(Some(count)) = bytes.ty {
            let further = self.expr(index)[0];
            self.open();
            let there = self.builder.block();
            match count.checked_sub(width.bytes()) {
                Some(last) => {
                    let last = self.builder.const32(last);
                    self.builder.branch(Compare::Le, further, last, there, absent);
                }
                None => self.builder.jump(absent),
            }
            self.builder.enter(there);
        }
        let at = self.reach(start, index, absent);
        let position = self.position(at);
        let view = self.builder.check(position.base, position.constant + width.bytes(), absent);
        let raw = self.builder.load(width, view, position.constant);
        self.swap(width, raw)
    }

    /// Ends the current block: whether bytes are there and begin with others.
    pub(crate) fn begins_with(
        &mut self,
        bytes: &'p Expr,
        text: &[u8],
        then: Block,
        otherwise: Block,
    ) {
        let start = self.expr(bytes)[0];
        self.open();
        let position = self.position(start);
        let length = text.len() as u32;
        let view = self.builder.check(position.base, position.constant + length, otherwise);
        for (at, width) in pieces(text.len()) {
            let piece = text.get(at..at + width.bytes() as usize).unwrap_or_default();
            let known = piece.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte));
            let raw = self.builder.load(width, view, position.constant + at as u32);
            let known = self.constant(width.result(), known);
            let next = self.builder.block();
            self.builder.branch(Compare::Eq, raw, known, next, otherwise);
            self.builder.enter(next);
        }
        self.builder.jump(then);
    }
}

/// Loads that read so many bytes, as few as there are: the last two may overlap.
fn pieces(length: usize) -> Vec<(usize, Width)> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < length {
        let left = length - at;
        let whole = [Width::W8, Width::W4, Width::W2, Width::W1];
        let over = whole.iter().rev().find(|w| w.bytes() as usize >= left);
        match over {
            Some(&width) if width.bytes() as usize <= length => {
                pieces.push((length - width.bytes() as usize, width));
                return pieces;
            }
            _ => {
                let fits = whole.into_iter().find(|w| w.bytes() as usize <= left);
                let width = fits.unwrap_or(Width::W1);
                pieces.push((at, width));
                at += width.bytes() as usize;
            }
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::pieces;

    #[test]
    fn few_loads_read_all_bytes() {
        for length in 1..=64 {
            let pieces = pieces(length);
            let read = |byte| {
                pieces.iter().any(|(at, width)| (*at..at + width.bytes() as usize).contains(&byte))
            };
            assert!((0..length).all(read), "{length}");
            assert!(pieces.iter().all(|(at, width)| at + width.bytes() as usize <= length));
            assert!(pieces.len() <= length.div_ceil(8) + 1, "{length}");
        }
    }
}
