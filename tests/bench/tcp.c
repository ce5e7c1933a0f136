// tcp
#include "filter.h"

static __always_inline bool match(void *data, void *end)
{
	struct ethhdr *eth = data;

	if (!there(eth, end))
		return false;
	if (eth->h_proto == htons(ETH_P_IP)) {
		struct iphdr *ip = (void *)(eth + 1);

		return there(ip, end) && ip->protocol == IPPROTO_TCP;
	}
	if (eth->h_proto == htons(ETH_P_IPV6)) {
		struct ipv6hdr *ip6 = (void *)(eth + 1);
		__u8 *fragment = (void *)(ip6 + 1);

		if (!there(ip6, end))
			return false;
		if (ip6->nexthdr == IPPROTO_TCP)
			return true;
		return ip6->nexthdr == IPPROTO_FRAGMENT && there(fragment, end) &&
		       *fragment == IPPROTO_TCP;
	}
	return false;
}
