//! How deep local calls go.

use std::collections::HashMap;

use nbpfc_isa::Op;

use crate::program::Program;

/// Frames that a run needs at most; `None` if functions call themselves or more than `limit` deep.
pub(crate) fn depth(program: &Program, limit: usize) -> Option<usize> {
    let mut known = HashMap::new();
    depth_of(program, 0, limit, &mut known)
}

fn depth_of(
    program: &Program,
    entry: usize,
    limit: usize,
    known: &mut HashMap<usize, usize>,
) -> Option<usize> {
    if limit == 0 {
        return None;
    }
    if let Some(depth) = known.get(&entry) {
        return (*depth <= limit).then_some(*depth);
    }
    let mut deepest = 0;
    for called in called_from(program, entry) {
        deepest = deepest.max(depth_of(program, called, limit - 1, known)?);
    }
    known.insert(entry, deepest + 1);
    Some(deepest + 1)
}

/// Entries of the functions that the function at `entry` calls itself.
fn called_from(program: &Program, entry: usize) -> Vec<usize> {
    let mut seen = vec![false; program.steps.len()];
    let mut called = Vec::new();
    let mut work = vec![entry];
    while let Some(pc) = work.pop() {
        let (Some(seen), Some(step)) = (seen.get_mut(pc), program.get(pc)) else { continue };
        if std::mem::replace(seen, true) {
            continue;
        }
        if step.op == Op::CallLocal && !called.contains(&step.target) {
            called.push(step.target);
        }
        if step.jumps() {
            work.push(step.target);
        }
        if step.falls_through() {
            work.push(step.next);
        }
    }
    called
}
