// tcp[tcpflags] & (tcp-syn|tcp-fin) != 0
#include "filter.h"

static __always_inline bool match(void *data, void *end)
{
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	__u8 *flags;

	if (!there(ip, end) || eth->h_proto != htons(ETH_P_IP))
		return false;
	if (ip->protocol != IPPROTO_TCP || is_fragment(ip))
		return false;
	flags = payload(ip) + 13;
	return there(flags, end) && (*flags & 3);
}
