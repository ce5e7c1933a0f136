//! What depends on the way that control came: which bytes of the stack were written, which views
//! are of the packet as it lies now, what has to be given back.

use std::collections::BTreeSet;

use cranelift_entity::SecondaryMap;
use nbpfc_kernel::{Argument, Helper};

use super::Check;
use crate::dominators::reverse_postorder;
use crate::effect::Effect;
use crate::entity::{Block, Inst, Slot, Value};
use crate::fault::{Problem, User};
use crate::function::ValueDef;
use crate::instruction::{Instruction, Place};
use crate::pointer::Region;
use crate::terminator::Terminator;
use crate::types::Type;

/// What is known at one place, on every way to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct State {
    /// The bytes of slots that were written.
    written: BTreeSet<(Slot, u32)>,
    /// The views of the packet as it lies now; `None` while it cannot have moved.
    views: Option<BTreeSet<Value>>,
    /// What has to be given back: results of calls, or what they became where several ways met.
    held: BTreeSet<Value>,
}

impl State {
    /// What is known where two ways meet.
    fn meet(&mut self, other: &Self) {
        self.written.retain(|byte| other.written.contains(byte));
        if let (Some(views), Some(others)) = (&mut self.views, &other.views) {
            views.retain(|view| others.contains(view));
        }
        self.held.extend(&other.held);
    }
}

impl Check<'_> {
    /// The slot that a pointer leads to, and how far from its start.
    pub(super) fn stack_place(&self, mut pointer: Value) -> Option<(Slot, u32)> {
        let mut from_start = 0u32;
        loop {
            match *self.function.def_inst(pointer)? {
                Instruction::Slot(slot) => return Some((slot, from_start)),
                Instruction::Part { pointer: whole, displacement, .. } => {
                    from_start = from_start.saturating_add(displacement);
                    pointer = whole;
                }
                _ => return None,
            }
        }
    }

    /// What a record or socket is held by: the result of a call, or the parameter of a block that several ways
    /// lead to.
    fn held_from(&self, mut value: Value) -> Option<Value> {
        if !self.function.ty(value).pointer()?.region.is_held() {
            return None;
        }
        loop {
            match self.function.def(value) {
                ValueDef::Result(inst) => match *self.function.inst(inst) {
                    Instruction::Part { pointer, .. } | Instruction::Index { pointer, .. } => {
                        value = pointer;
                    }
                    _ => return Some(value),
                },
                ValueDef::Param(block, _) => {
                    let ends = self.function.layout.iter().map(|b| self.function.terminator(*b));
                    let asked = ends.into_iter().find_map(|end| match *end {
                        Terminator::NonNull { pointer, some, .. } if some == block => Some(pointer),
                        _ => None,
                    });
                    let Some(pointer) = asked else { return Some(value) };
                    value = pointer;
                }
            }
        }
    }

    /// Follows every way until nothing new is found, and then looks at every use.
    pub(super) fn flow(&mut self) {
        let function = self.function;
        let all = || function.layout.iter().flat_map(|block| &function.block(*block).insts);
        let moves =
            |inst: &Inst| matches!(function.effect(*inst), Effect::Calls { moves_packet: true });
        let holds = |inst: &Inst| {
            let pointer = function.ty(function.result(*inst)).pointer();
            pointer.is_some_and(|pointer| pointer.region.is_held())
        };
        let moving = all().any(moves);
        if function.slots.is_empty() && !moving && !all().any(holds) {
            return;
        }
        let order = reverse_postorder(function);
        let mut entries: SecondaryMap<Block, Option<State>> = SecondaryMap::new();
        let views = moving.then(BTreeSet::new);
        entries[function.entry()] = Some(State { views, ..State::default() });
        let mut changed = true;
        while changed {
            changed = false;
            for &block in &order {
                let Some(mut state) = entries[block].clone() else { continue };
                for &inst in &function.block(block).insts {
                    self.step(inst, &mut state);
                }
                for successor in function.terminator(block).successors() {
                    let arriving = self.along(block, successor, state.clone());
                    let entry = &mut entries[successor];
                    let before = entry.clone();
                    match entry {
                        Some(known) => known.meet(&arriving),
                        None => *entry = Some(arriving),
                    }
                    changed |= *entry != before;
                }
            }
        }
        for &block in &order {
            if let Some(state) = entries[block].clone() {
                self.uses(block, state, &entries);
            }
        }
    }

    /// What is known behind an edge.
    fn along(&self, from: Block, to: Block, mut state: State) -> State {
        match self.function.terminator(from) {
            Terminator::Check { ok, .. } if *ok == to => {
                if let Some(views) = &mut state.views {
                    views.extend(self.function.block(to).params.first());
                }
            }
            Terminator::NonNull { pointer, some, none } if *some != to && none.block == to => {
                if let Some(holder) = self.held_from(*pointer) {
                    state.held.remove(&holder);
                }
            }
            _ => {}
        }
        for call in self.function.terminator(from).calls().filter(|call| call.block == to) {
            for (arg, param) in call.args.iter().zip(&self.function.block(to).params) {
                if let Some(holder) = self.held_from(*arg)
                    && state.held.remove(&holder)
                {
                    state.held.insert(*param);
                }
            }
        }
        state
    }

    /// What an instruction changes.
    fn step(&self, inst: Inst, state: &mut State) {
        let function = self.function;
        match *function.inst(inst) {
            Instruction::Write(place, _) => {
                self.write(place.pointer, place.displacement, place.width.bytes(), state);
            }
            Instruction::Call { helper, args, .. } => {
                for (index, kind) in helper.arguments.iter().enumerate() {
                    let value = args.as_slice()[index];
                    match kind {
                        Argument::MemoryOut | Argument::ValueOut => {
                            let size = self.size(helper, args.as_slice(), index);
                            // Without the maps, what they say of sizes is taken on trust.
                            let all = || function.ty(value).pointer().map(|pointer| pointer.size);
                            let size = size.or_else(|| all().filter(|_| self.module.is_none()));
                            if let Some(size) = size {
                                self.write(value, 0, size, state);
                            }
                        }
                        Argument::Record | Argument::Release => {
                            if let Some(holder) = self.held_from(value) {
                                state.held.remove(&holder);
                            }
                        }
                        _ => {}
                    }
                }
                let result = function.result(inst);
                if function.ty(result).pointer().is_some_and(|p| p.region.is_held()) {
                    state.held.insert(result);
                }
            }
            _ => {}
        }
        if matches!(function.effect(inst), Effect::Calls { moves_packet: true })
            && let Some(views) = &mut state.views
        {
            views.clear();
        }
    }

    fn write(&self, pointer: Value, displacement: u32, size: u32, state: &mut State) {
        if let Some((slot, start)) = self.stack_place(pointer) {
            let from = start + displacement;
            state.written.extend((from..from + size).map(|byte| (slot, byte)));
        }
    }

    fn is_written(&self, pointer: Value, displacement: u32, size: u32, state: &State) -> bool {
        self.stack_place(pointer).is_none_or(|(slot, start)| {
            let from = start + displacement;
            (from..from + size).all(|byte| state.written.contains(&(slot, byte)))
        })
    }

    /// How many bytes of memory an argument stands for at least, if that is known.
    fn size(&self, helper: &Helper, args: &[Value], index: usize) -> Option<u32> {
        match helper.arguments[index] {
            Argument::Fixed(size) => Some(size),
            Argument::Memory | Argument::MemoryOrNull | Argument::MemoryOut => {
                let size = self.function.constant(*args.get(index + 1)?)?;
                u32::try_from(size).ok()
            }
            Argument::Key | Argument::Value | Argument::ValueOut => {
                let of = |kind: &Argument| matches!(kind, Argument::Map(_));
                let map = args[helper.arguments.iter().position(of)?];
                let Region::Map(map) = self.function.ty(map).pointer()?.region else { return None };
                let map = self.module?.maps.get(map)?;
                let key = helper.arguments[index] == Argument::Key;
                Some(if key { map.key_size } else { map.value_size })
            }
            _ => None,
        }
    }

    /// Looks at every use in a block.
    fn uses(
        &mut self,
        block: Block,
        mut state: State,
        entries: &SecondaryMap<Block, Option<State>>,
    ) {
        let function = self.function;
        for &inst in &function.block(block).insts {
            for value in function.inst(inst).operands() {
                self.usable(User::Inst(inst), value, &state);
            }
            let written = self.reads_written(inst, &state);
            self.require(written, Problem::Uninitialised(inst));
            self.step(inst, &mut state);
            if let Instruction::Call { helper, .. } = *function.inst(inst)
                && *helper == Helper::TAIL_CALL
            {
                self.nothing_held(User::Inst(inst), &state);
            }
        }
        let user = User::End(block);
        let end = function.terminator(block);
        end.for_each_operand(|value| self.usable(user, value, &state));
        if let Terminator::Return(_) = end {
            self.nothing_held(user, &state);
        }
        for successor in end.successors() {
            let held = self.along(block, successor, state.clone()).held;
            let same = entries[successor].as_ref().is_none_or(|entry| entry.held == held);
            self.require(same, Problem::HeldDiffers(successor));
        }
    }

    fn nothing_held(&mut self, user: User, state: &State) {
        if let Some(&value) = state.held.first() {
            self.problems.push(Problem::Held { user, value });
        }
    }

    /// Whether a value may be used as things are.
    fn usable(&mut self, user: User, value: Value, state: &State) {
        if let (Type::View, Some(views)) = (self.function.ty(value), &state.views) {
            self.require(views.contains(&value), Problem::StaleView { user, value });
        }
        if let Some(holder) = self.held_from(value) {
            self.require(state.held.contains(&holder), Problem::NotHeld { user, value });
        }
    }

    /// Whether what an instruction reads of the stack was written.
    fn reads_written(&self, inst: Inst, state: &State) -> bool {
        let place = |place: Place| {
            self.is_written(place.pointer, place.displacement, place.width.bytes(), state)
        };
        let all = |value: Value| {
            let size = self.function.ty(value).pointer().map_or(0, |pointer| pointer.size);
            self.is_written(value, 0, size, state)
        };
        match *self.function.inst(inst) {
            Instruction::Read(at)
            | Instruction::Atomic { place: at, .. }
            | Instruction::CompareExchange { place: at, .. } => place(at),
            Instruction::Call { helper, args, .. } => {
                let args = args.as_slice();
                (0..args.len()).all(|index| match helper.arguments[index] {
                    Argument::Key
                    | Argument::Value
                    | Argument::Memory
                    | Argument::MemoryOrNull
                    | Argument::Fixed(_) => match self.size(helper, args, index) {
                        Some(size) => self.is_written(args[index], 0, size, state),
                        None => self.module.is_none() || all(args[index]),
                    },
                    _ => true,
                })
            }
            Instruction::Invoke { args, .. } => args.as_slice().iter().all(|value| all(*value)),
            _ => true,
        }
    }
}
