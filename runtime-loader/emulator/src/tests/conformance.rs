//! Instructions on edge operands, with the results that RFC 9669 gives; where this process may
//! load programs, the kernel has to agree.

use std::fmt::Debug;
use std::sync::LazyLock;

use nbpfc_isa::{AluOp, AtomicOp, Bits, Insn, JmpOp, Level, Reg, Size, Src};
use nbpfc_kernel::ProgramType;
use nbpfc_loader::{Error, LoadOptions, Program, TestRunOptions};

use super::{hook, mov_reg};
use crate::machine::{Engine, Machine};
use crate::packet::Packet;

use AluOp::{Add, And, Arsh, Div, Lsh, Mod, Mov, Mul, Neg, Or, Rsh, SDiv, SMod, Sub, Xor};
use Bits::{B32, B64};

const MAX: u64 = u64::MAX;
const MIN64: u64 = 1 << 63;
const MIN32: u64 = 1 << 31;
const LONG: u64 = 0x0123_4567_89ab_cdef;
const DIRTY: u64 = 0xffff_ffff_0000_0000;

/// Operation, first and second operand, result.
const ALU: &[(Bits, AluOp, u64, u64, u64)] = &[
    (B64, Add, MAX, 1, 0),
    (B64, Add, LONG, LONG, 0x0246_8acf_1357_9bde),
    (B32, Add, 0xffff_ffff, 1, 0),
    (B32, Add, DIRTY, 2, 2),
    (B64, Sub, 0, 1, MAX),
    (B32, Sub, 0, 1, 0xffff_ffff),
    (B64, Mul, LONG, 16, 0x1234_5678_9abc_def0),
    (B64, Mul, MIN64, MAX, MIN64),
    (B64, Mul, LONG, 0, 0),
    (B32, Mul, LONG, 16, 0x9abc_def0),
    (B32, Mul, 0xffff_ffff, 0xffff_ffff, 1),
    (B64, Div, MAX, 2, 0x7fff_ffff_ffff_ffff),
    (B64, Div, MAX, MAX, 1),
    (B64, Div, LONG, 0, 0),
    (B32, Div, DIRTY | 7, 2, 3),
    (B32, Div, 7, DIRTY | 2, 3),
    (B32, Div, DIRTY | 7, 0, 0),
    (B32, Div, 7, DIRTY, 0),
    (B64, Mod, MAX, 10, 5),
    (B64, Mod, LONG, 0, LONG),
    (B32, Mod, DIRTY | 7, 4, 3),
    (B32, Mod, DIRTY | 7, 0, 7),
    (B32, Mod, DIRTY | 7, DIRTY, 7),
    (B64, SDiv, -7_i64 as u64, 2, -3_i64 as u64),
    (B64, SDiv, 7, -2_i64 as u64, -3_i64 as u64),
    (B64, SDiv, MIN64, MAX, MIN64),
    (B64, SDiv, LONG, 0, 0),
    (B64, SDiv, MIN64, MIN64, 1),
    (B32, SDiv, 0xffff_fff9, 2, 0xffff_fffd),
    (B32, SDiv, DIRTY | 7, 0xffff_fffe, 0xffff_fffd),
    (B32, SDiv, MIN32, MAX, MIN32),
    (B32, SDiv, 7, 0, 0),
    (B64, SMod, -7_i64 as u64, 2, MAX),
    (B64, SMod, 7, -2_i64 as u64, 1),
    (B64, SMod, MIN64, MAX, 0),
    (B64, SMod, MIN64, 0, MIN64),
    (B32, SMod, 0xffff_fff9, 2, 0xffff_ffff),
    (B32, SMod, DIRTY | 7, 0xffff_fffe, 1),
    (B32, SMod, MIN32, MAX, 0),
    (B32, SMod, DIRTY | 0xffff_fff9, 0, 0xffff_fff9),
    (B64, Or, LONG, MIN64, 0x8123_4567_89ab_cdef),
    (B32, Or, LONG, 0x10, 0x89ab_cdff),
    (B64, And, LONG, DIRTY, 0x0123_4567_0000_0000),
    (B32, And, LONG, MAX, 0x89ab_cdef),
    (B64, Xor, LONG, MAX, 0xfedc_ba98_7654_3210),
    (B32, Xor, LONG, MAX, 0x7654_3210),
    (B64, Lsh, 1, 63, MIN64),
    (B64, Lsh, LONG, 64, LONG),
    (B64, Lsh, 1, 65, 2),
    (B32, Lsh, 1, 31, MIN32),
    (B32, Lsh, LONG, 32, 0x89ab_cdef),
    (B32, Lsh, LONG, 0, 0x89ab_cdef),
    (B64, Rsh, MAX, 63, 1),
    (B64, Rsh, LONG, 64, LONG),
    (B32, Rsh, DIRTY | MIN32, 31, 1),
    (B32, Rsh, LONG, 0, 0x89ab_cdef),
    (B64, Arsh, MIN64, 63, MAX),
    (B64, Arsh, LONG, 4, 0x0012_3456_789a_bcde),
    (B32, Arsh, MIN32, 31, 0xffff_ffff),
    (B32, Arsh, LONG, 4, 0xf89a_bcde),
    (B32, Arsh, LONG, 32, 0x89ab_cdef),
    (B64, Neg, 1, 0, MAX),
    (B64, Neg, MIN64, 0, MIN64),
    (B32, Neg, DIRTY | 1, 0, 0xffff_ffff),
    (B32, Neg, DIRTY, 0, 0),
    (B64, Mov, 0, LONG, LONG),
    (B32, Mov, MAX, LONG, 0x89ab_cdef),
];

/// One-operand instruction on `r0`, operand, result.
const UNARY: &[(Insn, u64, u64)] = &[
    (Insn::mov_sx(B64, Reg(0), Reg(0), 8), 0x1ff, MAX),
    (Insn::mov_sx(B64, Reg(0), Reg(0), 8), 0xff7f, 0x7f),
    (Insn::mov_sx(B64, Reg(0), Reg(0), 16), 0x18000, 0xffff_ffff_ffff_8000),
    (Insn::mov_sx(B64, Reg(0), Reg(0), 32), MIN32, 0xffff_ffff_8000_0000),
    (Insn::mov_sx(B64, Reg(0), Reg(0), 32), LONG & 0x7fff_ffff, 0x09ab_cdef),
    (Insn::mov_sx(B32, Reg(0), Reg(0), 8), LONG, 0xffff_ffef),
    (Insn::mov_sx(B32, Reg(0), Reg(0), 16), LONG, 0xffff_cdef),
    (Insn::mov_sx(B32, Reg(0), Reg(0), 16), MAX << 15, 0xffff_8000),
    (Insn::to_le(16, Reg(0)), LONG, 0xcdef),
    (Insn::to_le(32, Reg(0)), LONG, 0x89ab_cdef),
    (Insn::to_le(64, Reg(0)), LONG, LONG),
    (Insn::to_be(16, Reg(0)), LONG, 0xefcd),
    (Insn::to_be(32, Reg(0)), LONG, 0xefcd_ab89),
    (Insn::to_be(64, Reg(0)), LONG, 0xefcd_ab89_6745_2301),
    (Insn::bswap(16, Reg(0)), LONG, 0xefcd),
    (Insn::bswap(32, Reg(0)), LONG, 0xefcd_ab89),
    (Insn::bswap(64, Reg(0)), LONG, 0xefcd_ab89_6745_2301),
];

/// Condition, operands, whether it holds.
const JUMPS: &[(Bits, JmpOp, u64, u64, bool)] = &[
    (B64, JmpOp::Eq, MAX, MAX, true),
    (B64, JmpOp::Eq, 0xffff_ffff, MAX, false),
    (B32, JmpOp::Eq, 0xffff_ffff, MAX, true),
    (B64, JmpOp::Ne, DIRTY, 0, true),
    (B32, JmpOp::Ne, DIRTY, 0, false),
    (B64, JmpOp::Gt, MAX, 1, true),
    (B64, JmpOp::Gt, 1, MAX, false),
    (B64, JmpOp::Gt, 5, 5, false),
    (B32, JmpOp::Gt, DIRTY, 1, false),
    (B64, JmpOp::Ge, 5, 5, true),
    (B64, JmpOp::Ge, 4, MAX, false),
    (B32, JmpOp::Ge, MIN32, 0x7fff_ffff, true),
    (B64, JmpOp::Lt, 5, MAX, true),
    (B64, JmpOp::Lt, MAX, MAX, false),
    (B32, JmpOp::Lt, DIRTY, 1, true),
    (B64, JmpOp::Le, MAX, MAX, true),
    (B64, JmpOp::Le, MAX, 5, false),
    (B32, JmpOp::Le, DIRTY | 2, 1, false),
    (B64, JmpOp::Set, DIRTY, MAX, true),
    (B64, JmpOp::Set, 4, 3, false),
    (B32, JmpOp::Set, DIRTY, MAX, false),
    (B64, JmpOp::Sgt, 0, MAX, true),
    (B64, JmpOp::Sgt, MIN64, 0, false),
    (B32, JmpOp::Sgt, 0, 0xffff_ffff, true),
    (B32, JmpOp::Sgt, 0x7fff_ffff, MIN32, true),
    (B64, JmpOp::Sge, MAX, MAX, true),
    (B64, JmpOp::Sge, MAX, 0, false),
    (B32, JmpOp::Sge, 0xffff_ffff, 0, false),
    (B64, JmpOp::Slt, MAX, 0, true),
    (B64, JmpOp::Slt, 0xffff_ffff, 0, false),
    (B32, JmpOp::Slt, 0xffff_ffff, 0, true),
    (B64, JmpOp::Sle, MIN64, MIN64, true),
    (B64, JmpOp::Sle, 1, MAX, false),
    (B32, JmpOp::Sle, MIN32, 0, true),
];

/// Operation, width, memory before, operand, `r0`; memory after, and what the result register
/// holds: `r0` for compare-exchange, else the operand's.
const ATOMICS: &[(AtomicOp, Size, u64, u64, u64, u64, u64)] = &[
    (AtomicOp::Add, Size::DW, MAX, 2, 0, 1, 2),
    (AtomicOp::Add, Size::W, MAX, 2, 0, DIRTY | 1, 2),
    (AtomicOp::Or, Size::DW, LONG, 0x10, 0, LONG | 0x10, 0x10),
    (AtomicOp::And, Size::W, MAX, 0xf0, 0, DIRTY | 0xf0, 0xf0),
    (AtomicOp::Xor, Size::DW, LONG, MAX, 0, !LONG, MAX),
    (AtomicOp::FetchAdd, Size::DW, LONG, 1, 0, LONG + 1, LONG),
    (AtomicOp::FetchAdd, Size::W, MAX, 1, 0, DIRTY, 0xffff_ffff),
    (AtomicOp::FetchOr, Size::W, 0, MAX, 0, 0xffff_ffff, 0),
    (AtomicOp::FetchAnd, Size::DW, LONG, 0xff, 0, 0xef, LONG),
    (AtomicOp::FetchXor, Size::DW, LONG, LONG, 0, 0, LONG),
    (AtomicOp::Xchg, Size::DW, 5, 6, 0, 6, 5),
    (AtomicOp::Xchg, Size::W, MAX, LONG, 0, DIRTY | 0x89ab_cdef, 0xffff_ffff),
    (AtomicOp::CmpXchg, Size::DW, 5, 6, 5, 6, 5),
    (AtomicOp::CmpXchg, Size::DW, 5, 6, 4, 5, 5),
    (AtomicOp::CmpXchg, Size::W, DIRTY | 5, 6, LONG << 32 | 5, DIRTY | 6, 5),
    (AtomicOp::CmpXchg, Size::W, DIRTY | 5, 6, DIRTY, DIRTY | 5, 5),
];

/// Width, stored number, what a plain and what a sign-extending load of it give.
const LOADS: &[(Size, u64, u64, u64)] = &[
    (Size::B, LONG, 0xef, 0xffff_ffff_ffff_ffef),
    (Size::B, 0x7f, 0x7f, 0x7f),
    (Size::H, LONG, 0xcdef, 0xffff_ffff_ffff_cdef),
    (Size::W, LONG, 0x89ab_cdef, 0xffff_ffff_89ab_cdef),
    (Size::W, LONG >> 8, 0x6789_abcd, 0x6789_abcd),
];

/// The low half of a result, or the high one, as a verdict.
fn half(mut insns: Vec<Insn>, high: bool) -> Vec<Insn> {
    if high {
        insns.push(Insn::alu(B64, Rsh, Reg(0), Src::Imm(32)));
    }
    insns.push(Insn::exit());
    insns
}

fn emulated(engine: Engine, insns: &[Insn]) -> u32 {
    let mut machine = Machine::new(insns, hook("xdp"), engine).expect("a program that is emulated");
    machine.run(&Packet::new(&[0; 64])).expect("a program without faults")
}

/// Whether the running kernel has the newest instructions; those of v3 it has for sure.
pub(super) fn kernel_is_v4() -> bool {
    let insns = [Insn::alu(B64, Mov, Reg(0), Src::Imm(0)), Insn::bswap(16, Reg(0)), Insn::exit()];
    Program::load(&LoadOptions::new(ProgramType::Xdp, &insns)).is_ok()
}

/// The kernel's verdict; `None` where this process may not ask, or the kernel is too old.
fn kernel(insns: &[Insn]) -> Option<u32> {
    static V4: LazyLock<bool> = LazyLock::new(kernel_is_v4);
    if !*V4 && insns.iter().filter_map(|insn| insn.row()).any(|row| row.level == Level::V4) {
        return None;
    }
    match Program::load(&LoadOptions::new(ProgramType::Xdp, insns)) {
        Ok(program) => {
            let options = TestRunOptions { data: &[0; 64], context: &[], repeat: 1 };
            Some(program.test_run(&options).expect("XDP can be test-run").retval)
        }
        Err(Error::NotPermitted { .. } | Error::Unsupported { .. }) => None,
        Err(error) => panic!("{error}"),
    }
}

/// Whether all who can run `r0 = …` give `expected`.
fn check(insns: &[Insn], expected: u64, row: &dyn Debug) {
    for (high, expected) in [(false, expected as u32), (true, (expected >> 32) as u32)] {
        let insns = half(insns.to_vec(), high);
        assert_eq!(emulated(Engine::Checked, &insns), expected, "checked: {row:x?}");
        assert_eq!(emulated(Engine::Native, &insns), expected, "native: {row:x?}");
        if let Some(result) = kernel(&insns) {
            assert_eq!(result, expected, "kernel: {row:x?}");
        }
    }
}

/// Whether the kernel takes an immediate second operand: it refuses shifts by the width and
/// more, and division by zero.
fn kernel_takes(bits: Bits, op: AluOp, b: i32) -> bool {
    let width = if bits == B32 { 32 } else { 64 };
    match op {
        Lsh | Rsh | Arsh => (0..width).contains(&b),
        Div | Mod | SDiv | SMod => b != 0,
        _ => true,
    }
}

#[test]
fn arithmetic() {
    for row in ALU {
        let (bits, op, a, b, expected) = *row;
        let mut insns = Insn::ld_imm64(Reg(0), a).to_vec();
        insns.extend(Insn::ld_imm64(Reg(2), b));
        insns.push(Insn::alu(bits, op, Reg(0), Src::Reg(Reg(2))));
        check(&insns, expected, row);
        // The same with the operand as its own destination's source, and as an immediate.
        let mut swapped = Insn::ld_imm64(Reg(3), a).to_vec();
        swapped.extend(Insn::ld_imm64(Reg(0), b));
        swapped.push(Insn::alu(bits, op, Reg(3), Src::Reg(Reg(0))));
        swapped.push(mov_reg(0, 3));
        check(&swapped, expected, row);
        let immediate = b as i32;
        let same = match bits {
            B32 => true,
            B64 => immediate as i64 as u64 == b,
        };
        if same && kernel_takes(bits, op, immediate) {
            let mut insns = Insn::ld_imm64(Reg(0), a).to_vec();
            insns.push(Insn::alu(bits, op, Reg(0), Src::Imm(immediate)));
            check(&insns, expected, &("immediate", row));
        }
    }
}

#[test]
fn one_operand() {
    for row in UNARY {
        let mut insns = Insn::ld_imm64(Reg(0), row.1).to_vec();
        insns.push(row.0);
        check(&insns, row.2, row);
    }
}

#[test]
fn jumps() {
    for row in JUMPS {
        let (bits, op, a, b, holds) = *row;
        let with = |src: Src, width: i16| {
            let mut insns = Insn::ld_imm64(Reg(3), a).to_vec();
            insns.extend(Insn::ld_imm64(Reg(2), b));
            insns.push(Insn::alu(B64, Mov, Reg(0), Src::Imm(1)));
            insns.push(Insn::jump(bits, op, Reg(3), src, width));
            insns.push(Insn::alu(B64, Mov, Reg(0), Src::Imm(0)));
            insns
        };
        check(&with(Src::Reg(Reg(2)), 1), holds.into(), row);
        if b as i32 as i64 as u64 == b || bits == B32 {
            check(&with(Src::Imm(b as i32), 1), holds.into(), row);
        }
    }
}

#[test]
fn long_jumps_and_calls() {
    let (gotol, exit) = (Insn::gotol(1), Insn::exit());
    let one = Insn::alu(B64, Mov, Reg(0), Src::Imm(1));
    let two = Insn::alu(B64, Mov, Reg(0), Src::Imm(2));
    let over = Insn::jump(B64, JmpOp::Eq, Reg(1), Src::Imm(0), 1);
    check(&[one, over, gotol, two], 1, &"gotol");
    // A function with a frame of its own: what the caller keeps there is still there afterwards.
    let insns = [
        Insn::store_imm(Size::DW, Reg(10), -8, 7),
        Insn::alu(B64, Mov, Reg(6), Src::Imm(8)),
        Insn::alu(B64, Mov, Reg(1), Src::Imm(9)),
        Insn::call_local(4),
        Insn::load(Size::DW, Reg(1), Reg(10), -8),
        Insn::alu(B64, Add, Reg(0), Src::Reg(Reg(1))),
        Insn::alu(B64, Add, Reg(0), Src::Reg(Reg(6))),
        exit,
        Insn::store(Size::DW, Reg(10), -8, Reg(1)),
        Insn::alu(B64, Mov, Reg(6), Src::Imm(100)),
        Insn::load(Size::DW, Reg(0), Reg(10), -8),
    ];
    let insns = half(insns.to_vec(), false);
    assert_eq!(emulated(Engine::Checked, &insns), 24);
    assert_eq!(emulated(Engine::Native, &insns), 24);
    assert_eq!(kernel(&insns).unwrap_or(24), 24);
}

#[test]
fn loads_and_stores() {
    for row in LOADS {
        let (size, number, plain, signed) = *row;
        let store = |load: Insn| {
            let mut insns = Insn::ld_imm64(Reg(2), number).to_vec();
            insns.push(Insn::store(size, Reg(10), -8, Reg(2)));
            insns.push(load);
            insns
        };
        check(&store(Insn::load(size, Reg(0), Reg(10), -8)), plain, row);
        check(&store(Insn::load_sx(size, Reg(0), Reg(10), -8)), signed, row);
    }
    let immediate = [
        Insn::store_imm(Size::DW, Reg(10), -8, -2),
        Insn::store_imm(Size::B, Reg(10), -7, 0x1ff),
        Insn::load(Size::DW, Reg(0), Reg(10), -8),
    ];
    check(&immediate, 0xffff_ffff_ffff_fffe, &"store_imm");
}

#[test]
fn atomics() {
    for row in ATOMICS {
        let (op, size, before, operand, r0, after, result) = *row;
        let mut insns = Insn::ld_imm64(Reg(2), before).to_vec();
        insns.push(Insn::store(Size::DW, Reg(10), -8, Reg(2)));
        insns.extend(Insn::ld_imm64(Reg(3), operand));
        insns.extend(Insn::ld_imm64(Reg(0), r0));
        insns.push(Insn::atomic(size, op, Reg(10), -8, Reg(3)));
        let mut memory = insns.clone();
        memory.push(Insn::load(Size::DW, Reg(0), Reg(10), -8));
        check(&memory, after, &("memory", row));
        if op != AtomicOp::CmpXchg {
            insns.push(mov_reg(0, 3));
        }
        check(&insns, result, &("register", row));
    }
}
