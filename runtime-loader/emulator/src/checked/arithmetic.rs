//! What instructions compute (RFC 9669 section 4), on numbers and on pointers.

use nbpfc_isa::{AluOp, AtomicOp, Bits, JmpOp, Size};

use crate::checked::value::{Kind, Value};
use crate::error::FaultKind;

/// `a op b` on values; what has no meaning on pointers is a fault.
pub(crate) fn alu(bits: Bits, op: AluOp, a: Value, b: Value) -> Result<Value, FaultKind> {
    if let (Kind::Number, Kind::Number) = (a.kind, b.kind) {
        return Ok(Value::number(numbers(bits, op, a.bits, b.bits)));
    }
    if bits == Bits::B32 {
        return Err(FaultKind::Pointer);
    }
    match (op, a.kind, b.kind) {
        (AluOp::Add, Kind::Pointer(_), Kind::Number) => {
            Ok(Value { bits: a.bits.wrapping_add(b.bits), kind: a.kind })
        }
        (AluOp::Add, Kind::Number, Kind::Pointer(_)) => {
            Ok(Value { bits: a.bits.wrapping_add(b.bits), kind: b.kind })
        }
        (AluOp::Sub, Kind::Pointer(_), Kind::Number) => {
            Ok(Value { bits: a.bits.wrapping_sub(b.bits), kind: a.kind })
        }
        (AluOp::Sub, Kind::Pointer(of), Kind::Pointer(same)) if of == same => {
            Ok(Value::number(a.bits.wrapping_sub(b.bits)))
        }
        _ => Err(FaultKind::Pointer),
    }
}

/// `a op b` on numbers. Shifts go by the count modulo the width; division by zero gives 0, the
/// remainder of it gives `a`.
pub(crate) fn numbers(bits: Bits, op: AluOp, a: u64, b: u64) -> u64 {
    match bits {
        Bits::B32 => u64::from(numbers32(op, a as u32, b as u32)),
        Bits::B64 => numbers64(op, a, b),
    }
}

fn numbers32(op: AluOp, a: u32, b: u32) -> u32 {
    let signed = (a as i32, b as i32);
    match op {
        AluOp::Add => a.wrapping_add(b),
        AluOp::Sub => a.wrapping_sub(b),
        AluOp::Mul => a.wrapping_mul(b),
        AluOp::Div => a.checked_div(b).unwrap_or(0),
        AluOp::Or => a | b,
        AluOp::And => a & b,
        AluOp::Lsh => a.wrapping_shl(b),
        AluOp::Rsh => a.wrapping_shr(b),
        AluOp::Neg => a.wrapping_neg(),
        AluOp::Mod => a.checked_rem(b).unwrap_or(a),
        AluOp::Xor => a ^ b,
        AluOp::Mov => b,
        AluOp::Arsh => (a as i32).wrapping_shr(b) as u32,
        AluOp::SDiv if b == 0 => 0,
        AluOp::SDiv => signed.0.wrapping_div(signed.1) as u32,
        AluOp::SMod if b == 0 => a,
        AluOp::SMod => signed.0.wrapping_rem(signed.1) as u32,
    }
}

fn numbers64(op: AluOp, a: u64, b: u64) -> u64 {
    let signed = (a as i64, b as i64);
    let count = (b & 63) as u32;
    match op {
        AluOp::Add => a.wrapping_add(b),
        AluOp::Sub => a.wrapping_sub(b),
        AluOp::Mul => a.wrapping_mul(b),
        AluOp::Div => a.checked_div(b).unwrap_or(0),
        AluOp::Or => a | b,
        AluOp::And => a & b,
        AluOp::Lsh => a << count,
        AluOp::Rsh => a >> count,
        AluOp::Neg => a.wrapping_neg(),
        AluOp::Mod => a.checked_rem(b).unwrap_or(a),
        AluOp::Xor => a ^ b,
        AluOp::Mov => b,
        AluOp::Arsh => (a as i64 >> count) as u64,
        AluOp::SDiv if b == 0 => 0,
        AluOp::SDiv => signed.0.wrapping_div(signed.1) as u64,
        AluOp::SMod if b == 0 => a,
        AluOp::SMod => signed.0.wrapping_rem(signed.1) as u64,
    }
}

/// A move with sign extension from so many bits; 32-bit ones clear the upper half.
pub(crate) fn sign_extended(bits: Bits, from: u8, a: u64) -> u64 {
    let extended = match from {
        8 => a as i8 as i64,
        16 => a as i16 as i64,
        _ => a as i32 as i64,
    };
    match bits {
        Bits::B32 => u64::from(extended as u32),
        Bits::B64 => extended as u64,
    }
}

/// The lowest so many bits of a number, the rest cleared.
pub(crate) fn truncated(bits: u8, a: u64) -> u64 {
    match bits {
        16 => a & 0xffff,
        32 => a & 0xffff_ffff,
        _ => a,
    }
}

/// The lowest so many bits of a number with their bytes reversed, the rest cleared.
pub(crate) fn swapped(bits: u8, a: u64) -> u64 {
    match bits {
        16 => u64::from((a as u16).swap_bytes()),
        32 => u64::from((a as u32).swap_bytes()),
        _ => a.swap_bytes(),
    }
}

/// A number that a load of some size found, sign-extended.
pub(crate) fn load_extended(size: Size, a: u64) -> u64 {
    match size {
        Size::B => a as i8 as u64,
        Size::H => a as i16 as u64,
        Size::W => a as i32 as u64,
        Size::DW => a,
    }
}

/// Whether `a op b` holds. Pointers have an order among those into the same memory, and are equal
/// or not to null.
pub(crate) fn holds(bits: Bits, op: JmpOp, a: Value, b: Value) -> Result<bool, FaultKind> {
    let meant = match (a.kind, b.kind) {
        (Kind::Number, Kind::Number) => true,
        (Kind::Pointer(of), Kind::Pointer(other)) => {
            of == other && op != JmpOp::Set && bits == Bits::B64
        }
        _ => {
            let null = Value::number(0);
            matches!(op, JmpOp::Eq | JmpOp::Ne) && (a == null || b == null) && bits == Bits::B64
        }
    };
    if !meant {
        return Err(FaultKind::Pointer);
    }
    let (a, b, signed) = match bits {
        Bits::B64 => (a.bits, b.bits, (a.bits as i64, b.bits as i64)),
        Bits::B32 => {
            let (a, b) = (a.bits as u32, b.bits as u32);
            (a.into(), b.into(), ((a as i32).into(), (b as i32).into()))
        }
    };
    Ok(match op {
        JmpOp::Eq => a == b,
        JmpOp::Gt => a > b,
        JmpOp::Ge => a >= b,
        JmpOp::Set => a & b != 0,
        JmpOp::Ne => a != b,
        JmpOp::Sgt => signed.0 > signed.1,
        JmpOp::Sge => signed.0 >= signed.1,
        JmpOp::Lt => a < b,
        JmpOp::Le => a <= b,
        JmpOp::Slt => signed.0 < signed.1,
        JmpOp::Sle => signed.0 <= signed.1,
    })
}

/// What an atomic operation leaves in memory that held `old`, with `r0` for compare-exchange.
/// All of the operation's width, zero-extended.
pub(crate) fn atomic(op: AtomicOp, old: u64, src: u64, r0: u64) -> u64 {
    match op {
        AtomicOp::Add | AtomicOp::FetchAdd => old.wrapping_add(src),
        AtomicOp::Or | AtomicOp::FetchOr => old | src,
        AtomicOp::And | AtomicOp::FetchAnd => old & src,
        AtomicOp::Xor | AtomicOp::FetchXor => old ^ src,
        AtomicOp::Xchg => src,
        AtomicOp::CmpXchg if old == r0 => src,
        AtomicOp::CmpXchg => old,
    }
}
