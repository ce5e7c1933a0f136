// A function that a module of the kernel has (nf_conntrack), or the kernel itself.
#include "bpf.h"
LICENSE("GPL");

struct bpf_sock_tuple {
    u32 saddr, daddr;
    u16 sport, dport;
};
struct bpf_ct_opts {
    s32 netns_id, error;
    u8 l4proto, dir, reserved[2];
};
struct nf_conn;
extern struct nf_conn *bpf_xdp_ct_lookup(struct xdp_md *ctx, struct bpf_sock_tuple *tuple, u32 size,
                                         struct bpf_ct_opts *opts, u32 opts_size) KSYM;
extern void bpf_ct_release(struct nf_conn *conn) KSYM;

SEC("xdp") int known(struct xdp_md *ctx)
{
    struct bpf_sock_tuple tuple = {.saddr = 1, .daddr = 2, .sport = 3, .dport = 4};
    struct bpf_ct_opts opts = {.netns_id = -1, .l4proto = 6};
    struct nf_conn *conn = bpf_xdp_ct_lookup(ctx, &tuple, sizeof(tuple), &opts, sizeof(opts));
    if (!conn)
        return PASS;
    bpf_ct_release(conn);
    return DROP;
}
