//! What the verifier knows about a number: known bits, and bounds of the whole and of the lower half.

use crate::tnum::{Tnum, ones};

/// What is known about a number. The names are those of the kernel's `struct bpf_reg_state`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scalar {
    pub(crate) tnum: Tnum,
    pub(crate) umin: u64,
    pub(crate) umax: u64,
    pub(crate) smin: i64,
    pub(crate) smax: i64,
    pub(crate) umin32: u32,
    pub(crate) umax32: u32,
    pub(crate) smin32: i32,
    pub(crate) smax32: i32,
}

impl Scalar {
    /// Any number.
    pub(crate) const UNKNOWN: Self = Self {
        tnum: Tnum::UNKNOWN,
        umin: 0,
        umax: u64::MAX,
        smin: i64::MIN,
        smax: i64::MAX,
        umin32: 0,
        umax32: u32::MAX,
        smin32: i32::MIN,
        smax32: i32::MAX,
    };

    #[inline]
    pub(crate) const fn constant(value: u64) -> Self {
        let (low, signed) = (value as u32, value as i64);
        Self {
            tnum: Tnum::constant(value),
            umin: value,
            umax: value,
            smin: signed,
            smax: signed,
            umin32: low,
            umax32: low,
            smin32: low as i32,
            smax32: low as i32,
        }
    }

    /// A number of so many bits.
    pub(crate) fn of_bits(bits: u32) -> Self {
        if bits >= 64 {
            return Self::UNKNOWN;
        }
        let most = ones(bits);
        let bounds = Self { tnum: Tnum { value: 0, mask: most }, umax: most, ..Self::UNKNOWN };
        let bounds = Self { smin: 0, smax: most as i64, ..bounds };
        if bits >= 32 {
            return bounds;
        }
        Self { umax32: most as u32, smin32: 0, smax32: most as i32, ..bounds }
    }

    /// A number of so many bits with a sign.
    pub(crate) fn of_signed_bits(bits: u32) -> Self {
        let most = (ones(bits) >> 1) as i64;
        Self { smin: !most, smax: most, ..Self::UNKNOWN }.synced()
    }

    #[inline]
    pub(crate) const fn is_constant(&self) -> bool {
        self.tnum.is_constant()
    }

    /// The number, if it is known.
    #[inline]
    pub(crate) const fn value(&self) -> Option<u64> {
        if self.tnum.is_constant() { Some(self.tnum.value) } else { None }
    }

    /// Whether all that `other` can be is among what this can be (`range_within` and `tnum_in`).
    #[inline]
    pub(crate) const fn contains(&self, other: &Self) -> bool {
        self.umin <= other.umin
            && self.umax >= other.umax
            && self.smin <= other.smin
            && self.smax >= other.smax
            && self.umin32 <= other.umin32
            && self.umax32 >= other.umax32
            && self.smin32 <= other.smin32
            && self.smax32 >= other.smax32
            && self.tnum.contains(other.tnum)
    }

    /// Each bound as narrow as the others make it.
    pub(crate) fn synced(mut self) -> Self {
        self.bound_by_bits();
        if self.is_constant() && self == Self::constant(self.tnum.value) {
            return self;
        }
        let before = self;
        self.deduce();
        // What changed nothing changes nothing once more.
        if self != before {
            self.deduce();
        }
        self.tnum = self.tnum.intersect(Tnum::range(self.umin, self.umax));
        let low = self.tnum.low().intersect(Tnum::range(self.umin32.into(), self.umax32.into()));
        let high = !ones(32);
        self.tnum = Tnum {
            value: (self.tnum.value & high) | low.value,
            mask: (self.tnum.mask & high) | low.mask,
        };
        self.bound_by_bits();
        self
    }

    #[inline]
    fn bound_by_bits(&mut self) {
        let Tnum { value, mask } = self.tnum;
        let sign = 1 << 63;
        self.umin = self.umin.max(value);
        self.umax = self.umax.min(value | mask);
        self.smin = self.smin.max((value | (mask & sign)) as i64);
        self.smax = self.smax.min((value | (mask & !sign)) as i64);
        let (value, mask, sign) = (value as u32, mask as u32, 1 << 31);
        self.umin32 = self.umin32.max(value);
        self.umax32 = self.umax32.min(value | mask);
        self.smin32 = self.smin32.max((value | (mask & sign)) as i32);
        self.smax32 = self.smax32.min((value | (mask & !sign)) as i32);
    }

    fn deduce(&mut self) {
        if self.umin >> 32 == self.umax >> 32 {
            self.umin32 = self.umin32.max(self.umin as u32);
            self.umax32 = self.umax32.min(self.umax as u32);
        }
        if let (Ok(min), Ok(max)) = (i32::try_from(self.smin), i32::try_from(self.smax)) {
            self.smin32 = self.smin32.max(min);
            self.smax32 = self.smax32.min(max);
        }
        if self.umin32 as i32 <= self.umax32 as i32 {
            self.smin32 = self.smin32.max(self.umin32 as i32);
            self.smax32 = self.smax32.min(self.umax32 as i32);
        }
        if (self.smin32 < 0) == (self.smax32 < 0) {
            self.umin32 = self.umin32.max(self.smin32 as u32);
            self.umax32 = self.umax32.min(self.smax32 as u32);
        } else if self.umin32 > self.smax32 as u32 {
            // What both ranges have in common is negative.
            self.umin32 = self.umin32.max(self.smin32 as u32);
            self.smax32 = self.smax32.min(self.umax32 as i32);
        } else if self.umax32 < self.smin32 as u32 {
            self.umax32 = self.umax32.min(self.smax32 as u32);
            self.smin32 = self.smin32.max(self.umin32 as i32);
        }
        if self.umin as i64 <= self.umax as i64 {
            self.smin = self.smin.max(self.umin as i64);
            self.smax = self.smax.min(self.umax as i64);
        }
        if (self.smin < 0) == (self.smax < 0) {
            self.umin = self.umin.max(self.smin as u64);
            self.umax = self.umax.min(self.smax as u64);
        } else if self.umin > self.smax as u64 {
            self.umin = self.umin.max(self.smin as u64);
            self.smax = self.smax.min(self.umax as i64);
        } else if self.umax < self.smin as u64 {
            self.umax = self.umax.min(self.smax as u64);
            self.smin = self.smin.max(self.umin as i64);
        }
        let high = !ones(32);
        self.umin = self.umin.max((self.umin & high) | u64::from(self.umin32));
        self.umax = self.umax.min((self.umax & high) | u64::from(self.umax32));
    }

    /// With a known lower half.
    pub(crate) fn with_low(self, low: u32) -> Self {
        let Tnum { value, mask } = self.tnum;
        let high = !ones(32);
        Self {
            tnum: Tnum { value: (value & high) | u64::from(low), mask: mask & high },
            umin32: low,
            umax32: low,
            smin32: low as i32,
            smax32: low as i32,
            ..self
        }
        .synced()
    }

    /// The lower half, the upper one 0 (`zext_32_to_64`).
    pub(crate) fn low(self) -> Self {
        let Self { umin32, umax32, smin32, smax32, .. } = self;
        let tnum = self.tnum.low();
        Self {
            tnum,
            umin: umin32.into(),
            umax: umax32.into(),
            umin32,
            umax32,
            smin32,
            smax32,
            smin: 0,
            smax: ones(32) as i64,
        }
        .synced()
    }

    /// The lowest bytes, zero-extended (`coerce_reg_to_size`).
    pub(crate) fn truncated(self, bytes: u32) -> Self {
        let bits = 8 * bytes;
        if bits >= 64 {
            return self;
        }
        let mask = ones(bits);
        let tnum = Tnum { value: self.tnum.value & mask, mask: self.tnum.mask & mask };
        if bits == 32 {
            return Self { tnum: self.tnum, ..self }.low();
        }
        let same = self.umin & !mask == self.umax & !mask;
        let (umin, umax) = if same { (self.umin & mask, self.umax & mask) } else { (0, mask) };
        Self { tnum, umin, umax, ..Self::UNKNOWN }.synced()
    }
}
