/* The program `syn_flood` of examples/alerts.nbp by hand. */
#include "program.h"

struct bucket {
	__u64 since;
	__u32 opened;
};

struct alert {
	__be32 source;
	__u16 port;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, __be32);
	__type(value, struct bucket);
} buckets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} alerts SEC(".maps");

static __u64 (*const now_ns)(void) = (void *)BPF_FUNC_ktime_get_ns;
static void *(*const reserve)(void *map, __u64 size, __u64 flags) = (void *)BPF_FUNC_ringbuf_reserve;
static void (*const submit)(void *record, __u64 flags) = (void *)BPF_FUNC_ringbuf_submit;

SEC("xdp")
int syn_flood(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	struct iphdr *ip = ipv4_of(ctx, end);
	struct bucket *bucket, none = {};
	struct alert *alert;
	struct tcphdr *tcp;
	__be32 source;
	__u64 now;

	if (!ip)
		return XDP_PASS;
	tcp = tcp_of(ip, end);
	if (!tcp || !tcp->syn || tcp->ack)
		return XDP_PASS;
	source = ip->saddr;
	bucket = map_lookup(&buckets, &source);
	if (!bucket) {
		map_update(&buckets, &source, &none, BPF_NOEXIST);
		bucket = map_lookup(&buckets, &source);
		if (!bucket)
			return XDP_PASS;
	}
	now = now_ns();
	if (now - bucket->since > 1000000000) {
		bucket->since = now;
		bucket->opened = 0;
	}
	__sync_fetch_and_add(&bucket->opened, 1);
	if (bucket->opened <= 100)
		return XDP_PASS;
	alert = reserve(&alerts, sizeof(*alert), 0);
	if (alert) {
		alert->source = source;
		alert->port = __builtin_bswap16(tcp->dest);
		submit(alert, 0);
	}
	return XDP_DROP;
}
