// Global data: parameters that the verifier takes for constants, and what programs and the process
// write to each other.
#include "bpf.h"
LICENSE("GPL");

enum side { IN, OUT };
struct limits {
    u32 packets;
    struct {
        u16 port;
    };
    u8 address[16];
    u32 low : 3, high : 5;
};

const volatile u32 limit = 3;
const volatile bool enabled = 1;
const volatile enum side side = IN;
const volatile char label[8] = "none";
const volatile struct limits limits = { .packets = 1 };
volatile const u64 rates[3];

u64 seen;
u32 initial = 7;
u32 sum;
s32 balance = -5;

SEC("xdp") int count(struct xdp_md *ctx)
{
    seen++;
    sum = limits.packets + limits.port + limits.low + limits.high;
    balance += rates[2];
    // An endless loop, if it were not for the parameter.
    if (limit == 50)
        return enabled && side == OUT && label[0] == 'w' ? initial : DROP;
    return PASS;
}
