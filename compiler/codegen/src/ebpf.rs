//! eBPF: selection, allocation, layout, encoding.

mod vcode;
mod window;
mod order;
mod slots;
mod select;
mod allocate;
mod spills;
mod assign;
mod tidy;
mod join;
mod layout;
mod checkpoint;
mod encode;
mod closing;
mod whole;

#[cfg(test)]
mod tests;

use nbpfc_ir::{Function, Table, Valid};
use nbpfc_kernel::Target;
use nbpfc_source::Span;

use crate::code::Code;
use crate::error::Error;
use slots::Slots;

/// Compiles a module's program, its first function, and the functions that this calls, for a
/// target.
///
/// # Errors
/// If the target does not have what the program asks for, or not as much of it; if there are
/// functions that it does not call; and for bugs of the compiler's own, see [`Error::code`].
pub fn compile(valid: Valid<'_>, target: &Target) -> Result<Code, Error> {
    let functions = &valid.module().functions;
    let what = "a module without a program, or with functions that it does not call";
    let wrong = || Error::Inexpressible { what, span: Span::default() };
    match functions.as_slice() {
        [] => Err(wrong()),
        [function] => compile_function(function, target),
        _ => {
            let compiled = |function| compile_one(function, target, false);
            let codes: Vec<Code> = functions.iter().map(compiled).collect::<Result<_, _>>()?;
            whole::whole(codes)?.ok_or_else(wrong)
        }
    }
}

pub(crate) fn compile_function(function: &Function, target: &Target) -> Result<Code, Error> {
    compile_one(function, target, true)
}

fn compile_one(function: &Function, target: &Target, alone: bool) -> Result<Code, Error> {
    let assigned = |slots: fn(&Function) -> Slots| {
        let vcode = select::select(function, target, alone, slots)?;
        let (input, output) = allocate::allocate(&vcode)?;
        assign::assign(&vcode, &input, &output)
    };
    let mut assigned = match assigned(Slots::apart) {
        Err(Error::Stack { .. }) => assigned(Slots::shared)?,
        other => other?,
    };
    tidy::tidy(&mut assigned);
    join::join(&mut assigned);
    let stack = assigned.stack;
    let mut stream = checkpoint::lay_out_for_verifier(assigned, target.level);
    closing::close(&mut stream, target);
    let mut code = encode::encode(stream, stack, target.level)?;
    take_tables(&mut code, function);
    Ok(code)
}

/// Adds the tables that are used, and names them by their place among these.
fn take_tables(code: &mut Code, function: &Function) {
    let mut places = vec![None; function.table_count()];
    let Code { relocations, tables, .. } = code;
    for relocation in relocations {
        relocation.table = *places[relocation.table].get_or_insert_with(|| {
            tables.push(function.table(Table::from_u32(relocation.table as u32)).clone());
            tables.len() - 1
        });
    }
}
