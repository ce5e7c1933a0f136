//! Which of a packet's bytes a load reads: those that came, or what a write left.
//!
//! Loads of the same bytes are equal if nothing is written on any way between them, though much
//! may be written elsewhere in the function.

use cranelift_entity::SecondaryMap;
use nbpfc_ir::{Block, Class, Effect, Function, Inst, Value, Written};

/// A state of the packet's bytes; within one round of a loop the same name is the same state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Version {
    /// As the packet came.
    Start,
    /// As left by one of the ways that meet there.
    Join(Block),
    /// As left by an instruction.
    Behind(Inst),
}

/// Whether an instruction changes the packet, or may.
pub(crate) fn changes(effect: Effect) -> bool {
    matches!(effect, Effect::Writes(Class::Packet) | Effect::Calls { moves_packet: true })
}

/// The versions that a function's blocks begin with.
pub(crate) struct Versions {
    at: SecondaryMap<Block, Option<Version>>,
}

impl Versions {
    /// Works them out, for blocks in reverse postorder; `written` tells whether there are any but
    /// the first.
    pub(crate) fn new(function: &Function, order: &[Block], written: bool) -> Self {
        let mut at: SecondaryMap<Block, Option<Version>> = function.per_block();
        if !written {
            return Self { at };
        }
        let last = |block: Block| {
            let insts = function.block(block).insts.iter().rev().copied();
            insts.map(|inst| (inst, function.effect(inst))).find(|(_, effect)| changes(*effect))
        };
        let mut joined: SecondaryMap<Block, bool> = function.per_block();
        at[function.entry()] = Some(Version::Start);
        let mut changed = true;
        while std::mem::take(&mut changed) {
            for &block in order {
                let Some(begin) = at[block] else { continue };
                let end = last(block).map_or(begin, |(inst, _)| Version::Behind(inst));
                for to in function.terminator(block).successors() {
                    let meet = match at[to] {
                        _ if joined[to] => continue,
                        None => end,
                        Some(other) if other == end => continue,
                        Some(_) => {
                            joined[to] = true;
                            Version::Join(to)
                        }
                    };
                    at[to] = Some(meet);
                    changed = true;
                }
            }
        }
        Self { at }
    }

    /// The version that a block begins with.
    pub(crate) fn at(&self, block: Block) -> Version {
        self.at[block].unwrap_or(Version::Start)
    }

    /// By value that was read from the packet: the version.
    /// None where nothing is written.
    pub(crate) fn of_values(
        &self,
        function: &Function,
        written: Written,
    ) -> SecondaryMap<Value, Option<Version>> {
        let mut of: SecondaryMap<Value, Option<Version>> = SecondaryMap::new();
        if !written.writes_packet() {
            return of;
        }
        for &block in &function.layout {
            let mut version = self.at(block);
            for &inst in &function.block(block).insts {
                let effect = function.effect(inst);
                if effect == Effect::Reads(Class::Packet) {
                    of[function.result(inst)] = Some(version);
                }
                if changes(effect) {
                    version = Version::Behind(inst);
                }
            }
        }
        of
    }
}
