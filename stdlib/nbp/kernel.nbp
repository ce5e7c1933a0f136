// What the kernel tells and does: its helpers under the language's names.

extern fn time() -> u64 from "ktime_get_ns";                // nanoseconds since boot, without sleep
extern fn boot_time() -> u64 from "ktime_get_boot_ns";      // the same, with sleep
extern fn coarse_time() -> u64 from "ktime_get_coarse_ns";  // as `time`, of the last tick, and cheaper
extern fn tai_time() -> u64 from "ktime_get_tai_ns";        // nanoseconds of International Atomic Time since 1970
extern fn jiffies() -> u64 from "jiffies64";                // ticks since boot
extern fn random() -> u32 from "get_prandom_u32";
extern fn flow_hash() -> u32 from "get_hash_recalc";  // the kernel's hash of the packet's flow; 0: it has none
extern fn cpu() -> u32 from "get_smp_processor_id";
extern fn numa_node() -> u32 from "get_numa_node_id";               // the node of memory that this processor is at
extern fn current_cgroup_id() -> u64 from "get_current_cgroup_id";  // of the process that runs, whose packet it need not be

// Of the socket that sends a packet, or that it is for if the kernel knows that already: a number that only
// it has, or 0 if there is none; its user, or 65534; its control group, or 0, and the one that this is in, of
// which level 0 is the root; and what net_cls.classid says. The realm is of the packet's route.
extern fn socket_cookie() -> u64 from "get_socket_cookie";
extern fn socket_uid() -> u32 from "get_socket_uid";
extern fn cgroup_id() -> u64 from "skb_cgroup_id";
extern fn ancestor_cgroup_id(level: u32) -> u64 from "skb_ancestor_cgroup_id";
extern fn cgroup_classid() -> u32 from "get_cgroup_classid";
extern fn route_realm() -> u32 from "get_route_realm";

// What programs see of a socket that they found. `src` is its own side, `dst` the other one.
extern struct socket {
    bound_dev_if: u32,
    family: u32,  // AF_INET 2, AF_INET6 10
    type: u32,    // SOCK_STREAM 1, SOCK_DGRAM 2
    protocol: u32,
    mark: u32,
    priority: u32,
    src: ipv4addr from "src_ip4",
    src6: ipv6addr from "src_ip6",
    src_port: u16,
    dst: ipv4addr from "dst_ip4",
    dst6: ipv6addr from "dst_ip6",
    dst_port: u16,
    state: u32,  // of TCP: TCP_ESTABLISHED 1 … TCP_LISTEN 10 …
} from "bpf_sock";
