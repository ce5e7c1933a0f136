//! Pages for machine code.

use std::ptr::NonNull;

use crate::errno::Errno;

/// Pages that are first written, then executed.
pub(super) struct Pages {
    start: NonNull<u8>,
    len: usize,
}

impl Pages {
    /// Writable pages of at least so many bytes, zeroed.
    pub(super) fn new(len: usize) -> Result<Self, Errno> {
        let len = len.next_multiple_of(4096);
        // SAFETY: a new private mapping without a file, at an address that the kernel chooses.
        let start = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                len,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        if start == libc::MAP_FAILED {
            return Err(last_errno());
        }
        NonNull::new(start.cast()).map(|start| Self { start, len }).ok_or(Errno(libc::ENOMEM))
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn as_ptr(&self) -> *const u8 {
        self.start.as_ptr()
    }

    /// The bytes, before [`Pages::make_executable`].
    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: the mapping is ours, this long and readable and writable; `self` is borrowed.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
    }

    /// Makes them executable, and no longer writable.
    pub(super) fn make_executable(&mut self) -> Result<(), Errno> {
        let access = libc::PROT_READ | libc::PROT_EXEC;
        // SAFETY: the range is our own mapping, and no reference into it is alive.
        match unsafe { libc::mprotect(self.start.as_ptr().cast(), self.len, access) } {
            0 => Ok(()),
            _ => Err(last_errno()),
        }
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        // SAFETY: our own mapping, which nobody uses any more. An error would leave it mapped.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.len) };
    }
}

fn last_errno() -> Errno {
    Errno(std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::ENOMEM))
}
