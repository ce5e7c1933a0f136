// One program for each kind of hook, named by its section.
#include "bpf.h"
LICENSE("GPL");

u64 calls;
#define PROGRAM(section, name, context, verdict)   \
    SEC(section) int on_##name(context *ctx)       \
    {                                              \
        __sync_fetch_and_add(&calls, 1);           \
        return verdict;                            \
    }

PROGRAM("xdp", xdp, struct xdp_md, 2)
PROGRAM("xdp.frags", xdp_frags, struct xdp_md, 2)
PROGRAM("xdp/devmap", xdp_devmap, struct xdp_md, 2)
PROGRAM("xdp/cpumap", xdp_cpumap, struct xdp_md, 2)
PROGRAM("tc", tc, struct __sk_buff, 0)
PROGRAM("tcx/ingress", tcx_ingress, struct __sk_buff, -1)
PROGRAM("tcx/egress", tcx_egress, struct __sk_buff, -1)
PROGRAM("action", action, struct __sk_buff, 0)
PROGRAM("socket", socket, struct __sk_buff, -1)
PROGRAM("cgroup_skb/ingress", cgroup_in, struct __sk_buff, 1)
PROGRAM("cgroup_skb/egress", cgroup_out, struct __sk_buff, 1)
PROGRAM("cgroup/sock_create", cgroup_sock, void, 1)
PROGRAM("cgroup/connect4", cgroup_connect, void, 1)
PROGRAM("cgroup/getsockopt", cgroup_getsockopt, void, 1)
PROGRAM("cgroup/sysctl", cgroup_sysctl, void, 1)
PROGRAM("cgroup/dev", cgroup_dev, void, 1)
PROGRAM("sockops", sockops, void, 1)
PROGRAM("sk_skb/stream_verdict", sk_skb, struct __sk_buff, 1)
PROGRAM("sk_msg", sk_msg, void, 1)
PROGRAM("sk_lookup", sk_lookup, void, 1)
PROGRAM("sk_reuseport", sk_reuseport, void, 1)
PROGRAM("flow_dissector", flow_dissector, struct __sk_buff, 0)
PROGRAM("lwt_in", lwt_in, struct __sk_buff, 0)
PROGRAM("lwt_out", lwt_out, struct __sk_buff, 0)
PROGRAM("lwt_xmit", lwt_xmit, struct __sk_buff, 0)
PROGRAM("kprobe/do_nothing", kprobe, void, 0)
PROGRAM("kretprobe/do_nothing", kretprobe, void, 0)
PROGRAM("uprobe", uprobe, void, 0)
PROGRAM("tracepoint/syscalls/sys_enter_getpid", tracepoint, void, 0)
PROGRAM("raw_tp/sys_enter", raw_tp, u64, 0)
PROGRAM("tp_btf/sys_enter", tp_btf, u64, 0)
PROGRAM("perf_event", perf_event, void, 0)
PROGRAM("netfilter", netfilter, void, 1)
PROGRAM("syscall", syscall, void, 3)
PROGRAM("iter/task", iter_task, void, 0)
