// ether dst 00:15:17:57:c7:89 and ip6
#include "filter.h"

static __always_inline bool match(void *data, void *end)
{
	const __u8 mac[ETH_ALEN] = { 0x00, 0x15, 0x17, 0x57, 0xc7, 0x89 };
	struct ethhdr *eth = data;

	if (!there(eth, end))
		return false;
	return !__builtin_memcmp(eth->h_dest, mac, ETH_ALEN) && eth->h_proto == htons(ETH_P_IPV6);
}
