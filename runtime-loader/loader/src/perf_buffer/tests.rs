//! Perf rings as the kernel would leave them, and some that the kernel writes.

use std::os::fd::{AsFd, AsRawFd};
use std::sync::atomic::Ordering;
use std::time::Duration;

use nbpfc_isa::{AluOp, Bits, Insn, Reg, Size, Src};
use nbpfc_kernel::{Helper, MapKind, ProgramType};

use super::{DATA_HEAD, DATA_TAIL, Data, Mapping, PerfBuffer, PerfRecord, page_size};
use crate::tests::{map, permitted};
use crate::{Error, LoadOptions, Program, TestRunOptions, cpu};

const SIZE: usize = 4096;

fn data(position: u64) -> Data {
    let page = page_size();
    let mapping = Mapping::anonymous(page + SIZE).expect("memory");
    mapping.u64(DATA_HEAD).store(position, Ordering::Relaxed);
    mapping.u64(DATA_TAIL).store(position, Ordering::Relaxed);
    Data { cpu: 3, mapping, page, mask: SIZE - 1 }
}

fn produce(data: &Data, kind: u32, len: u16, body: &[u8]) {
    let head = data.mapping.u64(DATA_HEAD);
    let at = head.load(Ordering::Relaxed);
    let record = [&kind.to_ne_bytes()[..], &[0; 2], &len.to_ne_bytes(), body].concat();
    for (index, byte) in record.iter().enumerate() {
        let offset = (at as usize).wrapping_add(index) & data.mask;
        data.mapping.set(data.page + offset, &[*byte]);
    }
    head.store(at.wrapping_add(record.len() as u64), Ordering::Relaxed);
}

fn sample(data: &Data, bytes: &[u8]) {
    let mut body = (bytes.len() as u32).to_ne_bytes().to_vec();
    body.extend(bytes);
    produce(data, super::SAMPLE, 8 + body.len() as u16, &body);
}

/// What is there, in words.
fn drained(data: &mut Data) -> Vec<String> {
    let mut found = Vec::new();
    data.drain(&mut Vec::new(), &mut |record| {
        found.push(match record {
            PerfRecord::Sample { cpu, data } => {
                format!("{cpu}: {}", String::from_utf8_lossy(data))
            }
            PerfRecord::Lost { cpu, count } => format!("{cpu} lost {count}"),
        });
    });
    found
}

#[test]
fn samples_and_losses_in_order_over_the_end() {
    for start in [0, SIZE as u64 - 8, SIZE as u64 - 16, u64::MAX - 7] {
        let mut data = data(start);
        sample(&data, b"twelve bytes");
        produce(&data, super::LOST, 24, &[5_u64, 7].map(u64::to_ne_bytes).concat());
        // Of another kind.
        produce(&data, 1, 16, &[0; 8]);
        sample(&data, b"more");
        assert_eq!(drained(&mut data), ["3: twelve bytes", "3 lost 7", "3: more"]);
        let end = data.mapping.u64(DATA_HEAD).load(Ordering::Relaxed);
        assert_eq!(data.mapping.u64(DATA_TAIL).load(Ordering::Relaxed), end);
        assert!(drained(&mut data).is_empty());
    }
}

#[test]
fn lengths_that_no_record_has_are_not_believed() {
    for len in [0, 7, 1000] {
        let mut data = data(0);
        produce(&data, super::SAMPLE, len, &[0; 8]);
        assert!(drained(&mut data).is_empty());
    }
    let mut data = data(0);
    produce(&data, super::SAMPLE, 16, &[200, 0, 0, 0, 1, 2, 3, 4]);
    produce(&data, super::LOST, 16, &[0; 8]);
    assert!(drained(&mut data).is_empty());
}

/// Writes the packet's length and `extra` bytes of the packet; r0 is 0 if there was room.
fn producer(fd: i32, extra: u32) -> Vec<Insn> {
    let mov = |dst, src| Insn::alu(Bits::B64, AluOp::Mov, Reg(dst), src);
    let mut insns =
        vec![Insn::load(Size::W, Reg(2), Reg(1), 0), Insn::store(Size::DW, Reg(10), -8, Reg(2))];
    insns.extend(Insn::ld_map_fd(Reg(2), fd));
    // BPF_F_CURRENT_CPU
    insns.extend(Insn::ld_imm64(Reg(3), u64::from(extra) << 32 | 0xffff_ffff));
    insns.extend([
        mov(4, Src::Reg(Reg(10))),
        Insn::alu(Bits::B64, AluOp::Add, Reg(4), Src::Imm(-8)),
        mov(5, Src::Imm(8)),
        Insn::call(Helper::PERF_EVENT_OUTPUT.id),
        Insn::alu(Bits::B64, AluOp::Rsh, Reg(0), Src::Imm(63)),
        Insn::exit(),
    ]);
    insns
}

#[test]
fn what_a_program_writes_is_read_and_losses_are_told() {
    let processors = cpu::possible().expect("processors") as u32;
    let Some(map) = map(MapKind::PerfEventArray, 4, 4, processors) else { return };
    let insns = producer(map.as_fd().as_raw_fd(), 6);
    let options = LoadOptions::new(ProgramType::SchedCls, &insns);
    let Some(program) = permitted(Program::load(&options)) else { return };
    let Some(mut buffer) = permitted(PerfBuffer::new(&map, 1)) else { return };
    let produce = || {
        let options = TestRunOptions { data: &[7; 60], context: &[], repeat: 1 };
        program.test_run(&options).expect("tc can be test-run").retval
    };
    let mut count = |lost: &mut u64| {
        let mut samples = 0;
        buffer.drain(|record| match record {
            PerfRecord::Sample { data, .. } => {
                assert_eq!(data[..8], 60_u64.to_ne_bytes());
                assert_eq!(data[8..14], [7; 6]);
                samples += 1;
            }
            PerfRecord::Lost { count, .. } => *lost += count,
        });
        samples
    };
    let mut lost = 0;
    assert_eq!(count(&mut lost), 0);
    // More than once around, wherever the test runs.
    for _ in 0..page_size() / 32 + 3 {
        assert_eq!(produce(), 0);
        assert_eq!(count(&mut lost), 1);
    }
    assert_eq!(lost, 0);
    let mut kept = 0;
    while produce() == 0 {
        kept += 1;
        assert!(kept < 10_000, "a ring of one page is full some time");
    }
    assert_eq!(count(&mut lost), kept);
    // The kernel tells of a loss with the next record that finds room.
    assert_eq!(produce(), 0);
    assert_eq!(count(&mut lost), 1);
    assert_eq!(lost, 1);
}

#[test]
fn a_reader_waits_for_any_processor_and_leaves_the_map_empty() {
    let processors = cpu::possible().expect("processors") as u32;
    let Some(map) = map(MapKind::PerfEventArray, 4, 4, processors) else { return };
    let insns = producer(map.as_fd().as_raw_fd(), 0);
    let options = LoadOptions::new(ProgramType::SchedCls, &insns);
    let Some(program) = permitted(Program::load(&options)) else { return };
    let Some(buffer) = permitted(PerfBuffer::new(&map, 1)) else { return };
    let run = TestRunOptions { data: &[7; 60], context: &[], repeat: 1 };
    assert_eq!(buffer.wait(Some(Duration::from_millis(1))), Ok(false));
    program.test_run(&run).expect("tc can be test-run");
    assert_eq!(buffer.wait(None), Ok(true));
    drop(buffer);
    assert_eq!(program.test_run(&run).expect("tc can be test-run").retval, 1, "nobody reads");
}

#[test]
fn other_maps_are_refused() {
    let Some(map) = map(MapKind::Array, 4, 4, 1) else { return };
    assert!(matches!(PerfBuffer::new(&map, 1), Err(Error::Argument(_))));
}
