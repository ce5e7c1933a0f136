//! Global data: read and written where it is, and nowhere else.

use nbpfc_isa::{AtomicOp, Insn, Reg, Size};

use super::{Engine, FaultKind, Machine, Packet, add, hook, mov};
use crate::error::{ErrorKind, Memory};
use crate::global::Global;

/// Numbers that are different in every byte.
fn table(bytes: u8) -> Global {
    Global::constant((1..=bytes).collect())
}

/// What both engines make of a load from the second of three tables.
fn load(distance: i32, off: i16, size: Size) -> Result<u32, FaultKind> {
    let [first, second] = Insn::ld_map_value(Reg(2), 1, 4);
    let insns =
        [first, second, add(2, distance), Insn::load(size, Reg(0), Reg(2), off), Insn::exit()];
    let globals = vec![table(64), table(16), table(64)];
    let [checked, native] = [Engine::Checked, Engine::Native].map(|engine| {
        let machine = Machine::with_globals(&insns, globals.clone(), hook("xdp"), engine);
        let mut machine = machine.expect("a program that is emulated");
        assert_eq!(machine.engine(), engine);
        machine.run(&Packet::new(&[])).map_err(|fault| fault.kind)
    });
    assert_eq!(checked, native);
    checked
}

#[test]
fn reads_are_where_the_address_says() {
    assert_eq!(load(0, 0, Size::B), Ok(5));
    assert_eq!(load(-4, 0, Size::W), Ok(0x0403_0201));
    assert_eq!(load(8, 0, Size::W), Ok(0x100f_0e0d));
    assert_eq!(load(6, 4, Size::H), Ok(0x100f));
    assert_eq!(load(-8, 12, Size::DW), Ok(0x0c0b_0a09));
}

#[test]
fn what_is_not_in_the_data_is_not_read() {
    let outside =
        |offset, size| Err(FaultKind::OutOfBounds { memory: Memory::Global(1), offset, size });
    assert_eq!(load(12, 0, Size::B), outside(16, 1));
    assert_eq!(load(8, 1, Size::W), outside(13, 4));
    assert_eq!(load(5, 0, Size::DW), outside(9, 8));
    assert_eq!(load(-5, 0, Size::B), outside(-1, 1));
    assert_eq!(load(0, -5, Size::DW), outside(-1, 8));
    assert_eq!(load(i32::MAX, 0, Size::B), outside(4 + i64::from(i32::MAX), 1));
}

#[test]
fn what_a_run_writes_the_next_one_reads() {
    let [first, second] = Insn::ld_map_value(Reg(2), 0, 8);
    let insns = [
        first,
        second,
        mov(1, 5),
        Insn::atomic(Size::W, AtomicOp::Add, Reg(2), 0, Reg(1)),
        Insn::load(Size::W, Reg(0), Reg(2), 0),
        Insn::exit(),
    ];
    let written = || vec![Global { bytes: vec![0; 16], writable: true }];
    let refused = Machine::with_globals(&insns, written(), hook("xdp"), Engine::Native);
    let refused = refused.expect_err("a run that gives up would write twice").kind;
    assert_eq!(refused, ErrorKind::NotNative("global data that is written"));
    let machine = Machine::with_globals(&insns, written(), hook("xdp"), Engine::Checked);
    let mut machine = machine.expect("emulated");
    let mut run = || machine.run(&Packet::new(&[]));
    assert_eq!([run(), run(), run()], [Ok(5), Ok(10), Ok(15)]);
}

#[test]
fn constant_data_is_not_written() {
    let [first, second] = Insn::ld_map_value(Reg(2), 0, 0);
    let insns = [first, second, Insn::store_imm(Size::B, Reg(2), 0, 7), mov(0, 0), Insn::exit()];
    for engine in [Engine::Checked, Engine::Native] {
        let machine = Machine::with_globals(&insns, vec![table(8)], hook("xdp"), engine);
        let fault = machine.expect("emulated").run(&Packet::new(&[])).expect_err("read-only");
        assert_eq!(fault.kind, FaultKind::ReadOnly(Memory::Global(0)));
    }
}

#[test]
fn addresses_of_no_data_are_refused() {
    for (map, offset) in [(1, 0), (0, 8), (0, -1), (-1, 0)] {
        let [first, second] = Insn::ld_map_value(Reg(2), map, offset);
        let insns = [first, second, mov(0, 0), Insn::exit()];
        let refused = Machine::with_globals(&insns, vec![table(8)], hook("xdp"), Engine::Checked);
        assert_eq!(refused.expect_err("outside").kind, ErrorKind::Global);
    }
}
