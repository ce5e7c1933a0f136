//! A copy of the function for usual packets: those whose IPv4 header has no options, and that are
//! long enough for what lies behind it.
//!
//! Ports lie behind a header whose length the packet tells: a load, a mask, a shift, a sum and a
//! check before the first of them. Nearly every packet has 20 bytes there. So one check asks for
//! all bytes up to the ports, the first byte of the header is compared with the one that says
//! "version 4, 20 bytes", and the rest are loads at known places, which
//! [`rare`](crate::rare) can make in any order. All other packets go through the function as it
//! was, from its beginning.
//!
//! Sound for the verifier: the copy's loads rest on the longer check, or on checks of their own.
//! Must not: copy a function that does anything, or ask for more bytes than usual packets have.

use cranelift_entity::SecondaryMap;
use nbpfc_ir::{
    BinaryOp, Block, BlockCall, Compare, Function, Instruction, Terminator, Type, Value, Width,
    Windows,
};

use crate::context::Context;
use crate::copy::cost;
use crate::edit::{constant, homes, loop_heads, own_constants};
use crate::rare::likely;
use crate::share;

/// The first byte of an IPv4 header without options, and that header's length.
const PLAIN: u64 = 0x45;
const LENGTH: u32 = 20;

/// The shortest packets that are usual: a TCP segment without data.
const USUAL: u32 = 54;

/// How many instructions a check behind a plain header saves, and how many must be saved for each
/// packet; how many in a small function whose code behind two headers would be one otherwise.
const SAVED: f64 = 3.0;
const WORTH: f64 = 0.2;
const MUCH: f64 = 1.0;

/// How many instructions a small function has.
const SMALL: usize = 32;

/// The most blocks of a function that is copied.
const BLOCKS: usize = 256;

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) -> bool {
    if function.layout.len() > BLOCKS {
        return false;
    }
    let order = context.order(function);
    let entry = function.entry();
    let Terminator::Check { offset: None, length, .. } = *function.terminator(entry) else {
        return false;
    };
    let effects = function.layout.iter().any(|block| function.has_effects(*block));
    if effects || loop_heads(function, &order).values().any(|head| *head) {
        return false;
    }
    let lengths = Lengths::new(function, &order);
    if lengths.homes.is_empty() {
        return false;
    }
    let ends = order.iter().filter_map(|block| match *function.terminator(*block) {
        Terminator::Check { offset: Some(offset), length, .. } if lengths.is(offset) => {
            length.checked_add(LENGTH)
        }
        _ => None,
    });
    let Some(window) = ends.filter(|end| *end <= USUAL).max() else { return false };
    let window = window.max(length);
    let there = lengths.homes.iter().all(|(_, place)| *place < window);
    if window > USUAL || !there || !pays(function, context, &lengths, &order) || !context.rewrite()
    {
        return false;
    }
    Copy::new(function, &lengths, window).make(function, &order);
    context.begins_again(Some(entry));
    function.remove_unreachable();
    own_constants(function);
    true
}

/// Whether so many packets come to what is made cheaper that a copy is worth its size.
fn pays(function: &Function, context: &Context, lengths: &Lengths, order: &[Block]) -> bool {
    let mut weights: SecondaryMap<Block, f64> = function.per_block();
    weights[order[0]] = 1.0;
    for &block in order {
        for to in function.terminator(block).successors() {
            weights[to] += weights[block] * likely(function, block, to);
        }
    }
    let told = |block: &&Block| match function.terminator(**block) {
        Terminator::Check { offset: Some(offset), .. } => lengths.is(*offset),
        _ => false,
    };
    let saved: f64 = order.iter().filter(told).map(|block| SAVED * weights[*block]).sum();
    let size: usize = order.iter().map(|block| cost(function, *block)).sum();
    // What two headers would share, with checks of its own, is to be kept small.
    let shared = !context.short_costs()
        && size <= SMALL
        && saved < MUCH
        && order.iter().filter(told).count() > 1
        && order.iter().filter(told).any(|block| share::has_twin(function, *block));
    saved >= WORTH && !shared
}

/// The values that are lengths of IPv4 headers at known places, and offsets of checks.
struct Lengths {
    /// By value: where in the packet the header's first byte lies.
    of: SecondaryMap<Value, Option<u32>>,
    /// The blocks that compute them, with those places.
    homes: Vec<(Block, u32)>,
}

impl Lengths {
    fn new(function: &Function, order: &[Block]) -> Self {
        let home = homes(function);
        let windows = Windows::new(function);
        let mut this = Self { of: SecondaryMap::new(), homes: Vec::new() };
        for &block in order {
            let Terminator::Check { offset: Some(offset), .. } = *function.terminator(block) else {
                continue;
            };
            let (None, Some(place)) = (this.of[offset], first_byte(function, &windows, offset))
            else {
                continue;
            };
            let Some(home) = home[offset].filter(|home| function.block(*home).params.is_empty())
            else {
                continue;
            };
            this.of[offset] = Some(place);
            if !this.homes.contains(&(home, place)) {
                this.homes.push((home, place));
            }
        }
        this
    }

    fn is(&self, value: Value) -> bool {
        self.of[value].is_some()
    }
}

/// Of a value that is four times the low half of a byte, that byte's place in the packet.
fn first_byte(function: &Function, windows: &Windows, value: Value) -> Option<u32> {
    let binary = |value: Value, wanted: BinaryOp, number: u64| match *function.def_inst(value)? {
        Instruction::Binary(op, a, b) => {
            (op == wanted && function.constant(b) == Some(number)).then_some(a)
        }
        _ => None,
    };
    let byte = binary(binary(value, BinaryOp::Shl, 2)?, BinaryOp::And, 0xf)?;
    let &Instruction::Load { width: Width::W1, view, displacement } = function.def_inst(byte)?
    else {
        return None;
    };
    // What lies behind a header of unknown length has no place that is known.
    matches!(windows.of(view), Some((None, _))).then_some(displacement)
}

/// The copy that is being made.
struct Copy<'a> {
    lengths: &'a Lengths,
    /// How many bytes are known to be there.
    window: u32,
    /// Where the function began, and where packets go that are not usual.
    again: Block,
    /// The block behind the long check, and its view.
    start: Block,
    view: Value,
    blocks: SecondaryMap<Block, Option<Block>>,
    values: SecondaryMap<Value, Option<Value>>,
    /// By view of the function: where its window begins in the copy's.
    further: SecondaryMap<Value, u32>,
}

impl<'a> Copy<'a> {
    /// Begins with the long check.
    fn new(function: &mut Function, lengths: &'a Lengths, window: u32) -> Self {
        let again = function.entry();
        let (first, start) = (function.add_block(), function.add_block());
        let view = function.add_param(start, Type::View);
        let span = function.block(again).span;
        let (offset, length, fail) = (None, window, again.into());
        function.terminate(first, Terminator::Check { offset, length, ok: start, fail }, span);
        function.layout.retain(|block| *block != first);
        function.layout.insert(0, first);
        let (blocks, values) = (SecondaryMap::new(), SecondaryMap::new());
        let further = SecondaryMap::new();
        Self { lengths, window, again, start, view, blocks, values, further }
    }

    /// Where the window of a check lies that is made at a known place.
    fn place(&self, offset: Option<Value>) -> Option<u32> {
        match offset {
            None => Some(0),
            Some(offset) => self.lengths.is(offset).then_some(LENGTH),
        }
    }

    fn value(&self, value: Value) -> Value {
        self.values[value].unwrap_or(value)
    }

    fn call(&self, call: &BlockCall) -> BlockCall {
        let args = call.args.iter().map(|value| self.value(*value)).collect();
        BlockCall { block: self.blocks[call.block].unwrap_or(call.block), args }
    }

    fn make(&mut self, function: &mut Function, order: &[Block]) {
        // Views first: which are the long check's, and how much further on the others begin.
        let mut known: SecondaryMap<Value, bool> = SecondaryMap::new();
        for &block in order {
            if let Terminator::Check { offset, length, ok, .. } = *function.terminator(block)
                && let Some(place) = self.place(offset)
                && let Some(&view) = function.block(ok).params.first()
            {
                self.further[view] = place;
                if place.saturating_add(length) <= self.window {
                    known[view] = true;
                    self.values[view] = Some(self.view);
                }
            }
        }
        for &block in order {
            let copy = function.add_block();
            for param in function.block(block).params.clone() {
                if !known[param] {
                    let ty = function.ty(param);
                    self.values[param] = Some(function.add_param(copy, ty));
                }
            }
            self.blocks[block] = Some(copy);
        }
        for &block in order {
            if let Some(copy) = self.blocks[block] {
                self.fill(function, block, copy, &known);
            }
        }
        let span = function.block(self.again).span;
        let entry = self.blocks[self.again].unwrap_or(self.again);
        function.terminate(self.start, Terminator::Jump(entry.into()), span);
        for &(home, place) in &self.lengths.homes {
            self.ask(function, home, place);
        }
    }

    fn fill(
        &mut self,
        function: &mut Function,
        block: Block,
        copy: Block,
        known: &SecondaryMap<Value, bool>,
    ) {
        for inst in function.block(block).insts.clone() {
            let result = function.result(inst);
            let mut instruction = *function.inst(inst);
            if let Instruction::Load { view, displacement, .. } = &mut instruction {
                *displacement += self.further[*view];
            }
            if self.lengths.is(result) {
                instruction = Instruction::Const(Type::I32, LENGTH.into());
            }
            instruction.map_operands(|value| self.value(value));
            let made = function.append(copy, instruction, function.span(inst));
            self.values[result] = Some(made);
        }
        let mut end = function.terminator(block).clone();
        end.map_operands(|value| self.value(value));
        for call in end.calls_mut() {
            call.block = self.blocks[call.block].unwrap_or(call.block);
        }
        if let Terminator::Check { offset, length, ok, fail } = function.terminator(block) {
            let (ok, fail) = (*ok, self.call(fail));
            let view = function.block(ok).params.first().copied();
            let to = self.blocks[ok].unwrap_or(ok);
            end = match (view.is_some_and(|view| known[view]), self.place(*offset)) {
                (true, _) => Terminator::Jump(to.into()),
                (false, Some(place)) => {
                    let length = length.saturating_add(place);
                    Terminator::Check { offset: None, length, ok: to, fail }
                }
                (false, None) => {
                    let offset = offset.map(|value| self.value(value));
                    Terminator::Check { offset, length: *length, ok: to, fail }
                }
            };
        } else if let Some(evident) = end.evident_mut() {
            *evident = self.blocks[*evident].unwrap_or(*evident);
        }
        let span = function.block(block).span;
        function.terminate(copy, end, span);
    }

    /// Has the copy of a block begin with the question whether the header is plain.
    fn ask(&self, function: &mut Function, home: Block, place: u32) {
        let Some(copy) = self.blocks[home] else { return };
        let rest = function.add_block();
        let span = function.block(copy).span;
        let data = function.block_mut(copy);
        let (insts, end) = (std::mem::take(&mut data.insts), data.terminator.take());
        let to = function.block_mut(rest);
        (to.insts, to.terminator, to.span) = (insts, end, span);
        let load = Instruction::Load { width: Width::W1, view: self.view, displacement: place };
        let a = function.append(copy, load, span);
        let b = constant(function, copy, Type::I32, PLAIN);
        let (then, otherwise) = (rest.into(), self.again.into());
        function.terminate(
            copy,
            Terminator::Branch { compare: Compare::Eq, a, b, then, otherwise },
            span,
        );
    }
}
