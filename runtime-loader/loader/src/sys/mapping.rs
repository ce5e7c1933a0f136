//! Memory that the kernel shares with this process (mmap(2)).

use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, AtomicUsize, Ordering};

use crate::errno::Errno;

/// A shared mapping of a descriptor, which others write while it is there.
#[derive(Debug)]
pub(crate) struct Mapping {
    start: NonNull<u8>,
    len: usize,
}

// SAFETY: the mapping belongs to the process, not to a thread.
unsafe impl Send for Mapping {}

/// The size of a page in bytes.
pub(crate) fn page_size() -> usize {
    // SAFETY: a number alone.
    usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096)
}

impl Mapping {
    /// Maps `len` bytes from `offset` on, which is a multiple of the page size.
    pub(crate) fn new(
        fd: BorrowedFd<'_>,
        offset: usize,
        len: usize,
        writable: bool,
    ) -> Result<Self, Errno> {
        let access = libc::PROT_READ | if writable { libc::PROT_WRITE } else { 0 };
        Self::map(libc::MAP_SHARED, fd.as_raw_fd(), offset, len, access)
    }

    /// Zeroed memory of nobody else's, to try readers on.
    #[cfg(test)]
    pub(crate) fn anonymous(len: usize) -> Result<Self, Errno> {
        let access = libc::PROT_READ | libc::PROT_WRITE;
        Self::map(libc::MAP_SHARED | libc::MAP_ANONYMOUS, -1, 0, len, access)
    }

    fn map(flags: i32, fd: i32, offset: usize, len: usize, access: i32) -> Result<Self, Errno> {
        // SAFETY: a new mapping at an address that the kernel chooses.
        let start = unsafe {
            libc::mmap(std::ptr::null_mut(), len, access, flags, fd, offset as libc::off_t)
        };
        if start == libc::MAP_FAILED {
            return Err(Errno::last());
        }
        NonNull::new(start.cast()).map(|start| Self { start, len }).ok_or(Errno::EINVAL)
    }

    /// Where a `T` lies; readers keep to the mapping, and the kernel keeps its numbers aligned.
    fn at<T>(&self, at: usize) -> *mut T {
        assert!(at.is_multiple_of(align_of::<T>()) && at + size_of::<T>() <= self.len);
        // SAFETY: inside of the mapping, as was just seen.
        unsafe { self.start.as_ptr().add(at) }.cast()
    }

    fn u8(&self, at: usize) -> &AtomicU8 {
        // SAFETY: mapped for as long as `self` is; only reached atomically.
        unsafe { AtomicU8::from_ptr(self.at(at)) }
    }

    fn u16(&self, at: usize) -> &AtomicU16 {
        // SAFETY: mapped and aligned for as long as `self` is; only reached atomically.
        unsafe { AtomicU16::from_ptr(self.at(at)) }
    }

    /// 32 bits that others may change.
    pub(crate) fn u32(&self, at: usize) -> &AtomicU32 {
        // SAFETY: mapped and aligned for as long as `self` is; only reached atomically.
        unsafe { AtomicU32::from_ptr(self.at(at)) }
    }

    /// 64 bits that others may change.
    pub(crate) fn u64(&self, at: usize) -> &AtomicU64 {
        // SAFETY: mapped and aligned for as long as `self` is; only reached atomically.
        unsafe { AtomicU64::from_ptr(self.at(at)) }
    }

    /// An `unsigned long` that others may change.
    pub(crate) fn long(&self, at: usize) -> &AtomicUsize {
        // SAFETY: mapped and aligned for as long as `self` is; only reached atomically.
        unsafe { AtomicUsize::from_ptr(self.at(at)) }
    }

    /// Bytes that nobody changes while they are lent.
    ///
    /// # Safety
    /// The kernel must not write them before the borrow ends.
    pub(crate) unsafe fn bytes(&self, at: usize, len: usize) -> &[u8] {
        assert!(at <= self.len && len <= self.len - at);
        // SAFETY: inside of the mapping, and at rest by the caller's promise.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr().add(at), len) }
    }

    /// Sets bytes; up to eight at a multiple of their number all at once.
    pub(crate) fn set(&self, at: usize, bytes: &[u8]) {
        if at.is_multiple_of(bytes.len().max(1)) {
            if let Ok(word) = bytes.try_into() {
                return self.u16(at).store(u16::from_ne_bytes(word), ORDER);
            }
            if let Ok(word) = bytes.try_into() {
                return self.u32(at).store(u32::from_ne_bytes(word), ORDER);
            }
            if let Ok(word) = bytes.try_into() {
                return self.u64(at).store(u64::from_ne_bytes(word), ORDER);
            }
        }
        for (index, byte) in bytes.iter().enumerate() {
            self.u8(at + index).store(*byte, ORDER);
        }
    }

    /// A copy of bytes that others may change; up to eight at a multiple of their number are of
    /// one moment.
    pub(crate) fn copy(&self, at: usize, len: usize) -> Vec<u8> {
        match len {
            2 if at.is_multiple_of(2) => self.u16(at).load(ORDER).to_ne_bytes().to_vec(),
            4 if at.is_multiple_of(4) => self.u32(at).load(ORDER).to_ne_bytes().to_vec(),
            8 if at.is_multiple_of(8) => self.u64(at).load(ORDER).to_ne_bytes().to_vec(),
            len => (at..at + len).map(|at| self.u8(at).load(ORDER)).collect(),
        }
    }
}

/// What is read and written is data alone, which orders nothing else.
const ORDER: Ordering = Ordering::Relaxed;

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: our own mapping, to which no reference is left. An error would leave it mapped.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.len) };
    }
}
