//! What the verifier knows of comparisons, and learns from them (`is_scalar_branch_taken`,
//! `regs_refine_cond_op`).

use nbpfc_isa::{Bits, JmpOp};

use crate::scalar::Scalar;
use crate::tnum::{Tnum, ones};

/// The half of a number that a comparison looks at, as a number of 64 bits with the same order.
struct Seen {
    tnum: Tnum,
    umin: u64,
    umax: u64,
    smin: i64,
    smax: i64,
}

fn seen(x: &Scalar, bits: Bits) -> Seen {
    match bits {
        Bits::B64 => Seen { tnum: x.tnum, umin: x.umin, umax: x.umax, smin: x.smin, smax: x.smax },
        Bits::B32 => Seen {
            tnum: x.tnum.low(),
            umin: x.umin32.into(),
            umax: x.umax32.into(),
            smin: x.smin32.into(),
            smax: x.smax32.into(),
        },
    }
}

/// Whether `a op b` holds, if that is known.
pub(crate) fn decided(op: JmpOp, bits: Bits, a: &Scalar, b: &Scalar) -> Option<bool> {
    let (x, y) = (seen(a, bits), seen(b, bits));
    match op {
        JmpOp::Eq => {
            if x.tnum.is_constant() && y.tnum.is_constant() {
                return Some(x.tnum.value == y.tnum.value);
            }
            let apart = !x.tnum.overlaps(y.tnum)
                || x.umin > y.umax
                || x.umax < y.umin
                || x.smin > y.smax
                || x.smax < y.smin
                || (bits == Bits::B64 && decided(op, Bits::B32, a, b) == Some(false));
            apart.then_some(false)
        }
        JmpOp::Ne => decided(JmpOp::Eq, bits, a, b).map(|equal| !equal),
        JmpOp::Set => {
            let (x, y) = if y.tnum.is_constant() { (x, y) } else { (y, x) };
            if !y.tnum.is_constant() {
                None
            } else if x.tnum.value & y.tnum.value != 0 {
                Some(true)
            } else {
                ((x.tnum.value | x.tnum.mask) & y.tnum.value == 0).then_some(false)
            }
        }
        JmpOp::Gt => order(x.umin > y.umax, x.umax <= y.umin),
        JmpOp::Ge => order(x.umin >= y.umax, x.umax < y.umin),
        JmpOp::Lt => order(x.umax < y.umin, x.umin >= y.umax),
        JmpOp::Le => order(x.umax <= y.umin, x.umin > y.umax),
        JmpOp::Sgt => order(x.smin > y.smax, x.smax <= y.smin),
        JmpOp::Sge => order(x.smin >= y.smax, x.smax < y.smin),
        JmpOp::Slt => order(x.smax < y.smin, x.smin >= y.smax),
        JmpOp::Sle => order(x.smax <= y.smin, x.smin > y.smax),
    }
}

const fn order(yes: bool, no: bool) -> Option<bool> {
    match (yes, no) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}

/// What is known where `a op b` holds, or does not hold.
pub(crate) fn refine(
    op: JmpOp,
    bits: Bits,
    holds: bool,
    a: &Scalar,
    b: &Scalar,
) -> (Scalar, Scalar) {
    let (op, swap) = match (op, holds) {
        (JmpOp::Eq, true) | (JmpOp::Ne, false) => (JmpOp::Eq, false),
        (JmpOp::Eq, false) | (JmpOp::Ne, true) => (JmpOp::Ne, false),
        (JmpOp::Set, _) => (JmpOp::Set, false),
        (JmpOp::Lt, true) | (JmpOp::Ge, false) => (JmpOp::Lt, false),
        (JmpOp::Le, true) | (JmpOp::Gt, false) => (JmpOp::Le, false),
        (JmpOp::Gt, true) | (JmpOp::Le, false) => (JmpOp::Lt, true),
        (JmpOp::Ge, true) | (JmpOp::Lt, false) => (JmpOp::Le, true),
        (JmpOp::Slt, true) | (JmpOp::Sge, false) => (JmpOp::Slt, false),
        (JmpOp::Sle, true) | (JmpOp::Sgt, false) => (JmpOp::Sle, false),
        (JmpOp::Sgt, true) | (JmpOp::Sle, false) => (JmpOp::Slt, true),
        (JmpOp::Sge, true) | (JmpOp::Slt, false) => (JmpOp::Sle, true),
    };
    let (mut x, mut y) = if swap { (*b, *a) } else { (*a, *b) };
    match op {
        JmpOp::Eq => equal(bits, &mut x, &mut y),
        JmpOp::Ne => {
            apart(bits, &mut x, b);
            apart(bits, &mut y, a);
        }
        JmpOp::Set => {
            with_bits(bits, holds, &mut x, b);
            with_bits(bits, holds, &mut y, a);
        }
        _ => less(op, bits, &mut x, &mut y),
    }
    let (x, y) = (x.synced(), y.synced());
    if swap { (y, x) } else { (x, y) }
}

fn equal(bits: Bits, x: &mut Scalar, y: &mut Scalar) {
    if bits == Bits::B64 {
        let both = Scalar {
            tnum: x.tnum.intersect(y.tnum),
            umin: x.umin.max(y.umin),
            umax: x.umax.min(y.umax),
            smin: x.smin.max(y.smin),
            smax: x.smax.min(y.smax),
            umin32: x.umin32.max(y.umin32),
            umax32: x.umax32.min(y.umax32),
            smin32: x.smin32.max(y.smin32),
            smax32: x.smax32.min(y.smax32),
        };
        (*x, *y) = (both, both);
        return;
    }
    let low = x.tnum.low().intersect(y.tnum.low());
    let (umin, umax) = (x.umin32.max(y.umin32), x.umax32.min(y.umax32));
    let (smin, smax) = (x.smin32.max(y.smin32), x.smax32.min(y.smax32));
    for z in [x, y] {
        let high = !ones(32);
        z.tnum = Tnum {
            value: (z.tnum.value & high) | low.value,
            mask: (z.tnum.mask & high) | low.mask,
        };
        (z.umin32, z.umax32, z.smin32, z.smax32) = (umin, umax, smin, smax);
    }
}

/// A bound that is not the number itself.
fn apart(bits: Bits, x: &mut Scalar, other: &Scalar) {
    let other = seen(other, bits);
    if !other.tnum.is_constant() {
        return;
    }
    let value = other.tnum.value;
    match bits {
        Bits::B64 => {
            x.umin += u64::from(x.umin == value && x.umin < x.umax);
            x.umax -= u64::from(x.umax == value && x.umin < x.umax);
            x.smin += i64::from(x.smin == value as i64 && x.smin < x.smax);
            x.smax -= i64::from(x.smax == value as i64 && x.smin < x.smax);
        }
        Bits::B32 => {
            let value = value as u32;
            x.umin32 += u32::from(x.umin32 == value && x.umin32 < x.umax32);
            x.umax32 -= u32::from(x.umax32 == value && x.umin32 < x.umax32);
            x.smin32 += i32::from(x.smin32 == value as i32 && x.smin32 < x.smax32);
            x.smax32 -= i32::from(x.smax32 == value as i32 && x.smin32 < x.smax32);
        }
    }
}

fn with_bits(bits: Bits, set: bool, x: &mut Scalar, other: &Scalar) {
    let other = seen(other, bits).tnum;
    if !other.is_constant() {
        return;
    }
    let value = other.value;
    if !set {
        x.tnum = Tnum { value: x.tnum.value & !value, mask: x.tnum.mask & !value };
    } else if value.is_power_of_two() {
        x.tnum = Tnum { value: x.tnum.value | value, mask: x.tnum.mask & !value };
    }
}

/// `x < y` or `x <= y`, with or without a sign.
fn less(op: JmpOp, bits: Bits, x: &mut Scalar, y: &mut Scalar) {
    let strict = matches!(op, JmpOp::Lt | JmpOp::Slt);
    let is_signed = matches!(op, JmpOp::Slt | JmpOp::Sle);
    match (bits, is_signed) {
        (Bits::B64, false) => {
            x.umax = x.umax.min(y.umax.saturating_sub(strict.into()));
            y.umin = y.umin.max(x.umin.saturating_add(strict.into()));
        }
        (Bits::B64, true) => {
            x.smax = x.smax.min(y.smax.saturating_sub(strict.into()));
            y.smin = y.smin.max(x.smin.saturating_add(strict.into()));
        }
        (Bits::B32, false) => {
            x.umax32 = x.umax32.min(y.umax32.saturating_sub(strict.into()));
            y.umin32 = y.umin32.max(x.umin32.saturating_add(strict.into()));
        }
        (Bits::B32, true) => {
            x.smax32 = x.smax32.min(y.smax32.saturating_sub(strict.into()));
            y.smin32 = y.smin32.max(x.smin32.saturating_add(strict.into()));
        }
    }
}
