// udp dst port 53
#include "filter.h"

static __always_inline bool match(void *data, void *end)
{
	struct ethhdr *eth = data;
	struct ports *ports;

	if (!there(eth, end))
		return false;
	ports = ports_of(eth + 1, eth->h_proto, IPPROTO_UDP, end);
	return ports && ports->dest == htons(53);
}
