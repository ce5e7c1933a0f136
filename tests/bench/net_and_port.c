// src net 192.168.0.0/16 and tcp dst port 443
#include "filter.h"

static __always_inline bool match(void *data, void *end)
{
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct ports *ports;

	if (!there(ip, end) || eth->h_proto != htons(ETH_P_IP))
		return false;
	if ((ip->saddr & htonl(0xffff0000)) != htonl(0xc0a80000))
		return false;
	ports = ports_of(ip, eth->h_proto, IPPROTO_TCP, end);
	return ports && ports->dest == htons(443);
}
