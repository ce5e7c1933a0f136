//! Random programs: both engines and, where it may be asked, the kernel give the same.
//!
//! `NBPFC_CASES` says how many programs; `NBPFC_SEED` where to begin, to repeat one.

use nbpfc_isa::{AluOp, AtomicOp, Bits, Insn, JmpOp, Op, ROWS, Reg, Row, Size, Src};
use nbpfc_kernel::ProgramType;
use nbpfc_loader::{Error, LoadOptions, Program, TestRunOptions};

use super::{add, hook, mov, mov_reg};
use crate::error::FaultKind;
use crate::machine::{Engine, Machine};
use crate::packet::Packet;

/// Bytes of the stack that programs use, and of the packet that they look at.
const STACK: i16 = 64;
const PACKET: i16 = 32;
/// Numbers are in these registers, `r7` points to the packet.
const NUMBERS: u64 = 7;

/// Marsaglia's xorshift.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: u64) -> u64 {
        (self.next() >> 11) % bound
    }

    fn register(&mut self) -> Reg {
        Reg(self.below(NUMBERS) as u8)
    }

    /// A number, near an edge more often than not.
    fn number(&mut self) -> u64 {
        let edge: u64 = match self.below(8) {
            0 => 0,
            1 => 1 << 31,
            2 => 1 << 32,
            3 => 1 << 63,
            4 => 0x7fff,
            5 => 0xff,
            _ => return self.next(),
        };
        edge.wrapping_add(self.below(5)).wrapping_sub(2)
    }

    /// A multiple of `size` in `bound` bytes.
    fn offset(&mut self, size: Size, bound: i16) -> i16 {
        let size = i16::from(size.bytes());
        self.below((bound / size) as u64) as i16 * size
    }
}

/// A random instruction of a row; `None` for rows that have no place here. Jumps lead over as
/// many instructions as their offset says.
fn instruction(row: &Row, random: &mut Random) -> Option<Vec<Insn>> {
    let dst = random.register();
    let immediate = random.number() as i32;
    let by_register = row.src.is_register();
    let src = if by_register { Src::Reg(random.register()) } else { Src::Imm(immediate) };
    let from = random.register();
    let frame = |random: &mut Random, size| random.offset(size, STACK) - STACK;
    let insn = match row.op {
        Op::Alu(bits, op) => Insn::alu(bits, op, dst, constant(bits, op, src)),
        Op::MovSx(bits, from_bits) => Insn::mov_sx(bits, dst, from, from_bits),
        Op::ToLe(bits) => Insn::to_le(bits, dst),
        Op::ToBe(bits) => Insn::to_be(bits, dst),
        Op::Bswap(bits) => Insn::bswap(bits, dst),
        Op::LdImm64 => return Some(Insn::ld_imm64(dst, random.number()).to_vec()),
        Op::Load(size) if random.below(2) == 0 => {
            Insn::load(size, dst, Reg(7), random.below((PACKET - 7) as u64) as i16)
        }
        Op::Load(size) => Insn::load(size, dst, Reg::FRAME, frame(random, size)),
        Op::LoadSx(size) => Insn::load_sx(size, dst, Reg::FRAME, frame(random, size)),
        Op::Store(size) => Insn::store(size, Reg::FRAME, frame(random, size), from),
        Op::StoreImm(size) => Insn::store_imm(size, Reg::FRAME, frame(random, size), immediate),
        Op::Atomic(size, op) => Insn::atomic(size, op, Reg::FRAME, frame(random, size), from),
        Op::Jump(bits, op) => Insn::jump(bits, op, dst, src, random.below(6) as i16),
        Op::Ja => Insn::ja(0),
        Op::Gotol => Insn::gotol(0),
        _ => return None,
    };
    Some(vec![insn])
}

/// What the kernel takes as second operand: no immediate shift by the width or more, no division
/// by an immediate zero.
fn constant(bits: Bits, op: AluOp, src: Src) -> Src {
    let Src::Imm(imm) = src else { return src };
    let width = if bits == Bits::B32 { 32 } else { 64 };
    Src::Imm(match op {
        AluOp::Lsh | AluOp::Rsh | AluOp::Arsh => imm.rem_euclid(width),
        AluOp::Div | AluOp::Mod | AluOp::SDiv | AluOp::SMod if imm == 0 => 1,
        _ => imm,
    })
}

/// Whether an instruction brings a number from the stack by an atomic operation.
fn fetches(op: Op) -> bool {
    use AtomicOp::{Add, And, Or, Xor};
    matches!(op, Op::Atomic(_, op) if !matches!(op, Add | And | Or | Xor))
}

/// A program that hashes what random instructions did to registers and stack into its verdict.
fn program(random: &mut Random, with_fetches: bool) -> Vec<Insn> {
    let mut insns = vec![
        Insn::load(Size::W, Reg(7), Reg(1), 0),
        Insn::load(Size::W, Reg(2), Reg(1), 4),
        mov(0, 0),
        mov_reg(3, 7),
        add(3, PACKET.into()),
        Insn::jump(Bits::B64, JmpOp::Le, Reg(3), Src::Reg(Reg(2)), 1),
        Insn::exit(),
    ];
    for register in 0..NUMBERS as u8 {
        // Constants are known to the verifier, packet bytes are not.
        if random.below(2) == 0 {
            insns.extend(Insn::ld_imm64(Reg(register), random.number()));
        } else {
            let at = random.below((PACKET - 7) as u64) as i16;
            insns.push(Insn::load(Size::DW, Reg(register), Reg(7), at));
        }
    }
    for slot in 1..=STACK / 8 {
        insns.push(Insn::store(Size::DW, Reg::FRAME, -8 * slot, random.register()));
    }
    let mut body: Vec<Vec<Insn>> = Vec::new();
    while body.len() < 40 {
        let row = &ROWS[random.below(ROWS.len() as u64) as usize];
        if with_fetches || !fetches(row.op) {
            body.extend(instruction(row, random));
        }
    }
    for index in 0..body.len() {
        let over = |off: i16| {
            let skipped = body.iter().skip(index + 1).take(off as usize);
            skipped.map(Vec::len).sum::<usize>() as i16
        };
        let first = body[index][0];
        if matches!(first.row().map(|row| row.op), Some(Op::Jump(..))) {
            body[index][0].off = over(first.off);
        }
    }
    insns.extend(body.into_iter().flatten());
    insns.extend(hash());
    insns
}

/// `r0` = a hash of all numbers and of the stack.
fn hash() -> Vec<Insn> {
    let mut insns = Vec::new();
    let mut mix = |from: Reg| {
        insns.push(Insn::alu(Bits::B64, AluOp::Mul, Reg(0), Src::Imm(31)));
        insns.push(Insn::alu(Bits::B64, AluOp::Add, Reg(0), Src::Reg(from)));
    };
    (1..NUMBERS as u8).for_each(|register| mix(Reg(register)));
    for slot in 1..=STACK / 8 {
        insns.push(Insn::load(Size::DW, Reg(1), Reg::FRAME, -8 * slot));
        insns.push(Insn::alu(Bits::B64, AluOp::Mul, Reg(0), Src::Imm(31)));
        insns.push(Insn::alu(Bits::B64, AluOp::Add, Reg(0), Src::Reg(Reg(1))));
    }
    insns.push(mov_reg(1, 0));
    insns.push(Insn::alu(Bits::B64, AluOp::Rsh, Reg(1), Src::Imm(32)));
    insns.push(Insn::alu(Bits::B64, AluOp::Xor, Reg(0), Src::Reg(Reg(1))));
    insns.push(Insn::exit());
    insns
}

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// A program that hashes what it finds in the packet by all ways that tc has, at places that are
/// there and places that are not; some of it in a function of its own.
fn packet_program(random: &mut Random) -> Vec<Insn> {
    let mut insns = vec![mov_reg(6, 1), mov(8, 1)];
    let sizes = [Size::B, Size::H, Size::W];
    // The verifier does not mix packet loads and local calls.
    let calls = random.below(2) == 0;
    for _ in 0..4 + random.below(8) {
        let size = sizes[random.below(3) as usize];
        // The packet has 64 bytes.
        let at = if random.below(8) == 0 { 60 + random.below(8) } else { random.below(60) } as i32;
        match random.below(3) {
            0 if !calls => insns.push(Insn::ld_abs(size, at)),
            1 if !calls => {
                let index = random.below(100) as i32 - 50;
                insns.push(mov(7, index));
                insns.push(Insn::ld_ind(size, Reg(7), at - index));
            }
            0 => insns.extend([mov(1, at), Insn::call_local(0)]),
            _ => insns.extend(load_bytes(at, 1 + random.below(8) as i32)),
        }
        insns.push(Insn::alu(Bits::B64, AluOp::Mul, Reg(8), Src::Imm(31)));
        insns.push(Insn::alu(Bits::B64, AluOp::Add, Reg(8), Src::Reg(Reg(0))));
    }
    insns.extend([mov_reg(0, 8), Insn::exit()]);
    let function = insns.len();
    let called = insns.iter().any(|insn| insn.row().is_some_and(|row| row.op == Op::CallLocal));
    if called {
        // It spoils what is its own: the saved registers and its frame.
        insns.extend([mov(6, 0), mov(8, 0), Insn::store(Size::DW, Reg::FRAME, -8, Reg(1))]);
        insns.extend([Insn::load(Size::B, Reg(0), Reg::FRAME, -8), add(0, 3), Insn::exit()]);
    }
    for (pc, insn) in insns.iter_mut().enumerate() {
        if insn.row().is_some_and(|row| row.op == Op::CallLocal) {
            *insn = Insn::call_local((function - pc - 1) as i32);
        }
    }
    insns
}

/// `r0` = result of the helper and the bytes that it wrote.
fn load_bytes(at: i32, len: i32) -> Vec<Insn> {
    vec![
        Insn::store_imm(Size::DW, Reg::FRAME, -8, 0),
        mov_reg(1, 6),
        mov(2, at),
        mov_reg(3, 10),
        add(3, -8),
        mov(4, len),
        Insn::call(26),
        Insn::load(Size::DW, Reg(1), Reg::FRAME, -8),
        Insn::alu(Bits::B64, AluOp::Add, Reg(0), Src::Reg(Reg(1))),
    ]
}

/// Both engines' verdict; they have to agree.
fn emulated(insns: &[Insn], hook_name: &str, data: &[u8], seed: u64) -> u32 {
    let [checked, native] = [Engine::Checked, Engine::Native].map(|engine| {
        let mut machine = Machine::new(insns, hook(hook_name), engine).expect("emulated");
        machine.run(&Packet::new(data)).expect("no faults")
    });
    assert_eq!(native, checked, "native: NBPFC_SEED={seed} NBPFC_CASES=1");
    checked
}

/// The kernel, as long as it answers.
struct Kernel {
    may_ask: bool,
    asked: u32,
    accepted: u32,
}

impl Kernel {
    fn new() -> Self {
        Self { may_ask: super::conformance::kernel_is_v4(), asked: 0, accepted: 0 }
    }

    fn check(
        &mut self,
        program_type: ProgramType,
        insns: &[Insn],
        data: &[u8],
        verdict: u32,
        seed: u64,
    ) {
        if !self.may_ask {
            return;
        }
        self.asked += 1;
        match Program::load(&LoadOptions::new(program_type, insns)) {
            Ok(program) => {
                self.accepted += 1;
                let options = TestRunOptions { data, context: &[], repeat: 1 };
                let result = program.test_run(&options).expect("it can be test-run").retval;
                assert_eq!(result, verdict, "kernel: NBPFC_SEED={seed} NBPFC_CASES=1");
            }
            Err(Error::NotPermitted { .. } | Error::Unsupported { .. }) => self.may_ask = false,
            Err(error) => eprintln!("seed {seed}: {error}"),
        }
    }
}

impl Drop for Kernel {
    /// The verifier tires of some; if it refuses many, the generator does not test it.
    fn drop(&mut self) {
        let (accepted, asked) = (self.accepted, self.asked);
        if !std::thread::panicking() {
            assert!(accepted * 10 >= asked * 9, "the kernel accepts {accepted} of {asked}");
        }
    }
}

fn seeds() -> impl Iterator<Item = (u64, Random)> {
    let first = setting("NBPFC_SEED", 1);
    let seeds = first..first + setting("NBPFC_CASES", 300);
    seeds.map(|seed| (seed, Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)))
}

#[test]
fn engines_and_kernel_agree() {
    let mut kernel = Kernel::new();
    for (seed, mut random) in seeds() {
        // Linux 6.18's verifier takes paths for equal that differ in what an atomic operation
        // fetches from the stack, and removes code that is reached: no measure for these.
        let with_fetches = seed % 4 == 0;
        let insns = program(&mut random, with_fetches);
        let data: Vec<u8> = (0..64).map(|_| random.number() as u8).collect();
        let verdict = emulated(&insns, "xdp", &data, seed);
        if !with_fetches {
            kernel.check(ProgramType::Xdp, &insns, &data, verdict, seed);
        }
    }
}

#[test]
fn packet_access_agrees() {
    let mut kernel = Kernel::new();
    for (seed, mut random) in seeds() {
        let insns = packet_program(&mut random);
        let data: Vec<u8> = (0..64).map(|_| random.next() as u8).collect();
        let verdict = emulated(&insns, "tc", &data, seed);
        kernel.check(ProgramType::SchedCls, &insns, &data, verdict, seed);
    }
}

/// A program of XDP that compares and loads here and there, without much sense.
fn bounds_program(random: &mut Random) -> Vec<Insn> {
    let (data, end, pointer, length) = (Reg(2), Reg(3), Reg(4), Reg(5));
    let mut insns = vec![
        Insn::load(Size::W, data, Reg(1), 0),
        Insn::load(Size::W, end, Reg(1), 4),
        mov_reg(4, 2),
        mov_reg(5, 3),
        Insn::alu(Bits::B64, AluOp::Sub, length, Src::Reg(data)),
        mov(0, 0),
    ];
    let compare = [JmpOp::Gt, JmpOp::Ge, JmpOp::Lt, JmpOp::Le, JmpOp::Eq, JmpOp::Sgt];
    let sizes = [Size::B, Size::H, Size::W, Size::DW];
    for _ in 0..16 {
        let number = random.below(40) as i32 - 8;
        let op = compare[random.below(6) as usize];
        let over = random.below(4) as i16;
        insns.push(match random.below(7) {
            0 => add(pointer.0, number),
            1 => mov_reg(pointer.0, data.0),
            2 => Insn::jump(Bits::B64, op, pointer, Src::Reg(end), over),
            3 => Insn::jump(Bits::B64, op, end, Src::Reg(pointer), over),
            4 => Insn::jump(Bits::B64, op, length, Src::Imm(number), over),
            5 => Insn::load(sizes[random.below(4) as usize], Reg(0), pointer, number as i16),
            _ => Insn::load(sizes[random.below(4) as usize], Reg(0), data, number as i16),
        });
    }
    insns.extend([mov(1, 0), mov(1, 0), mov(1, 0), Insn::exit()]);
    insns
}

/// Changes a field of an instruction, or its place.
fn damage(insns: &mut Vec<Insn>, random: &mut Random) {
    let at = random.below(insns.len() as u64) as usize;
    let other = insns[random.below(insns.len() as u64) as usize];
    let insn = &mut insns[at];
    match random.below(7) {
        0 => insn.dst = random.below(11) as u8,
        1 => insn.src = random.below(11) as u8,
        2 => insn.off = random.below(32) as i16 - 16,
        3 => insn.imm = random.number() as i32,
        4 => *insn = other,
        5 => insn.opcode = ROWS[random.below(ROWS.len() as u64) as usize].opcode,
        _ => drop(insns.remove(at)),
    }
}

/// Whether machine code has to find a fault too: it knows nothing of what is not written yet.
fn guarded(kind: FaultKind) -> bool {
    matches!(kind, FaultKind::OutOfBounds { .. } | FaultKind::ReadOnly(_) | FaultKind::Field { .. })
}

/// What the interpreter runs to its end gives the same as machine code, however strange; accesses
/// that it refuses, machine code does not make.
#[test]
fn damaged_programs_do_no_harm() {
    let (mut ran, mut native) = (0, 0);
    for (seed, mut random) in seeds() {
        let (mut insns, hook) = match seed % 3 {
            0 => (program(&mut random, true), hook("xdp")),
            1 => (packet_program(&mut random), hook("tc")),
            _ => (bounds_program(&mut random), hook("xdp")),
        };
        let data: Vec<u8> = (0..random.below(80)).map(|_| random.next() as u8).collect();
        for round in 0..12 {
            if round > 0 {
                damage(&mut insns, &mut random);
            }
            let Ok(mut checked) = Machine::new(&insns, hook, Engine::Checked) else { continue };
            checked.set_budget(10_000);
            let result = checked.run(&Packet::new(&data));
            ran += u32::from(result.is_ok());
            let Ok(mut machine) = Machine::new(&insns, hook, Engine::Native) else { continue };
            machine.set_budget(10_000);
            let other = machine.run(&Packet::new(&data));
            if result.is_ok() || result.is_err_and(|fault| guarded(fault.kind)) {
                native += 1;
                assert_eq!(other, result, "NBPFC_SEED={seed} NBPFC_CASES=1");
            }
        }
    }
    assert!(native > 0, "{ran} ran to their end, {native} as machine code");
}

/// Any slots are a program or an error.
#[test]
fn any_slots_are_an_answer() {
    for (_, mut random) in seeds() {
        let mut insns: Vec<Insn> =
            (0..=random.below(20)).map(|_| Insn::decode(random.next().to_le_bytes())).collect();
        for insn in &mut insns {
            // Opcodes of the table, so that more than the first slot is looked at.
            insn.opcode = ROWS[random.below(ROWS.len() as u64) as usize].opcode;
            if random.below(4) > 0 {
                (insn.dst, insn.src, insn.off, insn.imm) = (insn.dst % 11, 0, insn.off % 8, 0);
            }
        }
        for engine in [Engine::Checked, Engine::Native] {
            if let Ok(mut machine) = Machine::new(&insns, hook("tc"), engine) {
                machine.set_budget(1000);
                // A verdict or a fault, both are fine.
                let _ = machine.run(&Packet::new(&[0; 20]));
            }
        }
    }
}

/// All kinds of instructions come up, so that the test above is about all of them.
#[test]
fn every_row_comes_up() {
    let mut random = Random(1);
    let missing = ROWS.iter().filter(|row| instruction(row, &mut random).is_none());
    let absent: Vec<&str> = missing.map(|row| row.text).collect();
    let expected = |row: &&Row| {
        matches!(
            row.op,
            Op::LdPseudo(_)
                | Op::LdAbs(_)
                | Op::LdInd(_)
                | Op::LoadAcquire(_)
                | Op::StoreRelease(_)
                | Op::AddrSpaceCast
                | Op::MayGoto
                | Op::Call
                | Op::CallLocal
                | Op::CallKfunc
                | Op::Exit
        )
    };
    let expected: Vec<&str> = ROWS.iter().filter(expected).map(|row| row.text).collect();
    assert_eq!(absent, expected);
}
