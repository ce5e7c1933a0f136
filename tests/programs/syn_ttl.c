/* examples/syn_ttl.nbp by hand. */
#include "program.h"

SEC("xdp")
int syn_ttl(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	struct iphdr *ip = ipv4_of(ctx, end);
	struct tcphdr *tcp;

	if (!ip)
		return XDP_PASS;
	tcp = tcp_of(ip, end);
	if (!tcp)
		return XDP_PASS;
	return tcp->syn && !tcp->ack && ip->ttl < 5 ? XDP_DROP : XDP_PASS;
}
