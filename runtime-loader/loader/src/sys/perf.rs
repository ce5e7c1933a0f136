//! `perf_event_open(2)`, as far as programs' records need it.

use std::os::fd::{FromRawFd, OwnedFd};

use crate::errno::Errno;

/// `struct perf_event_attr` in its first version.
#[repr(C)]
struct Attributes {
    kind: u32,
    size: u32,
    config: u64,
    sample_period: u64,
    sample_type: u64,
    read_format: u64,
    flags: u64,
    wakeup_events: u32,
    breakpoint: u32,
    config1: u64,
}
const _: () = assert!(size_of::<Attributes>() == 64);

/// `PERF_TYPE_SOFTWARE`
const SOFTWARE: u32 = 1;
/// `PERF_COUNT_SW_BPF_OUTPUT`
const BPF_OUTPUT: u64 = 10;
/// `PERF_SAMPLE_RAW`
const RAW: u64 = 1 << 10;
/// `PERF_FLAG_FD_CLOEXEC`
const CLOSE_ON_EXEC: u64 = 8;

/// The event of a processor by which `bpf_perf_event_output` hands out records there. Whoever
/// waits is woken by each.
pub(crate) fn bpf_output(cpu: u32) -> Result<OwnedFd, Errno> {
    let attributes = Attributes {
        kind: SOFTWARE,
        size: size_of::<Attributes>() as u32,
        config: BPF_OUTPUT,
        sample_period: 1,
        sample_type: RAW,
        read_format: 0,
        flags: 0,
        wakeup_events: 1,
        breakpoint: 0,
        config1: 0,
    };
    let (every_process, no_group) = (-1, -1);
    // SAFETY: the structure has the length that it says and is only read; the rest are numbers.
    let fd = unsafe {
        libc::syscall(
            libc::SYS_perf_event_open,
            &raw const attributes,
            every_process,
            cpu as i32,
            no_group,
            CLOSE_ON_EXEC,
        )
    };
    if fd < 0 {
        return Err(Errno::last());
    }
    // SAFETY: the kernel just made this descriptor for us, nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as i32) })
}
