//! bpf(2): the system call, its attribute structures, and nothing else.
//!
//! A structure here is a prefix of the kernel's `union bpf_attr` (`include/uapi/linux/bpf.h`):
//! the kernel takes any length and treats what is missing as zero, and an older kernel accepts a
//! longer one if the part that it does not know is zero.

use std::ffi::CStr;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use crate::errno::Errno;

/// `enum bpf_cmd`, as far as it is used.
#[derive(Clone, Copy, Debug)]
#[repr(i32)]
pub(crate) enum Command {
    MapCreate = 0,
    MapLookupElem = 1,
    MapUpdateElem = 2,
    MapDeleteElem = 3,
    MapGetNextKey = 4,
    ProgLoad = 5,
    ObjPin = 6,
    ObjGet = 7,
    ProgAttach = 8,
    ProgDetach = 9,
    ProgTestRun = 10,
    ProgGetFdById = 13,
    MapGetFdById = 14,
    ObjGetInfoByFd = 15,
    ProgQuery = 16,
    BtfLoad = 18,
    BtfGetFdById = 19,
    MapLookupAndDeleteElem = 21,
    MapFreeze = 22,
    BtfGetNextId = 23,
    MapLookupBatch = 24,
    MapUpdateBatch = 26,
    MapDeleteBatch = 27,
    LinkCreate = 28,
    LinkUpdate = 29,
    LinkGetFdById = 30,
    LinkGetNextId = 31,
    EnableStats = 32,
    LinkDetach = 34,
}

/// A structure that bpf(2) takes.
///
/// # Safety
/// The type is `repr(C)`, has no padding, and is a prefix of `union bpf_attr` for the command
/// that it is passed with. Pointers in it are valid for the lengths beside them, and what the
/// kernel writes through them may have any bit pattern.
pub(crate) unsafe trait Attr {}

#[repr(C)]
#[derive(Default)]
pub(crate) struct MapCreate {
    pub(crate) map_type: u32,
    pub(crate) key_size: u32,
    pub(crate) value_size: u32,
    pub(crate) max_entries: u32,
    pub(crate) map_flags: u32,
    pub(crate) inner_map_fd: u32,
    pub(crate) numa_node: u32,
    pub(crate) map_name: [u8; 16],
    pub(crate) map_ifindex: u32,
    pub(crate) btf_fd: u32,
    pub(crate) btf_key_type_id: u32,
    pub(crate) btf_value_type_id: u32,
    pub(crate) btf_vmlinux_value_type_id: u32,
    pub(crate) map_extra: u64,
}

#[repr(C)]
#[derive(Default)]
pub(crate) struct MapElem {
    pub(crate) map_fd: u32,
    pub(crate) padding: u32,
    pub(crate) key: u64,
    pub(crate) value: u64,
    pub(crate) flags: u64,
}

/// A path in a BPF file system and what is or goes there.
#[repr(C)]
#[derive(Default)]
pub(crate) struct Obj {
    pub(crate) pathname: u64,
    pub(crate) bpf_fd: u32,
    pub(crate) file_flags: u32,
}

/// What has a number in the kernel.
#[repr(C)]
#[derive(Default)]
pub(crate) struct ById {
    pub(crate) id: u32,
    pub(crate) next_id: u32,
    pub(crate) open_flags: u32,
}

#[repr(C)]
#[derive(Default)]
pub(crate) struct MapBatch {
    pub(crate) in_batch: u64,
    pub(crate) out_batch: u64,
    pub(crate) keys: u64,
    pub(crate) values: u64,
    pub(crate) count: u32,
    pub(crate) map_fd: u32,
    pub(crate) elem_flags: u64,
    pub(crate) flags: u64,
}

#[repr(C)]
#[derive(Default)]
pub(crate) struct ProgLoad {
    pub(crate) prog_type: u32,
    pub(crate) insn_cnt: u32,
    pub(crate) insns: u64,
    pub(crate) license: u64,
    pub(crate) log_level: u32,
    pub(crate) log_size: u32,
    pub(crate) log_buf: u64,
    pub(crate) kern_version: u32,
    pub(crate) prog_flags: u32,
    pub(crate) prog_name: [u8; 16],
    pub(crate) prog_ifindex: u32,
    pub(crate) expected_attach_type: u32,
    pub(crate) prog_btf_fd: u32,
    pub(crate) func_info_rec_size: u32,
    pub(crate) func_info: u64,
    pub(crate) func_info_cnt: u32,
    pub(crate) line_info_rec_size: u32,
    pub(crate) line_info: u64,
    pub(crate) line_info_cnt: u32,
    pub(crate) attach_btf_id: u32,
    pub(crate) attach_prog_fd: u32,
    pub(crate) core_relo_cnt: u32,
    pub(crate) fd_array: u64,
}

#[repr(C)]
#[derive(Default)]
pub(crate) struct ProgTestRun {
    pub(crate) prog_fd: u32,
    pub(crate) retval: u32,
    pub(crate) data_size_in: u32,
    pub(crate) data_size_out: u32,
    pub(crate) data_in: u64,
    pub(crate) data_out: u64,
    pub(crate) repeat: u32,
    pub(crate) duration: u32,
    pub(crate) ctx_size_in: u32,
    pub(crate) ctx_size_out: u32,
    pub(crate) ctx_in: u64,
    pub(crate) ctx_out: u64,
    pub(crate) flags: u32,
    pub(crate) cpu: u32,
}

#[repr(C)]
#[derive(Default)]
pub(crate) struct ObjGetInfo {
    pub(crate) bpf_fd: u32,
    pub(crate) info_len: u32,
    pub(crate) info: u64,
}

#[repr(C)]
#[derive(Default)]
pub(crate) struct BtfLoad {
    pub(crate) btf: u64,
    pub(crate) btf_log_buf: u64,
    pub(crate) btf_size: u32,
    pub(crate) btf_log_size: u32,
    pub(crate) btf_log_level: u32,
    pub(crate) padding: u32,
}

/// `BPF_ENABLE_STATS`.
#[repr(C)]
#[derive(Default)]
pub(crate) struct EnableStats {
    pub(crate) kind: u32,
}

/// `struct bpf_map_info`.
#[repr(C)]
#[derive(Default)]
pub(crate) struct MapInfo {
    pub(crate) map_type: u32,
    pub(crate) id: u32,
    pub(crate) key_size: u32,
    pub(crate) value_size: u32,
    pub(crate) max_entries: u32,
    pub(crate) map_flags: u32,
    pub(crate) name: [u8; 16],
    pub(crate) ifindex: u32,
    pub(crate) btf_vmlinux_value_type_id: u32,
    pub(crate) netns_dev: u64,
    pub(crate) netns_ino: u64,
    pub(crate) btf_id: u32,
    pub(crate) btf_key_type_id: u32,
    pub(crate) btf_value_type_id: u32,
    pub(crate) btf_vmlinux_id: u32,
    pub(crate) map_extra: u64,
}

/// `struct bpf_btf_info`.
#[repr(C)]
#[derive(Default)]
pub(crate) struct BtfInfo {
    pub(crate) btf: u64,
    pub(crate) btf_size: u32,
    pub(crate) id: u32,
    pub(crate) name: u64,
    pub(crate) name_len: u32,
    pub(crate) kernel_btf: u32,
}

/// `struct bpf_prog_info`; the kernel fills as much as it has.
#[repr(C)]
#[derive(Default)]
pub(crate) struct ProgInfo {
    pub(crate) program_type: u32,
    pub(crate) id: u32,
    pub(crate) tag: [u8; 8],
    pub(crate) jited_prog_len: u32,
    pub(crate) xlated_prog_len: u32,
    pub(crate) jited_prog_insns: u64,
    pub(crate) xlated_prog_insns: u64,
    pub(crate) load_time: u64,
    pub(crate) created_by_uid: u32,
    pub(crate) nr_map_ids: u32,
    pub(crate) map_ids: u64,
    pub(crate) name: [u8; 16],
    pub(crate) ifindex: u32,
    pub(crate) gpl_compatible: u32,
    pub(crate) netns_dev: u64,
    pub(crate) netns_ino: u64,
    pub(crate) nr_jited_ksyms: u32,
    pub(crate) nr_jited_func_lens: u32,
    pub(crate) jited_ksyms: u64,
    pub(crate) jited_func_lens: u64,
    pub(crate) btf_id: u32,
    pub(crate) func_info_rec_size: u32,
    pub(crate) func_info: u64,
    pub(crate) nr_func_info: u32,
    pub(crate) nr_line_info: u32,
    pub(crate) line_info: u64,
    pub(crate) jited_line_info: u64,
    pub(crate) nr_jited_line_info: u32,
    pub(crate) line_info_rec_size: u32,
    pub(crate) jited_line_info_rec_size: u32,
    pub(crate) nr_prog_tags: u32,
    pub(crate) prog_tags: u64,
    pub(crate) run_time_ns: u64,
    pub(crate) run_cnt: u64,
    pub(crate) recursion_misses: u64,
    pub(crate) verified_insns: u32,
    pub(crate) attach_btf_obj_id: u32,
    pub(crate) attach_btf_id: u32,
    pub(crate) padding: u32,
}

macro_rules! attributes {
    ($($name:ident $size:literal;)*) => {
        $(
            // SAFETY: the fields are those of `union bpf_attr` in order; the assertion shows that
            // there is no padding. Each user of the type states why its pointers are valid.
            unsafe impl Attr for $name {}
            const _: () = assert!(size_of::<$name>() == $size);
        )*
    };
}

attributes! {
    MapCreate 72;
    MapElem 32;
    MapBatch 56;
    Obj 16;
    ById 12;
    ProgLoad 128;
    ProgTestRun 72;
    ObjGetInfo 16;
    BtfLoad 32;
    EnableStats 4;
}
const _: () = assert!(size_of::<ProgInfo>() == 232);
const _: () = assert!(size_of::<MapInfo>() == 88);
const _: () = assert!(size_of::<BtfInfo>() == 32);

pub(crate) mod attach;
pub(crate) mod mapping;
pub(crate) mod namespace;
pub(crate) mod processor;
pub(crate) mod perf;
pub(crate) mod wait;

/// Makes the call; the result is a descriptor or 0, by command.
///
/// # Safety
/// The pointers in `attr` must be valid for as many bytes as the lengths beside them say, for
/// writing where the command writes.
pub(crate) unsafe fn bpf<T: Attr>(command: Command, attr: &mut T) -> Result<i32, Errno> {
    // SAFETY: `attr` is an exclusive reference to a structure of the length passed, of a type that
    // fits the command; what it points to is the caller's promise.
    let result = unsafe {
        libc::syscall(libc::SYS_bpf, command as i32, std::ptr::from_mut(attr), size_of::<T>())
    };
    if result < 0 { Err(Errno::last()) } else { Ok(result as i32) }
}

/// As [`bpf`], for commands that create a descriptor.
///
/// # Safety
/// As for [`bpf`]; and `command` is one that returns a new descriptor.
pub(crate) unsafe fn bpf_fd<T: Attr>(command: Command, attr: &mut T) -> Result<OwnedFd, Errno> {
    // SAFETY: the caller's promise.
    let fd = unsafe { bpf(command, attr) }?;
    // SAFETY: the kernel just made this descriptor for us, nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Lifts the limit of locked memory; whether it was lower before and now is not.
pub(crate) fn lift_memory_limit() -> bool {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` is a structure of ours that the call fills.
    let known = unsafe { libc::getrlimit(libc::RLIMIT_MEMLOCK, &raw mut limit) } == 0;
    let most = libc::rlimit { rlim_cur: libc::RLIM_INFINITY, rlim_max: libc::RLIM_INFINITY };
    known
        && limit.rlim_cur != libc::RLIM_INFINITY
        // SAFETY: the call reads a structure of ours.
        && unsafe { libc::setrlimit(libc::RLIMIT_MEMLOCK, &raw const most) } == 0
}

/// Gives what a descriptor stands for a name in a BPF file system.
pub(crate) fn pin(fd: BorrowedFd<'_>, path: &CStr) -> Result<(), Errno> {
    let mut attr =
        Obj { pathname: path.as_ptr() as u64, bpf_fd: fd.as_raw_fd() as u32, ..Default::default() };
    // SAFETY: the path ends with a zero byte and outlives the call.
    unsafe { bpf(Command::ObjPin, &mut attr) }.map(drop)
}

/// A descriptor of what has a name in a BPF file system.
pub(crate) fn open_pinned(path: &CStr) -> Result<OwnedFd, Errno> {
    let mut attr = Obj { pathname: path.as_ptr() as u64, ..Default::default() };
    // SAFETY: the path ends with a zero byte and outlives the call, which makes a descriptor.
    unsafe { bpf_fd(Command::ObjGet, &mut attr) }
}

/// An address as the attribute structures carry it; 0 for an empty slice, which the kernel wants
/// where there is nothing.
pub(crate) fn address<T>(slice: &[T]) -> u64 {
    if slice.is_empty() { 0 } else { slice.as_ptr() as u64 }
}

/// As [`address`], for a buffer that the kernel writes.
pub(crate) fn address_mut<T>(slice: &mut [T]) -> u64 {
    if slice.is_empty() { 0 } else { slice.as_mut_ptr() as u64 }
}

/// A name as the kernel keeps it: at most 15 of its letters, digits, `_` and `.`, then zeros.
pub(crate) fn object_name(name: &str) -> [u8; 16] {
    let mut field = [0; 16];
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.';
    for (slot, byte) in field.iter_mut().take(15).zip(name.bytes()) {
        *slot = if allowed(byte) { byte } else { b'_' };
    }
    field
}

/// The text in a log buffer, up to its first zero byte.
pub(crate) fn text(buffer: &[u8]) -> String {
    let end = buffer.iter().position(|byte| *byte == 0).unwrap_or(buffer.len());
    String::from_utf8_lossy(buffer.get(..end).unwrap_or_default()).into_owned()
}
