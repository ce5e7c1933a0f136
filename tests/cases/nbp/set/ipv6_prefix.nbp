//# set.in
// Of a prefix of 48 bits, the other bits of eight bytes are left out.
//> ethernet / ipv6(src=2001:db8:1::1) / tcp => drop
//> ethernet / ipv6(src=2001:db8:1:ffff::1) / tcp => drop
//> ethernet / ipv6(src=2001:db8:2::1) / tcp => pass
//> ethernet / ipv6(src=2001:db8::1) / tcp => pass

program p(pkt) on xdp otherwise pass {
    if pkt.ipv6?.src in {2001:db8:1::/48} { return drop; }
}
