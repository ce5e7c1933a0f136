// Values that the kernel must know the types of: locks and timers.
#include "bpf.h"
LICENSE("GPL");

struct bpf_spin_lock {
    u32 val;
};
struct bpf_timer {
    u64 opaque[2];
} __attribute__((aligned(8)));

struct locked {
    struct bpf_spin_lock lock;
    u32 count;
};
struct {
    __uint(type, ARRAY);
    __uint(max_entries, 1);
    __type(key, u32);
    __type(value, struct locked);
} counts SEC(".maps");

struct timed {
    struct bpf_timer timer;
};
struct {
    __uint(type, ARRAY);
    __uint(max_entries, 1);
    __type(key, u32);
    __type(value, struct timed);
} timers SEC(".maps");

u64 fired;

static int fire(void *map, u32 *key, struct timed *timed)
{
    __sync_fetch_and_add(&fired, 1);
    return 0;
}

SEC("tc") int count(struct __sk_buff *skb)
{
    u32 key = 0;
    struct locked *locked = map_lookup(&counts, &key);
    if (!locked)
        return -1;
    spin_lock(&locked->lock);
    u32 count = ++locked->count;
    spin_unlock(&locked->lock);
    return count;
}

SEC("tc") int arm(struct __sk_buff *skb)
{
    u32 key = 0;
    struct timed *timed = map_lookup(&timers, &key);
    if (!timed || timer_init(&timed->timer, &timers, 1))
        return 1;
    if (timer_set_callback(&timed->timer, fire))
        return 2;
    return timer_start(&timed->timer, 1000, 0);
}
