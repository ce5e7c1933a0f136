/* The program `inbound` of examples/nat.nbp by hand. */
#include "program.h"

#define SERVICE htonl(0xc000020a) /* 192.0.2.10 */
#define MACHINE htonl(0x0a010007) /* 10.1.0.7 */

/* A checksum after 16 or 32 bits of what it covers changed (RFC 1624, equation 3). */
static __always_inline __sum16 replaced(__sum16 sum, __u32 from, __u32 to)
{
	__u32 new = (__u16)~sum;

	new += (__u16)~from + (__u16)(~from >> 16) + (to & 0xffff) + (to >> 16);
	new = (new & 0xffff) + (new >> 16);
	new = (new & 0xffff) + (new >> 16);
	return ~new;
}

SEC("xdp")
int inbound(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	struct iphdr *ip = ipv4_of(ctx, end);
	struct tcphdr *tcp;
	struct udphdr *udp;

	if (!ip || ip->daddr != SERVICE)
		return XDP_PASS;
	ip->daddr = MACHINE;
	ip->check = replaced(ip->check, SERVICE, MACHINE);
	tcp = tcp_of(ip, end);
	if (tcp) {
		tcp->check = replaced(tcp->check, SERVICE, MACHINE);
		if (tcp->dest == htons(80)) {
			tcp->dest = htons(8080);
			tcp->check = replaced(tcp->check, htons(80), htons(8080));
		}
		return XDP_PASS;
	}
	udp = payload_of(ip, IPPROTO_UDP);
	if (udp && there(udp, end) && udp->check) {
		udp->check = replaced(udp->check, SERVICE, MACHINE);
		if (!udp->check)
			udp->check = 0xffff;
	}
	return XDP_PASS;
}
