// What the kernel tells and does: its helpers under the language's names.

extern fn time() -> u64 from "ktime_get_ns";            // nanoseconds since boot, without sleep
extern fn boot_time() -> u64 from "ktime_get_boot_ns";  // the same, with sleep
extern fn random() -> u32 from "get_prandom_u32";
extern fn flow_hash() -> u32 from "get_hash_recalc";  // the kernel's hash of the packet's flow; 0: it has none
extern fn cpu() -> u32 from "get_smp_processor_id";

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
