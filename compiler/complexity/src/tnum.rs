//! Bits of a number that are known (`struct tnum` of the kernel's `include/linux/tnum.h`).

/// A number of which some bits are known: those that `mask` does not have are as in `value`, which
/// has no bit of the mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tnum {
    pub(crate) value: u64,
    pub(crate) mask: u64,
}

/// `2^bits - 1`
#[inline]
pub(crate) const fn ones(bits: u32) -> u64 {
    if bits >= 64 { u64::MAX } else { (1 << bits) - 1 }
}

impl Tnum {
    /// Nothing is known.
    pub(crate) const UNKNOWN: Self = Self { value: 0, mask: u64::MAX };

    /// All is known.
    #[inline]
    pub(crate) const fn constant(value: u64) -> Self {
        Self { value, mask: 0 }
    }

    /// What numbers between two have in common.
    #[inline]
    pub(crate) const fn range(min: u64, max: u64) -> Self {
        let mask = ones(64 - (min ^ max).leading_zeros());
        Self { value: min & !mask, mask }
    }

    #[inline]
    pub(crate) const fn is_constant(self) -> bool {
        self.mask == 0
    }

    /// What both say.
    #[inline]
    pub(crate) const fn intersect(self, other: Self) -> Self {
        let mask = self.mask & other.mask;
        Self { value: (self.value | other.value) & !mask, mask }
    }

    /// Whether no known bits of the two differ.
    #[inline]
    pub(crate) const fn overlaps(self, other: Self) -> bool {
        (self.value ^ other.value) & !(self.mask | other.mask) == 0
    }

    /// Whether all numbers that `other` can be are among those that this can be.
    #[inline]
    pub(crate) const fn contains(self, other: Self) -> bool {
        other.mask & !self.mask == 0 && self.value == other.value & !self.mask
    }

    #[inline]
    pub(crate) const fn low(self) -> Self {
        Self { value: self.value & ones(32), mask: self.mask & ones(32) }
    }

    pub(crate) const fn add(self, other: Self) -> Self {
        let masks = self.mask.wrapping_add(other.mask);
        let values = self.value.wrapping_add(other.value);
        let mask = (values.wrapping_add(masks) ^ values) | self.mask | other.mask;
        Self { value: values & !mask, mask }
    }

    pub(crate) const fn sub(self, other: Self) -> Self {
        let difference = self.value.wrapping_sub(other.value);
        let (most, least) =
            (difference.wrapping_add(self.mask), difference.wrapping_sub(other.mask));
        let mask = (most ^ least) | self.mask | other.mask;
        Self { value: difference & !mask, mask }
    }

    pub(crate) const fn and(self, other: Self) -> Self {
        let possible = (self.value | self.mask) & (other.value | other.mask);
        let value = self.value & other.value;
        Self { value, mask: possible & !value }
    }

    pub(crate) const fn or(self, other: Self) -> Self {
        let value = self.value | other.value;
        Self { value, mask: (self.mask | other.mask) & !value }
    }

    pub(crate) const fn xor(self, other: Self) -> Self {
        let mask = self.mask | other.mask;
        Self { value: (self.value ^ other.value) & !mask, mask }
    }

    pub(crate) const fn shl(self, by: u32) -> Self {
        Self { value: self.value << by, mask: self.mask << by }
    }

    pub(crate) const fn shr(self, by: u32) -> Self {
        Self { value: self.value >> by, mask: self.mask >> by }
    }

    pub(crate) const fn sar(self, by: u32) -> Self {
        let (value, mask) = (self.value as i64 >> by, self.mask as i64 >> by);
        Self { value: (value & !mask) as u64, mask: mask as u64 }
    }
}
