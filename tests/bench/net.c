// ip and src net 10.0.0.0/8
#include "filter.h"

static __always_inline bool match(void *data, void *end)
{
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);

	if (!there(ip, end) || eth->h_proto != htons(ETH_P_IP))
		return false;
	return (ip->saddr & htonl(0xff000000)) == htonl(0x0a000000);
}
