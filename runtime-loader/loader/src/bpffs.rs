//! The BPF file system: where what is pinned has its names.

use std::ffi::CString;
use std::path::Path;

use crate::errno::Errno;
use crate::error::Error;
use crate::program::c_path;

/// Where systemd mounts it, and everybody looks for it.
pub const USUAL: &str = "/sys/fs/bpf";

/// Whether a folder is in a BPF file system.
pub fn is_there(path: &Path) -> bool {
    let Ok(path) = c_path(path) else { return false };
    // SAFETY: a structure of integers may be all zeros.
    let mut status: libc::statfs = unsafe { std::mem::zeroed() };
    // SAFETY: the path ends with a zero byte, the structure is ours alone.
    let known = unsafe { libc::statfs(path.as_ptr(), &raw mut status) } == 0;
    known && i128::from(status.f_type) == i128::from(libc::BPF_FS_MAGIC)
}

/// Mounts one at a folder, in this process's mount namespace. Needs `CAP_SYS_ADMIN`.
///
/// # Errors
/// The kernel's refusal.
pub fn mount(path: &Path) -> Result<(), Error> {
    let name = CString::new("bpf").unwrap_or_default();
    let options = CString::new("mode=0700").unwrap_or_default();
    let path = c_path(path)?;
    // SAFETY: all texts end with a zero byte and are only read.
    let result = unsafe {
        libc::mount(name.as_ptr(), path.as_ptr(), name.as_ptr(), 0, options.as_ptr().cast())
    };
    if result < 0 {
        let errno = Errno::last();
        return Err(Error::from_errno("mount a BPF file system", errno, "CAP_SYS_ADMIN"));
    }
    Ok(())
}
