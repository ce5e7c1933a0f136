//! What loaders read from the name of a program's ELF section, one row each.
//!
//! The names are libbpf's; the numbers are `enum bpf_attach_type` and `BPF_F_*` of the kernel's
//! `include/uapi/linux/bpf.h`.

use crate::program_type::ProgramType::{
    self, CgroupDevice, CgroupSkb, CgroupSock, CgroupSockAddr, CgroupSockopt, CgroupSysctl, Ext,
    FlowDissector, Kprobe, LircMode2, Lsm, LwtIn, LwtOut, LwtSeg6local, LwtXmit, Netfilter,
    PerfEvent, RawTracepoint, RawTracepointWritable, SchedAct, SchedCls, SkLookup, SkMsg,
    SkReuseport, SkSkb, SockOps, SocketFilter, Syscall, Tracepoint, Tracing, Xdp,
};

/// Programs that may sleep.
const SLEEPABLE: u32 = 1 << 4;
/// XDP programs that take packets in fragments.
const XDP_HAS_FRAGS: u32 = 1 << 5;

/// A section name and the programs in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SectionRow {
    /// The name, or what comes before the slash if more may follow.
    pub name: &'static str,
    /// What may stand behind the name.
    pub suffix: Suffix,
    /// The type.
    pub program_type: ProgramType,
    /// `expected_attach_type` at load, where the kernel wants one.
    pub attach_type: Option<u32>,
    /// `prog_flags` at load.
    pub flags: u32,
    /// What the kernel's function or type that the program is for is called before the part
    /// behind the slash, for programs that name it at load.
    pub kernel_type: Option<&'static str>,
}

/// What may stand behind a section's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suffix {
    /// Nothing.
    None,
    /// Nothing, or a slash and where the program is to be attached.
    Place,
}

impl SectionRow {
    /// The row of a section, and what stands behind the slash. A `?` in front, which says that
    /// the program is not to be loaded unasked, counts for nothing.
    pub fn find(section: &str) -> Option<(&'static Self, &str)> {
        let section = section.strip_prefix('?').unwrap_or(section);
        SECTIONS.iter().find_map(|row| {
            let rest = section.strip_prefix(row.name)?;
            match row.suffix {
                _ if rest.is_empty() => Some((row, "")),
                Suffix::Place => Some((row, rest.strip_prefix('/')?)),
                Suffix::None => None,
            }
        })
    }
}

const fn exact(name: &'static str, program_type: ProgramType, attach: Option<u32>) -> SectionRow {
    let (suffix, flags, kernel_type) = (Suffix::None, 0, None);
    SectionRow { name, suffix, program_type, attach_type: attach, flags, kernel_type }
}

const fn place(name: &'static str, program_type: ProgramType, attach: Option<u32>) -> SectionRow {
    SectionRow { suffix: Suffix::Place, ..exact(name, program_type, attach) }
}

const fn frags(name: &'static str, attach: u32) -> SectionRow {
    SectionRow { flags: XDP_HAS_FRAGS, ..exact(name, Xdp, Some(attach)) }
}

/// A program that names a function or type of the kernel.
const fn typed(
    name: &'static str,
    program_type: ProgramType,
    attach: u32,
    flags: u32,
    kernel_type: &'static str,
) -> SectionRow {
    let kernel_type = Some(kernel_type);
    SectionRow { flags, kernel_type, ..place(name, program_type, Some(attach)) }
}

/// Every section. Where one name is the beginning of another, the slash tells them apart.
pub static SECTIONS: &[SectionRow] = &[
    exact("socket", SocketFilter, None),
    exact("sk_reuseport/migrate", SkReuseport, Some(40)),
    exact("sk_reuseport", SkReuseport, Some(39)),
    place("kprobe", Kprobe, None),
    place("kretprobe", Kprobe, None),
    place("uprobe", Kprobe, None),
    place("uretprobe", Kprobe, None),
    SectionRow { flags: SLEEPABLE, ..place("uprobe.s", Kprobe, None) },
    SectionRow { flags: SLEEPABLE, ..place("uretprobe.s", Kprobe, None) },
    place("ksyscall", Kprobe, None),
    place("kretsyscall", Kprobe, None),
    place("kprobe.multi", Kprobe, Some(42)),
    place("kretprobe.multi", Kprobe, Some(42)),
    place("kprobe.session", Kprobe, Some(56)),
    place("uprobe.multi", Kprobe, Some(48)),
    place("uretprobe.multi", Kprobe, Some(48)),
    place("uprobe.session", Kprobe, Some(57)),
    exact("tc", SchedCls, None),
    exact("classifier", SchedCls, None),
    exact("tc/ingress", SchedCls, Some(46)),
    exact("tc/egress", SchedCls, Some(47)),
    exact("tcx/ingress", SchedCls, Some(46)),
    exact("tcx/egress", SchedCls, Some(47)),
    exact("netkit/primary", SchedCls, Some(54)),
    exact("netkit/peer", SchedCls, Some(55)),
    exact("action", SchedAct, None),
    place("tracepoint", Tracepoint, None),
    place("tp", Tracepoint, None),
    place("raw_tracepoint", RawTracepoint, None),
    place("raw_tp", RawTracepoint, None),
    place("raw_tracepoint.w", RawTracepointWritable, None),
    place("raw_tp.w", RawTracepointWritable, None),
    typed("tp_btf", Tracing, 23, 0, "btf_trace_"),
    typed("fentry", Tracing, 24, 0, ""),
    typed("fentry.s", Tracing, 24, SLEEPABLE, ""),
    typed("fexit", Tracing, 25, 0, ""),
    typed("fexit.s", Tracing, 25, SLEEPABLE, ""),
    typed("fmod_ret", Tracing, 26, 0, ""),
    typed("fmod_ret.s", Tracing, 26, SLEEPABLE, ""),
    typed("iter", Tracing, 28, 0, "bpf_iter_"),
    typed("iter.s", Tracing, 28, SLEEPABLE, "bpf_iter_"),
    typed("lsm", Lsm, 27, 0, "bpf_lsm_"),
    typed("lsm.s", Lsm, 27, SLEEPABLE, "bpf_lsm_"),
    typed("lsm_cgroup", Lsm, 43, 0, "bpf_lsm_"),
    place("freplace", Ext, None),
    SectionRow { flags: SLEEPABLE, ..exact("syscall", Syscall, None) },
    frags("xdp.frags/devmap", 33),
    exact("xdp/devmap", Xdp, Some(33)),
    frags("xdp.frags/cpumap", 35),
    exact("xdp/cpumap", Xdp, Some(35)),
    frags("xdp.frags", 37),
    exact("xdp", Xdp, Some(37)),
    exact("perf_event", PerfEvent, None),
    exact("lwt_in", LwtIn, None),
    exact("lwt_out", LwtOut, None),
    exact("lwt_xmit", LwtXmit, None),
    exact("lwt_seg6local", LwtSeg6local, None),
    exact("sockops", SockOps, Some(3)),
    exact("sk_skb/stream_parser", SkSkb, Some(4)),
    exact("sk_skb/stream_verdict", SkSkb, Some(5)),
    exact("sk_skb/verdict", SkSkb, Some(38)),
    exact("sk_skb", SkSkb, None),
    exact("sk_msg", SkMsg, Some(7)),
    exact("lirc_mode2", LircMode2, Some(16)),
    exact("flow_dissector", FlowDissector, Some(17)),
    exact("cgroup_skb/ingress", CgroupSkb, Some(0)),
    exact("cgroup_skb/egress", CgroupSkb, Some(1)),
    exact("cgroup/skb", CgroupSkb, None),
    exact("cgroup/sock_create", CgroupSock, Some(2)),
    exact("cgroup/sock", CgroupSock, Some(2)),
    exact("cgroup/sock_release", CgroupSock, Some(34)),
    exact("cgroup/post_bind4", CgroupSock, Some(12)),
    exact("cgroup/post_bind6", CgroupSock, Some(13)),
    exact("cgroup/dev", CgroupDevice, Some(6)),
    exact("cgroup/bind4", CgroupSockAddr, Some(8)),
    exact("cgroup/bind6", CgroupSockAddr, Some(9)),
    exact("cgroup/connect4", CgroupSockAddr, Some(10)),
    exact("cgroup/connect6", CgroupSockAddr, Some(11)),
    exact("cgroup/sendmsg4", CgroupSockAddr, Some(14)),
    exact("cgroup/sendmsg6", CgroupSockAddr, Some(15)),
    exact("cgroup/recvmsg4", CgroupSockAddr, Some(19)),
    exact("cgroup/recvmsg6", CgroupSockAddr, Some(20)),
    exact("cgroup/getpeername4", CgroupSockAddr, Some(29)),
    exact("cgroup/getpeername6", CgroupSockAddr, Some(30)),
    exact("cgroup/getsockname4", CgroupSockAddr, Some(31)),
    exact("cgroup/getsockname6", CgroupSockAddr, Some(32)),
    exact("cgroup/connect_unix", CgroupSockAddr, Some(49)),
    exact("cgroup/sendmsg_unix", CgroupSockAddr, Some(50)),
    exact("cgroup/recvmsg_unix", CgroupSockAddr, Some(51)),
    exact("cgroup/getpeername_unix", CgroupSockAddr, Some(52)),
    exact("cgroup/getsockname_unix", CgroupSockAddr, Some(53)),
    exact("cgroup/sysctl", CgroupSysctl, Some(18)),
    exact("cgroup/getsockopt", CgroupSockopt, Some(21)),
    exact("cgroup/setsockopt", CgroupSockopt, Some(22)),
    exact("sk_lookup", SkLookup, Some(36)),
    exact("netfilter", Netfilter, Some(45)),
];

#[cfg(test)]
mod tests;
