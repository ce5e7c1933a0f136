//! The yardstick: libpcap's classic code translated to eBPF one instruction at a time, with one
//! bounds check per load, as the tools do that go through libpcap.
//!
//! There are two translators to go by. The kernel's own (`bpf_convert_filter`, `net/core/filter.c`)
//! sets A and X to zero at the start; cbpfc sets them only where a path reads one that it did not
//! write. We do as the kernel does, and [`Translation::spare`] tells how many of the two nothing
//! reads, for the stricter comparison. cbpfc leaves the result in a register and jumps to code that
//! tests it; we return the verdict at once, which is cheaper. Its merging of checks is left out:
//! the yardstick is one check per load.
//!
//! Otherwise nothing is done twice that a careful translator would do once: `data` and `data_end`
//! are loaded at entry and only if needed, a byte is not swapped, a jump that falls through on one
//! side is one instruction, and only a load through X pays for keeping the verifier's offset bound.

use nbpfc_isa::{AluOp, Bits, Insn, JmpOp, Reg, Size, Src};
use nbpfc_kernel::{Access, Field, FieldSource, Hook};

use crate::classic::{Classic, class, mode};

const A: Reg = Reg(0);
const X: Reg = Reg(7);
const DATA: Reg = Reg(8);
const END: Reg = Reg(9);
const CONTEXT: Reg = Reg(6);
const SCRATCH: Reg = Reg(2);
const SCRATCH2: Reg = Reg(3);
const FRAME: Reg = Reg(10);

/// Where a jump goes: a classic instruction, or out.
#[derive(Clone, Copy)]
enum Goal {
    Insn(usize),
    Reject,
}

/// Classic code as eBPF.
#[derive(Clone, Debug)]
pub struct Translation {
    /// The instructions.
    pub insns: Vec<Insn>,
    /// How many of the first two, which set A and X to zero, could be left out.
    pub spare: u64,
}

struct Emitter {
    insns: Vec<Insn>,
    fixups: Vec<(usize, Goal)>,
}

impl Emitter {
    fn push(&mut self, insn: Insn) {
        self.insns.push(insn);
    }

    fn mov(&mut self, dst: Reg, src: Src) {
        self.push(Insn::alu(Bits::B64, AluOp::Mov, dst, src));
    }

    fn jump_if(&mut self, bits: Bits, op: JmpOp, dst: Reg, src: Src, goal: Goal) {
        self.fixups.push((self.insns.len(), goal));
        self.push(Insn::jump(bits, op, dst, src, 0));
    }

    fn jump(&mut self, goal: Goal) {
        self.fixups.push((self.insns.len(), goal));
        self.push(Insn::ja(0));
    }
}

/// Translates for a hook; matches return the hook's `pass`, everything else its `drop`. `None`
/// for what cannot be had there: backward jumps, fields that the hook lacks.
pub fn translate(program: &[Classic], hook: &Hook) -> Option<Translation> {
    let direct = matches!(hook.access, Access::Direct { .. });
    let loads = program.iter().any(|i| reads_packet(*i));
    let lengths = program
        .iter()
        .any(|i| matches!(i.class(), class::LD | class::LDX) && i.mode() == mode::LEN);
    let mut t = Emitter { insns: Vec::new(), fixups: Vec::new() };
    let offset = |name| hook.context.field(name).map(|field| field.offset as i16);
    if !direct && loads || lengths {
        t.mov(CONTEXT, Src::Reg(Reg(1)));
    }
    let spans = lengths && length(hook) == Some(FieldSource::Span);
    if direct && (loads || spans) {
        t.push(Insn::load(Size::W, DATA, Reg(1), offset("data")?));
        t.push(Insn::load(Size::W, END, Reg(1), offset("data_end")?));
    }
    for register in [A, X] {
        t.mov(register, Src::Imm(0));
    }
    let mut starts = Vec::with_capacity(program.len());
    for (index, insn) in program.iter().enumerate() {
        starts.push(t.insns.len());
        one(&mut t, index, *insn, hook, direct)?;
    }
    let reject = t.insns.len();
    if t.fixups.iter().any(|(_, goal)| matches!(goal, Goal::Reject)) {
        leave(&mut t, hook.drop);
    }
    for (at, goal) in std::mem::take(&mut t.fixups) {
        let to = match goal {
            Goal::Insn(index) => *starts.get(index)?,
            Goal::Reject => reject,
        };
        t.insns[at].off = i16::try_from(to as i64 - at as i64 - 1).ok()?;
    }
    let spare = 2 - read_first(program).len() as u64;
    Some(Translation { insns: t.insns, spare })
}

/// Which of A and X a path reads that did not write them: they are zero at the start.
fn read_first(program: &[Classic]) -> Vec<Reg> {
    let mut found = Vec::new();
    // What every path to an instruction has written; jumps go forward.
    let mut written = vec![(true, true); program.len() + 256];
    written[0] = (false, false);
    for (index, insn) in program.iter().enumerate() {
        let (mut a, mut x) = written[index];
        let to_a = insn.code & 0xf8 == 0x80;
        let (reads_a, reads_x) = match insn.class() {
            class::LD | class::LDX => (false, insn.mode() == mode::IND),
            class::ST => (true, false),
            class::STX => (false, true),
            class::ALU | class::JMP if insn.code != 0x05 => (true, insn.uses_x()),
            class::MISC => (!to_a, to_a),
            _ => (insn.code & 0x18 == 0x10 && insn.class() == class::RET, false),
        };
        found.extend((reads_a && !a).then_some(A));
        found.extend((reads_x && !x).then_some(X));
        a |= insn.class() == class::LD || insn.class() == class::MISC && to_a;
        x |= insn.class() == class::LDX || insn.class() == class::MISC && !to_a;
        let next = match insn.class() {
            class::RET => vec![],
            class::JMP if insn.op() == 0 => vec![insn.k as usize],
            class::JMP => vec![usize::from(insn.jt), usize::from(insn.jf)],
            _ => vec![0],
        };
        for by in next {
            if let Some((all_a, all_x)) = written.get_mut(index + 1 + by) {
                *all_a &= a;
                *all_x &= x;
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn reads_packet(insn: Classic) -> bool {
    matches!(insn.class(), class::LD | class::LDX)
        && matches!(insn.mode(), mode::ABS | mode::IND | mode::MSH)
}

fn length(hook: &Hook) -> Option<FieldSource> {
    hook.fields.iter().find(|(field, _)| *field == Field::Length).map(|(_, source)| *source)
}

fn leave(t: &mut Emitter, verdict: u32) {
    t.mov(A, Src::Imm(verdict as i32));
    t.push(Insn::exit());
}

fn one(t: &mut Emitter, index: usize, insn: Classic, hook: &Hook, direct: bool) -> Option<()> {
    let k = Src::Imm(insn.k as i32);
    let slot = -4 * (i16::try_from(insn.k & 15).ok()? + 1);
    let right = if insn.uses_x() { Src::Reg(X) } else { k };
    match insn.class() {
        class::LD | class::LDX => {
            let dst = if insn.class() == class::LD { A } else { X };
            match insn.mode() {
                mode::IMM => t.push(Insn::alu(Bits::B32, AluOp::Mov, dst, k)),
                mode::MEM => t.push(Insn::load(Size::W, dst, FRAME, slot)),
                mode::LEN => match length(hook)? {
                    FieldSource::Span => {
                        t.mov(dst, Src::Reg(END));
                        t.push(Insn::alu(Bits::B64, AluOp::Sub, dst, Src::Reg(DATA)));
                    }
                    FieldSource::Context(offset) => {
                        t.push(Insn::load(Size::W, dst, CONTEXT, offset as i16));
                    }
                    _ => return None,
                },
                _ if direct => direct_load(t, insn, dst),
                _ => absolute_load(t, insn),
            }
        }
        class::ST => t.push(Insn::store(Size::W, FRAME, slot, A)),
        class::STX => t.push(Insn::store(Size::W, FRAME, slot, X)),
        class::ALU => {
            let op = alu_op(insn.op())?;
            if insn.uses_x() && matches!(op, AluOp::Div | AluOp::Mod) {
                t.jump_if(Bits::B32, JmpOp::Eq, X, Src::Imm(0), Goal::Reject);
            }
            t.push(Insn::alu(Bits::B32, op, A, right));
        }
        class::JMP => jump(t, index, insn, right)?,
        class::RET => leave(t, if insn.k == 0 { hook.drop } else { hook.pass }),
        _ if insn.code & 0xf8 == 0x80 => t.mov(A, Src::Reg(X)),
        _ => t.mov(X, Src::Reg(A)),
    }
    Some(())
}

fn alu_op(op: u16) -> Option<AluOp> {
    Some(match op {
        0x00 => AluOp::Add,
        0x10 => AluOp::Sub,
        0x20 => AluOp::Mul,
        0x30 => AluOp::Div,
        0x40 => AluOp::Or,
        0x50 => AluOp::And,
        0x60 => AluOp::Lsh,
        0x70 => AluOp::Rsh,
        0x80 => AluOp::Neg,
        0x90 => AluOp::Mod,
        0xa0 => AluOp::Xor,
        _ => return None,
    })
}

/// The check, the load, the byte swap.
fn direct_load(t: &mut Emitter, insn: Classic, dst: Reg) {
    let Ok(displacement) = i16::try_from(insn.k) else {
        t.jump(Goal::Reject);
        return;
    };
    let end = i32::from(displacement) + insn.size() as i32;
    let mut base = DATA;
    if insn.mode() == mode::IND {
        t.mov(SCRATCH, Src::Reg(X));
        t.jump_if(Bits::B64, JmpOp::Gt, SCRATCH, Src::Imm(0x7fff - end), Goal::Reject);
        t.push(Insn::alu(Bits::B64, AluOp::Add, SCRATCH, Src::Reg(DATA)));
        base = SCRATCH;
    }
    t.mov(SCRATCH2, Src::Reg(base));
    t.push(Insn::alu(Bits::B64, AluOp::Add, SCRATCH2, Src::Imm(end)));
    t.jump_if(Bits::B64, JmpOp::Gt, SCRATCH2, Src::Reg(END), Goal::Reject);
    let size = size(insn);
    t.push(Insn::load(size, dst, base, displacement));
    match size {
        Size::H => t.push(Insn::to_be(16, dst)),
        Size::W => t.push(Insn::to_be(32, dst)),
        _ => {}
    }
    if insn.mode() == mode::MSH {
        header_length(t, dst);
    }
}

fn header_length(t: &mut Emitter, dst: Reg) {
    t.push(Insn::alu(Bits::B64, AluOp::And, dst, Src::Imm(15)));
    t.push(Insn::alu(Bits::B64, AluOp::Lsh, dst, Src::Imm(2)));
}

fn size(insn: Classic) -> Size {
    match insn.size() {
        1 => Size::B,
        2 => Size::H,
        _ => Size::W,
    }
}

/// `LD_ABS` and `LD_IND` bring their own check and byte order.
fn absolute_load(t: &mut Emitter, insn: Classic) {
    let k = insn.k as i32;
    if k < 0 {
        t.jump(Goal::Reject);
        return;
    }
    match insn.mode() {
        mode::ABS => t.push(Insn::ld_abs(size(insn), k)),
        mode::IND => t.push(Insn::ld_ind(size(insn), X, k)),
        _ => {
            t.mov(DATA, Src::Reg(A));
            t.push(Insn::ld_abs(Size::B, k));
            header_length(t, A);
            t.mov(X, Src::Reg(A));
            t.mov(A, Src::Reg(DATA));
        }
    }
}

fn jump(t: &mut Emitter, index: usize, insn: Classic, right: Src) -> Option<()> {
    let goal =
        |by: u32| Some(Goal::Insn(index + 1 + usize::try_from(by).ok().filter(|by| *by < 4096)?));
    if insn.op() == 0 {
        t.jump(goal(insn.k)?);
        return Some(());
    }
    let (op, inverse) = match insn.op() {
        0x10 => (JmpOp::Eq, Some(JmpOp::Ne)),
        0x20 => (JmpOp::Gt, Some(JmpOp::Le)),
        0x30 => (JmpOp::Ge, Some(JmpOp::Lt)),
        0x40 => (JmpOp::Set, None),
        _ => return None,
    };
    let (then, otherwise) = (goal(u32::from(insn.jt))?, goal(u32::from(insn.jf))?);
    match inverse {
        Some(inverse) if insn.jt == 0 => t.jump_if(Bits::B32, inverse, A, right, otherwise),
        _ => {
            t.jump_if(Bits::B32, op, A, right, then);
            if insn.jf != 0 {
                t.jump(otherwise);
            }
        }
    }
    Some(())
}
