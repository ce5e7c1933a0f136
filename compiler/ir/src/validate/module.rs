//! What only the whole module tells: its maps, and which functions call which.

use cranelift_entity::SecondaryMap;

use super::Check;
use crate::entity::Func;
use crate::fault::{Fault, Problem};
use crate::function::{Function, Module};
use crate::instruction::Instruction;

/// What is wrong with the maps.
pub(super) fn maps(module: &Module) -> Vec<Fault> {
    let wrong = module.maps.wrong().iter().map(|map| (*map, &module.maps[*map]));
    wrong
        .map(|(map, data)| Fault {
            function: data.name.clone(),
            problem: Problem::Map(map),
            line: data.to_string(),
        })
        .collect()
}

/// The functions that a function calls.
fn callees(function: &Function) -> impl Iterator<Item = Func> {
    let insts = function.layout.iter().flat_map(|block| &function.block(*block).insts);
    insts.filter_map(|inst| match *function.inst(*inst) {
        Instruction::Invoke { function, .. } => Some(function),
        _ => None,
    })
}

impl Check<'_> {
    /// Whether calls lead back here, and whether a function that is called is fit for that.
    pub(super) fn invocations(&mut self) {
        let Some(module) = self.module else { return };
        let function = self.function;
        let is_this = |f: Func| {
            module.functions.get(f.as_u32() as usize).is_some_and(|f| std::ptr::eq(f, function))
        };
        let called = module.functions.iter().flat_map(callees).any(is_this);
        for &inst in function.layout.iter().flat_map(|block| &function.block(*block).insts) {
            match *function.inst(inst) {
                Instruction::Context => self.require(!called, Problem::ContextInFunction(inst)),
                Instruction::Invoke { function: callee, .. } => {
                    let recursive = reached(module, callee).any(is_this);
                    self.require(!recursive, Problem::Recursion(inst));
                }
                _ => {}
            }
        }
    }
}

/// A function and all that calls lead to from it.
fn reached(module: &Module, from: Func) -> impl Iterator<Item = Func> {
    let mut seen: SecondaryMap<Func, bool> = SecondaryMap::new();
    let mut work = vec![from];
    std::iter::from_fn(move || {
        let next = work.pop()?;
        if let Some(function) = module.functions.get(next.as_u32() as usize) {
            work.extend(callees(function).filter(|f| !std::mem::replace(&mut seen[*f], true)));
        }
        Some(next)
    })
}
