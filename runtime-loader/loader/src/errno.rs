//! Error numbers of system calls, by name.

use std::fmt;

/// An error number (errno(3)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Errno(pub i32);

impl Errno {
    /// `ENOTSUPP`: the kernel's own "not supported", which the C library has no name for.
    pub const ENOTSUPP: Self = Self(524);
    /// Operation not permitted.
    pub const EPERM: Self = Self(libc::EPERM);
    /// No such entry.
    pub const ENOENT: Self = Self(libc::ENOENT);
    /// Try again.
    pub const EAGAIN: Self = Self(libc::EAGAIN);
    /// Interrupted by a signal.
    pub const EINTR: Self = Self(libc::EINTR);
    /// A protocol family that the kernel does not have.
    pub const EAFNOSUPPORT: Self = Self(libc::EAFNOSUPPORT);
    /// Bad file descriptor.
    pub const EBADF: Self = Self(libc::EBADF);
    /// It exists already.
    pub const EEXIST: Self = Self(libc::EEXIST);
    /// No such device.
    pub const ENODEV: Self = Self(libc::ENODEV);
    /// Operation not supported.
    pub const EOPNOTSUPP: Self = Self(libc::EOPNOTSUPP);
    /// It is in use.
    pub const EBUSY: Self = Self(libc::EBUSY);
    /// Permission denied; the verifier's usual refusal.
    pub const EACCES: Self = Self(libc::EACCES);
    /// Invalid argument.
    pub const EINVAL: Self = Self(libc::EINVAL);
    /// No space; for a log: the buffer is too small.
    pub const ENOSPC: Self = Self(libc::ENOSPC);
    /// Argument list too long; for bpf(2): a field or a size that this kernel does not know.
    pub const E2BIG: Self = Self(libc::E2BIG);
    /// No such system call.
    pub const ENOSYS: Self = Self(libc::ENOSYS);

    /// What the last system call of this thread ended with.
    pub(crate) fn last() -> Self {
        Self(std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EINVAL))
    }

    /// The symbol, such as `EINVAL`; `None` for numbers that bpf(2) is not known to give.
    pub fn name(self) -> Option<&'static str> {
        NAMES.iter().find(|(number, _)| *number == self.0).map(|(_, name)| *name)
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{name} ({})", self.0),
            None => write!(f, "error {}", self.0),
        }
    }
}

const NAMES: &[(i32, &str)] = &[
    (libc::EPERM, "EPERM"),
    (libc::ENOENT, "ENOENT"),
    (libc::EINTR, "EINTR"),
    (libc::E2BIG, "E2BIG"),
    (libc::EBADF, "EBADF"),
    (libc::EAGAIN, "EAGAIN"),
    (libc::ENOMEM, "ENOMEM"),
    (libc::EACCES, "EACCES"),
    (libc::EFAULT, "EFAULT"),
    (libc::EBUSY, "EBUSY"),
    (libc::EEXIST, "EEXIST"),
    (libc::ENODEV, "ENODEV"),
    (libc::EINVAL, "EINVAL"),
    (libc::EMFILE, "EMFILE"),
    (libc::ENOSPC, "ENOSPC"),
    (libc::ERANGE, "ERANGE"),
    (libc::ENOSYS, "ENOSYS"),
    (libc::EOPNOTSUPP, "EOPNOTSUPP"),
    (libc::ESRCH, "ESRCH"),
    (libc::EPROTO, "EPROTO"),
    (libc::ENOPKG, "ENOPKG"),
    (libc::ENOLINK, "ENOLINK"),
    (libc::ESTALE, "ESTALE"),
    (libc::EADDRNOTAVAIL, "EADDRNOTAVAIL"),
    (libc::ENETUNREACH, "ENETUNREACH"),
    (libc::ENETDOWN, "ENETDOWN"),
    (libc::EAFNOSUPPORT, "EAFNOSUPPORT"),
    (524, "ENOTSUPP"),
];
