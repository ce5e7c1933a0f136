//! What hooks give a program: context, packet, helpers; and what they refuse.

use nbpfc_isa::{AluOp, Bits, Insn, JmpOp, Reg, Size, Src};

use super::{add, checked, hook, mov, mov_reg, run, run_any};
use crate::error::{ErrorKind, FaultKind, Memory};
use crate::machine::{Engine, Machine};
use crate::packet::Packet;

const ETHERNET: [u8; 20] =
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0x08, 0x00, 0x45, 0, 0, 20, 0xab, 0xcd];

/// `r0` = the packet's byte at 14 through checked pointers, or 77 if there is none.
fn byte_14(data: i16, data_end: i16) -> Vec<Insn> {
    vec![
        Insn::load(Size::W, Reg(2), Reg(1), data),
        Insn::load(Size::W, Reg(3), Reg(1), data_end),
        mov(0, 77),
        mov_reg(4, 2),
        add(4, 15),
        Insn::jump(Bits::B64, JmpOp::Gt, Reg(4), Src::Reg(Reg(3)), 1),
        Insn::load(Size::B, Reg(0), Reg(2), 14),
        Insn::exit(),
    ]
}

#[test]
fn packets_are_reached_through_the_context() {
    for (name, data, data_end) in [("xdp", 0, 4), ("tc", 76, 80), ("cgroup_skb", 76, 80)] {
        let insns = byte_14(data, data_end);
        assert_eq!(run(&insns, name, &Packet::new(&ETHERNET)), Ok(0x45), "{name}");
        assert_eq!(run(&insns, name, &Packet::new(&ETHERNET[..14])), Ok(77), "{name}");
        assert_eq!(run(&insns, name, &Packet::new(&[])), Ok(77), "{name}");
    }
}

#[test]
fn members_of_the_context() {
    let packet =
        Packet { length: 1500, interface: 0x0102_0304, packet_type: 4, ..Packet::new(&ETHERNET) };
    // Hook, offset, width, value.
    let rows = [
        ("tc", 0, Size::W, 1500),
        ("tc", 4, Size::W, 4),
        ("tc", 16, Size::W, 8),
        ("tc", 40, Size::W, 0x0102_0304),
        ("tc", 42, Size::H, 0x0102),
        ("tc", 43, Size::B, 0x01),
        ("tc", 152, Size::DW, 0),
        ("xdp", 12, Size::W, 0x0102_0304),
    ];
    for (name, off, size, value) in rows {
        let insns = [Insn::load(size, Reg(0), Reg(1), off), Insn::exit()];
        assert_eq!(run(&insns, name, &packet), Ok(value), "{name} {off}");
    }
    // XDP's members are read whole; packet pointers are not for socket filters; sk is not there.
    let absent = [
        ("xdp", 12, Size::H),
        ("xdp", 24, Size::W),
        ("xdp", 0, Size::DW),
        ("xdp", -4, Size::W),
        ("tc", 41, Size::H),
        ("tc", 76, Size::H),
        ("tc", 168, Size::DW),
        ("tc", 192, Size::W),
        ("socket", 76, Size::W),
    ];
    for (name, off, size) in absent {
        let insns = [Insn::load(size, Reg(0), Reg(1), off), Insn::exit()];
        let kind = FaultKind::Field { offset: off.into(), size: size.bytes().into() };
        assert_eq!(run(&insns, name, &packet), Err(kind), "{name} {off}");
    }
}

#[test]
fn packet_loads_end_the_program() {
    // 5 + (the halfword at 16, big-endian), 0 without it.
    let absolute = [mov_reg(6, 1), Insn::ld_abs(Size::H, 16), add(0, 5), Insn::exit()];
    let indirect = |at: i32| {
        [mov_reg(6, 1), mov(7, at), Insn::ld_ind(Size::H, Reg(7), 6), add(0, 5), Insn::exit()]
    };
    let packet = Packet::new(&ETHERNET);
    let cut = Packet { data: &ETHERNET[..17], ..packet };
    assert_eq!(run(&absolute, "socket", &packet), Ok(25));
    assert_eq!(run(&absolute, "socket", &cut), Ok(0));
    for (at, verdict) in [(10, 25), (12, 0xabcd + 5), (13, 0), (-6, 6), (-7, 0), (i32::MAX, 0)] {
        assert_eq!(run(&indirect(at), "socket", &packet), Ok(verdict), "{at}");
    }
    let refused = Machine::new(&absolute, hook("xdp"), Engine::Checked).expect_err("no skb");
    assert!(matches!(refused.kind, ErrorKind::NotEmulated(_)));
    let lost = [mov_reg(6, 1), Insn::ld_abs(Size::B, 0), mov_reg(0, 1), Insn::exit()];
    let fault = checked(&lost, "socket").run(&packet).expect_err("r1 is lost");
    assert_eq!(fault.kind, FaultKind::Register(1));
}

/// `r0` = helper's result, low, plus the first byte that it wrote.
fn load_bytes(helper: i32, offset: i32, len: i32) -> Vec<Insn> {
    vec![
        Insn::store_imm(Size::DW, Reg(10), -8, 0),
        mov(2, offset),
        mov_reg(3, 10),
        add(3, -8),
        mov(4, len),
        Insn::call(helper),
        Insn::load(Size::B, Reg(1), Reg(10), -8),
        Insn::alu(Bits::B64, AluOp::Add, Reg(0), Src::Reg(Reg(1))),
        Insn::exit(),
    ]
}

#[test]
fn helpers_load_what_was_captured() {
    let packet = Packet { length: 1500, ..Packet::new(&ETHERNET) };
    let (efault, einval) = (-14_i32 as u32, -22_i32 as u32);
    let rows = [
        ("tc", 26, 18, 2, 0xab),
        ("tc", 26, 19, 2, efault),
        ("tc", 26, -1, 1, efault),
        ("socket", 26, 0, 8, 0),
        ("xdp", 189, 12, 8, 8),
        ("xdp", 189, 13, 8, einval),
        ("xdp", 189, 0x1_0000, 8, efault),
    ];
    for (name, helper, offset, len, result) in rows {
        let insns = load_bytes(helper, offset, len);
        assert_eq!(run(&insns, name, &packet), Ok(result), "{name} {offset}");
    }
    assert_eq!(run(&[Insn::call(188), Insn::exit()], "xdp.frags", &packet), Ok(1500));
    let refused = Machine::new(&load_bytes(26, 0, 1), hook("xdp"), Engine::Checked);
    assert_eq!(refused.expect_err("an skb helper").kind, ErrorKind::Helper(26));
    let kind = FaultKind::OutOfBounds { memory: Memory::Stack, offset: -8, size: 9 };
    assert_eq!(run(&load_bytes(26, 0, 9), "tc", &packet), Err(kind));
}

#[test]
fn faults() {
    let data = Insn::load(Size::W, Reg(2), Reg(1), 0);
    let stack = |offset, size| FaultKind::OutOfBounds { memory: Memory::Stack, offset, size };
    let packet = |offset, size| FaultKind::OutOfBounds { memory: Memory::Packet, offset, size };
    let rows: Vec<(&str, Vec<Insn>, usize, FaultKind)> = vec![
        ("unwritten register", vec![mov_reg(0, 5)], 0, FaultKind::Register(5)),
        ("unwritten r0", vec![], 0, FaultKind::Register(0)),
        (
            "unwritten stack",
            vec![
                Insn::store_imm(Size::W, Reg(10), -8, 0),
                Insn::load(Size::DW, Reg(0), Reg(10), -8),
            ],
            1,
            FaultKind::Uninitialised { offset: -8 },
        ),
        ("above the stack", vec![Insn::store_imm(Size::B, Reg(10), 0, 0)], 0, stack(0, 1)),
        ("below the stack", vec![Insn::store_imm(Size::B, Reg(10), -513, 0)], 0, stack(-513, 1)),
        (
            "through a number",
            vec![mov(2, 8), Insn::load(Size::B, Reg(0), Reg(2), 0)],
            1,
            FaultKind::NotAPointer,
        ),
        (
            "behind the packet",
            vec![data, Insn::load(Size::W, Reg(0), Reg(2), 17)],
            1,
            packet(17, 4),
        ),
        (
            "before the packet",
            vec![data, Insn::load(Size::B, Reg(0), Reg(2), -1)],
            1,
            packet(-1, 1),
        ),
        (
            "write behind the packet",
            vec![data, Insn::store_imm(Size::B, Reg(2), 20, 0)],
            1,
            packet(20, 1),
        ),
        (
            "write to the context",
            vec![Insn::store_imm(Size::W, Reg(1), 16, 0)],
            0,
            FaultKind::ReadOnly(Memory::Context),
        ),
        (
            "pointer times 2",
            vec![Insn::alu(Bits::B64, AluOp::Mul, Reg(1), Src::Imm(2))],
            0,
            FaultKind::Pointer,
        ),
        (
            "half a pointer",
            vec![Insn::alu(Bits::B32, AluOp::Mov, Reg(0), Src::Reg(Reg(1)))],
            0,
            FaultKind::Pointer,
        ),
        (
            "half a spilled pointer",
            vec![
                Insn::store(Size::DW, Reg(10), -8, Reg(1)),
                Insn::load(Size::W, Reg(0), Reg(10), -8),
            ],
            1,
            FaultKind::Pointer,
        ),
        (
            "the rest of a pointer",
            vec![
                Insn::store(Size::DW, Reg(10), -8, Reg(1)),
                Insn::store_imm(Size::B, Reg(10), -8, 0),
                Insn::load(Size::DW, Reg(0), Reg(10), -8),
            ],
            2,
            FaultKind::Uninitialised { offset: -8 },
        ),
        (
            "unrelated pointers",
            vec![Insn::jump(Bits::B64, JmpOp::Gt, Reg(1), Src::Reg(Reg(10)), 0)],
            0,
            FaultKind::Pointer,
        ),
        ("pointer returned", vec![mov_reg(0, 1)], 1, FaultKind::PointerReturned),
        ("no end", vec![mov(0, 0), Insn::ja(-1)], 1, FaultKind::Budget),
        ("too deep", vec![Insn::call_local(-1)], 0, FaultKind::CallDepth),
    ];
    for (name, mut insns, pc, kind) in rows {
        insns.push(Insn::exit());
        let fault = checked(&insns, "xdp").run(&Packet::new(&ETHERNET)).expect_err(name);
        assert_eq!((fault.pc, fault.kind), (pc, kind), "{name}");
    }
}

#[test]
fn packets_are_not_written_where_the_kernel_does_not_let_programs() {
    let insns = [
        Insn::load(Size::W, Reg(2), Reg(1), 76),
        Insn::store_imm(Size::B, Reg(2), 0, 0),
        mov(0, 1),
        Insn::exit(),
    ];
    let packet = Packet::new(&ETHERNET);
    assert_eq!(run(&insns, "cgroup_skb", &packet), Err(FaultKind::ReadOnly(Memory::Packet)));
    assert_eq!(run(&insns, "tc", &packet), Ok(1));
}

#[test]
fn refusals() {
    let [first, second] = Insn::ld_imm64(Reg(0), 1);
    let [map, map_second] = Insn::ld_map_fd(Reg(1), 3);
    let rows: Vec<(&str, Vec<Insn>, usize, ErrorKind)> = vec![
        ("nothing", vec![], 0, ErrorKind::NoEnd),
        ("no exit", vec![mov(0, 0)], 0, ErrorKind::NoEnd),
        ("half an immediate", vec![first], 0, ErrorKind::NotAnInstruction),
        (
            "unknown opcode",
            vec![Insn { opcode: 0xff, ..mov(0, 0) }],
            0,
            ErrorKind::NotAnInstruction,
        ),
        ("out of the program", vec![Insn::ja(1), Insn::exit()], 0, ErrorKind::Target),
        ("before the program", vec![Insn::ja(-2), Insn::exit()], 0, ErrorKind::Target),
        ("into an immediate", vec![Insn::ja(1), first, second, Insn::exit()], 0, ErrorKind::Target),
        ("frame pointer", vec![mov(10, 0), Insn::exit()], 0, ErrorKind::FramePointer),
        ("map", vec![map, map_second, Insn::exit()], 0, ErrorKind::NotEmulated("maps are")),
        ("helper", vec![mov(0, 0), Insn::call(69), Insn::exit()], 1, ErrorKind::Helper(69)),
    ];
    for (name, insns, pc, kind) in rows {
        let error = Machine::new(&insns, hook("xdp"), Engine::Checked).expect_err(name);
        assert_eq!((error.pc, error.kind), (pc, kind), "{name}");
    }
}

#[test]
fn runs_are_counted_and_traced() {
    let insns = [
        mov(0, 3),
        add(0, -1),
        Insn::jump(Bits::B64, JmpOp::Ne, Reg(0), Src::Imm(0), -2),
        mov_reg(2, 10),
        add(2, -16),
        Insn::exit(),
    ];
    let mut machine = checked(&insns, "xdp");
    let packet = Packet::new(&ETHERNET);
    let mut counts = [0; 6];
    assert_eq!(machine.count(&packet, &mut counts), Ok(0));
    assert_eq!(counts, [1, 3, 3, 1, 1, 1]);
    assert_eq!(machine.executed(), 10);
    let mut lines = Vec::new();
    let verdict = machine.trace(&packet, &mut |step| {
        let changed =
            step.changed.iter().map(|(register, value)| format!(" r{}={value}", register.0));
        lines.push(format!("{}{}", step.pc, changed.collect::<String>()));
    });
    assert_eq!(verdict, Ok(0));
    assert_eq!(
        lines,
        [
            "0 r0=0x3",
            "1 r0=0x2",
            "2",
            "1 r0=0x1",
            "2",
            "1 r0=0x0",
            "2",
            "3 r2=fp+0",
            "4 r2=fp-16",
            "5"
        ]
    );
    machine.set_budget(9);
    assert_eq!(machine.run(&packet).expect_err("10 are needed").kind, FaultKind::Budget);
}

/// Machine code that gives up has the interpreter say why.
#[test]
fn guards_hold() {
    let data = Insn::load(Size::W, Reg(2), Reg(1), 0);
    let end = Insn::load(Size::W, Reg(2), Reg(1), 4);
    let at = |base: Insn, size, off| [base, Insn::load(size, Reg(0), Reg(2), off), Insn::exit()];
    let packet = |offset, size| FaultKind::OutOfBounds { memory: Memory::Packet, offset, size };
    let all = Packet::new(&ETHERNET);
    for (size, bytes) in [(Size::B, 1), (Size::H, 2), (Size::W, 4), (Size::DW, 8)] {
        let last = 20 - bytes as i16;
        assert!(run(&at(data, size, last), "xdp", &all).is_ok());
        assert!(run(&at(end, size, -(bytes as i16)), "xdp", &all).is_ok());
        for off in [last + 1, 20, 21, i16::MAX, -1, i16::MIN] {
            let fault = Err(packet(off.into(), bytes));
            assert_eq!(run(&at(data, size, off), "xdp", &all), fault, "{size:?} {off}");
        }
        let none = Packet::new(&[]);
        assert_eq!(run(&at(data, size, 0), "xdp", &none), Err(packet(0, bytes)));
    }
    let stores: [(Insn, FaultKind); 3] = [
        (Insn::store_imm(Size::B, Reg(2), 20, 0), packet(20, 1)),
        (Insn::store(Size::W, Reg(1), 0, Reg(1)), FaultKind::ReadOnly(Memory::Context)),
        (
            Insn::store_imm(Size::DW, Reg(10), -4, 0),
            FaultKind::OutOfBounds { memory: Memory::Stack, offset: -4, size: 8 },
        ),
    ];
    for (store, kind) in stores {
        assert_eq!(run(&[data, store, mov(0, 0), Insn::exit()], "xdp", &all), Err(kind));
    }
    let endless = [mov(0, 0), Insn::ja(-1), Insn::exit()];
    assert_eq!(run(&endless, "xdp", &all), Err(FaultKind::Budget));
}

#[test]
fn no_machine_code() {
    let rows: Vec<(&str, Vec<Insn>)> = vec![
        ("a number as an address", vec![mov(2, 64), Insn::load(Size::B, Reg(0), Reg(2), 0)]),
        ("recursion", vec![Insn::call_local(-1)]),
        (
            "the caller's frame",
            vec![
                mov_reg(1, 10),
                Insn::call_local(1),
                Insn::exit(),
                Insn::load(Size::B, Reg(0), Reg(1), -1),
            ],
        ),
        ("a helper without context", vec![mov_reg(1, 10), Insn::call(188)]),
        (
            "two meanings",
            vec![
                Insn::load(Size::W, Reg(2), Reg(1), 12),
                Insn::jump(Bits::B64, JmpOp::Eq, Reg(2), Src::Imm(0), 2),
                mov_reg(2, 1),
                Insn::ja(1),
                mov_reg(2, 10),
                Insn::load(Size::W, Reg(0), Reg(2), -4),
            ],
        ),
    ];
    for (name, mut insns) in rows {
        insns.push(Insn::exit());
        let error = Machine::new(&insns, hook("xdp"), Engine::Native).expect_err(name);
        assert!(matches!(error.kind, ErrorKind::NotNative(_)), "{name}: {error}");
    }
    // Far more slots than rbpf counts.
    let mut long = vec![mov(0, 0); 40_000];
    long.push(Insn::exit());
    assert!(Machine::new(&long, hook("xdp"), Engine::Native).is_err());
    assert_eq!(checked(&long, "xdp").run(&Packet::new(&[])), Ok(0));
}

/// Longer than the one page that rbpf would take by itself.
#[test]
fn long_programs_as_machine_code() {
    let mut insns = vec![mov(0, 1)];
    for _ in 0..1_000 {
        insns.push(Insn::alu(Bits::B64, AluOp::Div, Reg(0), Src::Reg(Reg(0))));
        insns.push(Insn::alu(Bits::B32, AluOp::SMod, Reg(0), Src::Imm(7)));
    }
    insns.truncate(2_000);
    insns.push(Insn::exit());
    assert_eq!(run(&insns, "xdp", &Packet::new(&[])), Ok(1));
}

/// Offsets at the ends of their range: there and back again is allowed, an access out there a fault.
#[test]
fn far_pointers() {
    let packet = Packet::new(&ETHERNET);
    for far in [i64::MIN, i64::MAX, 1 << 32, -1 << 33, 1 << 40] {
        for register in [2, 3] {
            let mut insns = vec![Insn::load(Size::W, Reg(2), Reg(1), 0), mov_reg(3, 10)];
            insns.push(Insn::store_imm(Size::B, Reg(10), -16, 0x45));
            insns.push(add(3, -30));
            insns.extend(Insn::ld_imm64(Reg(4), far as u64));
            let by = |op| Insn::alu(Bits::B64, op, Reg(register), Src::Reg(Reg(4)));
            let load = [Insn::load(Size::B, Reg(0), Reg(register), 14), Insn::exit()];
            insns.push(by(AluOp::Add));
            let there = [&insns[..], &load].concat();
            let fault = run_any(&there, "xdp", &packet).expect_err("far away");
            assert!(matches!(fault, FaultKind::OutOfBounds { .. }), "{far}: {fault:?}");
            insns.push(by(AluOp::Sub));
            let back = [&insns[..], &load].concat();
            assert_eq!(run_any(&back, "xdp", &packet), Ok(0x45), "{far}");
        }
    }
}
