//! A network namespace for a moment, to try things in which nobody sees.

use crate::errno::Errno;

/// Runs something in a thread in a network namespace of its own, which goes with the thread.
pub(crate) fn inside<T: Send + 'static>(
    what: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Errno> {
    let thread = std::thread::spawn(move || {
        // SAFETY: a number alone; the thread was made for this and nobody else runs in it.
        if unsafe { libc::unshare(libc::CLONE_NEWNET) } != 0 {
            return Err(Errno::last());
        }
        Ok(what())
    });
    thread.join().unwrap_or(Err(Errno::EINVAL))
}
