// udp dst portrange 1024-2047
#include "filter.h"

static __always_inline bool match(void *data, void *end)
{
	struct ethhdr *eth = data;
	struct ports *ports;
	__u16 port;

	if (!there(eth, end))
		return false;
	ports = ports_of(eth + 1, eth->h_proto, IPPROTO_UDP, end);
	if (!ports)
		return false;
	port = ntohs(ports->dest);
	return port >= 1024 && port <= 2047;
}
