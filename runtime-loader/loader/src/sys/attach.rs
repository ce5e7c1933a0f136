//! bpf(2)'s attribute structures for attaching, asking what is attached, and links.

use crate::errno::Errno;
use crate::sys::{Attr, Command, bpf_fd};

/// `BPF_LINK_CREATE`; what follows `flags` is that of tcx, netkit and cgroups.
#[repr(C)]
#[derive(Default)]
pub(crate) struct LinkCreate {
    pub(crate) prog_fd: u32,
    /// A descriptor or an interface's index, by attach type.
    pub(crate) target: u32,
    pub(crate) attach_type: u32,
    pub(crate) flags: u32,
    /// A descriptor or, with `BPF_F_ID`, a number; of freplace the function's BTF id.
    pub(crate) relative: u32,
    pub(crate) padding: u32,
    pub(crate) expected_revision: u64,
}

#[repr(C)]
#[derive(Default)]
pub(crate) struct LinkUpdate {
    pub(crate) link_fd: u32,
    pub(crate) new_prog_fd: u32,
    pub(crate) flags: u32,
    pub(crate) old_prog_fd: u32,
}

#[repr(C)]
#[derive(Default)]
pub(crate) struct LinkDetach {
    pub(crate) link_fd: u32,
}

/// `BPF_PROG_ATTACH` and `BPF_PROG_DETACH`.
#[repr(C)]
#[derive(Default)]
pub(crate) struct ProgAttach {
    pub(crate) target: u32,
    pub(crate) attach_bpf_fd: u32,
    pub(crate) attach_type: u32,
    pub(crate) attach_flags: u32,
    pub(crate) replace_bpf_fd: u32,
}

#[repr(C)]
#[derive(Default)]
pub(crate) struct ProgQuery {
    pub(crate) target: u32,
    pub(crate) attach_type: u32,
    pub(crate) query_flags: u32,
    pub(crate) attach_flags: u32,
    pub(crate) prog_ids: u64,
    pub(crate) prog_cnt: u32,
    pub(crate) padding: u32,
    pub(crate) prog_attach_flags: u64,
    pub(crate) link_ids: u64,
    pub(crate) link_attach_flags: u64,
    pub(crate) revision: u64,
}

attributes! {
    LinkCreate 32;
    LinkUpdate 16;
    LinkDetach 4;
    ProgAttach 20;
    ProgQuery 64;
}

/// `struct bpf_link_info`: the last three fields are a union, read by the link's type.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LinkInfo {
    pub(crate) link_type: u32,
    pub(crate) id: u32,
    pub(crate) prog_id: u32,
    pub(crate) padding: u32,
    /// An interface's index (XDP, tcx), the lower half of a cgroup's number.
    pub(crate) target: u32,
    /// tcx: the attach type; the upper half of a cgroup's number.
    pub(crate) second: u32,
    /// Of a cgroup the attach type.
    pub(crate) third: u32,
    pub(crate) fourth: u32,
    pub(crate) rest: [u64; 8],
}
const _: () = assert!(size_of::<LinkInfo>() == 96);

/// Attaches by a link. What a program and a target are is up to the attach type.
pub(crate) fn create_link(mut attr: LinkCreate) -> Result<std::os::fd::OwnedFd, Errno> {
    // SAFETY: for the attach types of XDP, tcx, cgroups and freplace the structure holds no
    // pointers; the command makes a descriptor.
    unsafe { bpf_fd(Command::LinkCreate, &mut attr) }
}
