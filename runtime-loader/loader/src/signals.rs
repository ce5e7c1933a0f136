//! Waiting for the signals that end a program, so that its links are dropped in order.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::time::{Duration, Instant};

use crate::errno::Errno;
use crate::error::Error;
use crate::sys::wait::readable;

/// The signals that ask a program to end.
const SIGNALS: [i32; 3] = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP];

/// What ended the wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// A signal, by its number.
    Signal(i32),
    /// The time was over.
    Elapsed,
    /// What was waited for beside signals can be read: the descriptor at this index.
    Readable(usize),
}

/// `SIGINT`, `SIGTERM` and `SIGHUP` are held back and read here, instead of ending the process.
///
/// To be made before links are and before other threads start: a thread inherits what is held back.
#[derive(Debug)]
pub struct Signals {
    fd: OwnedFd,
    before: libc::sigset_t,
}

impl Signals {
    /// Holds them back from this thread, until the value is dropped (signalfd(2)).
    ///
    /// # Errors
    /// The system's refusal of a descriptor.
    pub fn hold() -> Result<Self, Error> {
        let failed = || Error::Failed { action: "hold signals back", errno: Errno::last() };
        // SAFETY: a set of signals is bits, which may be all zeros.
        let (mut set, mut before): (libc::sigset_t, libc::sigset_t) =
            unsafe { (std::mem::zeroed(), std::mem::zeroed()) };
        // SAFETY: the sets are ours alone, the numbers are signals.
        unsafe {
            libc::sigemptyset(&raw mut set);
            for signal in SIGNALS {
                libc::sigaddset(&raw mut set, signal);
            }
        }
        // SAFETY: the set is read alone; -1 asks for a new descriptor.
        let fd =
            unsafe { libc::signalfd(-1, &raw const set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK) };
        if fd < 0 {
            return Err(failed());
        }
        // SAFETY: the kernel just made this descriptor for us, nobody else owns it.
        let fd = unsafe { OwnedFd::from_raw_fd(fd) };
        // SAFETY: one set is read, the other is ours to be written.
        if unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, &raw mut before) } != 0 {
            return Err(failed());
        }
        Ok(Self { fd, before })
    }

    /// Waits until one comes, or until it is over; `None` waits for a signal alone.
    ///
    /// # Errors
    /// The system's refusal.
    pub fn wait(&self, timeout: Option<Duration>) -> Result<Stop, Error> {
        self.wait_beside(&[], timeout)
    }

    /// As [`Signals::wait`], or until one of some descriptors can be read.
    ///
    /// # Errors
    /// The system's refusal.
    pub fn wait_beside(
        &self,
        others: &[BorrowedFd<'_>],
        timeout: Option<Duration>,
    ) -> Result<Stop, Error> {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let fds: Vec<_> = [self.fd.as_fd()].iter().chain(others).copied().collect();
        loop {
            if let Some(signal) = self.read()? {
                return Ok(Stop::Signal(signal));
            }
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            let failed = |errno| Error::Failed { action: "wait for a signal", errno };
            match readable(&fds, left).map_err(failed)? {
                None => return Ok(Stop::Elapsed),
                Some(0) => {}
                Some(other) => return Ok(Stop::Readable(other - 1)),
            }
        }
    }

    /// A signal that came, if one did.
    fn read(&self) -> Result<Option<i32>, Error> {
        // SAFETY: a structure of integers may be all zeros.
        let mut info: libc::signalfd_siginfo = unsafe { std::mem::zeroed() };
        let size = size_of::<libc::signalfd_siginfo>();
        // SAFETY: the structure is ours alone, and as long as the length passed.
        let got = unsafe { libc::read(self.fd.as_raw_fd(), (&raw mut info).cast(), size) };
        match usize::try_from(got) {
            Ok(length) if length == size => Ok(Some(info.ssi_signo as i32)),
            Err(_) if !matches!(Errno::last(), Errno::EAGAIN | Errno::EINTR) => {
                Err(Error::Failed { action: "read a signal", errno: Errno::last() })
            }
            _ => Ok(None),
        }
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        // SAFETY: the set is what this thread held back before; it is only read.
        unsafe {
            libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.before, std::ptr::null_mut());
        }
    }
}
