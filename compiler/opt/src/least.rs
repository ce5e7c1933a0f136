//! What numbers are at least.
//!
//! Lowering hides where a header begins from the kernel's verifier: it writes the number to the
//! stack and reads it again, so that ways with other numbers are one to it. What was written just
//! before is known here all the same.

use std::cell::RefCell;

use rustc_hash::FxHashMap;

use cranelift_entity::SecondaryMap;
use nbpfc_ir::{Block, Effect, Function, Inst, Instruction, Value, ValueDef};

use crate::edit::homes;

/// How many parameters are gone back through; what lies further is not known.
const DEPTH: u32 = 32;

/// The least numbers that values of a function can be.
pub(crate) struct Least {
    homes: SecondaryMap<Value, Option<Block>>,
    /// What parameters may be.
    arguments: FxHashMap<Value, Vec<Value>>,
    /// What was asked already: ways meet again and again.
    known: RefCell<FxHashMap<Value, u64>>,
}

impl Least {
    pub(crate) fn new(function: &Function) -> Self {
        let mut arguments: FxHashMap<Value, Vec<Value>> = FxHashMap::default();
        for &block in &function.layout {
            for call in function.terminator(block).calls() {
                for (&param, &arg) in function.block(call.block).params.iter().zip(&call.args) {
                    arguments.entry(param).or_default().push(arg);
                }
            }
        }
        Self { homes: homes(function), arguments, known: RefCell::default() }
    }

    /// As [`Least::of`], where that is seen at once.
    pub(crate) fn at_once(function: &Function, value: Value) -> Option<u64> {
        let ValueDef::Result(inst) = function.def(value) else { return None };
        match *function.inst(inst) {
            Instruction::Const(_, number) => Some(number),
            Instruction::Read(_) => None,
            _ => Some(0),
        }
    }

    /// A number that a value is not less than.
    pub(crate) fn of(&self, function: &Function, value: Value) -> u64 {
        self.within(function, value, DEPTH)
    }

    fn within(&self, function: &Function, value: Value, depth: u32) -> u64 {
        match function.def(value) {
            ValueDef::Result(inst) => match *function.inst(inst) {
                Instruction::Const(_, number) => number,
                Instruction::Read(_) => self.stored(function, value, inst).unwrap_or(0),
                _ => 0,
            },
            ValueDef::Param(..) => {
                if let Some(known) = self.known.borrow().get(&value) {
                    return *known;
                }
                // What a loop carries around is unknown while it is being worked out.
                self.known.borrow_mut().insert(value, 0);
                let arguments = self.arguments.get(&value).filter(|_| depth > 0);
                let arguments = arguments.into_iter().flatten();
                let least = arguments.map(|arg| self.within(function, *arg, depth - 1)).min();
                let least = least.unwrap_or(0);
                self.known.borrow_mut().insert(value, least);
                least
            }
        }
    }

    /// The constant that was written before, in the same block, where an instruction reads.
    fn stored(&self, function: &Function, value: Value, read: Inst) -> Option<u64> {
        let Instruction::Read(from) = *function.inst(read) else { return None };
        let insts = &function.block(self.homes[value]?).insts;
        let before = insts.iter().rev().skip_while(|inst| **inst != read).skip(1);
        for &inst in before {
            if let Instruction::Write(to, number) = *function.inst(inst)
                && to == from
            {
                let number = function.constant(number)?;
                return Some(number & (u64::MAX >> (64 - 8 * from.width.bytes())));
            }
            if !matches!(function.effect(inst), Effect::Pure | Effect::Reads(_)) {
                return None;
            }
        }
        None
    }
}
