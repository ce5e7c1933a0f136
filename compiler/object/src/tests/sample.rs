//! Objects by hand, such as the compiler makes.

use nbpfc_btf::{Builder, Encoding, Linkage, TypeId};
use nbpfc_isa::{AluOp, AtomicOp, Bits, Insn, JmpOp, Reg, Size, Src};

use crate::{Line, Map, Object, Program, Relocation, Shape, Target};

const R0: Reg = Reg(0);
const R1: Reg = Reg(1);
const R2: Reg = Reg(2);

const ARRAY: u32 = 2;
const MAP_LOOKUP_ELEM: i32 = 1;
const XDP_PASS: i32 = 2;

fn set(dst: Reg, value: i32) -> Insn {
    Insn::alu(Bits::B64, AluOp::Mov, dst, Src::Imm(value))
}

fn line(insn: usize, text: &str, column: u32) -> Line {
    Line { insn, file: "filter.pcapf".to_owned(), text: text.to_owned(), line: 1, column }
}

/// `int name(struct context *ctx)` with two members of four bytes.
fn entry(builder: &mut Builder, name: &str, context: &str, members: [&str; 2]) -> TypeId {
    let int = builder.int("int", 4, Encoding::Signed);
    let u32 = builder.int("unsigned int", 4, Encoding::Unsigned);
    let u32 = builder.typedef("__u32", u32);
    let context = builder.structure(context, 8, &[(members[0], u32, 0), (members[1], u32, 4)]);
    let context = builder.ptr(context);
    let proto = builder.proto(int, &[("ctx", context)]);
    builder.func(name, proto, Linkage::Global)
}

/// Counts packets in the first element of `hits` and passes them.
fn count(builder: &mut Builder) -> Program {
    let [low, high] = Insn::ld_map_fd(R1, 0);
    let insns = vec![
        Insn::store_imm(Size::W, Reg::FRAME, -4, 0),
        Insn::alu(Bits::B64, AluOp::Mov, R2, Src::Reg(Reg::FRAME)),
        Insn::alu(Bits::B64, AluOp::Add, R2, Src::Imm(-4)),
        Insn { src: 0, ..low },
        high,
        Insn::call(MAP_LOOKUP_ELEM),
        Insn::jump(Bits::B64, JmpOp::Eq, R0, Src::Imm(0), 2),
        set(R1, 1),
        Insn::atomic(Size::DW, AtomicOp::Add, R0, 0, R1),
        set(R0, XDP_PASS),
        Insn::exit(),
    ];
    Program {
        name: "count".to_owned(),
        section: "xdp".to_owned(),
        insns,
        relocations: vec![Relocation { insn: 3, target: Target::Map(0) }],
        function: Some(entry(builder, "count", "xdp_md", ["data", "data_end"])),
        lines: vec![line(0, "count tcp port 80", 1), line(3, "count tcp port 80", 7)],
    }
}

fn pass(builder: &mut Builder) -> Program {
    Program {
        name: "pass".to_owned(),
        section: "xdp".to_owned(),
        insns: vec![set(R0, XDP_PASS), Insn::exit()],
        relocations: Vec::new(),
        function: Some(entry(builder, "pass", "xdp_md", ["data", "data_end"])),
        lines: vec![line(0, "ip or not ip", 1)],
    }
}

fn hits(builder: &mut Builder) -> Map {
    let key = builder.int("unsigned int", 4, Encoding::Unsigned);
    let value = builder.int("unsigned long long", 8, Encoding::Unsigned);
    Map {
        name: "hits".to_owned(),
        kind: ARRAY,
        key: Shape::Type(key),
        value: Shape::Type(value),
        max_entries: 4,
        flags: 0,
        pinned: false,
    }
}

fn object(builder: Builder, programs: Vec<Program>, maps: Vec<Map>) -> Object {
    Object { license: "GPL".to_owned(), programs, maps, btf: Some(builder.finish()) }
}

/// One XDP program with a map.
pub(super) fn counter() -> Object {
    let mut builder = Builder::new();
    let programs = vec![count(&mut builder)];
    let maps = vec![hits(&mut builder)];
    object(builder, programs, maps)
}

/// One program of another section, which loads a byte of the packet.
pub(super) fn socket() -> Object {
    let mut builder = Builder::new();
    let function = Some(entry(&mut builder, "accept", "__sk_buff", ["len", "pkt_type"]));
    let insns = vec![
        Insn::alu(Bits::B64, AluOp::Mov, Reg(6), Src::Reg(R1)),
        Insn::ld_abs(Size::B, 23),
        Insn::exit(),
    ];
    let program = Program {
        name: "accept".to_owned(),
        section: "socket".to_owned(),
        insns,
        relocations: Vec::new(),
        function,
        lines: vec![line(0, "ip proto 6", 1), line(2, "ip proto 6", 4)],
    };
    object(builder, vec![program], Vec::new())
}

/// Two programs of one section, one of another, and two maps.
pub(super) fn two_programs() -> Object {
    let mut builder = Builder::new();
    let mut classify = pass(&mut builder);
    classify.name = "classify".to_owned();
    classify.section = "classifier".to_owned();
    let context = ["len", "pkt_type"];
    classify.function = Some(entry(&mut builder, "classify", "__sk_buff", context));
    let mut second = pass(&mut builder);
    second.insns[0] = set(R0, 1);
    let programs = vec![count(&mut builder), second, classify];
    let (key, value) = (Shape::Bytes(4), Shape::Bytes(16));
    let unused = Map { name: "spare".to_owned(), key, value, ..hits(&mut builder) };
    let maps = vec![hits(&mut builder), unused];
    object(builder, programs, maps)
}
