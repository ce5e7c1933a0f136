// A program as people write them: a block list of prefixes, counters by source, a queue of news.
#include "bpf.h"
LICENSE("GPL");

typedef u32 __be32;
typedef u16 __be16;

struct ethhdr {
    u8 destination[6], source[6];
    __be16 type;
} __attribute__((packed));
struct iphdr {
    u8 version_length, tos;
    __be16 length, id, fragment;
    u8 ttl, protocol;
    u16 checksum;
    __be32 source, destination;
} __attribute__((packed));

struct prefix {
    u32 length;
    __be32 address;
};
struct {
    __uint(type, 11); // LPM_TRIE
    __uint(max_entries, 1000);
    __uint(map_flags, 1); // NO_PREALLOC
    __type(key, struct prefix);
    __type(value, u32);
} blocked SEC(".maps");

struct source {
    __be32 address;
};
struct counts {
    u64 passed, dropped;
};
struct {
    __uint(type, LRU_HASH);
    __uint(max_entries, 1000);
    __type(key, struct source);
    __type(value, struct counts);
} sources SEC(".maps");

struct {
    __uint(type, 22); // QUEUE
    __uint(max_entries, 4);
    __type(value, struct source);
} news SEC(".maps");
static long (*push)(void *, const void *, u64) = (void *)87;

const volatile bool enforce = 0;

SEC("xdp") int filter(struct xdp_md *ctx)
{
    void *data = (void *)(u64)ctx->data, *end = (void *)(u64)ctx->data_end;
    struct ethhdr *ethernet = data;
    struct iphdr *ip = data + sizeof(*ethernet);
    if ((void *)(ip + 1) > end || ethernet->type != __builtin_bswap16(0x0800))
        return PASS;
    struct prefix prefix = { 32, ip->source };
    struct source source = { ip->source };
    bool drop = map_lookup(&blocked, &prefix) != 0;
    struct counts *counts = map_lookup(&sources, &source);
    if (!counts) {
        struct counts none = {};
        map_update(&sources, &source, &none, 1);
        push(&news, &source, 2);
        counts = map_lookup(&sources, &source);
        if (!counts)
            return PASS;
    }
    __sync_fetch_and_add(drop ? &counts->dropped : &counts->passed, 1);
    return drop && enforce ? DROP : PASS;
}
