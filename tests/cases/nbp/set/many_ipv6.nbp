//# set.in
//> ethernet / ipv6(src=2001:db8:5::1) / tcp => drop
//> ethernet / ipv6(src=2001:db8:6::1) / tcp => pass
//> ethernet / ipv6(src=2001:db8:9:0:1::) / tcp => drop
//> ethernet / ipv6(src=ff02::1) / tcp => drop
//> ethernet / ipv6(src=::) / tcp => drop
//> ethernet / ipv6(src=::1) / tcp => pass

program p(pkt) on xdp otherwise pass {
    if pkt.ipv6?.src in {
        ::, 2001:db8:1::/48, 2001:db8:3::/48, 2001:db8:5::/48, 2001:db8:9:0:1::/80, ff00::/8,
    } { return drop; }
}
