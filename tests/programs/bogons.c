/* examples/bogons.nbp by hand. */
#include "program.h"

#define ADDRESS(a, b, c, d) ((__u32)(a) << 24 | (b) << 16 | (c) << 8 | (d))

/* Whether an address begins with as many bits of another. */
static __always_inline bool in(__be32 address, __u32 prefix, int bits)
{
	return (address & htonl(~0u << (32 - bits))) == htonl(prefix);
}

SEC("xdp")
int bogons(struct xdp_md *ctx)
{
	struct iphdr *ip = ipv4_of(ctx, (void *)(long)ctx->data_end);
	__be32 source;

	if (!ip)
		return XDP_PASS;
	source = ip->saddr;
	if (in(source, ADDRESS(0, 0, 0, 0), 8) || in(source, ADDRESS(10, 0, 0, 0), 8) ||
	    in(source, ADDRESS(100, 64, 0, 0), 10) || in(source, ADDRESS(127, 0, 0, 0), 8) ||
	    in(source, ADDRESS(169, 254, 0, 0), 16) || in(source, ADDRESS(172, 16, 0, 0), 12) ||
	    in(source, ADDRESS(192, 0, 2, 0), 24) || in(source, ADDRESS(192, 168, 0, 0), 16) ||
	    in(source, ADDRESS(198, 18, 0, 0), 15) || in(source, ADDRESS(198, 51, 100, 0), 24) ||
	    in(source, ADDRESS(203, 0, 113, 0), 24) || in(source, ADDRESS(240, 0, 0, 0), 4))
		return XDP_DROP;
	return XDP_PASS;
}
