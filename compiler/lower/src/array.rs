//! Elements of arrays that are values, by numbers that only the program knows.

use nbpfc_ir::{BinaryOp, Compare, TableData, Type as Scalar, UnaryOp, Value, Width};
use nbpfc_sema::{
    Block, Expr, ExprKind, Layout, LocalId, MAX_LOCAL, Place, Type, Value as Known, Way,
};

use crate::lowering::{Lowering, Parts};
use crate::shape::{fields_before, numbers, shape};

/// All bits set or none, in 32 and in 64 bits.
type Masks = (Value, Value);

impl<'p> Lowering<'p> {
    /// An element of an array; goes on to `absent`, if that is there, for a number that is too great.
    pub(crate) fn pick(
        &mut self,
        array: &'p Expr,
        index: &'p Expr,
        absent: Option<nbpfc_ir::Block>,
    ) -> Parts {
        let Type::Array(element, count) = &array.ty else { return Vec::new() };
        let at = self.expr(index)[0];
        self.open();
        let whole_bytes = element.wire_bits().is_some_and(|bits| bits.is_multiple_of(8));
        if let Some(of) = Self::array_in_packet(array).filter(|_| whole_bytes) {
            // Of what is seen to be one this does not fail; it is what the kernel is shown.
            let at = self.builder.unary(UnaryOp::Extend, at);
            let at = self.builder.bound(at, 0, count - 1, absent.unwrap_or(self.otherwise));
            let at = self.builder.unary(UnaryOp::Truncate, at);
            return self.element_in_packet(of, element, at);
        }
        if let Some(absent) = absent {
            let bound = self.builder.const32(*count);
            let inside = self.builder.block();
            self.builder.branch(Compare::Lt, at, bound, inside, absent);
            self.builder.enter(inside);
        }
        if let (ExprKind::Value(Known::Fields(known)), [scalar]) =
            (&array.kind, shape(self.program, element).as_slice())
            && self.target.has_tables()
        {
            let known =
                known.iter().filter_map(|known| numbers(self.program, element, known).pop());
            let known: Vec<_> = known.collect();
            return vec![self.look_up_in(&known, *scalar, at)];
        }
        let parts = self.expr(array);
        self.open();
        let size = shape(self.program, element).len().max(1);
        let mut all = parts.chunks(size);
        let mut picked = all.next().unwrap_or_default().to_vec();
        for (number, parts) in (1..).zip(all) {
            let is = self.mask_if_equal(at, number);
            for (picked, part) in picked.iter_mut().zip(parts) {
                *picked = self.choose(*picked, *part, is);
            }
        }
        picked
    }

    /// A variable, or a part of one, gets a value.
    pub(crate) fn assign(&mut self, place: &'p Place, parts: &Parts) {
        if self.builder.is_terminated() {
            return;
        }
        let mut ty = &self.frame.body.locals[place.local].ty;
        // Where it may be among the variable's scalars, and which numbers have to be which then. The
        // masks that tell come one by one: all at once they are as much as the array.
        let mut starts: Vec<(usize, Vec<(Value, u32)>)> = vec![(0, Vec::new())];
        for way in &place.path {
            let before = |program, index| fields_before(program, ty, index);
            match way {
                Way::Part(index) => {
                    let further = before(self.program, *index);
                    for (start, _) in &mut starts {
                        *start += further;
                    }
                }
                Way::Element(index) => {
                    let Type::Array(_, count) = ty else { return };
                    let at = self.expr(index)[0];
                    self.open();
                    let mut all = Vec::new();
                    for number in 0..*count {
                        let further = before(self.program, number);
                        for (start, outer) in &starts {
                            let numbers = outer.iter().copied().chain([(at, number)]);
                            all.push((start + further, numbers.collect()));
                        }
                    }
                    starts = all;
                }
            }
            ty = match (way, ty) {
                (Way::Part(index), Type::Struct(id)) => {
                    &self.program.structs[*id].fields[*index as usize].ty
                }
                (_, Type::Array(element, _)) => element,
                _ => return,
            };
        }
        let count = shape(self.program, ty).len();
        let variables = self.local(place.local);
        for (start, numbers) in starts {
            let own = variables.get(start..start + count).unwrap_or_default();
            let mut masks = None;
            for (at, number) in numbers {
                let is = self.mask_to_assign(at, number);
                masks = Some(masks.map_or(is, |outer| self.both_masks(outer, is)));
            }
            let Some(is) = masks else {
                self.set(own, parts);
                continue;
            };
            for (variable, part) in own.iter().zip(parts) {
                let old = self.builder.get(*variable);
                let new = self.choose(old, *part, is);
                self.builder.set(*variable, new);
            }
        }
    }

    /// A loop over the elements of an array: its body, once for each.
    pub(crate) fn items(&mut self, local: LocalId, array: &'p Expr, body: &'p Block) {
        let Type::Array(element, count) = &array.ty else { return };
        if *count > MAX_LOCAL {
            return self.too_many_elements(array.span);
        }
        let parts = self.expr(array);
        self.open();
        let size = shape(self.program, element).len();
        let done = self.builder.block();
        let held = self.held.clone();
        for own in parts.chunks(size.max(1)) {
            if self.is_too_long(array.span) {
                break;
            }
            let next = self.builder.block();
            self.assign_local(local, &own.to_vec());
            self.body(body, next, done, held.len());
            self.now_held(held.clone());
            self.builder.enter(next);
        }
        self.jump(done);
        self.builder.enter(done);
    }

    /// The words of 32 bits that a value is in memory; what belongs to no part of it is zero.
    pub(crate) fn words(&mut self, value: &'p Expr) -> Parts {
        let parts = self.expr(value);
        self.open();
        let layout = Layout::of(self.program, &value.ty);
        let mut words: Vec<Option<Value>> = vec![None; layout.size.div_ceil(4) as usize];
        for (leaf, part) in layout.leaves.iter().zip(parts) {
            for (at, piece) in self.pieces(leaf.bytes, part) {
                let at = leaf.offset + at;
                let piece = self.builder.binary_imm(BinaryOp::Shl, piece, at % 4 * 8);
                let Some(word) = words.get_mut(at as usize / 4) else { continue };
                *word = Some(match *word {
                    Some(before) => self.builder.binary(BinaryOp::Or, before, piece),
                    None => piece,
                });
            }
        }
        let words = words.into_iter();
        words.map(|word| word.unwrap_or_else(|| self.builder.const32(0))).collect()
    }

    /// A scalar of so many bytes as numbers of up to 32 bits, each with where it begins, in bytes.
    fn pieces(&mut self, bytes: u32, part: Value) -> Vec<(u32, Value)> {
        let step = match bytes {
            8 => 4,
            6 => 2,
            4 => return vec![(0, part)],
            fewer => {
                let mask = (1 << (fewer * 8)) - 1;
                return vec![(0, self.builder.binary_imm(BinaryOp::And, part, mask))];
            }
        };
        let mut pieces = Vec::new();
        for at in (0..bytes).step_by(step) {
            let count = self.builder.const64(u64::from(at) * 8);
            let piece = self.builder.binary(BinaryOp::Shr, part, count);
            let piece = self.builder.unary(UnaryOp::Truncate, piece);
            let piece = match step {
                2 => self.builder.binary_imm(BinaryOp::And, piece, 0xffff),
                _ => piece,
            };
            pieces.push((at, piece));
        }
        pieces
    }

    fn both_masks(&mut self, a: Masks, b: Masks) -> Masks {
        let narrow = self.builder.binary(BinaryOp::And, a.0, b.0);
        (narrow, self.builder.binary(BinaryOp::And, a.1, b.1))
    }

    /// The first where no bit of the mask is set, else the second.
    fn choose(&mut self, no: Value, yes: Value, is: Masks) -> Value {
        let is = if self.builder.ty(no) == Scalar::I64 { is.1 } else { is.0 };
        let change = self.builder.binary(BinaryOp::Xor, no, yes);
        let change = self.builder.binary(BinaryOp::And, change, is);
        self.builder.binary(BinaryOp::Xor, no, change)
    }

    fn look_up_in(&mut self, known: &[u64], scalar: Scalar, at: Value) -> Value {
        let most = known.iter().copied().max().unwrap_or(0);
        let fits = |width: &&Width| most <= u64::MAX >> (64 - 8 * width.bytes());
        let wide = if scalar == Scalar::I64 { Width::W8 } else { Width::W4 };
        let width = Width::ALL.iter().find(fits).copied().unwrap_or(wide);
        let table = self.builder.add_table(TableData::of(width, known.iter().copied()));
        let value = self.builder.table(width, table, at);
        match (width.result(), scalar) {
            (Scalar::I32, Scalar::I64) => self.builder.unary(UnaryOp::Extend, value),
            _ => value,
        }
    }

    /// All bits set if a number of less than 32 bits is this one, else none, in 32 and in 64 bits: without ways
    /// that part, each of which the verifier would follow.
    fn mask_if_equal(&mut self, at: Value, number: u32) -> Masks {
        let differs = self.builder.binary_imm(BinaryOp::Xor, at, number);
        let less = self.builder.binary_imm(BinaryOp::Sub, differs, 1);
        let equal = self.builder.binary_imm(BinaryOp::Shr, less, 31);
        let wide = self.builder.unary(UnaryOp::Extend, equal);
        (self.builder.unary(UnaryOp::Neg, equal), self.builder.unary(UnaryOp::Neg, wide))
    }

    /// The same, in another way: where an element is assigned that was read just before, as many masks would
    /// be kept from there to here as the array has elements, on the stack.
    fn mask_to_assign(&mut self, at: Value, number: u32) -> Masks {
        let differs = self.builder.binary_imm(BinaryOp::Sub, at, number);
        let negative = self.builder.unary(UnaryOp::Neg, differs);
        let either = self.builder.binary(BinaryOp::Or, differs, negative);
        let differs = self.builder.binary_imm(BinaryOp::Shr, either, 31);
        let one = self.builder.const32(1);
        let narrow = self.builder.binary(BinaryOp::Sub, differs, one);
        let wide = self.builder.unary(UnaryOp::Extend, differs);
        let one = self.builder.const64(1);
        (narrow, self.builder.binary(BinaryOp::Sub, wide, one))
    }
}
