//! What tests decide about the world, in the kernel: the time, random numbers and the processor.
//!
//! The kernel's own are others in each run, so that a verdict that depends on them, rightly, could not
//! be expected. Calls of the helpers that ask for them become calls of functions with the answers that
//! the emulator gives (its `Surroundings`), from memory that the test sets. Calls have one instruction
//! each, so nothing moves, and all else of a program is what it is; but for its types, without which
//! the kernel takes one that calls functions without.

use nbpfc_driver::{Decided, Helper, USUAL, decided};
use nbpfc_emulator::Packet;
use nbpfc_isa::{AluOp, Bits, Insn, JmpOp, Reg, Size, Src};
use nbpfc_object::{Map, Object, Program, Relocation, Shape, Target};

/// The map with the time in nanoseconds, the state of the random numbers and what is answered about a
/// packet, of 64 bits each.
pub(super) const MAP: &str = ".data.nbpfc";

/// The result of a function, its first argument, and another that it may overwrite.
const R0: Reg = Reg(0);
const R1: Reg = Reg(1);
const R2: Reg = Reg(2);
/// Where the state of the random numbers lies.
const SEED: i16 = 8;
/// Where the answers lie that tests say.
const SAID: i16 = 16;
/// The section of functions that programs call.
const TEXT: &str = ".text";

/// Has all programs ask the test; without effect where none asks.
pub(super) fn ask(object: &mut Object) {
    for (helper, by) in decided() {
        let asks = |insn: &Insn| *insn == Insn::call(helper.id);
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
        insns.extend(answer(helper, by));
        insns.push(Insn::exit());
        let target = Target::MapValue { map, offset: 0 };
        object.subprograms.push(Program {
            name: format!("nbpfc_{}", helper.name),
            section: TEXT.to_owned(),
            insns,
            relocations: vec![Relocation { insn: 0, target }],
            ..Program::default()
        });
    }
}

/// The instructions that answer from the memory that `r1` points to. A test is on the first processor.
fn answer(helper: &Helper, by: Decided) -> Vec<Insn> {
    match by {
        Decided::Time => time(),
        Decided::Ticks => jiffies(),
        Decided::Random => random(),
        Decided::Processor => vec![set(R0, Src::Imm(0))],
        Decided::Said => vec![Insn::load(Size::DW, R0, R1, place(helper))],
        Decided::Ancestor => ancestor(),
    }
}

/// Where the answer of a helper lies that the test says.
fn place(helper: &Helper) -> i16 {
    let before = USUAL.iter().take_while(|(other, _)| other.id != helper.id).count();
    SAID + 8 * before as i16
}

/// The memory at first: `Surroundings::default` of the emulator, and what is usual.
fn first() -> Vec<u8> {
    let said = USUAL.iter().map(|(_, usual)| *usual);
    [0_u64, 1].into_iter().chain(said).flat_map(u64::to_ne_bytes).collect()
}

/// Lets so much time go by.
pub(super) fn advance(memory: &mut [u8], nanoseconds: u64) {
    if let Some(time) = memory.first_chunk_mut() {
        *time = u64::from_ne_bytes(*time).saturating_add(nanoseconds).to_ne_bytes();
    }
}

/// Says what is answered about a packet.
pub(super) fn say(memory: &mut [u8], packet: &Packet<'_>) {
    for (helper, _) in USUAL {
        let place = memory.get_mut(place(helper) as usize..).and_then(<[u8]>::first_chunk_mut);
        if let (Some(place), Some(answer)) = (place, packet.answer(helper)) {
            *place = answer.to_ne_bytes();
        }
    }
}

/// The map, put there for the first that needs it.
fn memory(object: &mut Object) -> usize {
    if let Some(found) = object.maps.iter().position(|map| map.name == MAP) {
        return found;
    }
    let bytes = first();
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

/// `Helper::ancestor`, of the level that is its second argument.
fn ancestor() -> Vec<Insn> {
    let group = Insn::load(Size::DW, R0, R1, place(&Helper::SKB_CGROUP_ID));
    let skip =
        |op, register, number, off| Insn::jump(Bits::B64, op, register, Src::Imm(number), off);
    vec![
        group,
        skip(JmpOp::Eq, R0, 0, 6),
        skip(JmpOp::Ne, R2, 0, 2),
        set(R0, Src::Imm(1)),
        Insn::ja(3),
        skip(JmpOp::Ne, R2, 1, 1),
        skip(JmpOp::Ne, R0, 1, 1),
        set(R0, Src::Imm(0)),
    ]
}
