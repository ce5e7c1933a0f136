//! Loads at once what is put together from two loads.
//!
//! An IPv6 address, or a hardware address, is read as words and looked up as numbers of 64 bits:
//! two loads, two byte swaps, a shift and an or. Where the bytes lie one behind the other, one load
//! of eight bytes and one byte swap give the same number; of six bytes, with a shift, if there are
//! two more in the window.
//!
//! Sound for the verifier: the load lies within the window that was there for the second word.
//! Must not: run where loads test the packet's length, or cannot be of eight bytes.

use nbpfc_ir::{
    BinaryOp, Block, Function, Instruction, Insts, Type, UnaryOp, Value, Width, Windows,
};

use crate::context::Context;

/// Runs the pass.
pub(crate) fn run(function: &mut Function, context: &mut Context) -> bool {
    let before = context.spent();
    if context.written(function).writes_packet() {
        return false;
    }
    let windows = Windows::new(function);
    for index in 0..function.layout.len() {
        block(function, context, &windows, function.layout[index]);
    }
    context.spent() != before
}

fn block(function: &mut Function, context: &mut Context, windows: &Windows, block: Block) {
    let wide = |function: &Function, inst| wide(function, windows, function.result(inst));
    if !function.block(block).insts.iter().any(|inst| wide(function, *inst).is_some()) {
        return;
    }
    let mut insts = Insts::new();
    for inst in std::mem::take(&mut function.block_mut(block).insts) {
        if let Some(Wide { view, displacement, free }) = wide(function, inst)
            && context.rewrite()
        {
            let span = function.span(inst);
            let mut made = |instruction| {
                let (inst, value) = function.make_inst(instruction, span);
                insts.push(inst);
                value
            };
            let raw = made(Instruction::Load { width: Width::W8, view, displacement });
            let swap = UnaryOp::Bswap(Width::W8);
            let whole = if free == 0 {
                Instruction::Unary(swap, raw)
            } else {
                let swapped = made(Instruction::Unary(swap, raw));
                let by = made(Instruction::Const(Type::I64, free));
                Instruction::Binary(BinaryOp::Shr, swapped, by)
            };
            function.replace_inst(inst, whole);
        }
        insts.push(inst);
    }
    function.block_mut(block).insts = insts;
}

/// Eight bytes to be loaded, of which the last are not wanted.
struct Wide {
    view: Value,
    displacement: u32,
    /// How many bits are too many.
    free: u64,
}

/// A value that two neighbouring words are put together to, as one load.
fn wide(function: &Function, windows: &Windows, value: Value) -> Option<Wide> {
    let &Instruction::Binary(BinaryOp::Or, a, b) = function.def_inst(value)? else { return None };
    let (high, low) = match (shifted(function, a), shifted(function, b)) {
        (Some(high), None) => (high, b),
        (None, Some(high)) => (high, a),
        _ => return None,
    };
    let (first, second) = (word(function, high)?, word(function, low)?);
    let (same, _) = windows.of(first.view)?;
    let (offset, length) = windows.of(second.view)?;
    let next = first.displacement.checked_add(first.width.bytes())?;
    if offset != same || next != second.displacement || second.width != Width::W4 {
        return None;
    }
    let free = 32 - 8 * first.width.bytes();
    let end = first.displacement.checked_add(8)?;
    let fits = matches!(first.width, Width::W2 | Width::W4) && end <= length;
    fits.then_some(Wide { view: second.view, displacement: first.displacement, free: free.into() })
}

/// What is moved up by 32 bits.
fn shifted(function: &Function, value: Value) -> Option<Value> {
    match *function.def_inst(value)? {
        Instruction::Binary(BinaryOp::Shl, x, by) if function.constant(by) == Some(32) => Some(x),
        _ => None,
    }
}

/// A load of a word.
struct Word {
    width: Width,
    view: Value,
    displacement: u32,
}

/// The load of which a value is the number in network order.
fn word(function: &Function, value: Value) -> Option<Word> {
    let &Instruction::Unary(UnaryOp::Extend, swapped) = function.def_inst(value)? else {
        return None;
    };
    let &Instruction::Unary(UnaryOp::Bswap(order), raw) = function.def_inst(swapped)? else {
        return None;
    };
    match *function.def_inst(raw)? {
        Instruction::Load { width, view, displacement } if width == order => {
            Some(Word { width, view, displacement })
        }
        _ => None,
    }
}
