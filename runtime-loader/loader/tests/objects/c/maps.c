// Maps: of maps, of programs, shared by name, of other sizes than the object says.
#include "bpf.h"
LICENSE("GPL");

struct flow {
    u32 source;
    u16 port;
    u16 kind;
};
struct counters {
    u64 packets;
    char name[8];
};

struct inner {
    __uint(type, ARRAY);
    __uint(max_entries, 1);
    __type(key, u32);
    __type(value, u64);
} first SEC(".maps"), second SEC(".maps");

struct {
    __uint(type, ARRAY_OF_MAPS);
    __uint(max_entries, 4);
    __type(key, u32);
    __array(values, struct inner);
} outer SEC(".maps") = { .values = { [1] = &first, [3] = &second } };

struct {
    __uint(type, HASH_OF_MAPS);
    __uint(max_entries, 4);
    __type(key, u32);
    __array(values, struct inner);
} by_key SEC(".maps") = { .values = { [2] = &second } };

struct {
    __uint(type, HASH);
    __uint(max_entries, 8);
    __type(key, struct flow);
    __type(value, struct counters);
} flows SEC(".maps");

struct {
    __uint(type, PERCPU_ARRAY);
    __uint(max_entries, 2);
    __type(key, u32);
    __type(value, u32);
} each SEC(".maps");

struct {
    __uint(type, ARRAY);
    __uint(max_entries, 1);
    __type(key, u32);
    __type(value, u64);
    __uint(pinning, BY_NAME);
} shared SEC(".maps");

SEC("xdp") int second_step(struct xdp_md *ctx) { return 44; }
SEC("xdp") int third_step(struct xdp_md *ctx);
struct {
    __uint(type, PROG_ARRAY);
    __uint(max_entries, 8);
    __uint(key_size, 4);
    __array(values, int(struct xdp_md *));
} steps SEC(".maps") = { .values = { [2] = &second_step, [5] = &third_step } };
SEC("xdp") int third_step(struct xdp_md *ctx)
{
    tail_call(ctx, &steps, 2);
    return 5;
}

static void count(void *map, u32 key)
{
    u64 *value = map_lookup(map, &key);
    if (value)
        __sync_fetch_and_add(value, 1);
}

SEC("xdp") int nested(struct xdp_md *ctx)
{
    u32 key = 1;
    void *inner = map_lookup(&outer, &key);
    if (inner)
        count(inner, 0);
    key = 2;
    inner = map_lookup(&by_key, &key);
    if (inner)
        count(inner, 0);
    key = 0;
    return map_lookup(&outer, &key) ? DROP : PASS;
}

SEC("xdp") int jump(struct xdp_md *ctx)
{
    tail_call(ctx, &steps, 5);
    return 6;
}

SEC("xdp") int note(struct xdp_md *ctx)
{
    struct flow flow = { .source = 0x0100000a, .port = 80, .kind = 6 };
    struct counters counters = { .packets = 3, .name = "web" };
    map_update(&flows, &flow, &counters, 0);
    u32 key = 1, *value = map_lookup(&each, &key);
    if (value)
        *value += 5;
    count(&shared, 0);
    return PASS;
}
