//! Waiting for descriptors: poll(2) and epoll(7).

use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::time::{Duration, Instant};

use crate::errno::Errno;

/// Waits until one of some descriptors can be read, and says which: the first of them; `None` when
/// the time is over. A signal does not end the wait.
pub(crate) fn readable(
    fds: &[BorrowedFd<'_>],
    timeout: Option<Duration>,
) -> Result<Option<usize>, Errno> {
    let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let each =
        fds.iter().map(|fd| libc::pollfd { fd: fd.as_raw_fd(), events: libc::POLLIN, revents: 0 });
    let mut polled: Vec<_> = each.collect();
    loop {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        // Rounded up: never a wait of 0 that spins before the time is over.
        let milliseconds = left
            .map_or(-1, |left| i32::try_from(left.as_micros().div_ceil(1000)).unwrap_or(i32::MAX));
        // SAFETY: as many structures as are said, ours alone.
        let ready =
            unsafe { libc::poll(polled.as_mut_ptr(), polled.len() as libc::nfds_t, milliseconds) };
        match ready {
            0 if left.is_some_and(|left| left.as_millis() < i32::MAX as u128) => return Ok(None),
            0 => {}
            1.. => return Ok(polled.iter().position(|one| one.revents != 0)),
            _ if Errno::last() == Errno::EINTR => {}
            _ => return Err(Errno::last()),
        }
    }
}

/// One descriptor that can be read when one of these can (an epoll instance).
pub(crate) fn any_of(fds: &[BorrowedFd<'_>]) -> Result<OwnedFd, Errno> {
    // SAFETY: a number alone.
    let epoll = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
    if epoll < 0 {
        return Err(Errno::last());
    }
    // SAFETY: the kernel just made this descriptor for us, nobody else owns it.
    let epoll = unsafe { OwnedFd::from_raw_fd(epoll) };
    for fd in fds {
        let mut event = libc::epoll_event { events: libc::EPOLLIN as u32, u64: 0 };
        let (add, event) = (libc::EPOLL_CTL_ADD, &raw mut event);
        // SAFETY: the structure is ours alone, and the kernel only reads it.
        if unsafe { libc::epoll_ctl(epoll.as_raw_fd(), add, fd.as_raw_fd(), event) } < 0 {
            return Err(Errno::last());
        }
    }
    Ok(epoll)
}
