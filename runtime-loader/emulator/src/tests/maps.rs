//! Programs with maps: what they find there, what they leave there, and what they may not do.

use nbpfc_isa::{AtomicOp, Bits, Insn, JmpOp, Reg, Size, Src};
use nbpfc_kernel::{Helper, MapKind};

use super::{Engine, FaultKind, Machine, Packet, add, hook, mov, mov_reg};
use crate::error::{ErrorKind, Memory};
use crate::maps::{Map, MapSpec};

fn map(kind: MapKind, value_size: u32, max_entries: u32) -> Map {
    let keyless = matches!(kind, MapKind::RingBuf | MapKind::Queue);
    let key_size = if keyless { 0 } else { 4 };
    let spec = MapSpec { name: "m".to_owned(), kind, key_size, value_size, max_entries, flags: 0 };
    Map::new(spec).expect("a map")
}

fn machine(insns: &[Insn], map: Map) -> Machine {
    Machine::with_maps(insns, vec![map], hook("xdp"), Engine::Checked).expect("a program")
}

/// `r0` = the value of the map under 0, and its address in `r0` is not null behind it; what
/// follows is done with it.
fn with_value(rest: &[Insn]) -> Vec<Insn> {
    let [first, second] = Insn::ld_map_fd(Reg(1), 0);
    let mut insns = vec![
        Insn::store_imm(Size::W, Reg(10), -4, 0),
        first,
        second,
        mov_reg(2, 10),
        add(2, -4),
        Insn::call(Helper::MAP_LOOKUP_ELEM.id),
        Insn::jump(Bits::B64, JmpOp::Ne, Reg(0), Src::Imm(0), 2),
        mov(0, 77),
        Insn::exit(),
    ];
    insns.extend_from_slice(rest);
    insns
}

#[test]
fn values_are_counted_in_across_runs() {
    let insns = with_value(&[
        mov(1, 5),
        Insn::atomic(Size::DW, AtomicOp::Add, Reg(0), 8, Reg(1)),
        Insn::load(Size::DW, Reg(0), Reg(0), 8),
        Insn::exit(),
    ]);
    let mut machine = machine(&insns, map(MapKind::Array, 16, 1));
    assert_eq!(machine.run(&Packet::new(&[])), Ok(5));
    assert_eq!(machine.run(&Packet::new(&[])), Ok(10));
    let value = machine.maps()[0].get(&[0; 4]).expect("a value");
    assert_eq!(value, [0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn what_is_not_there_is_null() {
    let insns = with_value(&[mov(0, 1), Insn::exit()]);
    assert_eq!(machine(&insns, map(MapKind::Hash, 8, 1)).run(&Packet::new(&[])), Ok(77));
}

#[test]
fn values_end_where_they_end() {
    for (off, size) in [(16, Size::B), (9, Size::DW), (-1, Size::B)] {
        let insns = with_value(&[Insn::load(size, Reg(0), Reg(0), off), Insn::exit()]);
        let fault = machine(&insns, map(MapKind::Array, 16, 2)).run(&Packet::new(&[]));
        let (offset, size) = (off.into(), size.bytes().into());
        let kind = FaultKind::OutOfBounds { memory: Memory::Value(0), offset, size };
        assert_eq!(fault.map_err(|fault| fault.kind), Err(kind));
    }
}

/// Reserves 8 bytes, writes them, and does what follows with the record in `r6`.
fn with_record(rest: &[Insn]) -> Vec<Insn> {
    let [first, second] = Insn::ld_map_fd(Reg(1), 0);
    let mut insns = vec![
        first,
        second,
        mov(2, 8),
        mov(3, 0),
        Insn::call(Helper::RINGBUF_RESERVE.id),
        Insn::jump(Bits::B64, JmpOp::Ne, Reg(0), Src::Imm(0), 2),
        mov(0, 77),
        Insn::exit(),
        mov_reg(6, 0),
        Insn::store_imm(Size::DW, Reg(6), 0, 42),
    ];
    insns.extend_from_slice(rest);
    insns
}

/// Hands the record in `r6` on.
fn submit() -> [Insn; 3] {
    [mov_reg(1, 6), mov(2, 0), Insn::call(Helper::RINGBUF_SUBMIT.id)]
}

#[test]
fn records_are_handed_on_until_the_ring_is_full() {
    let insns = with_record(&[&submit()[..], &[mov(0, 0), Insn::exit()]].concat());
    let mut machine = machine(&insns, map(MapKind::RingBuf, 0, 4096));
    // Each takes 16 bytes, and the last byte stays free.
    for _ in 0..255 {
        assert_eq!(machine.run(&Packet::new(&[])), Ok(0));
    }
    assert_eq!(machine.run(&Packet::new(&[])), Ok(77));
    let records = machine.maps_mut()[0].take_records();
    assert_eq!((records.len(), &records[0][..]), (255, &[42, 0, 0, 0, 0, 0, 0, 0][..]));
    assert_eq!(machine.run(&Packet::new(&[])), Ok(0));
}

#[test]
fn records_are_handed_on_once_and_not_touched_then() {
    let end = [mov(0, 0), Insn::exit()];
    let run = |rest: &[Insn]| {
        let mut machine = machine(&with_record(rest), map(MapKind::RingBuf, 0, 4096));
        machine.run(&Packet::new(&[])).map_err(|fault| fault.kind)
    };
    assert_eq!(run(&end), Err(FaultKind::Unreleased));
    let again = [&submit()[..], &submit()[..], &end[..]].concat();
    assert_eq!(run(&again), Err(FaultKind::Argument(1)));
    let load = [Insn::load(Size::B, Reg(0), Reg(6), 0)];
    let later = [&submit()[..], &load[..], &end[..]].concat();
    assert!(matches!(run(&later), Err(FaultKind::OutOfBounds { memory: Memory::Value(0), .. })));
}

#[test]
fn there_is_no_machine_code_for_maps_and_no_map_that_is_not_there() {
    let insns = with_value(&[mov(0, 1), Insn::exit()]);
    let maps = vec![map(MapKind::Array, 16, 1)];
    let native = Machine::with_maps(&insns, maps, hook("xdp"), Engine::Native);
    assert!(matches!(native.map_err(|e| e.kind), Err(ErrorKind::NotNative(_))));
    let [first, second] = Insn::ld_map_fd(Reg(1), 1);
    let insns = [first, second, mov(0, 0), Insn::exit()];
    let maps = vec![map(MapKind::Array, 16, 1)];
    let missing = Machine::with_maps(&insns, maps, hook("xdp"), Engine::Checked);
    assert_eq!(missing.map_err(|e| e.kind).err(), Some(ErrorKind::Map));
}

/// Moves the packet's beginning by a number, and writes its first byte if 14 are there.
fn moved(delta: i32) -> Vec<Insn> {
    vec![
        mov_reg(6, 1),
        mov(2, delta),
        Insn::call(Helper::XDP_ADJUST_HEAD.id),
        Insn::load(Size::W, Reg(2), Reg(6), 0),
        Insn::load(Size::W, Reg(3), Reg(6), 4),
        mov_reg(4, 2),
        add(4, 14),
        Insn::jump(Bits::B64, JmpOp::Gt, Reg(4), Src::Reg(Reg(3)), 1),
        Insn::store_imm(Size::B, Reg(2), 0, 99),
        Insn::exit(),
    ]
}

#[test]
fn packets_are_moved_and_written() {
    let data: Vec<u8> = (0..20).collect();
    let run = |delta| {
        let mut machine = Machine::new(&moved(delta), hook("xdp"), Engine::Checked).expect("xdp");
        let verdict = machine.run(&Packet::new(&data)).expect("a run");
        (verdict as i32, machine.changed_packet().map(<[u8]>::to_vec).unwrap_or_default())
    };
    assert_eq!(run(6), (0, [&[99], &data[7..]].concat()));
    assert_eq!(run(-2), (0, [&[99, 0], &data[..]].concat()));
    // 14 bytes have to be left, and there is no more room than the kernel leaves.
    let unmoved = [&[99], &data[1..]].concat();
    assert_eq!(run(7), (-22, unmoved.clone()));
    assert_eq!(run(-216).0, 0);
    assert_eq!(run(-217), (-22, unmoved));
}

#[test]
fn pointers_into_a_packet_that_moved_lead_nowhere() {
    let insns = [
        mov_reg(6, 1),
        Insn::load(Size::W, Reg(7), Reg(1), 0),
        mov(2, 1),
        Insn::call(Helper::XDP_ADJUST_HEAD.id),
        Insn::load(Size::B, Reg(0), Reg(7), 0),
        Insn::exit(),
    ];
    let mut machine = Machine::new(&insns, hook("xdp"), Engine::Checked).expect("a program");
    let fault = machine.run(&Packet::new(&[0; 20])).map_err(|fault| fault.kind);
    assert!(matches!(fault, Err(FaultKind::OutOfBounds { memory: Memory::Packet, .. })));
}

#[test]
fn the_trace_pipe_gets_lines() {
    let format = *b"%d and %x\n\0     ";
    let mut insns = Vec::new();
    for (index, chunk) in format.chunks(4).enumerate() {
        let word = i32::from_le_bytes(chunk.try_into().expect("4 bytes"));
        insns.push(Insn::store_imm(Size::W, Reg(10), 4 * index as i16 - 16, word));
    }
    insns.extend([mov_reg(1, 10), add(1, -16), mov(2, 11), mov(3, -5), mov(4, 255), mov(5, 0)]);
    insns.extend([Insn::call(Helper::TRACE_PRINTK.id), Insn::exit()]);
    let mut machine = Machine::new(&insns, hook("xdp"), Engine::Checked).expect("a program");
    assert_eq!(machine.run(&Packet::new(&[])), Ok(10));
    assert_eq!(machine.surroundings().printed, ["-5 and ff\n"]);
}
