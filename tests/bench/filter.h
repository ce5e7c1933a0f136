/* What the filters share: the hook (-DXDP or -DTC), headers, bounds checks. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <stdbool.h>

#define SEC(name) __attribute__((section(name), used))
#define htons(number) ((__be16)__builtin_bswap16(number))
#define htonl(number) ((__be32)__builtin_bswap32(number))
#define ntohs(number) __builtin_bswap16(number)

/* Whether what a pointer points to lies before the packet's end. */
#define there(pointer, end) ((void *)((pointer) + 1) <= (end))

/* What TCP and UDP begin with. */
struct ports {
	__be16 source;
	__be16 dest;
};

static __always_inline bool match(void *data, void *end);

static __always_inline bool is_fragment(const struct iphdr *ip)
{
	return ip->frag_off & htons(0x1fff);
}

static __always_inline void *payload(struct iphdr *ip)
{
	return (void *)ip + ip->ihl * 4;
}

/* The ports of TCP or UDP over IPv4 or IPv6, or NULL. */
static __always_inline struct ports *ports_of(void *network, __be16 type, __u8 protocol, void *end)
{
	struct ports *ports;

	if (type == htons(ETH_P_IP)) {
		struct iphdr *ip = network;

		if (!there(ip, end) || ip->protocol != protocol || is_fragment(ip))
			return 0;
		ports = payload(ip);
	} else if (type == htons(ETH_P_IPV6)) {
		struct ipv6hdr *ip6 = network;

		if (!there(ip6, end) || ip6->nexthdr != protocol)
			return 0;
		ports = (void *)(ip6 + 1);
	} else {
		return 0;
	}
	return there(ports, end) ? ports : 0;
}

#ifdef XDP
SEC("xdp")
int filter(struct xdp_md *ctx)
{
	return match((void *)(long)ctx->data, (void *)(long)ctx->data_end) ? XDP_PASS : XDP_DROP;
}
#else
SEC("classifier")
int filter(struct __sk_buff *ctx)
{
	return match((void *)(long)ctx->data, (void *)(long)ctx->data_end) ? TC_ACT_OK : TC_ACT_SHOT;
}
#endif

SEC("license") char _license[] = "Dual MIT/GPL";
