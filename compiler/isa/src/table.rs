//! The instruction set: one row for each form of instruction, and nothing about it elsewhere.
//!
//! Rows of one opcode stand together. The text is what `llvm-objdump -d` prints; the letters in
//! braces are explained at [`Row::text`].

use crate::insn::Insn;
use crate::insn::Level::{V1, V2, V3, V4};
use crate::operand::AluOp::{
    Add, And, Arsh, Div, Lsh, Mod, Mov, Mul, Neg, Or, Rsh, SDiv, SMod, Sub, Xor,
};
use crate::operand::AtomicOp;
use crate::operand::Bits::{B32, B64};
use crate::operand::JmpOp::{Eq, Ge, Gt, Le, Lt, Ne, Set, Sge, Sgt, Sle, Slt};
use crate::operand::Pseudo::{BtfId, Func, MapFd, MapIdx, MapIdxValue, MapValue};
use crate::operand::Size::{B, DW, H, W};
use crate::row::Field::{Distance, Is, Memory, Read, ReadWrite, Value, Write};
use crate::row::Group::{Atomic32, Atomic64, Base32, Base64, Divmul32, Divmul64, Kernel, Packet};
use crate::row::Op::{
    AddrSpaceCast, Alu, Atomic, Bswap, Call, CallKfunc, CallLocal, Exit, Gotol, Ja, Jump, LdAbs,
    LdImm64, LdInd, LdPseudo, Load, LoadAcquire, LoadSx, MayGoto, MovSx, Store, StoreImm,
    StoreRelease, ToBe, ToLe,
};
use crate::row::Row;

/// Where each opcode's rows begin in [`ROWS`]; the number of rows for an opcode without any.
static FIRST: [u8; 256] = {
    let mut first = [ROWS.len() as u8; 256];
    let mut row = ROWS.len();
    while row > 0 {
        row -= 1;
        first[ROWS[row].opcode as usize] = row as u8;
    }
    first
};

impl Insn {
    /// The row that these fields are an instruction of; `None` if they are none, as when a
    /// reserved field is not 0. Of two slots it looks at the first only.
    pub fn row(self) -> Option<&'static Row> {
        let rows = &ROWS[usize::from(FIRST[usize::from(self.opcode)])..];
        rows.iter().take_while(|row| row.opcode == self.opcode).find(|row| row.admits(self))
    }
}

macro_rules! rows {
    ($($op:expr, $opcode:literal, $dst:expr, $src:expr, $off:expr, $imm:expr, $level:expr,
       $group:expr, $text:literal;)*) => {
        &[$(Row {
            op: $op,
            opcode: $opcode,
            dst: $dst,
            src: $src,
            off: $off,
            imm: $imm,
            level: $level,
            group: $group,
            text: $text,
        }),*]
    };
}

// An index into the rows is a byte.
const _: () = assert!(ROWS.len() < 256);

/// Every form of instruction.
pub static ROWS: &[Row] = rows! {
    // RFC 9669 section 4.1, 32-bit arithmetic.
    Alu(B32, Add),  0x04, ReadWrite, Is(0), Is(0),  Value, V1, Base32,   "w{d} += {i}";
    Alu(B32, Add),  0x0c, ReadWrite, Read,  Is(0),  Is(0), V1, Base32,   "w{d} += w{s}";
    Alu(B32, Sub),  0x14, ReadWrite, Is(0), Is(0),  Value, V1, Base32,   "w{d} -= {i}";
    Alu(B32, Sub),  0x1c, ReadWrite, Read,  Is(0),  Is(0), V1, Base32,   "w{d} -= w{s}";
    Alu(B32, Mul),  0x24, ReadWrite, Is(0), Is(0),  Value, V1, Divmul32, "w{d} *= {i}";
    Alu(B32, Mul),  0x2c, ReadWrite, Read,  Is(0),  Is(0), V1, Divmul32, "w{d} *= w{s}";
    Alu(B32, Div),  0x34, ReadWrite, Is(0), Is(0),  Value, V1, Divmul32, "w{d} /= {i}";
    Alu(B32, SDiv), 0x34, ReadWrite, Is(0), Is(1),  Value, V4, Divmul32, "w{d} s/= {i}";
    Alu(B32, Div),  0x3c, ReadWrite, Read,  Is(0),  Is(0), V1, Divmul32, "w{d} /= w{s}";
    Alu(B32, SDiv), 0x3c, ReadWrite, Read,  Is(1),  Is(0), V4, Divmul32, "w{d} s/= w{s}";
    Alu(B32, Or),   0x44, ReadWrite, Is(0), Is(0),  Value, V1, Base32,   "w{d} |= {i}";
    Alu(B32, Or),   0x4c, ReadWrite, Read,  Is(0),  Is(0), V1, Base32,   "w{d} |= w{s}";
    Alu(B32, And),  0x54, ReadWrite, Is(0), Is(0),  Value, V1, Base32,   "w{d} &= {i}";
    Alu(B32, And),  0x5c, ReadWrite, Read,  Is(0),  Is(0), V1, Base32,   "w{d} &= w{s}";
    Alu(B32, Lsh),  0x64, ReadWrite, Is(0), Is(0),  Value, V1, Base32,   "w{d} <<= {i}";
    Alu(B32, Lsh),  0x6c, ReadWrite, Read,  Is(0),  Is(0), V1, Base32,   "w{d} <<= w{s}";
    Alu(B32, Rsh),  0x74, ReadWrite, Is(0), Is(0),  Value, V1, Base32,   "w{d} >>= {i}";
    Alu(B32, Rsh),  0x7c, ReadWrite, Read,  Is(0),  Is(0), V1, Base32,   "w{d} >>= w{s}";
    Alu(B32, Neg),  0x84, ReadWrite, Is(0), Is(0),  Is(0), V1, Base32,   "w{d} = -w{d}";
    Alu(B32, Mod),  0x94, ReadWrite, Is(0), Is(0),  Value, V1, Divmul32, "w{d} %= {i}";
    Alu(B32, SMod), 0x94, ReadWrite, Is(0), Is(1),  Value, V4, Divmul32, "w{d} s%= {i}";
    Alu(B32, Mod),  0x9c, ReadWrite, Read,  Is(0),  Is(0), V1, Divmul32, "w{d} %= w{s}";
    Alu(B32, SMod), 0x9c, ReadWrite, Read,  Is(1),  Is(0), V4, Divmul32, "w{d} s%= w{s}";
    Alu(B32, Xor),  0xa4, ReadWrite, Is(0), Is(0),  Value, V1, Base32,   "w{d} ^= {i}";
    Alu(B32, Xor),  0xac, ReadWrite, Read,  Is(0),  Is(0), V1, Base32,   "w{d} ^= w{s}";
    Alu(B32, Mov),  0xb4, Write,     Is(0), Is(0),  Value, V1, Base32,   "w{d} = {i}";
    Alu(B32, Mov),  0xbc, Write,     Read,  Is(0),  Is(0), V1, Base32,   "w{d} = w{s}";
    MovSx(B32, 8),  0xbc, Write,     Read,  Is(8),  Is(0), V4, Base32,   "w{d} = (s8)w{s}";
    MovSx(B32, 16), 0xbc, Write,     Read,  Is(16), Is(0), V4, Base32,   "w{d} = (s16)w{s}";
    Alu(B32, Arsh), 0xc4, ReadWrite, Is(0), Is(0),  Value, V1, Base32,   "w{d} s>>= {i}";
    Alu(B32, Arsh), 0xcc, ReadWrite, Read,  Is(0),  Is(0), V1, Base32,   "w{d} s>>= w{s}";

    // RFC 9669 section 4.1, 64-bit arithmetic.
    Alu(B64, Add),  0x07, ReadWrite, Is(0), Is(0),  Value, V1, Base64,   "r{d} += {i}";
    Alu(B64, Add),  0x0f, ReadWrite, Read,  Is(0),  Is(0), V1, Base64,   "r{d} += r{s}";
    Alu(B64, Sub),  0x17, ReadWrite, Is(0), Is(0),  Value, V1, Base64,   "r{d} -= {i}";
    Alu(B64, Sub),  0x1f, ReadWrite, Read,  Is(0),  Is(0), V1, Base64,   "r{d} -= r{s}";
    Alu(B64, Mul),  0x27, ReadWrite, Is(0), Is(0),  Value, V1, Divmul64, "r{d} *= {i}";
    Alu(B64, Mul),  0x2f, ReadWrite, Read,  Is(0),  Is(0), V1, Divmul64, "r{d} *= r{s}";
    Alu(B64, Div),  0x37, ReadWrite, Is(0), Is(0),  Value, V1, Divmul64, "r{d} /= {i}";
    Alu(B64, SDiv), 0x37, ReadWrite, Is(0), Is(1),  Value, V4, Divmul64, "r{d} s/= {i}";
    Alu(B64, Div),  0x3f, ReadWrite, Read,  Is(0),  Is(0), V1, Divmul64, "r{d} /= r{s}";
    Alu(B64, SDiv), 0x3f, ReadWrite, Read,  Is(1),  Is(0), V4, Divmul64, "r{d} s/= r{s}";
    Alu(B64, Or),   0x47, ReadWrite, Is(0), Is(0),  Value, V1, Base64,   "r{d} |= {i}";
    Alu(B64, Or),   0x4f, ReadWrite, Read,  Is(0),  Is(0), V1, Base64,   "r{d} |= r{s}";
    Alu(B64, And),  0x57, ReadWrite, Is(0), Is(0),  Value, V1, Base64,   "r{d} &= {i}";
    Alu(B64, And),  0x5f, ReadWrite, Read,  Is(0),  Is(0), V1, Base64,   "r{d} &= r{s}";
    Alu(B64, Lsh),  0x67, ReadWrite, Is(0), Is(0),  Value, V1, Base64,   "r{d} <<= {i}";
    Alu(B64, Lsh),  0x6f, ReadWrite, Read,  Is(0),  Is(0), V1, Base64,   "r{d} <<= r{s}";
    Alu(B64, Rsh),  0x77, ReadWrite, Is(0), Is(0),  Value, V1, Base64,   "r{d} >>= {i}";
    Alu(B64, Rsh),  0x7f, ReadWrite, Read,  Is(0),  Is(0), V1, Base64,   "r{d} >>= r{s}";
    Alu(B64, Neg),  0x87, ReadWrite, Is(0), Is(0),  Is(0), V1, Base64,   "r{d} = -r{d}";
    Alu(B64, Mod),  0x97, ReadWrite, Is(0), Is(0),  Value, V1, Divmul64, "r{d} %= {i}";
    Alu(B64, SMod), 0x97, ReadWrite, Is(0), Is(1),  Value, V4, Divmul64, "r{d} s%= {i}";
    Alu(B64, Mod),  0x9f, ReadWrite, Read,  Is(0),  Is(0), V1, Divmul64, "r{d} %= r{s}";
    Alu(B64, SMod), 0x9f, ReadWrite, Read,  Is(1),  Is(0), V4, Divmul64, "r{d} s%= r{s}";
    Alu(B64, Xor),  0xa7, ReadWrite, Is(0), Is(0),  Value, V1, Base64,   "r{d} ^= {i}";
    Alu(B64, Xor),  0xaf, ReadWrite, Read,  Is(0),  Is(0), V1, Base64,   "r{d} ^= r{s}";
    Alu(B64, Mov),  0xb7, Write,     Is(0), Is(0),  Value, V1, Base64,   "r{d} = {i}";
    Alu(B64, Mov),  0xbf, Write,     Read,  Is(0),  Is(0), V1, Base64,   "r{d} = r{s}";
    MovSx(B64, 8),  0xbf, Write,     Read,  Is(8),  Is(0), V4, Base64,   "r{d} = (s8)r{s}";
    MovSx(B64, 16), 0xbf, Write,     Read,  Is(16), Is(0), V4, Base64,   "r{d} = (s16)r{s}";
    MovSx(B64, 32), 0xbf, Write,     Read,  Is(32), Is(0), V4, Base64,   "r{d} = (s32)r{s}";
    AddrSpaceCast,  0xbf, Write,     Read,  Is(1),  Value, V4, Kernel,   "r{d} = addr_space_cast(r{s}, {t}, {f})";
    Alu(B64, Arsh), 0xc7, ReadWrite, Is(0), Is(0),  Value, V1, Base64,   "r{d} s>>= {i}";
    Alu(B64, Arsh), 0xcf, ReadWrite, Read,  Is(0),  Is(0), V1, Base64,   "r{d} s>>= r{s}";

    // RFC 9669 section 4.2, byte order.
    ToLe(16),  0xd4, ReadWrite, Is(0), Is(0), Is(16), V1, Base32, "r{d} = le16 r{d}";
    ToLe(32),  0xd4, ReadWrite, Is(0), Is(0), Is(32), V1, Base32, "r{d} = le32 r{d}";
    ToLe(64),  0xd4, ReadWrite, Is(0), Is(0), Is(64), V1, Base64, "r{d} = le64 r{d}";
    ToBe(16),  0xdc, ReadWrite, Is(0), Is(0), Is(16), V1, Base32, "r{d} = be16 r{d}";
    ToBe(32),  0xdc, ReadWrite, Is(0), Is(0), Is(32), V1, Base32, "r{d} = be32 r{d}";
    ToBe(64),  0xdc, ReadWrite, Is(0), Is(0), Is(64), V1, Base64, "r{d} = be64 r{d}";
    Bswap(16), 0xd7, ReadWrite, Is(0), Is(0), Is(16), V4, Base32, "r{d} = bswap16 r{d}";
    Bswap(32), 0xd7, ReadWrite, Is(0), Is(0), Is(32), V4, Base32, "r{d} = bswap32 r{d}";
    Bswap(64), 0xd7, ReadWrite, Is(0), Is(0), Is(64), V4, Base64, "r{d} = bswap64 r{d}";

    // RFC 9669 section 5.4, 64-bit immediates; what the second slot holds says `Op`.
    LdImm64,               0x18, Write, Is(0), Is(0), Value, V1, Base64, "r{d} = {l} ll";
    LdPseudo(MapFd),       0x18, Write, Is(1), Is(0), Value, V1, Base64, "ld_pseudo\tr{d}, 0x1, {u}";
    LdPseudo(MapValue),    0x18, Write, Is(2), Is(0), Value, V1, Base64, "ld_pseudo\tr{d}, 0x2, {u}";
    LdPseudo(BtfId),       0x18, Write, Is(3), Is(0), Value, V1, Base64, "ld_pseudo\tr{d}, 0x3, {u}";
    LdPseudo(Func),        0x18, Write, Is(4), Is(0), Value, V1, Base64, "ld_pseudo\tr{d}, 0x4, {u}";
    LdPseudo(MapIdx),      0x18, Write, Is(5), Is(0), Value, V1, Base64, "ld_pseudo\tr{d}, 0x5, {u}";
    LdPseudo(MapIdxValue), 0x18, Write, Is(6), Is(0), Value, V1, Base64, "ld_pseudo\tr{d}, 0x6, {u}";

    // RFC 9669 section 5.5, packet access of classic BPF.
    LdAbs(W), 0x20, Is(0), Is(0), Is(0), Value, V1, Packet, "r0 = *(u32 *)skb[{i}]";
    LdAbs(H), 0x28, Is(0), Is(0), Is(0), Value, V1, Packet, "r0 = *(u16 *)skb[{i}]";
    LdAbs(B), 0x30, Is(0), Is(0), Is(0), Value, V1, Packet, "r0 = *(u8 *)skb[{i}]";
    LdInd(W), 0x40, Is(0), Read,  Is(0), Value, V1, Packet, "r0 = *(u32 *)skb[r{s}{n}]";
    LdInd(H), 0x48, Is(0), Read,  Is(0), Value, V1, Packet, "r0 = *(u16 *)skb[r{s}{n}]";
    LdInd(B), 0x50, Is(0), Read,  Is(0), Value, V1, Packet, "r0 = *(u8 *)skb[r{s}{n}]";

    // RFC 9669 sections 5.1 and 5.2, loads and stores.
    Load(W),      0x61, Write, Read,  Memory, Is(0), V1, Base32, "r{d} = *(u32 *)(r{s}{m})";
    Load(H),      0x69, Write, Read,  Memory, Is(0), V1, Base32, "r{d} = *(u16 *)(r{s}{m})";
    Load(B),      0x71, Write, Read,  Memory, Is(0), V1, Base32, "r{d} = *(u8 *)(r{s}{m})";
    Load(DW),     0x79, Write, Read,  Memory, Is(0), V1, Base64, "r{d} = *(u64 *)(r{s}{m})";
    LoadSx(W),    0x81, Write, Read,  Memory, Is(0), V4, Base32, "r{d} = *(s32 *)(r{s}{m})";
    LoadSx(H),    0x89, Write, Read,  Memory, Is(0), V4, Base32, "r{d} = *(s16 *)(r{s}{m})";
    LoadSx(B),    0x91, Write, Read,  Memory, Is(0), V4, Base32, "r{d} = *(s8 *)(r{s}{m})";
    StoreImm(W),  0x62, Read,  Is(0), Memory, Value, V1, Base32, "*(u32 *)(r{d}{m}) = {i}";
    StoreImm(H),  0x6a, Read,  Is(0), Memory, Value, V1, Base32, "*(u16 *)(r{d}{m}) = {i}";
    StoreImm(B),  0x72, Read,  Is(0), Memory, Value, V1, Base32, "*(u8 *)(r{d}{m}) = {i}";
    StoreImm(DW), 0x7a, Read,  Is(0), Memory, Value, V1, Base64, "*(u64 *)(r{d}{m}) = {i}";
    Store(W),     0x63, Read,  Read,  Memory, Is(0), V1, Base32, "*(u32 *)(r{d}{m}) = r{s}";
    Store(H),     0x6b, Read,  Read,  Memory, Is(0), V1, Base32, "*(u16 *)(r{d}{m}) = r{s}";
    Store(B),     0x73, Read,  Read,  Memory, Is(0), V1, Base32, "*(u8 *)(r{d}{m}) = r{s}";
    Store(DW),    0x7b, Read,  Read,  Memory, Is(0), V1, Base64, "*(u64 *)(r{d}{m}) = r{s}";

    // RFC 9669 section 5.3, atomic operations; acquire and release are the kernel's.
    Atomic(W, AtomicOp::Add),       0xc3, Read,  Read,      Memory, Is(0x00),  V1, Atomic32, "lock *(u32 *)(r{d}{m}) += r{s}";
    Atomic(W, AtomicOp::Or),        0xc3, Read,  Read,      Memory, Is(0x40),  V3, Atomic32, "lock *(u32 *)(r{d}{m}) |= w{s}";
    Atomic(W, AtomicOp::And),       0xc3, Read,  Read,      Memory, Is(0x50),  V3, Atomic32, "lock *(u32 *)(r{d}{m}) &= w{s}";
    Atomic(W, AtomicOp::Xor),       0xc3, Read,  Read,      Memory, Is(0xa0),  V3, Atomic32, "lock *(u32 *)(r{d}{m}) ^= w{s}";
    Atomic(W, AtomicOp::FetchAdd),  0xc3, Read,  ReadWrite, Memory, Is(0x01),  V3, Atomic32, "w{s} = atomic_fetch_add((u32 *)(r{d}{m}), w{s})";
    Atomic(W, AtomicOp::FetchOr),   0xc3, Read,  ReadWrite, Memory, Is(0x41),  V3, Atomic32, "w{s} = atomic_fetch_or((u32 *)(r{d}{m}), w{s})";
    Atomic(W, AtomicOp::FetchAnd),  0xc3, Read,  ReadWrite, Memory, Is(0x51),  V3, Atomic32, "w{s} = atomic_fetch_and((u32 *)(r{d}{m}), w{s})";
    Atomic(W, AtomicOp::FetchXor),  0xc3, Read,  ReadWrite, Memory, Is(0xa1),  V3, Atomic32, "w{s} = atomic_fetch_xor((u32 *)(r{d}{m}), w{s})";
    Atomic(W, AtomicOp::Xchg),      0xc3, Read,  ReadWrite, Memory, Is(0xe1),  V3, Atomic32, "w{s} = xchg32_32(r{d}{m}, w{s})";
    Atomic(W, AtomicOp::CmpXchg),   0xc3, Read,  Read,      Memory, Is(0xf1),  V3, Atomic32, "w0 = cmpxchg32_32(r{d}{m}, w0, w{s})";
    LoadAcquire(W),                 0xc3, Write, Read,      Memory, Is(0x100), V4, Kernel,   "w{d} = load_acquire((u32 *)(r{s}{m}))";
    StoreRelease(W),                0xc3, Read,  Read,      Memory, Is(0x110), V4, Kernel,   "store_release((u32 *)(r{d}{m}), w{s})";
    Atomic(DW, AtomicOp::Add),      0xdb, Read,  Read,      Memory, Is(0x00),  V1, Atomic64, "lock *(u64 *)(r{d}{m}) += r{s}";
    Atomic(DW, AtomicOp::Or),       0xdb, Read,  Read,      Memory, Is(0x40),  V3, Atomic64, "lock *(u64 *)(r{d}{m}) |= r{s}";
    Atomic(DW, AtomicOp::And),      0xdb, Read,  Read,      Memory, Is(0x50),  V3, Atomic64, "lock *(u64 *)(r{d}{m}) &= r{s}";
    Atomic(DW, AtomicOp::Xor),      0xdb, Read,  Read,      Memory, Is(0xa0),  V3, Atomic64, "lock *(u64 *)(r{d}{m}) ^= r{s}";
    Atomic(DW, AtomicOp::FetchAdd), 0xdb, Read,  ReadWrite, Memory, Is(0x01),  V3, Atomic64, "r{s} = atomic_fetch_add((u64 *)(r{d}{m}), r{s})";
    Atomic(DW, AtomicOp::FetchOr),  0xdb, Read,  ReadWrite, Memory, Is(0x41),  V3, Atomic64, "r{s} = atomic_fetch_or((u64 *)(r{d}{m}), r{s})";
    Atomic(DW, AtomicOp::FetchAnd), 0xdb, Read,  ReadWrite, Memory, Is(0x51),  V3, Atomic64, "r{s} = atomic_fetch_and((u64 *)(r{d}{m}), r{s})";
    Atomic(DW, AtomicOp::FetchXor), 0xdb, Read,  ReadWrite, Memory, Is(0xa1),  V3, Atomic64, "r{s} = atomic_fetch_xor((u64 *)(r{d}{m}), r{s})";
    Atomic(DW, AtomicOp::Xchg),     0xdb, Read,  ReadWrite, Memory, Is(0xe1),  V3, Atomic64, "r{s} = xchg_64(r{d}{m}, r{s})";
    Atomic(DW, AtomicOp::CmpXchg),  0xdb, Read,  Read,      Memory, Is(0xf1),  V3, Atomic64, "r0 = cmpxchg_64(r{d}{m}, r0, r{s})";
    LoadAcquire(DW),                0xdb, Write, Read,      Memory, Is(0x100), V4, Kernel,   "r{d} = load_acquire((u64 *)(r{s}{m}))";
    StoreRelease(DW),               0xdb, Read,  Read,      Memory, Is(0x110), V4, Kernel,   "store_release((u64 *)(r{d}{m}), r{s})";
    LoadAcquire(H),                 0xcb, Write, Read,      Memory, Is(0x100), V4, Kernel,   "w{d} = load_acquire((u16 *)(r{s}{m}))";
    StoreRelease(H),                0xcb, Read,  Read,      Memory, Is(0x110), V4, Kernel,   "store_release((u16 *)(r{d}{m}), w{s})";
    LoadAcquire(B),                 0xd3, Write, Read,      Memory, Is(0x100), V4, Kernel,   "w{d} = load_acquire((u8 *)(r{s}{m}))";
    StoreRelease(B),                0xd3, Read,  Read,      Memory, Is(0x110), V4, Kernel,   "store_release((u8 *)(r{d}{m}), w{s})";

    // RFC 9669 section 4.3, jumps; `may_goto` is the kernel's.
    Ja,             0x05, Is(0), Is(0), Distance, Is(0),    V1, Base32, "goto {o}";
    Gotol,          0x06, Is(0), Is(0), Is(0),    Distance, V4, Base32, "gotol {j}";
    MayGoto,        0xe5, Is(0), Is(0), Distance, Is(0),    V4, Kernel, "may_goto {o}";
    Jump(B64, Eq),  0x15, Read,  Is(0), Distance, Value,    V1, Base64, "if r{d} == {i} goto {o}";
    Jump(B64, Eq),  0x1d, Read,  Read,  Distance, Is(0),    V1, Base64, "if r{d} == r{s} goto {o}";
    Jump(B64, Gt),  0x25, Read,  Is(0), Distance, Value,    V1, Base64, "if r{d} > {i} goto {o}";
    Jump(B64, Gt),  0x2d, Read,  Read,  Distance, Is(0),    V1, Base64, "if r{d} > r{s} goto {o}";
    Jump(B64, Ge),  0x35, Read,  Is(0), Distance, Value,    V1, Base64, "if r{d} >= {i} goto {o}";
    Jump(B64, Ge),  0x3d, Read,  Read,  Distance, Is(0),    V1, Base64, "if r{d} >= r{s} goto {o}";
    Jump(B64, Set), 0x45, Read,  Is(0), Distance, Value,    V1, Base64, "if r{d} & {i} goto {o}";
    Jump(B64, Set), 0x4d, Read,  Read,  Distance, Is(0),    V1, Base64, "if r{d} & r{s} goto {o}";
    Jump(B64, Ne),  0x55, Read,  Is(0), Distance, Value,    V1, Base64, "if r{d} != {i} goto {o}";
    Jump(B64, Ne),  0x5d, Read,  Read,  Distance, Is(0),    V1, Base64, "if r{d} != r{s} goto {o}";
    Jump(B64, Sgt), 0x65, Read,  Is(0), Distance, Value,    V1, Base64, "if r{d} s> {i} goto {o}";
    Jump(B64, Sgt), 0x6d, Read,  Read,  Distance, Is(0),    V1, Base64, "if r{d} s> r{s} goto {o}";
    Jump(B64, Sge), 0x75, Read,  Is(0), Distance, Value,    V1, Base64, "if r{d} s>= {i} goto {o}";
    Jump(B64, Sge), 0x7d, Read,  Read,  Distance, Is(0),    V1, Base64, "if r{d} s>= r{s} goto {o}";
    Jump(B64, Lt),  0xa5, Read,  Is(0), Distance, Value,    V2, Base64, "if r{d} < {i} goto {o}";
    Jump(B64, Lt),  0xad, Read,  Read,  Distance, Is(0),    V2, Base64, "if r{d} < r{s} goto {o}";
    Jump(B64, Le),  0xb5, Read,  Is(0), Distance, Value,    V2, Base64, "if r{d} <= {i} goto {o}";
    Jump(B64, Le),  0xbd, Read,  Read,  Distance, Is(0),    V2, Base64, "if r{d} <= r{s} goto {o}";
    Jump(B64, Slt), 0xc5, Read,  Is(0), Distance, Value,    V2, Base64, "if r{d} s< {i} goto {o}";
    Jump(B64, Slt), 0xcd, Read,  Read,  Distance, Is(0),    V2, Base64, "if r{d} s< r{s} goto {o}";
    Jump(B64, Sle), 0xd5, Read,  Is(0), Distance, Value,    V2, Base64, "if r{d} s<= {i} goto {o}";
    Jump(B64, Sle), 0xdd, Read,  Read,  Distance, Is(0),    V2, Base64, "if r{d} s<= r{s} goto {o}";
    Jump(B32, Eq),  0x16, Read,  Is(0), Distance, Value,    V3, Base32, "if w{d} == {i} goto {o}";
    Jump(B32, Eq),  0x1e, Read,  Read,  Distance, Is(0),    V3, Base32, "if w{d} == w{s} goto {o}";
    Jump(B32, Gt),  0x26, Read,  Is(0), Distance, Value,    V3, Base32, "if w{d} > {i} goto {o}";
    Jump(B32, Gt),  0x2e, Read,  Read,  Distance, Is(0),    V3, Base32, "if w{d} > w{s} goto {o}";
    Jump(B32, Ge),  0x36, Read,  Is(0), Distance, Value,    V3, Base32, "if w{d} >= {i} goto {o}";
    Jump(B32, Ge),  0x3e, Read,  Read,  Distance, Is(0),    V3, Base32, "if w{d} >= w{s} goto {o}";
    Jump(B32, Set), 0x46, Read,  Is(0), Distance, Value,    V3, Base32, "if w{d} & {i} goto {o}";
    Jump(B32, Set), 0x4e, Read,  Read,  Distance, Is(0),    V3, Base32, "if w{d} & w{s} goto {o}";
    Jump(B32, Ne),  0x56, Read,  Is(0), Distance, Value,    V3, Base32, "if w{d} != {i} goto {o}";
    Jump(B32, Ne),  0x5e, Read,  Read,  Distance, Is(0),    V3, Base32, "if w{d} != w{s} goto {o}";
    Jump(B32, Sgt), 0x66, Read,  Is(0), Distance, Value,    V3, Base32, "if w{d} s> {i} goto {o}";
    Jump(B32, Sgt), 0x6e, Read,  Read,  Distance, Is(0),    V3, Base32, "if w{d} s> w{s} goto {o}";
    Jump(B32, Sge), 0x76, Read,  Is(0), Distance, Value,    V3, Base32, "if w{d} s>= {i} goto {o}";
    Jump(B32, Sge), 0x7e, Read,  Read,  Distance, Is(0),    V3, Base32, "if w{d} s>= w{s} goto {o}";
    Jump(B32, Lt),  0xa6, Read,  Is(0), Distance, Value,    V3, Base32, "if w{d} < {i} goto {o}";
    Jump(B32, Lt),  0xae, Read,  Read,  Distance, Is(0),    V3, Base32, "if w{d} < w{s} goto {o}";
    Jump(B32, Le),  0xb6, Read,  Is(0), Distance, Value,    V3, Base32, "if w{d} <= {i} goto {o}";
    Jump(B32, Le),  0xbe, Read,  Read,  Distance, Is(0),    V3, Base32, "if w{d} <= w{s} goto {o}";
    Jump(B32, Slt), 0xc6, Read,  Is(0), Distance, Value,    V3, Base32, "if w{d} s< {i} goto {o}";
    Jump(B32, Slt), 0xce, Read,  Read,  Distance, Is(0),    V3, Base32, "if w{d} s< w{s} goto {o}";
    Jump(B32, Sle), 0xd6, Read,  Is(0), Distance, Value,    V3, Base32, "if w{d} s<= {i} goto {o}";
    Jump(B32, Sle), 0xde, Read,  Read,  Distance, Is(0),    V3, Base32, "if w{d} s<= w{s} goto {o}";

    // RFC 9669 sections 4.3.1 and 4.3.2, calls and return.
    Call,      0x85, Is(0), Is(0), Is(0), Value,    V1, Base32, "call {i}";
    CallLocal, 0x85, Is(0), Is(1), Is(0), Distance, V1, Base32, "call {i}";
    CallKfunc, 0x85, Is(0), Is(2), Value, Value,    V1, Base32, "call {i}";
    Exit,      0x95, Is(0), Is(0), Is(0), Is(0),    V1, Base32, "exit";
};
