//! Rings as the kernel would leave them, and one that the kernel writes.

use std::sync::atomic::Ordering;
use std::time::Duration;

use nbpfc_isa::{AluOp, Bits, Insn, JmpOp, Reg, Size, Src};
use nbpfc_kernel::{Helper, MapKind, ProgramType};

use super::{BUSY, DISCARD, Mapping, Ring, RingBuffer, page_size};
use crate::tests::{map, permitted};
use crate::{Error, LoadOptions, Program, TestRunOptions};

const SIZE: usize = 4096;

/// A ring whose next record begins here.
fn ring(position: usize) -> Ring {
    let page = page_size();
    let consumer = Mapping::anonymous(page).expect("memory");
    let producer = Mapping::anonymous(page + 2 * SIZE).expect("memory");
    consumer.long(0).store(position, Ordering::Relaxed);
    producer.long(0).store(position, Ordering::Relaxed);
    Ring::new(consumer, producer, page, SIZE)
}

/// Writes a record where the producer is; both halves of the memory show it.
fn produce(ring: &Ring, bits: u32, data: &[u8]) {
    let at = ring.produced();
    let head = [data.len() as u32 | bits, 0].map(u32::to_ne_bytes).concat();
    let record = [&head, data].concat();
    for (index, byte) in record.iter().enumerate() {
        let offset = at.wrapping_add(index) & ring.mask;
        for copy in [0, SIZE] {
            ring.producer.set(ring.page + copy + offset, &[*byte]);
        }
    }
    let end = at.wrapping_add(record.len().next_multiple_of(8));
    ring.producer.long(0).store(end, Ordering::Relaxed);
}

/// What is there, each record given back.
fn read(ring: &mut Ring) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    while let Some(len) = ring.find() {
        let record = super::Record { ring, len };
        found.push(record.to_vec());
    }
    found
}

#[test]
fn an_empty_ring_has_nothing() {
    assert_eq!(ring(0).find(), None);
    assert_eq!(ring(usize::MAX - 7).find(), None);
}

#[test]
fn records_come_in_order_and_discarded_ones_do_not() {
    let mut ring = ring(0);
    produce(&ring, 0, b"one");
    produce(&ring, DISCARD, b"not this");
    produce(&ring, 0, b"");
    produce(&ring, 0, b"threefour");
    assert_eq!(read(&mut ring), [&b"one"[..], b"", b"threefour"]);
    assert_eq!(ring.consumer.long(0).load(Ordering::Relaxed), ring.produced());
}

#[test]
fn an_unfinished_record_holds_up_what_is_behind_it() {
    let mut ring = ring(64);
    produce(&ring, BUSY, b"slow");
    produce(&ring, 0, b"fast");
    assert_eq!(read(&mut ring), [b""; 0]);
    assert_eq!(ring.consumer.long(0).load(Ordering::Relaxed), 64);
    ring.producer.u32(ring.page + 64).store(4, Ordering::Relaxed);
    assert_eq!(read(&mut ring), [b"slow", b"fast"]);
}

#[test]
fn records_and_positions_go_over_the_end() {
    for start in [SIZE - 8, SIZE - 16, usize::MAX - 15, usize::MAX - 7] {
        let mut ring = ring(start);
        produce(&ring, 0, b"over the end of it");
        produce(&ring, 0, b"and on");
        assert_eq!(read(&mut ring), [&b"over the end of it"[..], b"and on"]);
    }
}

#[test]
fn a_length_that_no_record_has_is_not_believed() {
    let mut ring = ring(0);
    produce(&ring, 0, b"x");
    ring.producer.u32(ring.page).store(SIZE as u32, Ordering::Relaxed);
    assert_eq!(read(&mut ring), [b""; 0]);
}

/// Hands its first eight bytes on; r0 is 1 if there was no room.
pub(crate) fn producer(fd: i32) -> Vec<Insn> {
    let mov = |dst, src| Insn::alu(Bits::B64, AluOp::Mov, Reg(dst), src);
    let mut insns = vec![mov(6, Src::Reg(Reg(1)))];
    insns.extend(Insn::ld_map_fd(Reg(1), fd));
    insns.extend([
        mov(2, Src::Imm(8)),
        mov(3, Src::Imm(0)),
        Insn::call(Helper::RINGBUF_RESERVE.id),
        Insn::jump(Bits::B64, JmpOp::Ne, Reg(0), Src::Imm(0), 2),
        mov(0, Src::Imm(1)),
        Insn::exit(),
        // The packet's length.
        Insn::load(Size::W, Reg(2), Reg(6), 0),
        Insn::store(Size::DW, Reg(0), 0, Reg(2)),
        mov(1, Src::Reg(Reg(0))),
        mov(2, Src::Imm(0)),
        Insn::call(Helper::RINGBUF_SUBMIT.id),
        mov(0, Src::Imm(0)),
        Insn::exit(),
    ]);
    insns
}

fn numbers(ring: &mut RingBuffer) -> Vec<u64> {
    let mut found = Vec::new();
    while let Some(record) = ring.next() {
        found.push(u64::from_ne_bytes(record[..].try_into().expect("eight bytes")));
    }
    found
}

#[test]
fn what_a_program_writes_is_read_and_what_finds_no_room_is_not() {
    use std::os::fd::{AsFd, AsRawFd};
    let size = page_size();
    let Some(map) = map(MapKind::RingBuf, 0, 0, size as u32) else { return };
    let insns = producer(map.as_fd().as_raw_fd());
    let options = LoadOptions::new(ProgramType::SchedCls, &insns);
    let Some(program) = permitted(Program::load(&options)) else { return };
    let produce = |length: usize| {
        let data = vec![7; length];
        let options = TestRunOptions { data: &data, context: &[], repeat: 1 };
        program.test_run(&options).expect("tc can be test-run").retval
    };
    let mut ring = RingBuffer::new(&map).expect("a ring buffer");
    assert_eq!((ring.size(), ring.used()), (size, 0));
    assert_eq!(ring.wait(Some(Duration::from_millis(1))), Ok(false));
    assert_eq!(produce(14), 0);
    assert_eq!(ring.used(), 16);
    assert_eq!(ring.wait(None), Ok(true));
    // More than once around.
    for round in 0..size / 16 + 3 {
        assert_eq!(produce(15 + round % 100), 0);
        assert_eq!(numbers(&mut ring).last(), Some(&(15 + (round as u64) % 100)));
    }
    let kept = (0..size).take_while(|_| produce(20) == 0).count();
    assert!((size / 16 - 1..=size / 16).contains(&kept), "{kept}");
    assert_eq!(produce(21), 1, "there is no room");
    assert_eq!(numbers(&mut ring), vec![20; kept]);
    assert_eq!(produce(22), 0);
    // A second reader goes on where the first one was.
    drop(ring);
    assert_eq!(numbers(&mut RingBuffer::new(&map).expect("a ring buffer")), [22]);
}

#[test]
fn other_maps_are_refused() {
    let Some(map) = map(MapKind::Array, 4, 4, 1) else { return };
    assert!(matches!(RingBuffer::new(&map), Err(Error::Argument(_))));
}
