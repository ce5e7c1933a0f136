// icmp[icmptype] == icmp-echo
#include "filter.h"

static __always_inline bool match(void *data, void *end)
{
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	__u8 *type;

	if (!there(ip, end) || eth->h_proto != htons(ETH_P_IP))
		return false;
	if (ip->protocol != IPPROTO_ICMP || is_fragment(ip))
		return false;
	type = payload(ip);
	return there(type, end) && *type == 8;
}
