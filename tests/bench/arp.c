// arp
#include "filter.h"

static __always_inline bool match(void *data, void *end)
{
	struct ethhdr *eth = data;

	return there(eth, end) && eth->h_proto == htons(ETH_P_ARP);
}
