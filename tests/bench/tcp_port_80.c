// tcp port 80
#include "filter.h"

static __always_inline bool match(void *data, void *end)
{
	struct ethhdr *eth = data;
	struct ports *ports;

	if (!there(eth, end))
		return false;
	ports = ports_of(eth + 1, eth->h_proto, IPPROTO_TCP, end);
	return ports && (ports->source == htons(80) || ports->dest == htons(80));
}
