// host 10.0.0.1
#include "filter.h"

struct arp_ipv4 {
	__u8 kinds[8];
	__u8 sender_mac[ETH_ALEN];
	__be32 sender;
	__u8 target_mac[ETH_ALEN];
	__be32 target;
} __attribute__((packed));

static __always_inline bool match(void *data, void *end)
{
	const __be32 host = htonl(0x0a000001);
	struct ethhdr *eth = data;

	if (!there(eth, end))
		return false;
	if (eth->h_proto == htons(ETH_P_IP)) {
		struct iphdr *ip = (void *)(eth + 1);

		return there(ip, end) && (ip->saddr == host || ip->daddr == host);
	}
	if (eth->h_proto == htons(ETH_P_ARP) || eth->h_proto == htons(ETH_P_RARP)) {
		struct arp_ipv4 *arp = (void *)(eth + 1);

		return there(arp, end) && (arp->sender == host || arp->target == host);
	}
	return false;
}
