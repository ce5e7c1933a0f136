//! What the tests of both back ends do to random functions.

use nbpfc_ir::{BlockCall, Function, Instruction, Terminator, Type};
use nbpfc_source::Span;

/// Makes 0 the verdict for all packets in which a check misses bytes, and of all constant verdicts
/// but large ones.
pub(crate) fn reject_with_zero(function: &mut Function) {
    let reject = function.add_block();
    let number = |function: &mut Function, block, number: u64| {
        function.append(block, Instruction::Const(Type::I32, number), Span::default())
    };
    let zero = number(function, reject, 0);
    function.terminate(reject, Terminator::Return(zero), Span::default());
    for block in function.layout.clone() {
        match function.terminator(block).clone() {
            Terminator::Check { offset, length, ok, .. } => {
                let fail = BlockCall::from(reject);
                let check = Terminator::Check { offset, length, ok, fail };
                function.terminate(block, check, Span::default());
            }
            Terminator::Return(value) => {
                let Some(known) = function.constant(value) else { continue };
                let value = number(function, block, if known > 1 { 0x4_0000 } else { 0 });
                function.terminate(block, Terminator::Return(value), Span::default());
            }
            _ => {}
        }
    }
    function.remove_unreachable();
}
