//! Type information in the kernel.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use crate::errno::Errno;
use crate::error::Error;
use crate::sys::{self, Command};

/// Bytes of the log buffer; the kernel's complaint about BTF is a list of its types.
const LOG_BYTES: u32 = 1 << 20;

/// BTF that the kernel has accepted.
#[derive(Debug)]
pub struct Btf {
    fd: OwnedFd,
}

impl Btf {
    /// Hands an encoded `.BTF` section to the kernel. Needs `CAP_BPF`.
    ///
    /// # Errors
    /// [`Error::Rejected`] with the kernel's log if the bytes are not BTF as it wants it.
    pub fn load(bytes: &[u8]) -> Result<Self, Error> {
        let first = match Self::try_load(bytes, &mut []) {
            Ok(btf) => return Ok(btf),
            Err(errno) => errno,
        };
        // Once more with a log: without one the first try cost less and said nothing.
        let mut log = vec![0; LOG_BYTES as usize];
        if first != Errno::EPERM {
            if let Ok(btf) = Self::try_load(bytes, &mut log) {
                return Ok(btf);
            }
            let log = sys::text(&log);
            if !log.is_empty() {
                return Err(Error::Rejected { errno: first, log });
            }
        }
        Err(Error::from_errno("load BTF", first, "CAP_BPF"))
    }

    fn try_load(bytes: &[u8], log: &mut [u8]) -> Result<Self, Errno> {
        let mut attr = sys::BtfLoad {
            btf: sys::address(bytes),
            btf_size: u32::try_from(bytes.len()).map_err(|_| Errno::E2BIG)?,
            btf_log_size: log.len() as u32,
            btf_log_level: u32::from(!log.is_empty()),
            btf_log_buf: sys::address_mut(log),
            ..Default::default()
        };
        // SAFETY: `btf` and `btf_log_buf` point to as many bytes as the fields beside them say;
        // both slices outlive the call and the log is borrowed exclusively.
        let fd = unsafe { sys::bpf_fd(Command::BtfLoad, &mut attr) }?;
        Ok(Self { fd })
    }
}

impl AsFd for Btf {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}
