//! Type information in the kernel.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use crate::errno::Errno;
use crate::error::Error;
use crate::sys::{self, Command};

/// Bytes of the log buffer; the kernel's complaint about BTF is a list of its types.
const LOG_BYTES: u32 = 1 << 20;

const CAPABILITY: &str = "CAP_SYS_ADMIN";

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

/// What the kernel says of BTF (`struct bpf_btf_info`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BtfDescription {
    /// The kernel's number for it.
    pub id: u32,
    /// The name: `vmlinux` for the kernel's own, that of the module for a module's; empty for a
    /// program's.
    pub name: String,
    /// Whether it is the kernel's or a module's.
    pub of_kernel: bool,
    /// Bytes of the encoded types.
    pub size: u32,
}

impl Btf {
    /// The types of a number. Needs `CAP_SYS_ADMIN`.
    ///
    /// # Errors
    /// The kernel's refusal if there are none.
    pub fn from_id(id: u32) -> Result<Self, Error> {
        let mut attr = sys::ById { id, ..Default::default() };
        // SAFETY: the structure holds no pointers; the command makes a descriptor.
        let fd = unsafe { sys::bpf_fd(Command::BtfGetFdById, &mut attr) };
        let failed = |errno| Error::from_errno("open types by their number", errno, CAPABILITY);
        Ok(Self { fd: fd.map_err(failed)? })
    }

    /// The number behind `id` of types in the kernel; `None` behind the last. Needs
    /// `CAP_SYS_ADMIN`.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn next_id(id: u32) -> Result<Option<u32>, Error> {
        let mut attr = sys::ById { id, ..Default::default() };
        // SAFETY: the structure holds no pointers; the kernel sets a number in it.
        match unsafe { sys::bpf(Command::BtfGetNextId, &mut attr) } {
            Ok(_) => Ok(Some(attr.next_id)),
            Err(Errno::ENOENT) => Ok(None),
            Err(errno) => Err(Error::from_errno("list types", errno, CAPABILITY)),
        }
    }

    /// What the kernel says of them.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn info(&self) -> Result<BtfDescription, Error> {
        // Names of modules have at most 55 bytes.
        let mut name = [0; 64];
        let info = match self.ask(&mut [], &mut name) {
            // Before Linux 5.11 types had no names, and modules no types.
            Err(error) if error.errno() == Some(Errno::E2BIG) => self.ask(&mut [], &mut [])?,
            asked => asked?,
        };
        Ok(BtfDescription {
            id: info.id,
            name: sys::text(&name),
            of_kernel: info.kernel_btf != 0,
            size: info.btf_size,
        })
    }

    /// The encoded types.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn bytes(&self) -> Result<Vec<u8>, Error> {
        let mut bytes = vec![0; self.info()?.size as usize];
        self.ask(&mut bytes, &mut [])?;
        Ok(bytes)
    }

    fn ask(&self, bytes: &mut [u8], name: &mut [u8]) -> Result<sys::BtfInfo, Error> {
        let mut info = sys::BtfInfo {
            btf: sys::address_mut(bytes),
            btf_size: bytes.len() as u32,
            name: sys::address_mut(name),
            name_len: name.len() as u32,
            ..Default::default()
        };
        let mut attr = sys::ObjGetInfo {
            bpf_fd: self.fd.as_raw_fd() as u32,
            info_len: size_of::<sys::BtfInfo>() as u32,
            info: std::ptr::from_mut(&mut info) as u64,
        };
        // SAFETY: `info` points to `info_len` writable bytes of integers, `btf` and `name` in it
        // to as many bytes as the fields beside them say, borrowed exclusively.
        unsafe { sys::bpf(Command::ObjGetInfoByFd, &mut attr) }
            .map_err(|errno| Error::from_errno("ask about types", errno, "CAP_BPF"))?;
        Ok(info)
    }
}

impl AsFd for Btf {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}
