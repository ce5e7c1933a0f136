// What programs read of and write to their context and their packet.
#include "bpf.h"
LICENSE("GPL");

struct request {
    u32 a, b, sum;
};

SEC("syscall") int add(struct request *request)
{
    request->sum = request->a + request->b;
    return 9;
}

SEC("tc") int mark(struct __sk_buff *skb)
{
    skb->mark += 1;
    return skb->mark;
}

SEC("xdp") int flip(struct xdp_md *ctx)
{
    u8 *data = (void *)(u64)ctx->data, *end = (void *)(u64)ctx->data_end;
    if (data + 14 > end)
        return DROP;
    data[0] ^= 0xff;
    return PASS;
}

// A helper of traffic control in XDP.
static long (*skb_pull_data)(void *, u32) = (void *)39;
SEC("?xdp") int pull(struct xdp_md *ctx) { return skb_pull_data(ctx, 0); }
