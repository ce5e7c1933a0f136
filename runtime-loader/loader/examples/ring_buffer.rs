//! A program tells how long each packet is through a ring buffer, and this prints it.
//!
//! Run it as root: `cargo run -p nbpfc-loader --example ring_buffer`.

use std::os::fd::{AsFd, AsRawFd};
use std::time::Duration;

use nbpfc_isa::{AluOp, Bits, Insn, Reg, Size, Src};
use nbpfc_kernel::{Helper, Hook, MapKind};
use nbpfc_loader::{Error, LoadOptions, Map, MapOptions, Program, RingBuffer, TestRunOptions};

/// Writes `skb->len` to its stack and hands the four bytes out.
fn tell_lengths(ring: &Map) -> Vec<Insn> {
    let set = |register, value| Insn::alu(Bits::B64, AluOp::Mov, Reg(register), value);
    let mut insns =
        vec![Insn::load(Size::W, Reg(2), Reg(1), 0), Insn::store(Size::W, Reg(10), -4, Reg(2))];
    insns.extend(Insn::ld_map_fd(Reg(1), ring.as_fd().as_raw_fd()));
    insns.extend([
        set(2, Src::Reg(Reg(10))),
        Insn::alu(Bits::B64, AluOp::Add, Reg(2), Src::Imm(-4)),
        set(3, Src::Imm(4)),
        set(4, Src::Imm(0)),
        Insn::call(Helper::RINGBUF_OUTPUT.id),
        set(0, Src::Imm(0)),
        Insn::exit(),
    ]);
    insns
}

pub(crate) fn main() -> Result<(), Error> {
    // A ring buffer's size in bytes is a power of two and at least a page.
    let (map_type, max_entries) = (MapKind::RingBuf.number(), 64 << 10);
    let map = Map::create(&MapOptions { map_type, max_entries, ..MapOptions::default() })?;
    let hook = Hook::by_name("tc.ingress").ok_or(Error::Argument("no such hook"))?;
    let program = Program::load(&LoadOptions::for_hook(hook, &tell_lengths(&map)))?;
    let mut ring = RingBuffer::new(&map)?;

    // Instead of traffic: three packets through the program.
    for length in [60, 500, 1500] {
        let data = vec![0; length];
        program.test_run(&TestRunOptions { data: &data, context: &[], repeat: 1 })?;
    }

    // Each record is lent from the ring, and given back when the next one is taken. The timeout
    // ends the example; a reader that goes on for good waits with `None`.
    while ring.wait(Some(Duration::from_millis(100)))? {
        while let Some(record) = ring.next() {
            if let Some(length) = record.first_chunk() {
                println!("{} bytes", u32::from_ne_bytes(*length));
            }
        }
    }
    Ok(())
}
