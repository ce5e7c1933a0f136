//! A program and the functions that it calls in one piece.

use rustc_hash::FxHashMap;

use nbpfc_ir::Func;
use nbpfc_kernel::{MAX_CALL_FRAMES, MAX_STACK};

use crate::code::Code;
use crate::error::Error;

/// Joins the code of a module's functions: the first is the program. `None` if it does not call
/// all others.
pub(crate) fn whole(codes: Vec<Code>) -> Result<Option<Code>, Error> {
    let stack = stack(&codes, 0, 1)?;
    if stack > MAX_STACK {
        return Err(Error::Stack { have: stack, limit: MAX_STACK });
    }
    let mut called = vec![false; codes.len()];
    let mut work = vec![0];
    while let Some(index) = work.pop() {
        if !std::mem::replace(&mut called[index], true) {
            work.extend(codes[index].calls.iter().map(|(_, func)| func.as_u32() as usize));
        }
    }
    if called.contains(&false) {
        return Ok(None);
    }
    let mut starts: FxHashMap<Func, u32> = FxHashMap::default();
    let mut joined = Code { stack, ..Code::default() };
    for (code, index) in codes.into_iter().zip(0..) {
        let start = joined.insns.len() as u32;
        let tables = joined.tables.len();
        starts.insert(Func::from_u32(index), start);
        if index > 0 {
            joined.functions.push((start, Func::from_u32(index)));
        }
        joined.insns.extend(code.insns);
        joined.lines.extend(code.lines.into_iter().map(|(insn, span)| (start + insn, span)));
        joined.tables.extend(code.tables);
        joined.calls.extend(code.calls.into_iter().map(|(insn, func)| (start + insn, func)));
        for mut reference in code.maps {
            reference.insn += start;
            joined.maps.push(reference);
        }
        for mut relocation in code.relocations {
            relocation.insn += start;
            relocation.table += tables;
            joined.relocations.push(relocation);
        }
    }
    for (insn, func) in &joined.calls {
        let start = starts.get(func).copied().unwrap_or(0);
        if let Some(call) = joined.insns.get_mut(*insn as usize) {
            call.imm = (i64::from(start) - i64::from(*insn) - 1) as i32;
        }
    }
    Ok(Some(joined))
}

/// Bytes of stack from a function on, as the verifier adds them up (`check_max_stack_depth`): each
/// frame is rounded up.
fn stack(codes: &[Code], index: usize, depth: usize) -> Result<u32, Error> {
    if depth > MAX_CALL_FRAMES {
        let what = "calls of functions more than 8 deep";
        return Err(Error::Inexpressible { what, span: nbpfc_source::Span::default() });
    }
    let code = &codes[index];
    let mut deepest = 0;
    let mut seen = Vec::new();
    for (_, func) in &code.calls {
        if !seen.contains(func) {
            seen.push(*func);
            deepest = deepest.max(stack(codes, func.as_u32() as usize, depth + 1)?);
        }
    }
    Ok(code.stack.max(1).next_multiple_of(32) + deepest)
}
