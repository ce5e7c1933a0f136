// tcp port 80 or tcp port 443
#include "filter.h"

static __always_inline bool is_web(__be16 port)
{
	return port == htons(80) || port == htons(443);
}

static __always_inline bool match(void *data, void *end)
{
	struct ethhdr *eth = data;
	struct ports *ports;

	if (!there(eth, end))
		return false;
	ports = ports_of(eth + 1, eth->h_proto, IPPROTO_TCP, end);
	return ports && (is_web(ports->source) || is_web(ports->dest));
}
