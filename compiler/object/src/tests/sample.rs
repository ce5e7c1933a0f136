//! Objects by hand, such as the compiler makes.

use nbpfc_btf::{Builder, Encoding, Linkage, Placed, TypeId};
use nbpfc_isa::{AluOp, AtomicOp, Bits, Insn, JmpOp, Reg, Size, Src};

use crate::{Contents, Line, Map, Object, Program, Relocation, Shape, Slot, Target};

const R0: Reg = Reg(0);
const R1: Reg = Reg(1);
const R2: Reg = Reg(2);

const ARRAY: u32 = 2;
const PROG_ARRAY: u32 = 3;
const ARRAY_OF_MAPS: u32 = 12;
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
        core: Vec::new(),
    }
}

fn pass(builder: &mut Builder) -> Program {
    Program {
        name: "pass".to_owned(),
        section: "xdp".to_owned(),
        insns: vec![set(R0, XDP_PASS), Insn::exit()],
        function: Some(entry(builder, "pass", "xdp_md", ["data", "data_end"])),
        lines: vec![line(0, "ip or not ip", 1)],
        ..Program::default()
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
        ..Map::default()
    }
}

fn object(builder: Builder, programs: Vec<Program>, maps: Vec<Map>) -> Object {
    let (license, btf) = ("GPL".to_owned(), Some(builder.finish()));
    Object { license, programs, maps, btf, ..Object::default() }
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
        function,
        lines: vec![line(0, "ip proto 6", 1), line(2, "ip proto 6", 4)],
        ..Program::default()
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

/// `dst` = what a relocation says, two slots.
fn address(dst: Reg) -> [Insn; 2] {
    Insn::ld_imm64(dst, 0)
}

/// A socket filter that calls `weigh(ctx)` and keeps so many bytes.
fn caller(builder: &mut Builder) -> Program {
    Program {
        name: "weighed".to_owned(),
        section: "socket".to_owned(),
        insns: vec![Insn::call_local(-1), Insn::exit()],
        relocations: vec![Relocation { insn: 0, target: Target::Subprogram(1) }],
        function: Some(entry(builder, "weighed", "__sk_buff", ["len", "pkt_type"])),
        lines: vec![line(0, "weigh(packet)", 1)],
        ..Program::default()
    }
}

/// `int weigh(ctx)`: counts in `.bss` and gives `limit` of `.rodata`, without a symbol of its own
/// `doubled`, as `double` does.
fn subprograms(builder: &mut Builder) -> Vec<Program> {
    let load = |offset| Insn::load(Size::W, R0, R1, offset);
    let [first, second] = address(R1);
    let double = Program {
        name: "double".to_owned(),
        section: ".text".to_owned(),
        insns: vec![first, second, load(0), Insn::exit()],
        relocations: vec![Relocation { insn: 0, target: Target::MapValue { map: 3, offset: 4 } }],
        function: Some(entry(builder, "double", "__sk_buff", ["len", "pkt_type"])),
        lines: vec![line(0, "limit * 2", 1)],
        ..Program::default()
    };
    let weigh = Program {
        name: "weigh".to_owned(),
        section: ".text".to_owned(),
        insns: vec![
            Insn::alu(Bits::B64, AluOp::Mov, Reg(7), Src::Reg(R1)),
            first,
            second,
            set(R0, 1),
            Insn::atomic(Size::DW, AtomicOp::Add, R1, 0, R0),
            first,
            second,
            load(0),
            Insn::alu(Bits::B64, AluOp::Mov, Reg(6), Src::Reg(R0)),
            Insn::alu(Bits::B64, AluOp::Mov, R1, Src::Reg(Reg(7))),
            Insn::call_local(-1),
            Insn::alu(Bits::B64, AluOp::Add, R0, Src::Reg(Reg(6))),
            Insn::exit(),
        ],
        relocations: vec![
            Relocation { insn: 1, target: Target::MapValue { map: 4, offset: 8 } },
            Relocation { insn: 5, target: Target::MapValue { map: 3, offset: 0 } },
            Relocation { insn: 10, target: Target::Subprogram(0) },
        ],
        function: Some(entry(builder, "weigh", "__sk_buff", ["len", "pkt_type"])),
        lines: vec![line(0, "seen += 1", 1), line(5, "limit", 3)],
        ..Program::default()
    };
    vec![double, weigh]
}

/// Global data, subprograms, maps that begin with something in them.
pub(super) fn linked() -> Object {
    let mut builder = Builder::new();
    let subprograms = subprograms(&mut builder);
    let programs = vec![caller(&mut builder)];
    let int = builder.int("unsigned int", 4, Encoding::Unsigned);
    let long = builder.int("unsigned long long", 8, Encoding::Unsigned);
    let limit = builder.var("limit", int, Linkage::Global);
    let doubled = builder.var("doubled", int, Linkage::Static);
    let seen = builder.var("seen", long, Linkage::Global);
    let place = |var, offset, size| Placed { var, offset, size };
    let rodata = builder.datasec(".rodata", 8, vec![place(limit, 0, 4), place(doubled, 4, 4)]);
    let bss = builder.datasec(".bss", 16, vec![place(seen, 8, 8)]);
    let mut bytes = 21u32.to_le_bytes().to_vec();
    bytes.extend(42u32.to_le_bytes());

    let number = Shape::Bytes(4);
    let inner = Map { name: String::new(), ..hits(&mut builder) };
    let of_maps = Map {
        name: "of_maps".to_owned(),
        kind: ARRAY_OF_MAPS,
        key: number,
        value: number,
        max_entries: 3,
        inner: Some(Box::new(inner)),
        contents: Contents::Slots(vec![(0, Slot::Map(0)), (2, Slot::Map(0))]),
        ..Map::default()
    };
    let of_programs = Map {
        name: "of_programs".to_owned(),
        kind: PROG_ARRAY,
        inner: None,
        contents: Contents::Slots(vec![(1, Slot::Program(0))]),
        ..of_maps.clone()
    };
    let maps = vec![
        hits(&mut builder),
        of_maps,
        of_programs,
        Map::data(".rodata", bytes, Shape::Type(rodata)),
        Map::data(".bss", vec![0; 16], Shape::Type(bss)),
    ];
    Object { subprograms, ..object(builder, programs, maps) }
}
