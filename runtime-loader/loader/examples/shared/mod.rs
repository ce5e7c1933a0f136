//! What the examples have in common: a program that counts packets, and packets to count.

use std::net::UdpSocket;

use nbpfc_btf::{Builder, Encoding, Linkage, Placed};
use nbpfc_isa::{AluOp, AtomicOp, Bits, Insn, Reg, Size, Src};
use nbpfc_loader::Error;
use nbpfc_object::{Map, Object, Program, Relocation, Shape, Target};

/// An object such as a compiler writes, with one program that counts in the variable `packets` and
/// ends with the parameter `verdict`.
pub(crate) fn counter(section: &str, verdict: i32) -> Object {
    let mut types = Builder::new();
    let long = types.int("unsigned long", 8, Encoding::Unsigned);
    let int = types.int("int", 4, Encoding::Signed);
    let packets = types.var("packets", long, Linkage::Global);
    let constant = types.constant(int);
    let parameter = types.var("verdict", constant, Linkage::Global);
    let bss = types.datasec(".bss", 8, vec![Placed { var: packets, offset: 0, size: 8 }]);
    let rodata = types.datasec(".rodata", 4, vec![Placed { var: parameter, offset: 0, size: 4 }]);

    // packets += 1; return verdict;
    let mut insns = Insn::ld_map_value(Reg(1), 0, 0).to_vec();
    insns.push(Insn::alu(Bits::B64, AluOp::Mov, Reg(2), Src::Imm(1)));
    insns.push(Insn::atomic(Size::DW, AtomicOp::Add, Reg(1), 0, Reg(2)));
    insns.extend(Insn::ld_map_value(Reg(1), 0, 0));
    insns.extend([Insn::load(Size::W, Reg(0), Reg(1), 0), Insn::exit()]);
    let relocation = |insn, map| Relocation { insn, target: Target::MapValue { map, offset: 0 } };
    Object {
        license: "GPL".to_owned(),
        programs: vec![Program {
            name: "count".to_owned(),
            section: section.to_owned(),
            insns,
            relocations: vec![relocation(0, 0), relocation(4, 1)],
            ..Program::default()
        }],
        maps: vec![
            Map::data(".bss", vec![0; 8], Shape::Type(bss)),
            Map::data(".rodata", verdict.to_ne_bytes().to_vec(), Shape::Type(rodata)),
        ],
        btf: Some(types.finish()),
        ..Object::default()
    }
}

/// Sends so many datagrams from this machine to itself; how many arrive.
pub(crate) fn traffic(count: usize) -> Result<usize, Error> {
    let failed = |error: std::io::Error| Error::Object(format!("no datagrams: {error}"));
    let receiver = UdpSocket::bind("127.0.0.1:0").map_err(failed)?;
    receiver.set_read_timeout(Some(std::time::Duration::from_millis(200))).map_err(failed)?;
    let address = receiver.local_addr().map_err(failed)?;
    let sender = UdpSocket::bind("127.0.0.1:0").map_err(failed)?;
    let mut arrived = 0;
    for _ in 0..count {
        // What a program drops on the way out is an error of the sender's.
        let sent = sender.send_to(b"hello", address);
        if sent.is_ok() && receiver.recv(&mut [0; 8]).is_ok() {
            arrived += 1;
        }
    }
    Ok(arrived)
}
