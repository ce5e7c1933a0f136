//! How large values are, told without a look at each of their scalars: types are nested so that there are
//! more of these than anybody counts.

/// The largest value, in bytes and in scalars: what the kernel allocates at once.
pub(crate) const MAX_SIZE: u64 = 4 << 20;

/// How large a value is, without a look at each of its scalars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    /// Bytes.
    pub(crate) size: u64,
    /// What its place is a multiple of.
    pub(crate) align: u64,
    /// Numbers, addresses and truth values; at least one.
    pub(crate) scalars: u64,
}

impl Measure {
    /// Of a struct without fields, which is a part of what it is in all the same.
    pub(crate) const EMPTY: Self = Self { size: 0, align: 1, scalars: 1 };

    /// Of a number.
    pub(crate) const fn scalar(bytes: u32, align: u32) -> Self {
        Self { size: bytes as u64, align: align as u64, scalars: 1 }
    }

    /// Of so many of them.
    pub(crate) const fn times(self, count: u64) -> Self {
        let (size, scalars) = (self.size.saturating_mul(count), self.scalars.saturating_mul(count));
        Self { size, scalars, ..self }
    }

    /// Of fields, and one more behind them.
    pub(crate) fn and(self, field: Self) -> Self {
        let start = self.size.checked_next_multiple_of(field.align).unwrap_or(u64::MAX);
        let scalars = self.scalars.saturating_add(field.scalars);
        let align = self.align.max(field.align);
        Self { size: start.saturating_add(field.size), align, scalars }
    }

    /// Of a struct that has these fields.
    pub(crate) fn whole(self) -> Self {
        let size = self.size.checked_next_multiple_of(self.align).unwrap_or(u64::MAX);
        Self { size, ..self }
    }

    /// Whether it is more than values are.
    pub(crate) const fn is_too_large(self) -> bool {
        self.size > MAX_SIZE || self.scalars > MAX_SIZE
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_SIZE, Measure};

    #[test]
    fn fields_lie_as_in_c() {
        let (byte, long) = (Measure::scalar(1, 1), Measure::scalar(8, 8));
        let value = Measure::EMPTY.and(byte).and(long).and(byte).and(byte).whole();
        assert_eq!((value.size, value.align), (24, 8));
        let word = Measure::scalar(4, 4);
        assert_eq!(Measure::EMPTY.and(word).and(byte).and(byte).whole().size, 8);
    }

    #[test]
    fn what_is_beyond_all_numbers_is_too_large() {
        let long = Measure::scalar(8, 8);
        assert!(!long.times(MAX_SIZE / 8).is_too_large());
        assert!(long.times(MAX_SIZE / 8 + 1).is_too_large());
        assert!(long.times(u64::MAX).and(long).times(u64::MAX).is_too_large());
        let nothing = (0..70).fold(Measure::EMPTY, |inner, _| Measure::EMPTY.and(inner).and(inner));
        assert!(nothing.size == 0 && nothing.is_too_large());
    }
}
