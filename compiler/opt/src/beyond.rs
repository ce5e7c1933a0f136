//! Rejects at once what has a bit that no accepted packet has.
//!
//! `src host 192.0.2.1` finds the address of IPv4 at 26 and that of ARP at 28: bytes 28 and 29 are
//! the address's second half or its first half. Whatever the packet's type is, one with another bit
//! there is rejected, and nearly every packet has one. So that is asked first, of two bytes, and
//! the type only of what is left.
//!
//! Which bits may be set is worked out from the ends: all of them where a packet is accepted, none
//! where it is rejected; behind a comparison for equality only those of the number; where ways
//! part, those of either.
//!
//! Sound for the verifier: the bytes lie in the window of the first check.
//! Must not: ask for bits that many packets lack; pass by what is done.

use cranelift_entity::SecondaryMap;
use nbpfc_ir::{BinaryOp, Block, Compare, Function, Instruction, Terminator, Type, Width, Windows};

use crate::context::Context;
use crate::edit::{Equality, constant, loop_heads, own_constants, plain_return, terminate};
use crate::rare::{cost, likely};

/// How many bytes at the beginning of a packet are looked at.
const BYTES: usize = 64;

/// How many bits of two bytes must be such that having one rejects.
const BITS: u32 = 8;

/// How many instructions a packet must take without it.
const WORTH: f64 = 3.5;

/// How many tests are compared with one another.
const TESTS: usize = 32;

/// Where an Ethernet header has the type of its payload, which is not as random as that.
const TYPE: usize = 12;

/// By byte, the bits that may be set.
type Bits = [u8; BYTES];

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) -> bool {
    let Terminator::Check { offset: None, length, ok, .. } = *function.terminator(function.entry())
    else {
        return false;
    };
    let windows = Windows::new(function);
    if !asks_twice(function, &windows) {
        return false;
    }
    let order = context.order(function);
    let effects = function.layout.iter().any(|block| function.has_effects(*block));
    if effects || loop_heads(function, &order).values().any(|head| *head) {
        return false;
    }
    let mut ends: Vec<(Block, u64)> = Vec::new();
    for &block in &*order {
        if let Some(number) = plain_return(function, block)
            && ends.iter().all(|(_, other)| *other != number)
        {
            ends.push((block, number));
        }
    }
    let found = ends.into_iter().find_map(|(end, number)| {
        let allowed = allowed(function, &windows, &order, ok, number);
        let last = (length as usize).min(BYTES) - 1;
        let foreign = |at: usize| u64::from(!allowed[at]) | u64::from(!allowed[at + 1]) << 8;
        let at = (0..last).filter(|at| *at != TYPE).max_by_key(|at| foreign(*at).count_ones())?;
        (foreign(at).count_ones() >= BITS).then(|| (end, at, foreign(at)))
    });
    let Some((end, at, foreign)) = found else { return false };
    let Some(&view) = function.block(ok).params.first() else { return false };
    if expected(function, &order, ok) < WORTH || !context.rewrite() {
        return false;
    }
    let span = function.block(ok).span;
    let rest = function.add_block();
    let data = function.block_mut(ok);
    let (insts, last) = (std::mem::take(&mut data.insts), data.terminator.take());
    let to = function.block_mut(rest);
    (to.insts, to.terminator, to.span) = (insts, last, span);
    let load = Instruction::Load { width: Width::W2, view, displacement: at as u32 };
    let a = function.append(ok, load, span);
    let b = constant(function, ok, Type::I32, foreign);
    let (compare, then, otherwise) = (Compare::Clear, rest.into(), end.into());
    terminate(function, ok, Terminator::Branch { compare, a, b, then, otherwise });
    own_constants(function);
    true
}

/// A test for equality of bytes of the packet with a number.
struct Test {
    displacement: usize,
    width: usize,
    mask: u64,
    number: u64,
    /// Where only packets go that have the number, if there is such a block.
    equal: Option<Block>,
}

impl Test {
    fn of(function: &Function, windows: &Windows, block: Block) -> Option<Self> {
        let Equality { a, b, equal, other } = Equality::of(function, block)?;
        let number = function.constant(b)?;
        let (load, mask) = match *function.def_inst(a)? {
            Instruction::Binary(BinaryOp::And, load, mask) => (load, function.constant(mask)?),
            _ => (a, u64::MAX),
        };
        let &Instruction::Load { width, view, displacement } = function.def_inst(load)? else {
            return None;
        };
        let (None, _) = windows.of(view)? else { return None };
        let (displacement, width) = (displacement as usize, width.bytes() as usize);
        let equal = Some(equal.block).filter(|equal| *equal != other.block);
        Some(Self { displacement, width, mask, number, equal })
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.displacement < other.displacement
            && other.displacement < self.displacement + self.width
    }

    /// Takes away the bits that are not the number's.
    fn narrow(&self, bits: &mut Bits) {
        for at in 0..self.width {
            let of = |number: u64| (number >> (8 * at)) as u8;
            if let Some(byte) = bits.get_mut(self.displacement + at) {
                *byte &= of(self.number) | !of(self.mask);
            }
        }
    }
}

/// Whether two tests compare some bytes and bytes that begin within those.
fn asks_twice(function: &Function, windows: &Windows) -> bool {
    let tests = function.layout.iter().filter_map(|block| Test::of(function, windows, *block));
    let tests: Vec<Test> = tests.filter(|test| test.width > 2).take(TESTS).collect();
    tests.iter().any(|test| tests.iter().any(|other| test.overlaps(other)))
}

/// The bits that may be set in packets that come to a block and do not end with a verdict.
fn allowed(function: &Function, windows: &Windows, order: &[Block], from: Block, no: u64) -> Bits {
    let mut known: SecondaryMap<Block, Option<Bits>> = function.per_block();
    for &block in order.iter().rev() {
        let mut all = match function.terminator(block) {
            Terminator::Return(value) if function.constant(*value) != Some(no) => [0xff; BYTES],
            _ => [0; BYTES],
        };
        let test = Test::of(function, windows, block);
        for to in function.terminator(block).successors() {
            let mut bits = known[to].unwrap_or([0xff; BYTES]);
            if let Some(test) = test.as_ref().filter(|test| test.equal == Some(to)) {
                test.narrow(&mut bits);
            }
            all.iter_mut().zip(bits).for_each(|(all, bits)| *all |= bits);
        }
        known[block] = Some(all);
    }
    known[from].unwrap_or([0xff; BYTES])
}

/// About how many instructions packets take from a block on.
fn expected(function: &Function, order: &[Block], from: Block) -> f64 {
    let mut weights: SecondaryMap<Block, f64> = function.per_block();
    weights[from] = 1.0;
    let mut sum = 0.0;
    for &block in order {
        sum += weights[block] * cost(function, block);
        for to in function.terminator(block).successors() {
            weights[to] += weights[block] * likely(function, block, to);
        }
    }
    sum
}
