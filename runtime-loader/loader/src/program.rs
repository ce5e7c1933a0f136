//! Programs: load, and what the kernel made of them.

use std::ffi::CString;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use nbpfc_isa::{Insn, Op};
use nbpfc_kernel::{Helper, Hook, ProgramType};

use crate::btf::Btf;
use crate::errno::Errno;
use crate::error::Error;
use crate::statistics::Statistics;
use crate::sys::{self, Command};

/// `BPF_LOG_LEVEL1` and `BPF_LOG_LEVEL2`: the verifier's steps, where they part or all of them.
const BRANCHES: u32 = 1;
const INSTRUCTIONS: u32 = 2;
/// `BPF_LOG_STATS`: the verifier's counts, without its steps.
const STATISTICS: u32 = 4;

/// Bytes of the first log buffer, and of the last that is tried.
const LOG_FIRST: usize = 64 << 10;
const LOG_LAST: usize = 1 << 30;
/// The verifier gives up with `EAGAIN` when a signal comes; so often it is asked again.
const ATTEMPTS: u32 = 5;

/// Types and lines of a program, as they are in `.BTF.ext`.
#[derive(Clone, Copy, Debug)]
pub struct BtfInfo<'a> {
    /// The types that the records refer to.
    pub btf: &'a Btf,
    /// `struct bpf_func_info` records one after the other, their offsets in instructions.
    pub func_info: &'a [u8],
    /// Bytes of one of them: 8.
    pub func_info_size: u32,
    /// `struct bpf_line_info` records, their offsets in instructions.
    pub line_info: &'a [u8],
    /// Bytes of one of them: 16.
    pub line_info_size: u32,
}

/// What to load.
#[derive(Clone, Copy, Debug)]
pub struct LoadOptions<'a> {
    /// The type, which fixes context and helpers.
    pub program_type: ProgramType,
    /// `expected_attach_type`, where the type wants one.
    pub attach_type: Option<u32>,
    /// The kernel keeps 15 bytes of it.
    pub name: &'a str,
    /// `GPL` and the like open all helpers.
    pub license: &'a str,
    /// The code, maps already in it.
    pub insns: &'a [Insn],
    /// Types and lines, if there are any.
    pub btf: Option<BtfInfo<'a>>,
    /// `BPF_F_*`, such as `BPF_F_XDP_HAS_FRAGS` 32.
    pub flags: u32,
    /// The function, type or trace point of the kernel or of `attach_program` that the program is
    /// for, by its BTF id; 0 for types that name none.
    pub attach_btf_id: u32,
    /// The program that this one extends or traces; `None` for the kernel.
    pub attach_program: Option<BorrowedFd<'a>>,
    /// Descriptors that instructions name by their index here: types of modules whose functions
    /// are called. The first is not used.
    pub descriptors: &'a [BorrowedFd<'a>],
    /// The index of the interface whose card runs it; 0 for the processor.
    pub device: u32,
    /// Bits: 1 branches, 2 every instruction, 4 the statistics. Without the first two the steps
    /// are logged after a refusal only.
    pub log_level: u32,
}

impl<'a> LoadOptions<'a> {
    /// A GPL program without BTF, flags and log.
    pub fn new(program_type: ProgramType, insns: &'a [Insn]) -> Self {
        Self {
            program_type,
            attach_type: None,
            name: "",
            license: "GPL",
            insns,
            btf: None,
            flags: 0,
            attach_btf_id: 0,
            attach_program: None,
            descriptors: &[],
            device: 0,
            log_level: 0,
        }
    }

    /// A GPL program for a hook, without BTF and log.
    pub fn for_hook(hook: &Hook, insns: &'a [Insn]) -> Self {
        let (attach_type, flags) = (hook.attach_type, hook.flags);
        Self { attach_type, flags, ..Self::new(hook.program_type, insns) }
    }

    /// The same, asking for [`Program::statistics`].
    #[must_use]
    pub fn with_statistics(self) -> Self {
        Self { log_level: STATISTICS, ..self }
    }
}

/// A program that the verifier accepted.
#[derive(Debug)]
pub struct Program {
    fd: OwnedFd,
    kind: ProgramType,
    log: String,
    /// It puts headers around packets, which takes the route that the packet is on: in a test run
    /// there is none, and the kernel does not look (`bpf_lwt_push_ip_encap`, `net/core/lwt_bpf.c`).
    pub(crate) needs_route: bool,
}

/// What the kernel says of a program (`struct bpf_prog_info`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramInfo {
    /// `enum bpf_prog_type`.
    pub program_type: u32,
    /// The kernel's number for it.
    pub id: u32,
    /// A hash of the instructions.
    pub tag: [u8; 8],
    /// Its name, cut to 15 bytes.
    pub name: String,
    /// Bytes of the instructions after the verifier's rewriting; 0 if hidden from this process.
    pub xlated_bytes: u32,
    /// Bytes of machine code; 0 if the kernel interprets.
    pub jited_bytes: u32,
    /// Instructions that the verifier processed; 0 before Linux 5.16.
    pub verified_insns: u32,
    /// How often it ran, while the kernel counted: see [`count_runs`](crate::count_runs).
    pub runs: u64,
    /// How long it ran in all while the kernel counted, in nanoseconds.
    pub run_time_ns: u64,
    /// How often it was not run because it was running on that processor.
    pub recursion_misses: u64,
    /// The index of the interface whose card runs it; 0 if the processor does.
    pub device: u32,
}

fn needs_route(options: &LoadOptions<'_>) -> bool {
    let helper = Helper::LWT_PUSH_ENCAP.id;
    options.program_type == ProgramType::LwtXmit
        && options.insns.iter().any(|insn| *insn == Insn::call(helper))
}

impl Program {
    /// Loads a program.
    ///
    /// # Errors
    /// [`Error::Rejected`] with the log if the verifier refused; [`Error::NotPermitted`] names the
    /// capabilities that are missing.
    pub fn load(options: &LoadOptions<'_>) -> Result<Self, Error> {
        let license = CString::new(options.license)
            .map_err(|_| Error::Argument("the licence has a zero byte in it"))?;
        let insns: Vec<[u8; 8]> = options.insns.iter().map(|insn| insn.encode()).collect();
        let kind = options.program_type;
        let (mut result, mut log) = load_with_log(options, &insns, &license, options.log_level);
        if result.is_err() && options.log_level & (BRANCHES | INSTRUCTIONS) == 0 {
            // Without its steps the verifier has little to say: ask again.
            let level = options.log_level | BRANCHES;
            (result, log) = load_with_log(options, &insns, &license, level);
        }
        match result {
            Ok(fd) => Ok(Self { fd, kind, log, needs_route: needs_route(options) }),
            Err(errno) if log.trim().is_empty() => {
                Err(Error::from_errno("load a program", errno, capabilities(kind)))
            }
            Err(errno) => Err(Error::Rejected { errno, log }),
        }
    }

    /// The verifier's log; empty if none was asked for.
    pub fn log(&self) -> &str {
        &self.log
    }

    /// The verifier's counts, if `log_level` had bit 4.
    pub fn statistics(&self) -> Option<Statistics> {
        Statistics::from_log(&self.log)
    }

    /// The type that it was loaded as.
    pub fn program_type(&self) -> ProgramType {
        self.kind
    }

    /// The program of a descriptor, such as one that came over a socket.
    ///
    /// # Errors
    /// The kernel's refusal if it is no program; [`Error::Argument`] for a type that has no row.
    pub fn from_fd(fd: OwnedFd) -> Result<Self, Error> {
        let number = info(fd.as_fd())?.program_type;
        let kind = ProgramType::ALL.iter().find(|kind| **kind as u32 == number);
        let kind = kind.ok_or(Error::Argument("a program of a type that nbpfc does not know"))?;
        Ok(Self { fd, kind: *kind, log: String::new(), needs_route: false })
    }

    /// The program that is pinned at a path.
    ///
    /// # Errors
    /// The kernel's refusal if there is none, or something else.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let failed = |errno| Error::from_errno("open a pinned program", errno, "CAP_BPF");
        Self::from_fd(sys::open_pinned(&c_path(path)?).map_err(failed)?)
    }

    /// The program of a number, which [`ProgramInfo::id`] gives. Needs `CAP_SYS_ADMIN`.
    ///
    /// # Errors
    /// The kernel's refusal if there is none.
    pub fn from_id(id: u32) -> Result<Self, Error> {
        let mut attr = sys::ById { id, ..Default::default() };
        // SAFETY: the structure holds no pointers; the command makes a descriptor.
        let fd = unsafe { sys::bpf_fd(Command::ProgGetFdById, &mut attr) };
        let failed =
            |errno| Error::from_errno("open a program by its number", errno, "CAP_SYS_ADMIN");
        Self::from_fd(fd.map_err(failed)?)
    }

    /// Gives it a name in a BPF file system, by which it stays and [`Program::open`] finds it.
    ///
    /// # Errors
    /// The kernel's refusal, such as `EINVAL` for a path that is in no BPF file system.
    pub fn pin(&self, path: &Path) -> Result<(), Error> {
        let needs = "CAP_BPF and a BPF file system";
        sys::pin(self.fd.as_fd(), &c_path(path)?)
            .map_err(|errno| Error::from_errno("pin a program", errno, needs))
    }

    /// What the kernel says of it.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn info(&self) -> Result<ProgramInfo, Error> {
        info(self.fd.as_fd())
    }
}

impl Program {
    /// The numbers of the maps that it uses.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub(crate) fn map_ids(&self) -> Result<Vec<u32>, Error> {
        let mut numbers = [0_u32; 64];
        let mut info = sys::ProgInfo {
            nr_map_ids: numbers.len() as u32,
            map_ids: sys::address_mut(&mut numbers),
            ..Default::default()
        };
        let mut attr = sys::ObjGetInfo {
            bpf_fd: self.fd.as_raw_fd() as u32,
            info_len: size_of::<sys::ProgInfo>() as u32,
            info: std::ptr::from_mut(&mut info) as u64,
        };
        // SAFETY: `info` points to `info_len` writable bytes of integers. Of the pointers in it one
        // is not zero: it leads to as many numbers as it says, which are ours alone.
        unsafe { sys::bpf(Command::ObjGetInfoByFd, &mut attr) }
            .map_err(|errno| Error::from_errno("ask about a program", errno, "CAP_BPF"))?;
        Ok(numbers.into_iter().take(info.nr_map_ids as usize).collect())
    }
}

impl AsFd for Program {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

fn info(fd: BorrowedFd<'_>) -> Result<ProgramInfo, Error> {
    let mut info = sys::ProgInfo::default();
    let mut attr = sys::ObjGetInfo {
        bpf_fd: fd.as_raw_fd() as u32,
        info_len: size_of::<sys::ProgInfo>() as u32,
        info: std::ptr::from_mut(&mut info) as u64,
    };
    // SAFETY: `info` points to `info_len` writable bytes of integers. The pointers in it are
    // zero, with lengths of zero, so that the kernel copies no arrays.
    unsafe { sys::bpf(Command::ObjGetInfoByFd, &mut attr) }
        .map_err(|errno| Error::from_errno("ask about a program", errno, "CAP_BPF"))?;
    Ok(ProgramInfo {
        program_type: info.program_type,
        id: info.id,
        tag: info.tag,
        name: sys::text(&info.name),
        xlated_bytes: info.xlated_prog_len,
        jited_bytes: info.jited_prog_len,
        verified_insns: info.verified_insns,
        runs: info.run_cnt,
        run_time_ns: info.run_time_ns,
        recursion_misses: info.recursion_misses,
        device: info.ifindex,
    })
}

/// Loads with buffers that grow until the log fits. Kernels before 5.11 count programs against
/// `RLIMIT_MEMLOCK`: where that refuses, it is lifted for this process.
fn load_with_log(
    options: &LoadOptions<'_>,
    insns: &[[u8; 8]],
    license: &CString,
    log_level: u32,
) -> (Result<OwnedFd, Errno>, String) {
    let mut size = if log_level == 0 { 0 } else { LOG_FIRST };
    let mut attempts = 0;
    loop {
        let mut log = vec![0; size];
        let result = try_load(options, insns, license, log_level, &mut log);
        match result {
            Err(Errno::ENOSPC) if 0 < size && size < LOG_LAST => size *= 4,
            Err(Errno::EPERM) if sys::lift_memory_limit() => {}
            Err(Errno::EAGAIN | Errno::EINTR) if attempts < ATTEMPTS => attempts += 1,
            _ => return (result, sys::text(&log)),
        }
    }
}

fn try_load(
    options: &LoadOptions<'_>,
    insns: &[[u8; 8]],
    license: &CString,
    log_level: u32,
    log: &mut [u8],
) -> Result<OwnedFd, Errno> {
    let names = |insn: &Insn| insn.off > 0 && insn.row().is_some_and(|row| row.op == Op::CallKfunc);
    if options.insns.iter().any(|i| names(i) && i.off as usize >= options.descriptors.len()) {
        return Err(Errno::EBADF);
    }
    let descriptors: Vec<i32> = options.descriptors.iter().map(AsRawFd::as_raw_fd).collect();
    let mut attr = sys::ProgLoad {
        prog_type: options.program_type as u32,
        insn_cnt: u32::try_from(insns.len()).map_err(|_| Errno::E2BIG)?,
        insns: sys::address(insns),
        license: license.as_ptr() as u64,
        log_level,
        log_size: log.len() as u32,
        log_buf: sys::address_mut(log),
        prog_flags: options.flags,
        prog_name: sys::object_name(options.name),
        expected_attach_type: options.attach_type.unwrap_or(0),
        attach_btf_id: options.attach_btf_id,
        attach_prog_fd: options.attach_program.map_or(0, |program| program.as_raw_fd() as u32),
        fd_array: sys::address(&descriptors),
        prog_ifindex: options.device,
        ..Default::default()
    };
    if let Some(info) = &options.btf {
        attr.prog_btf_fd = info.btf.as_fd().as_raw_fd() as u32;
        attr.func_info = sys::address(info.func_info);
        attr.func_info_rec_size = info.func_info_size;
        attr.func_info_cnt = records(info.func_info, info.func_info_size)?;
        attr.line_info = sys::address(info.line_info);
        attr.line_info_rec_size = info.line_info_size;
        attr.line_info_cnt = records(info.line_info, info.line_info_size)?;
    }
    // SAFETY: instructions, records and log have the lengths that the fields beside them say, the
    // licence ends with a zero byte, instructions name no descriptor behind the last;
    // all outlive the call and the log is borrowed exclusively.
    unsafe { sys::bpf_fd(Command::ProgLoad, &mut attr) }
}

/// How many whole records `bytes` are.
fn records(bytes: &[u8], size: u32) -> Result<u32, Errno> {
    if bytes.is_empty() {
        return Ok(0);
    }
    match bytes.len().checked_rem(size as usize) {
        Some(0) => Ok((bytes.len() / size as usize) as u32),
        _ => Err(Errno::EINVAL),
    }
}

/// What a type of program asks of the process that loads it.
fn capabilities(program_type: ProgramType) -> &'static str {
    match program_type {
        ProgramType::SocketFilter | ProgramType::CgroupSkb => {
            "CAP_BPF, or kernel.unprivileged_bpf_disabled=0"
        }
        _ => "CAP_BPF and CAP_NET_ADMIN",
    }
}

/// A path as system calls take it.
pub(crate) fn c_path(path: &Path) -> Result<CString, Error> {
    CString::new(path.as_os_str().as_bytes())
        .map_err(|_| Error::Argument("the path has a zero byte in it"))
}
