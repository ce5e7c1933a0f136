//! Where ways meet, what the kernel's verifier knows of each is forgotten.
//!
//! It goes each way on its own, and stops where it knows what it knew there before. A program of
//! many statements has more ways than it follows, unless those that meet are one from there on: so
//! what variables hold becomes unknown to it, the packet is looked at anew, and a state is kept. In
//! a small program that costs more than it saves.

use nbpfc_ir::{BinaryOp, Type as Scalar, UnaryOp, Value, Variable, Width};

use crate::lowering::{Found, Lowering};

/// So many blocks may lie between two such places.
const BLOCKS: usize = 24;

/// The verifier keeps a state if it came by 8 instructions and 2 jumps since the last one, and in a
/// loop if it came by 20 jumps (`is_state_visited`): without, the rounds between two states that it
/// keeps are gone through in all combinations of their ways. The kernel drops jumps to what follows
/// (`opt_remove_nops`).
const STEPS: u8 = 8;
const STEPS_IN_LOOP: u8 = 20;

impl Lowering<'_> {
    /// A zero that the verifier takes for any number of 32 bits.
    pub(crate) fn unknown_zero(&mut self) -> Value {
        let one = self.builder.const32(1);
        let one = self.through_stack(Width::W4, one);
        let minus = self.builder.const32(u32::MAX);
        self.builder.binary(BinaryOp::Add, one, minus)
    }

    /// Of such a zero of 64 bits.
    pub(crate) fn unknown_wide_zero(&mut self) -> Value {
        let zero = self.unknown_zero();
        let low = self.builder.unary(UnaryOp::Extend, zero);
        let count = self.builder.const64(32);
        let high = self.builder.binary(BinaryOp::Shl, low, count);
        self.builder.binary(BinaryOp::Or, high, low)
    }

    /// Keeps such a zero where it is at hand, for programs whose ways are to meet.
    pub(crate) fn prepare_to_settle(&mut self) {
        let zero = self.unknown_zero();
        let slot = self.builder.add_slot(8);
        let memory = self.builder.slot(slot);
        // In two halves: of a whole the verifier would remember which number it is.
        self.builder.write_memory(Width::W4, memory, 0, zero);
        self.builder.write_memory(Width::W4, memory, 4, zero);
        self.settling = Some(slot);
    }

    /// A statement has ended, and with it perhaps many ways.
    pub(crate) fn settle_behind(&mut self) {
        if !self.builder.is_terminated() && self.builder.block_count() >= self.settled + BLOCKS {
            self.settle(self.around > 0);
        }
    }

    /// Ways meet here, those of a loop's rounds or others.
    pub(crate) fn settle(&mut self, loops: bool) {
        if self.settling.is_none() || self.builder.is_terminated() {
            return;
        }
        self.keep_state(loops);
        let variables = self.in_scope.clone();
        self.forget(&variables);
        let found: Vec<Found> = self.known.clone().iter().map(|id| self.memory(*id)).collect();
        for found in found {
            self.forget(&[found.present, found.offset]);
        }
        if let Some(place) = self.payload.place.filter(|_| self.payload.known) {
            self.forget(&[place]);
        }
        self.settled = self.builder.block_count();
    }

    /// The verifier keeps what it knows here.
    pub(crate) fn keep_state(&mut self, loops: bool) {
        if self.settling.is_some() {
            let loops = loops || self.around > 0;
            self.builder.checkpoint(if loops { STEPS_IN_LOOP } else { STEPS });
        }
    }

    /// The verifier forgets what variables hold.
    pub(crate) fn forget(&mut self, variables: &[Variable]) {
        let Some(slot) = self.settling else { return };
        let mut zeros = [None; 2];
        for variable in variables {
            let value = self.builder.get(*variable);
            let ty = self.builder.ty(value);
            let (width, zero) = match ty {
                Scalar::I32 => (Width::W4, &mut zeros[0]),
                Scalar::I64 => (Width::W8, &mut zeros[1]),
                _ => continue,
            };
            let zero = *zero.get_or_insert_with(|| {
                let memory = self.builder.slot(slot);
                self.builder.read_memory(width, memory, 0)
            });
            let value = self.builder.binary(BinaryOp::Add, zero, value);
            self.builder.set(*variable, value);
        }
    }
}
