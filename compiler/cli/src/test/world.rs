//! What tests decide about the world, in the kernel: the time, random numbers and the processor.
//!
//! The kernel's own are others in each run, so that a verdict that depends on them, rightly, could not
//! be expected. Calls of the helpers that ask for them become calls of functions with the answers that
//! the emulator gives (its `Surroundings`), from memory that the test sets. Calls have one instruction
//! each, so nothing moves, and all else of a program is what it is; but for its types, without which
//! the kernel takes one that calls functions without.

use nbpfc_driver::Helper;
use nbpfc_isa::{AluOp, Bits, Insn, Reg, Size, Src};
use nbpfc_object::{Map, Object, Program, Relocation, Shape, Target};

/// The map with the time in nanoseconds and the state of the random numbers, of 64 bits each.
pub(super) const MAP: &str = ".data.nbpfc";

/// The result of a function, its first argument, and another that it may overwrite.
const R0: Reg = Reg(0);
const R1: Reg = Reg(1);
const R2: Reg = Reg(2);
/// Where the state of the random numbers lies.
const SEED: i16 = 8;
/// The section of functions that programs call.
const TEXT: &str = ".text";

/// What is asked for, and the instructions that answer from the memory that `r1` points to.
type Answer = (&'static [&'static Helper], fn() -> Vec<Insn>);

/// All that the emulator answers by itself and the kernel otherwise. A test is on the first processor.
const ANSWERS: [Answer; 4] = [
    (&[&Helper::KTIME_GET_NS, &Helper::KTIME_GET_BOOT_NS], time),
    (&[&Helper::JIFFIES64], jiffies),
    (&[&Helper::GET_PRANDOM_U32], random),
    (&[&Helper::GET_SMP_PROCESSOR_ID], || vec![set(R0, Src::Imm(0))]),
];

/// Has all programs ask the test; without effect where none asks.
pub(super) fn ask(object: &mut Object) {
    for (helpers, answer) in ANSWERS {
        let asks = |insn: &Insn| helpers.iter().any(|helper| *insn == Insn::call(helper.id));
        let functions = || object.programs.iter().chain(&object.subprograms);
        if !functions().any(|function| function.insns.iter().any(asks)) {
            continue;
        }
        let map = memory(object);
        let target = Target::Subprogram(object.subprograms.len());
        for function in object.programs.iter_mut().chain(&mut object.subprograms) {
            for (at, insn) in function.insns.iter_mut().enumerate().filter(|(_, insn)| asks(insn)) {
                *insn = Insn::call_local(-1);
                function.relocations.push(Relocation { insn: at, target });
            }
            function.relocations.sort_by_key(|relocation| relocation.insn);
        }
        let mut insns = Insn::ld_imm64(R1, 0).to_vec();
        insns.extend(answer());
        insns.push(Insn::exit());
        let target = Target::MapValue { map, offset: 0 };
        object.subprograms.push(Program {
            name: format!("nbpfc_{}", helpers[0].name),
            section: TEXT.to_owned(),
            insns,
            relocations: vec![Relocation { insn: 0, target }],
            ..Program::default()
        });
    }
}

/// What lies in the memory when so much time has gone by, and at first if it is not known.
pub(super) fn later(memory: Option<&[u8]>, nanoseconds: u64) -> Vec<u8> {
    let Some((time, others)) = memory.and_then(<[u8]>::split_first_chunk) else {
        // `Surroundings::default` of the emulator.
        return [0_u64, 1].map(u64::to_ne_bytes).concat();
    };
    let time = u64::from_ne_bytes(*time).saturating_add(nanoseconds);
    [time.to_ne_bytes().as_slice(), others].concat()
}

/// The map, put there for the first that needs it.
fn memory(object: &mut Object) -> usize {
    if let Some(found) = object.maps.iter().position(|map| map.name == MAP) {
        return found;
    }
    let bytes = later(None, 0);
    let value = Shape::Bytes(bytes.len() as u32);
    object.maps.push(Map::data(MAP, bytes, value));
    object.maps.len() - 1
}

fn set(to: Reg, from: Src) -> Insn {
    Insn::alu(Bits::B64, AluOp::Mov, to, from)
}

fn compute(op: AluOp, operand: Src) -> Insn {
    Insn::alu(Bits::B64, op, R0, operand)
}

fn time() -> Vec<Insn> {
    vec![Insn::load(Size::DW, R0, R1, 0)]
}

/// Of a kernel with 250 of them in a second, as the emulator's.
fn jiffies() -> Vec<Insn> {
    [time(), vec![compute(AluOp::Div, Src::Imm(4_000_000))]].concat()
}

/// splitmix64, as `Surroundings::random` of the emulator.
fn random() -> Vec<Insn> {
    let by = |op: AluOp, constant: u64| {
        let [low, high] = Insn::ld_imm64(R2, constant);
        [low, high, compute(op, Src::Reg(R2))]
    };
    let mix = |count: i32| {
        [
            set(R2, Src::Reg(R0)),
            Insn::alu(Bits::B64, AluOp::Rsh, R2, Src::Imm(count)),
            compute(AluOp::Xor, Src::Reg(R2)),
        ]
    };
    let mut insns = vec![Insn::load(Size::DW, R0, R1, SEED)];
    insns.extend(by(AluOp::Add, 0x9e37_79b9_7f4a_7c15));
    insns.push(Insn::store(Size::DW, R1, SEED, R0));
    insns.extend(mix(30));
    insns.extend(by(AluOp::Mul, 0xbf58_476d_1ce4_e5b9));
    insns.extend(mix(27));
    insns.extend(by(AluOp::Mul, 0x94d0_49bb_1331_11eb));
    insns.extend(mix(31));
    insns.push(Insn::alu(Bits::B32, AluOp::Mov, R0, Src::Reg(R0)));
    insns
}
