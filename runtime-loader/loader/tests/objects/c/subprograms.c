// Functions: static and global, callbacks, in several sections, with the same name as others have.
#include "bpf.h"
LICENSE("GPL");

const volatile u32 rounds = 5;
u64 sum;

// Verified with its callers.
static NOINLINE u32 scale(u32 x) { return x * 3; }

// Verified alone.
NOINLINE u32 twice(u32 x) { return scale(x) + scale(x); }

struct state {
    u32 total;
    u32 calls;
};

static long step(u32 index, struct state *state)
{
    state->total += twice(index);
    state->calls++;
    return state->calls == 100;
}

SEC("xdp") int add(struct xdp_md *ctx)
{
    struct state state = {};
    loop(rounds, step, &state, 0);
    sum = state.total;
    return state.calls;
}

SEC("tc") int alone(struct __sk_buff *skb) { return twice(7); }

SEC("socket") int length(struct __sk_buff *skb) { return scale(skb->len); }
