//! The table against the constructors, against itself, and against LLVM.

mod llvm;

use super::{
    AluOp, AtomicOp, Bits, Field, Insn, JmpOp, Level, Op, Pseudo, ROWS, Reg, Row, Size, Src,
    disassemble,
};

const R3: Reg = Reg(3);
const R4: Reg = Reg(4);

fn text(insns: &[Insn]) -> String {
    disassemble(insns).map(|(_, text)| text.to_string()).collect::<Vec<_>>().join("\n")
}

/// The instruction that the constructors make for a row.
fn construct(row: &Row) -> Insn {
    let imm = 77;
    let src = if row.src.is_register() { Src::Reg(R4) } else { Src::Imm(imm) };
    match row.op {
        Op::Alu(bits, op) => Insn::alu(bits, op, R3, src),
        Op::MovSx(bits, from) => Insn::mov_sx(bits, R3, R4, from),
        Op::AddrSpaceCast => Insn::addr_space_cast(R3, R4, 0, 1),
        Op::ToLe(bits) => Insn::to_le(bits, R3),
        Op::ToBe(bits) => Insn::to_be(bits, R3),
        Op::Bswap(bits) => Insn::bswap(bits, R3),
        Op::LdImm64 => Insn::ld_imm64(R3, 1 << 40)[0],
        Op::LdPseudo(Pseudo::MapFd) => Insn::ld_map_fd(R3, 3)[0],
        Op::LdPseudo(Pseudo::MapValue) => Insn::ld_map_value(R3, 3, 8)[0],
        Op::LdPseudo(pseudo) => Insn::ld_pseudo(R3, pseudo, 3, 0)[0],
        Op::LdAbs(size) => Insn::ld_abs(size, 12),
        Op::LdInd(size) => Insn::ld_ind(size, R4, 12),
        Op::Load(size) => Insn::load(size, R3, R4, -8),
        Op::LoadSx(size) => Insn::load_sx(size, R3, R4, -8),
        Op::StoreImm(size) => Insn::store_imm(size, R3, -8, imm),
        Op::Store(size) => Insn::store(size, R3, -8, R4),
        Op::Atomic(size, op) => Insn::atomic(size, op, R3, -8, R4),
        Op::LoadAcquire(size) => Insn::load_acquire(size, R3, R4, -8),
        Op::StoreRelease(size) => Insn::store_release(size, R3, -8, R4),
        Op::Jump(bits, op) => Insn::jump(bits, op, R3, src, 5),
        Op::Ja => Insn::ja(5),
        Op::Gotol => Insn::gotol(5),
        Op::MayGoto => Insn::may_goto(5),
        Op::Call => Insn::call(1),
        Op::CallLocal => Insn::call_local(5),
        Op::CallKfunc => Insn::call_kfunc(0, 1234),
        Op::Exit => Insn::exit(),
    }
}

#[test]
fn each_row_is_what_its_constructor_makes() {
    for row in ROWS {
        let found = construct(row).row();
        assert_eq!(found, Some(row), "{:?}", construct(row));
    }
}

#[test]
fn rows_of_an_opcode_stand_together_and_exclude_each_other() {
    for (index, row) in ROWS.iter().enumerate() {
        let gap = ROWS[index..].iter().skip_while(|r| r.opcode == row.opcode);
        assert_eq!(gap.filter(|r| r.opcode == row.opcode).count(), 0, "{:#x}", row.opcode);
        let insn = construct(row);
        assert_eq!(ROWS.iter().filter(|r| r.admits(insn)).count(), 1, "{row:?}");
    }
}

#[test]
fn slots_survive_encoding() {
    for row in ROWS {
        let insn = construct(row);
        assert_eq!(Insn::decode(insn.encode()), insn);
    }
    let bytes = [0x65, 0x21, 0xfd, 0xff, 0x44, 0x33, 0x22, 0x91];
    let insn = Insn { opcode: 0x65, dst: 1, src: 2, off: -3, imm: 0x9122_3344_u32 as i32 };
    assert_eq!(Insn::decode(bytes), insn);
    assert_eq!(insn.encode(), bytes);
}

#[test]
fn reserved_fields_make_no_instruction() {
    let mov = Insn::alu(Bits::B64, AluOp::Mov, R3, Src::Reg(R4));
    let bad = [
        Insn { imm: 1, ..mov },
        Insn { off: 2, ..mov },
        Insn { dst: 11, ..mov },
        Insn { src: 11, ..mov },
        Insn { src: 1, ..Insn::exit() },
        Insn { imm: 1, ..Insn::load(Size::W, R3, R4, 0) },
        Insn { src: 1, ..Insn::alu(Bits::B32, AluOp::Add, R3, Src::Imm(1)) },
        Insn { imm: 48, ..Insn::to_be(16, R3) },
        Insn { imm: 0x02, ..Insn::atomic(Size::DW, AtomicOp::Add, R3, 0, R4) },
        Insn { src: 7, ..Insn::ld_map_fd(R3, 0)[0] },
        Insn::load_sx(Size::DW, R3, R4, 0),
        Insn::ld_abs(Size::DW, 0),
        Insn::atomic(Size::B, AtomicOp::Add, R3, 0, R4),
        Insn::mov_sx(Bits::B32, R3, R4, 32),
    ];
    for insn in bad {
        assert_eq!(insn.row(), None, "{insn:?}");
        assert_eq!(text(&[insn]), "<unknown>");
    }
}

#[test]
fn a_wide_immediate_needs_a_clean_second_slot() {
    let [first, second] = Insn::ld_imm64(R3, 5);
    assert_eq!(text(&[first, second, Insn::exit()]), "r3 = 0x5 ll\nexit");
    assert_eq!(text(&[first]), "<unknown>");
    assert_eq!(text(&[first, Insn::exit()]), "<unknown>\nexit");
    assert_eq!(text(&Insn::ld_pseudo(R3, Pseudo::MapFd, 3, 1)), "<unknown>\n<unknown>");
}

#[test]
fn an_indirect_packet_load_shows_its_offset() {
    assert_eq!(text(&[Insn::ld_ind(Size::H, R3, 0)]), "r0 = *(u16 *)skb[r3]");
    assert_eq!(text(&[Insn::ld_ind(Size::H, R3, 16)]), "r0 = *(u16 *)skb[r3 + 0x10]");
    assert_eq!(text(&[Insn::ld_ind(Size::H, R3, -1)]), "r0 = *(u16 *)skb[r3 - 0x1]");
}

#[test]
fn levels_are_those_of_clang() {
    let level = |insn: Insn| insn.row().map(|row| row.level);
    let jump = |bits, op| Insn::jump(bits, op, R3, Src::Imm(0), 0);
    assert_eq!(level(jump(Bits::B64, JmpOp::Gt)), Some(Level::V1));
    assert_eq!(level(jump(Bits::B64, JmpOp::Slt)), Some(Level::V2));
    assert_eq!(level(jump(Bits::B32, JmpOp::Gt)), Some(Level::V3));
    assert_eq!(level(Insn::gotol(0)), Some(Level::V4));
    assert_eq!(level(Insn::alu(Bits::B32, AluOp::Div, R3, Src::Imm(3))), Some(Level::V1));
    assert_eq!(level(Insn::alu(Bits::B32, AluOp::SDiv, R3, Src::Imm(3))), Some(Level::V4));
}
