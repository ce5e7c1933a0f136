//! `BPF_PROG_TEST_RUN`: a program on one packet, in the kernel, attached to nothing; and how often
//! and how long programs ran where they are attached.

use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use nbpfc_kernel::ProgramType;

use crate::errno::Errno;
use crate::error::Error;
use crate::program::Program;
use crate::sys::{self, Command};

/// Bytes beyond the input that a program may add to the packet.
const ROOM: usize = 512;
/// More bytes than any context of a packet has: `struct __sk_buff` has 192.
const CONTEXT: usize = 256;
/// A signal interrupts long runs; so often they are begun again.
const ATTEMPTS: u32 = 16;

/// What to run on.
#[derive(Clone, Copy, Debug)]
pub struct TestRunOptions<'a> {
    /// The packet from its Ethernet header on, also where the program sees it from the IP header;
    /// at least 14 bytes. Socket filters, `cgroup_skb` and LWT programs see
    /// it without the first 14. Empty for types that have no packet.
    pub data: &'a [u8],
    /// The context to begin with (`struct xdp_md`, `struct __sk_buff`, the arguments of a raw
    /// trace point, any bytes for `syscall` programs); empty for the kernel's.
    pub context: &'a [u8],
    /// How often to run; 0 counts as 1, and is all that types without a packet take.
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
    /// The context afterwards, as much as the kernel has of it, if one was given and the kernel
    /// gives it back: it does for packets and for `syscall` programs.
    pub context: Vec<u8>,
}

impl Program {
    /// Runs the program in the kernel.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for types that cannot be run so; [`Error::Failed`] with `EINVAL` for
    /// a packet that is too short or too long for the type; [`Error::Argument`] for a program that
    /// would take the kernel down.
    pub fn test_run(&self, options: &TestRunOptions<'_>) -> Result<TestRun, Error> {
        if self.needs_route {
            return Err(Error::Argument("a program of lwt.xmit that puts headers around packets"));
        }
        let room = if options.data.is_empty() { 0 } else { options.data.len() + ROOM };
        let mut out = vec![0; room];
        // The kernel writes what a `syscall` program did to it back to where it came from.
        let mut context = options.context.to_vec();
        let gives_context = !matches!(
            self.program_type(),
            ProgramType::RawTracepoint | ProgramType::RawTracepointWritable | ProgramType::Syscall
        );
        let gives_context = gives_context && !context.is_empty();
        let mut context_out = vec![0; if gives_context { CONTEXT } else { 0 }];
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
                ctx_size_in: u32::try_from(context.len()).map_err(too_long)?,
                ctx_size_out: context_out.len() as u32,
                ctx_in: sys::address_mut(&mut context),
                ctx_out: sys::address_mut(&mut context_out),
                ..Default::default()
            };
            // SAFETY: each buffer has the length that the field beside it says; the packet is only
            // read, the others are ours alone.
            match unsafe { sys::bpf(Command::ProgTestRun, &mut attr) } {
                Ok(_) => {
                    out.truncate(attr.data_size_out as usize);
                    context_out.truncate(attr.ctx_size_out as usize);
                    let in_place = self.program_type() == ProgramType::Syscall;
                    let context = if in_place { context } else { context_out };
                    let (retval, duration_ns) = (attr.retval, attr.duration);
                    return Ok(TestRun { retval, duration_ns, data: out, context });
                }
                Err(Errno::EINTR | Errno::EAGAIN) if attempts < ATTEMPTS => attempts += 1,
                Err(errno) => {
                    return Err(Error::from_errno("test-run the program", errno, "CAP_BPF"));
                }
            }
        }
    }
}

/// The kernel counts runs for as long as this is there.
#[derive(Debug)]
pub struct Counting {
    _descriptor: OwnedFd,
}

/// Has the kernel count how often and how long every program runs, which costs some nanoseconds
/// for each run (Linux 5.8). Needs `CAP_SYS_ADMIN`.
///
/// # Errors
/// The kernel's refusal.
pub fn count_runs() -> Result<Counting, Error> {
    // BPF_STATS_RUN_TIME
    let mut attr = sys::EnableStats { kind: 0 };
    // SAFETY: the structure holds no pointers; the command makes a descriptor.
    let descriptor = unsafe { sys::bpf_fd(Command::EnableStats, &mut attr) };
    descriptor
        .map(|descriptor| Counting { _descriptor: descriptor })
        .map_err(|errno| Error::from_errno("count runs of programs", errno, "CAP_SYS_ADMIN"))
}
