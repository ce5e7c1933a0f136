//! What is known of numbers holds, and small programs cost what the kernel says they do.

use nbpfc_isa::{AluOp, Bits, Insn, JmpOp, Reg, Size, Src};
use nbpfc_kernel::{Hook, Target, Version};

use crate::arithmetic::alu;
use crate::compare::{decided, refine};
use crate::scalar::Scalar;
use crate::tnum::Tnum;
use crate::{Estimate, Limits, Program, few, walk};

const OPS: &[AluOp] = &[
    AluOp::Add,
    AluOp::Sub,
    AluOp::Mul,
    AluOp::Div,
    AluOp::Mod,
    AluOp::And,
    AluOp::Or,
    AluOp::Xor,
    AluOp::Lsh,
    AluOp::Rsh,
    AluOp::Arsh,
    AluOp::Neg,
    AluOp::Mov,
];
const CONDITIONS: &[JmpOp] = &[
    JmpOp::Eq,
    JmpOp::Ne,
    JmpOp::Set,
    JmpOp::Gt,
    JmpOp::Ge,
    JmpOp::Lt,
    JmpOp::Le,
    JmpOp::Sgt,
    JmpOp::Sge,
    JmpOp::Slt,
    JmpOp::Sle,
];

/// Knuth's MMIX generator.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 ^ (self.0 >> 29)
    }

    /// A number, and something that is known of it.
    fn known(&mut self) -> (u64, Scalar) {
        let number = match self.next() >> 61 {
            0 => self.next() >> 58,
            1 => (self.next() >> 58).wrapping_neg(),
            2 => self.next() >> 32,
            3 => 1 << (self.next() >> 58),
            _ => self.next(),
        };
        let mut scalar = Scalar::UNKNOWN;
        let near = |random: &mut Self| random.next() >> (random.next() >> 58);
        if self.next() >> 62 == 0 {
            return (number, Scalar::constant(number));
        }
        let mask = near(self) & near(self);
        scalar.tnum = Tnum { value: number & !mask, mask };
        scalar.umin = number.saturating_sub(near(self));
        scalar.umax = number.saturating_add(near(self));
        if self.next() >> 63 == 0 {
            scalar.smin = (number as i64).saturating_sub((near(self) >> 1) as i64);
            scalar.smax = (number as i64).saturating_add((near(self) >> 1) as i64);
        }
        if self.next() >> 63 == 0 {
            scalar.smin32 = (number as i32).saturating_sub((near(self) >> 33) as i32);
            scalar.smax32 = (number as i32).saturating_add((near(self) >> 33) as i32);
        }
        (number, scalar.synced())
    }
}

fn has(scalar: &Scalar, number: u64) -> bool {
    scalar.contains(&Scalar::constant(number))
}

fn computed(op: AluOp, bits: Bits, a: u64, b: u64) -> u64 {
    let (a, b, width) = match bits {
        Bits::B64 => (a, b, 64),
        Bits::B32 => (u64::from(a as u32), u64::from(b as u32), 32),
    };
    let by = (b as u32) & (width - 1);
    let result = match op {
        AluOp::Add => a.wrapping_add(b),
        AluOp::Sub => a.wrapping_sub(b),
        AluOp::Mul => a.wrapping_mul(b),
        AluOp::Div => a.checked_div(b).unwrap_or(0),
        AluOp::Mod => a.checked_rem(b).unwrap_or(a),
        AluOp::And => a & b,
        AluOp::Or => a | b,
        AluOp::Xor => a ^ b,
        AluOp::Lsh => a << by,
        AluOp::Rsh => a >> by,
        AluOp::Arsh if bits == Bits::B32 => (a as i32 >> by) as u64,
        AluOp::Arsh => (a as i64 >> by) as u64,
        AluOp::Neg => a.wrapping_neg(),
        _ => b,
    };
    if bits == Bits::B32 { u64::from(result as u32) } else { result }
}

fn holds(op: JmpOp, bits: Bits, a: u64, b: u64) -> bool {
    let (a, b, s, t) = match bits {
        Bits::B64 => (a, b, a as i64, b as i64),
        Bits::B32 => {
            (u64::from(a as u32), u64::from(b as u32), (a as i32).into(), (b as i32).into())
        }
    };
    match op {
        JmpOp::Eq => a == b,
        JmpOp::Ne => a != b,
        JmpOp::Set => a & b != 0,
        JmpOp::Gt => a > b,
        JmpOp::Ge => a >= b,
        JmpOp::Lt => a < b,
        JmpOp::Le => a <= b,
        JmpOp::Sgt => s > t,
        JmpOp::Sge => s >= t,
        JmpOp::Slt => s < t,
        JmpOp::Sle => s <= t,
    }
}

#[test]
fn what_is_known_of_results_holds() {
    let mut random = Random(1);
    for _ in 0..20_000 {
        let ((a, known_a), (b, known_b)) = (random.known(), random.known());
        assert!(has(&known_a, a), "{a:#x} {known_a:?}");
        for bits in [Bits::B32, Bits::B64] {
            for op in OPS {
                let (known, result) =
                    (alu(*op, bits, &known_a, &known_b), computed(*op, bits, a, b));
                assert!(
                    has(&known, result),
                    "{op:?} {bits:?} {a:#x} {b:#x}: {result:#x}\n{known_a:?}\n{known_b:?}\n{known:?}"
                );
            }
        }
        for bytes in [1, 2, 4, 8] {
            let cut = if bytes == 8 { a } else { a & ((1 << (8 * bytes)) - 1) };
            assert!(has(&known_a.truncated(bytes), cut), "{a:#x} {bytes}");
        }
    }
}

#[test]
fn what_comparisons_teach_holds() {
    let mut random = Random(2);
    for _ in 0..20_000 {
        let ((a, known_a), (b, known_b)) = (random.known(), random.known());
        for bits in [Bits::B32, Bits::B64] {
            for op in CONDITIONS {
                let holds = holds(*op, bits, a, b);
                let said = decided(*op, bits, &known_a, &known_b);
                assert!(said.is_none_or(|said| said == holds), "{op:?} {bits:?} {a:#x} {b:#x}");
                let (x, y) = refine(*op, bits, holds, &known_a, &known_b);
                assert!(
                    has(&x, a) && has(&y, b),
                    "{op:?} {bits:?} {a:#x} {b:#x}\n{known_a:?}\n{known_b:?}\n{x:?}\n{y:?}"
                );
            }
        }
    }
}

const LIMITS: Limits = Limits { processed: 1_000_000, pending: 8192 };

fn walked(insns: &[Insn]) -> Estimate {
    let hook = Hook::by_name("xdp").expect("xdp");
    let target = Target::new(hook, Version::new(6, 12));
    let program = Program { insns, target: &target, maps: &[], references: &[], functions: &[] };
    walk(&program, LIMITS)
}

fn set(reg: u8, value: i32) -> Insn {
    Insn::alu(Bits::B64, AluOp::Mov, Reg(reg), Src::Imm(value))
}

fn add(reg: u8, value: i32) -> Insn {
    Insn::alu(Bits::B64, AluOp::Add, Reg(reg), Src::Imm(value))
}

fn when(op: JmpOp, reg: u8, value: i32, off: i16) -> Insn {
    Insn::jump(Bits::B64, op, Reg(reg), Src::Imm(value), off)
}

#[test]
fn loops_are_followed_round_by_round() {
    let program = [set(0, 0), add(0, 1), when(JmpOp::Lt, 0, 100, -2), Insn::exit()];
    let found = walked(&program);
    assert_eq!((found.processed, found.within), (202, true));
    assert_eq!(found.counts, [1, 100, 100, 1]);
    assert_eq!(few(&program, LIMITS), None);
}

#[test]
fn endless_loops_end_at_the_limit() {
    let found = walked(&[set(0, 0), when(JmpOp::Eq, 0, 0, -1), Insn::exit()]);
    assert_eq!((found.processed, found.within), (1_000_001, false));
}

/// Ways that part and meet again without a trace are followed once from there on.
#[test]
fn ways_become_one_where_nothing_tells_them_apart() {
    let ask = |count: usize, last: &[Insn]| {
        let mut program = vec![Insn::load(Size::W, Reg(2), Reg(1), 12), set(3, 0)];
        for bit in 0..count {
            // Enough between two of them for a state to be kept.
            program.extend([set(4, 0); 8]);
            program.push(Insn::ja(0));
            program.push(when(JmpOp::Set, 2, 1 << bit, 1));
            program.push(add(3, 1 << bit));
        }
        program.extend_from_slice(last);
        program.extend([set(0, 2), Insn::exit()]);
        walked(&program).processed
    };
    let forgotten: Vec<u64> = [8, 9, 10].map(|count| ask(count, &[])).to_vec();
    assert_eq!(forgotten[2] - forgotten[1], forgotten[1] - forgotten[0]);
    // What is asked for in the end keeps them apart.
    let asked = [8, 9].map(|count| ask(count, &[when(JmpOp::Eq, 3, 77, 1), set(0, 0)]));
    assert!(asked[1] > asked[0] * 3 / 2, "{asked:?}");
}
