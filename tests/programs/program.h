/* What the programs share: headers, bounds checks, the walk to IPv4 behind VLAN tags. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <stdbool.h>

#define SEC(name) __attribute__((section(name), used))
#define htons(number) ((__be16)__builtin_bswap16(number))
#define htonl(number) ((__be32)__builtin_bswap32(number))
#define __uint(name, value) int(*name)[value]
#define __type(name, value) value *name

#ifndef ETH_P_8021AD
#define ETH_P_8021AD 0x88A8
#endif
#ifndef ETH_P_QINQ1
#define ETH_P_QINQ1 0x9100
#endif

/* As many tags as are looked behind. */
#define TAGS 4

/* Whether what a pointer points to lies before the packet's end. */
#define there(pointer, end) ((void *)((pointer) + 1) <= (end))

struct tag {
	__be16 control;
	__be16 type;
};

static void *(*const map_lookup)(void *map, const void *key) = (void *)BPF_FUNC_map_lookup_elem;
static long (*const map_update)(void *map, const void *key, const void *value, __u64 flags) =
	(void *)BPF_FUNC_map_update_elem;

/* Whether what follows is a tag. */
static __always_inline bool is_tag(__be16 type)
{
	return type == htons(ETH_P_8021Q) || type == htons(ETH_P_8021AD) || type == htons(ETH_P_QINQ1);
}

/* The IPv4 header, or NULL. */
static __always_inline struct iphdr *ipv4_of(struct xdp_md *ctx, void *end)
{
	struct ethhdr *eth = (void *)(long)ctx->data;
	struct iphdr *ip = (void *)(eth + 1);
	__be16 type;

	if (!there(eth, end))
		return 0;
	type = eth->h_proto;
#pragma unroll
	for (int i = 0; i < TAGS; i++) {
		struct tag *tag = (void *)ip;

		if (!is_tag(type))
			break;
		if (!there(tag, end))
			return 0;
		type = tag->type;
		ip = (void *)(tag + 1);
	}
	if (type != htons(ETH_P_IP) || !there(ip, end) || ip->ihl < 5)
		return 0;
	return ip;
}

/* What is behind the IPv4 header, if that is this protocol's first fragment, or NULL. */
static __always_inline void *payload_of(struct iphdr *ip, __u8 protocol)
{
	if (ip->protocol != protocol || (ip->frag_off & htons(0x1fff)))
		return 0;
	return (void *)ip + ip->ihl * 4;
}

/* The TCP header behind the IPv4 header, or NULL. */
static __always_inline struct tcphdr *tcp_of(struct iphdr *ip, void *end)
{
	struct tcphdr *tcp = payload_of(ip, IPPROTO_TCP);

	return tcp && there(tcp, end) && tcp->doff >= 5 ? tcp : 0;
}

SEC("license") char _license[] = "Dual MIT/GPL";
