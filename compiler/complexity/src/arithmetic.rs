//! What arithmetic makes of what is known about numbers (`adjust_scalar_min_max_vals`).

use nbpfc_isa::{AluOp, Bits};

use crate::scalar::Scalar;
use crate::tnum::{Tnum, ones};

/// The result of `a op b`.
pub(crate) fn alu(op: AluOp, bits: Bits, a: &Scalar, b: &Scalar) -> Scalar {
    // Of these it knows nothing, not even that the upper half is 0.
    let width = if bits == Bits::B32 { 32 } else { 64 };
    let lost = match op {
        AluOp::Div | AluOp::SDiv | AluOp::Mod | AluOp::SMod => true,
        AluOp::Lsh | AluOp::Rsh | AluOp::Arsh => b.value().is_none_or(|by| by >= width),
        _ => false,
    };
    if lost {
        return Scalar::UNKNOWN;
    }
    match bits {
        Bits::B64 => whole(op, 64, a, b),
        Bits::B32 => {
            let result = match op {
                // The sign is that of the lower half.
                AluOp::Arsh => whole(op, 32, &signed(a), &b.low()),
                _ => whole(op, 32, &a.low(), &b.low()),
            };
            let Scalar { smin, smax, umin, umax, .. } = result;
            let mut low = Scalar { tnum: result.tnum, ..Scalar::UNKNOWN };
            if umin >> 32 == umax >> 32 {
                (low.umin32, low.umax32) = (umin as u32, umax as u32);
            }
            if let (Ok(min), Ok(max)) = (i32::try_from(smin), i32::try_from(smax)) {
                (low.smin32, low.smax32) = (min, max);
            }
            low.synced().low()
        }
    }
}

/// The lower half with its sign.
fn signed(a: &Scalar) -> Scalar {
    let low = a.tnum.low();
    let tnum = if low.mask >> 31 == 0 {
        Tnum { value: i64::from(low.value as i32) as u64, mask: low.mask }
    } else {
        Tnum { value: low.value, mask: low.mask | !ones(32) }
    };
    Scalar { tnum, smin: a.smin32.into(), smax: a.smax32.into(), ..Scalar::UNKNOWN }.synced()
}

fn whole(op: AluOp, width: u32, a: &Scalar, b: &Scalar) -> Scalar {
    let unknown = Scalar::UNKNOWN;
    let known = b.value();
    let shift = known.map(|by| by as u32 & (width - 1));
    let result = match (op, shift) {
        (AluOp::Mov, _) => *b,
        (AluOp::Add, _) => {
            let (umin, umax) = checked(a.umin.checked_add(b.umin), a.umax.checked_add(b.umax));
            let (smin, smax) =
                signed_checked(a.smin.checked_add(b.smin), a.smax.checked_add(b.smax));
            Scalar { tnum: a.tnum.add(b.tnum), umin, umax, smin, smax, ..unknown }
        }
        (AluOp::Sub, _) => {
            let (umin, umax) = checked(a.umin.checked_sub(b.umax), a.umax.checked_sub(b.umin));
            let (smin, smax) =
                signed_checked(a.smin.checked_sub(b.smax), a.smax.checked_sub(b.smin));
            Scalar { tnum: a.tnum.sub(b.tnum), umin, umax, smin, smax, ..unknown }
        }
        (AluOp::Mul, _) => product(a, b),
        (AluOp::And, _) => {
            let tnum = a.tnum.and(b.tnum);
            Scalar { tnum, umin: tnum.value, umax: a.umax.min(b.umax), ..unknown }
        }
        (AluOp::Or, _) => Scalar { tnum: a.tnum.or(b.tnum), umin: a.umin.max(b.umin), ..unknown },
        (AluOp::Xor, _) => Scalar { tnum: a.tnum.xor(b.tnum), ..unknown },
        (AluOp::Lsh, Some(by)) => {
            let (umin, umax) =
                if a.umax > u64::MAX >> by { (0, u64::MAX) } else { (a.umin << by, a.umax << by) };
            Scalar { tnum: a.tnum.shl(by), umin, umax, ..unknown }
        }
        (AluOp::Rsh, Some(by)) => {
            Scalar { tnum: a.tnum.shr(by), umin: a.umin >> by, umax: a.umax >> by, ..unknown }
        }
        (AluOp::Arsh, Some(by)) => {
            Scalar { tnum: a.tnum.sar(by), smin: a.smin >> by, smax: a.smax >> by, ..unknown }
        }
        (AluOp::Neg, _) => whole(AluOp::Sub, width, &Scalar::constant(0), a),
        _ => unknown,
    };
    result.synced()
}

fn product(a: &Scalar, b: &Scalar) -> Scalar {
    if let (Some(a), Some(b)) = (a.value(), b.value()) {
        return Scalar::constant(a.wrapping_mul(b));
    }
    let zeros = |x: &Scalar| (x.tnum.value | x.tnum.mask).trailing_zeros();
    let tnum = Tnum { value: 0, mask: !ones(zeros(a) + zeros(b)) };
    match a.umax.checked_mul(b.umax) {
        Some(umax) if umax >> 63 == 0 => {
            Scalar { tnum, umin: a.umin.saturating_mul(b.umin), umax, ..Scalar::UNKNOWN }
        }
        _ => Scalar { tnum, ..Scalar::UNKNOWN },
    }
}

fn checked(min: Option<u64>, max: Option<u64>) -> (u64, u64) {
    min.zip(max).unwrap_or((0, u64::MAX))
}

fn signed_checked(min: Option<i64>, max: Option<i64>) -> (i64, i64) {
    min.zip(max).unwrap_or((i64::MIN, i64::MAX))
}
