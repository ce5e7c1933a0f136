//! How much of the packet every way to acceptance asks for.
//!
//! A backward dataflow. For one verdict, the *rejecting* one, it gives each block a statement:
//! "if fewer than `n` bytes from offset `x` on are there, control that enters this block ends
//! with the rejecting verdict". A check whose failure means that verdict can ask for `n` bytes at
//! once, and one that a later check or load repeats can be left out.

use cranelift_entity::SecondaryMap;

use crate::dominators::Dominators;
use crate::entity::{Block, Value};
use crate::function::{Function, ValueDef};
use crate::instruction::Instruction;
use crate::terminator::{BlockCall, Terminator};

/// How many offsets a block's statement keeps; more are forgotten, which is always right.
const KEPT: usize = 8;

/// What stands for a question to the packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Checks do: where their `fail` leads is what a short packet gets.
    Checks,
    /// Loads do: each ends the program with the rejecting verdict where its bytes are missing.
    Loads,
}

/// What a block, or an edge, asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// The rejecting verdict follows whatever the packet is.
    Rejects,
    /// By offset (`None`: the packet's start), the length without which the verdict is the
    /// rejecting one. An offset that is not listed has length 0.
    Lengths(Vec<(Option<Value>, u32)>),
}

impl Need {
    /// The length asked for at an offset; `None` if there is no acceptance to ask for it.
    pub fn length(&self, offset: Option<Value>) -> Option<u32> {
        match self {
            Self::Rejects => None,
            Self::Lengths(list) => {
                Some(list.iter().find(|(o, _)| *o == offset).map_or(0, |(_, length)| *length))
            }
        }
    }

    /// What holds on both of two ways.
    fn meet(self, other: Self) -> Self {
        match (self, other) {
            (Self::Rejects, other) | (other, Self::Rejects) => other,
            (Self::Lengths(mut a), Self::Lengths(b)) => {
                let at = |offset| b.iter().find(|(o, _)| *o == offset).map_or(0, |(_, len)| *len);
                for (offset, length) in &mut a {
                    *length = at(*offset).min(*length);
                }
                a.retain(|(_, length)| *length > 0);
                Self::Lengths(a)
            }
        }
    }

    /// What holds where this does and a window is asked for first.
    fn ask(&mut self, offset: Option<Value>, length: u32) {
        if let Self::Lengths(list) = self {
            let room = list.len() < KEPT;
            match list.iter_mut().find(|(o, _)| *o == offset) {
                Some((_, known)) => *known = length.max(*known),
                None if room => list.push((offset, length)),
                None => {}
            }
        }
    }
}

/// The windows that views are of.
#[derive(Clone, Debug)]
pub struct Windows(SecondaryMap<Value, Option<(Option<Value>, u32)>>);

impl Windows {
    /// Collects them from the checks in the layout.
    ///
    /// # Panics
    /// If a block in the layout is not finished.
    pub fn new(function: &Function) -> Self {
        let mut windows: SecondaryMap<Value, Option<(Option<Value>, u32)>> = function.per_value();
        for &block in &function.layout {
            if let Terminator::Check { offset, length, ok, .. } = function.terminator(block)
                && let Some(&view) = function.block(*ok).params.first()
            {
                windows[view] = Some((*offset, *length));
            }
        }
        Self(windows)
    }

    /// A view's offset and length in bytes; `None` for what no check hands over.
    pub fn of(&self, view: Value) -> Option<(Option<Value>, u32)> {
        self.0[view]
    }
}

/// The statements for one function and one rejecting verdict.
#[derive(Clone, Debug)]
pub struct Demand {
    reject: u32,
    entries: SecondaryMap<Block, Option<Need>>,
}

impl Demand {
    /// Computes them, `reject` being the rejecting verdict.
    ///
    /// # Panics
    /// If a block that can be reached is not finished.
    pub fn new(
        function: &Function,
        dominators: &Dominators,
        reject: u32,
        evidence: Evidence,
    ) -> Self {
        let mut this = Self { reject, entries: function.per_block() };
        let windows = Windows::new(function);
        // Without a loop the second round finds nothing new. With one, statements only get weaker.
        loop {
            let mut changed = false;
            for &block in dominators.reverse_postorder().iter().rev() {
                let need = this.compute(function, &windows, block, evidence);
                changed |= this.entries[block].as_ref() != Some(&need);
                this.entries[block] = Some(need);
            }
            if !changed {
                return this;
            }
        }
    }

    /// What control that enters a block asks for. A block that was not there, or could not be
    /// reached, rejects.
    pub fn at(&self, block: Block) -> &Need {
        self.entries[block].as_ref().unwrap_or(&Need::Rejects)
    }

    /// What a jump asks for, its arguments considered.
    pub fn along(&self, function: &Function, call: &BlockCall) -> Need {
        match verdict(function, call) {
            Some(verdict) if verdict == self.reject => Need::Rejects,
            Some(_) => Need::Lengths(Vec::new()),
            None => self.at(call.block).clone(),
        }
    }

    fn compute(
        &self,
        function: &Function,
        windows: &Windows,
        block: Block,
        evidence: Evidence,
    ) -> Need {
        let data = function.block(block);
        let mut need = match function.terminator(block) {
            Terminator::Jump(call) => self.along(function, call),
            Terminator::Branch { then, otherwise, .. } => {
                self.along(function, then).meet(self.along(function, otherwise))
            }
            Terminator::Check { offset, length, ok, fail } => {
                let mut need = self.at(*ok).clone();
                if evidence == Evidence::Checks {
                    need.ask(*offset, *length);
                }
                need.meet(self.along(function, fail))
            }
            Terminator::NonNull { some, none, .. } => {
                self.at(*some).clone().meet(self.along(function, none))
            }
            Terminator::Bound { inside, outside, .. } => {
                self.at(*inside).clone().meet(self.along(function, outside))
            }
            Terminator::Return(value) => match function.constant(*value) {
                Some(verdict) if verdict == u64::from(self.reject) => Need::Rejects,
                _ => Need::Lengths(Vec::new()),
            },
        };
        // What is done before the packet is found to be short must be done all the same.
        let first = data.insts.iter().position(|inst| function.effect(*inst).is_needed());
        if first.is_some() {
            need = Need::Lengths(Vec::new());
        }
        if evidence == Evidence::Loads {
            for &inst in &data.insts[..first.unwrap_or(data.insts.len())] {
                if let Instruction::Load { width, view, displacement } = *function.inst(inst)
                    && let Some((offset, _)) = windows.of(view)
                {
                    need.ask(offset, displacement.saturating_add(width.bytes()));
                }
            }
        }
        // A value made here has no meaning before.
        if let Need::Lengths(list) = &mut need {
            list.retain(|(offset, _)| match offset.map(|value| function.def(value)) {
                None => true,
                Some(ValueDef::Param(home, _)) => home != block,
                Some(ValueDef::Result(inst)) => !data.insts.contains(&inst),
            });
        }
        need
    }
}

/// What a jump ends with, if it leads to nothing but a return: the number.
pub fn verdict(function: &Function, call: &BlockCall) -> Option<u32> {
    let target = function.block(call.block);
    let Some(Terminator::Return(value)) = target.terminator else { return None };
    if function.has_effects(call.block) {
        return None;
    }
    let value = match function.def(value) {
        ValueDef::Param(home, index) if home == call.block => *call.args.get(index as usize)?,
        _ => value,
    };
    function.constant(value).map(|number| number as u32)
}

#[cfg(test)]
mod tests;
