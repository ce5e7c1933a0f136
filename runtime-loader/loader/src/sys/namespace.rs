//! Network namespaces of one's own, to try things in which nobody sees.

use crate::errno::Errno;

/// Runs something in a thread in a network namespace of its own, which goes with the thread.
pub(crate) fn inside<T: Send + 'static>(
    what: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Errno> {
    let thread = std::thread::spawn(move || {
        own_network()?;
        Ok(what())
    });
    thread.join().unwrap_or(Err(Errno::EINVAL))
}

/// Moves the calling thread into a network namespace of its own, with a loopback interface that is down and
/// no sockets. It stays there; others stay where they are.
///
/// # Errors
/// The kernel's: `EPERM` without `CAP_SYS_ADMIN`.
pub fn own_network() -> Result<(), Errno> {
    // SAFETY: a number alone; what the thread has open stays what it is (unshare(2)).
    match unsafe { libc::unshare(libc::CLONE_NEWNET) } {
        0 => Ok(()),
        _ => Err(Errno::last()),
    }
}
