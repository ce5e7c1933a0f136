//! Codes that operations on maps fail with (`include/uapi/asm-generic/errno-base.h`).

/// A code; helpers return it negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Errno(u8);

impl Errno {
    pub(crate) const ENOENT: Self = Self(2);
    pub(crate) const E2BIG: Self = Self(7);
    pub(crate) const EEXIST: Self = Self(17);
    pub(crate) const EINVAL: Self = Self(22);
    pub(crate) const ENOSPC: Self = Self(28);

    /// As helpers return it.
    pub(crate) fn code(self) -> i64 {
        -i64::from(self.0)
    }
}
