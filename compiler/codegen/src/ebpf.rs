//! eBPF: selection, allocation, layout, encoding.

mod vcode;
mod range;
mod plan;
mod window;
mod order;
mod select;
mod allocate;
mod assign;
mod layout;
mod encode;

#[cfg(test)]
mod tests;

use nbpfc_ir::Function;
use nbpfc_kernel::Target;

use crate::code::Code;
use crate::error::Error;

/// Compiles a function for a target. The function must be valid.
///
/// # Errors
/// If the target does not have what the function asks for, or not as much of it; and for bugs of
/// the compiler's own, see [`Error::code`].
pub fn compile(function: &Function, target: &Target) -> Result<Code, Error> {
    let vcode = select::select(function, target)?;
        for (i, b) in vcode.blocks.iter().enumerate() {
            eprintln!("B{i} {:?}", b.params);
            for (o, _) in &b.ops {
                eprintln!("   {o:?}");
            }
            eprintln!("   {:?}", b.end);
        }
    }
    let (input, output) = allocate::allocate(&vcode)?;
    let assigned = assign::assign(&vcode, &input, &output)?;
    let stack = assigned.stack;
    encode::encode(layout::lay_out(assigned, target.level), stack, target.level)
}
