//! What register allocation leaves behind: copies that nobody reads, and reads of a copy where
//! the original would do.
//!
//! Comparisons keep the register that they were given. The verifier learns from a comparison what
//! the register compared can be, and older ones learn it of no copy.

use nbpfc_isa::{AluOp, AtomicOp, Bits, Field, Insn, Op, Src};

use super::assign::{Assigned, Block, Condition, Exit};

/// Sets of registers, a bit each.
type Set = u16;

const R0: Set = 1;
const R6: Set = 1 << 6;
/// What a call takes, and destroys.
const ARGUMENTS: Set = 0b11_1110;

/// What an instruction does to registers.
#[derive(Clone, Copy, Debug, Default)]
struct Effect {
    reads: Set,
    writes: Set,
    /// Whether it does nothing else.
    pure: bool,
}

/// Tidies up.
pub(crate) fn tidy(assigned: &mut Assigned) {
    copies(&mut assigned.blocks, assigned.bounds);
    let live = liveness(&assigned.blocks);
    for (index, block) in assigned.blocks.iter_mut().enumerate() {
        sweep(block, live[index]);
    }
}

const fn bit(register: u8) -> Set {
    1 << register
}

fn effect(insn: Insn) -> Effect {
    let Some(row) = insn.row() else {
        // The second slot of a wide one.
        return Effect::default();
    };
    let mut effect = Effect::default();
    for (field, register) in [(row.dst, insn.dst), (row.src, insn.src)] {
        let bit = bit(register);
        match field {
            Field::Read => effect.reads |= bit,
            Field::Write => effect.writes |= bit,
            Field::ReadWrite => {
                effect.reads |= bit;
                effect.writes |= bit;
            }
            _ => {}
        }
    }
    match row.op {
        Op::LdAbs(_) | Op::LdInd(_) => {
            effect.reads |= R6;
            effect.writes |= R0 | ARGUMENTS;
        }
        Op::Call | Op::CallLocal => {
            effect.reads |= ARGUMENTS;
            effect.writes |= R0 | ARGUMENTS;
        }
        Op::Atomic(_, AtomicOp::CmpXchg) => {
            effect.reads |= R0;
            effect.writes |= R0;
        }
        Op::Alu(..) | Op::ToBe(_) | Op::Load(_) => effect.pure = true,
        _ => {}
    }
    effect
}

/// Whether an instruction reads a register.
pub(crate) fn reads(insn: Insn, register: u8) -> bool {
    effect(insn).reads & bit(register) != 0
}

/// Whether a register is read behind a block, or by its end, as it leaves the block.
pub(crate) fn is_read_later(blocks: &[Block], block: usize, register: u8) -> bool {
    let later = liveness(blocks)[block] | exit_reads(blocks[block].exit);
    later & bit(register) != 0
}

/// The source of a copy from register to register.
fn copied(insn: Insn) -> Option<u8> {
    let row = insn.row()?;
    match (row.op, row.operand(insn)) {
        (Op::Alu(Bits::B64, AluOp::Mov), Src::Reg(from)) => Some(from.0),
        _ => None,
    }
}

/// By register: the one that it is a copy of.
type Origins = [Option<u8>; 11];

/// Looks for copies block by block; what is known of them holds in the next block too if nothing
/// else leads there.
fn copies(blocks: &mut [Block], bounds: bool) {
    let mut preds: Vec<(u32, usize)> = vec![(0, 0); blocks.len()];
    for (index, block) in blocks.iter().enumerate() {
        let (a, b) = match block.exit {
            Exit::Jump(to) => (Some(to), None),
            Exit::Branch { then, otherwise, .. } => (Some(then), Some(otherwise)),
            Exit::Return | Exit::ReturnImm(_) => (None, None),
        };
        for to in a.into_iter().chain(b) {
            let (count, last) = &mut preds[to.index()];
            *count += 1;
            *last = index;
        }
    }
    let mut known: Vec<Origins> = vec![[None; 11]; blocks.len()];
    for index in 0..blocks.len() {
        let mut origins = match preds[index] {
            (1, pred) if pred < index => known[pred],
            _ => [None; 11],
        };
        forward(&mut blocks[index], &mut origins);
        // The verifier knows more about what was compared than about what it is a copy of.
        if let (true, Exit::Branch { condition, .. }) = (bounds, blocks[index].exit) {
            origins[usize::from(condition.a.0)] = None;
        }
        known[index] = origins;
    }
}

/// Reads originals instead of copies, and leaves out copies of what is there already.
fn forward(block: &mut Block, origins: &mut Origins) {
    block.insns.retain_mut(|(insn, _)| {
        if let Some(row) = insn.row()
            && row.src == Field::Read
            && let Some(origin) = origins[usize::from(insn.src)]
        {
            insn.src = origin;
        }
        let copy = copied(*insn);
        if let Some(from) = copy
            && (from == insn.dst || origins[usize::from(insn.dst)] == Some(from))
        {
            return false;
        }
        let writes = effect(*insn).writes;
        for register in 0..11 {
            let stale = origins[usize::from(register)].is_some_and(|o| writes & bit(o) != 0);
            if stale || writes & bit(register) != 0 {
                origins[usize::from(register)] = None;
            }
        }
        if let Some(from) = copy {
            origins[usize::from(insn.dst)] = Some(from);
        }
        true
    });
}

fn exit_reads(exit: Exit) -> Set {
    match exit {
        Exit::Branch { condition: Condition { a, b, .. }, .. } => {
            bit(a.0)
                | match b {
                    Src::Reg(b) => bit(b.0),
                    Src::Imm(_) => 0,
                }
        }
        Exit::Return => R0,
        Exit::Jump(_) | Exit::ReturnImm(_) => 0,
    }
}

/// What is read before it is written, from a point on backwards.
fn before(effect: Effect, live: Set) -> Set {
    live & !effect.writes | effect.reads
}

/// What a block does, its end included.
fn together(block: &Block) -> Effect {
    let end = Effect { reads: exit_reads(block.exit), ..Effect::default() };
    block.insns.iter().rev().fold(end, |later, (insn, _)| {
        let effect = effect(*insn);
        Effect { reads: before(effect, later.reads), writes: later.writes | effect.writes, ..later }
    })
}

/// By block: the registers that somebody reads behind it.
fn liveness(blocks: &[Block]) -> Vec<Set> {
    let whole: Vec<Effect> = blocks.iter().map(together).collect();
    let mut entries = vec![0; blocks.len()];
    let mut exits = vec![0; blocks.len()];
    let mut changed = true;
    while changed {
        changed = false;
        for (index, block) in blocks.iter().enumerate().rev() {
            let after = match block.exit {
                Exit::Jump(to) => entries[to.index()],
                Exit::Branch { then, otherwise, .. } => {
                    entries[then.index()] | entries[otherwise.index()]
                }
                Exit::Return | Exit::ReturnImm(_) => 0,
            };
            exits[index] = after;
            let entry = before(whole[index], after);
            changed |= entry != entries[index];
            entries[index] = entry;
        }
    }
    exits
}

/// Leaves out what writes only registers that nobody reads.
fn sweep(block: &mut Block, after: Set) {
    let mut live = after | exit_reads(block.exit);
    let mut needed = vec![true; block.insns.len()];
    for (index, (insn, _)) in block.insns.iter().enumerate().rev() {
        let effect = effect(*insn);
        if effect.pure && effect.writes & live == 0 {
            needed[index] = false;
        } else {
            live = before(effect, live);
        }
    }
    let mut needed = needed.into_iter();
    block.insns.retain(|_| needed.next().unwrap_or(true));
}
