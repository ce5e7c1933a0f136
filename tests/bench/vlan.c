// vlan 10 and tcp dst port 443
#include "filter.h"

struct tagged {
	__u8 dest[ETH_ALEN];
	__u8 source[ETH_ALEN];
	__be16 tpid;
	__be16 tci;
	__be16 type;
} __attribute__((packed));

static __always_inline bool match(void *data, void *end)
{
	struct tagged *eth = data;
	struct ports *ports;

	if (!there(eth, end))
		return false;
	if (eth->tpid != htons(ETH_P_8021Q) && eth->tpid != htons(ETH_P_8021AD) &&
	    eth->tpid != htons(ETH_P_QINQ1))
		return false;
	if ((eth->tci & htons(0x0fff)) != htons(10))
		return false;
	ports = ports_of(eth + 1, eth->type, IPPROTO_TCP, end);
	return ports && ports->dest == htons(443);
}
