//! `BPF_PROG_TEST_RUN`: a program on one packet, in the kernel, attached to nothing.

use std::os::fd::{AsFd, AsRawFd};

use crate::errno::Errno;
use crate::error::Error;
use crate::program::Program;
use crate::sys::{self, Command};

/// Bytes beyond the input that a program may add to the packet.
const ROOM: usize = 512;
/// A signal interrupts long runs; so often they are begun again.
const ATTEMPTS: u32 = 16;

/// What to run on.
#[derive(Clone, Copy, Debug)]
pub struct TestRunOptions<'a> {
    /// The packet from its Ethernet header on, also where the program sees it from the IP header;
    /// at least 14 bytes. Socket filters, `cgroup_skb` and LWT programs see
    /// it without the first 14.
    pub data: &'a [u8],
    /// The context to begin with (`struct xdp_md` or `struct __sk_buff`); empty for the kernel's.
    pub context: &'a [u8],
    /// How often to run; 0 counts as 1.
    pub repeat: u32,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestRun {
    /// The program's `r0`.
    pub retval: u32,
    /// Mean time of one run, in nanoseconds, the kernel's loop included.
    pub duration_ns: u32,
    /// The packet afterwards.
    pub data: Vec<u8>,
}

impl Program {
    /// Runs the program in the kernel.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for types that cannot be run so; [`Error::Failed`] with `EINVAL` for
    /// a packet that is too short or too long for the type.
    pub fn test_run(&self, options: &TestRunOptions<'_>) -> Result<TestRun, Error> {
        let mut out = vec![0; options.data.len() + ROOM];
        let too_long = |_| Error::Argument("a packet over 4 GiB");
        let mut attempts = 0;
        loop {
            let mut attr = sys::ProgTestRun {
                prog_fd: self.as_fd().as_raw_fd() as u32,
                data_size_in: u32::try_from(options.data.len()).map_err(too_long)?,
                data_size_out: u32::try_from(out.len()).map_err(too_long)?,
                data_in: sys::address(options.data),
                data_out: sys::address_mut(&mut out),
                repeat: options.repeat,
                ctx_size_in: u32::try_from(options.context.len()).map_err(too_long)?,
                ctx_in: sys::address(options.context),
                ..Default::default()
            };
            // SAFETY: each buffer has the length that the field beside it says; `out` is ours
            // alone, the others are only read.
            match unsafe { sys::bpf(Command::ProgTestRun, &mut attr) } {
                Ok(_) => {
                    out.truncate(attr.data_size_out as usize);
                    return Ok(TestRun {
                        retval: attr.retval,
                        duration_ns: attr.duration,
                        data: out,
                    });
                }
                Err(Errno::EINTR | Errno::EAGAIN) if attempts < ATTEMPTS => attempts += 1,
                Err(errno) => {
                    return Err(Error::from_errno("test-run the program", errno, "CAP_BPF"));
                }
            }
        }
    }
}
