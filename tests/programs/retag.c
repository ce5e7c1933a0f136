/* examples/vlan.nbp by hand. */
#include "program.h"

#define CUSTOMER 100
#define PROVIDER 2100

SEC("xdp")
int retag(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	struct tag *tag = (void *)(eth + 1);
	struct iphdr *ip;
	__u16 priority = 0;

	if (!there(tag, end) || !is_tag(eth->h_proto) || (tag->control & htons(0xfff)) != htons(CUSTOMER))
		return XDP_PASS;
	ip = ipv4_of(ctx, end);
	if (ip)
		priority = ip->tos >> 5;
	tag->control = (tag->control & htons(0x1000)) | htons(priority << 13 | PROVIDER);
	return XDP_PASS;
}
