//# set.in
//> ethernet / ipv6(src=fe80::1) / tcp => drop
//> ethernet / ipv6(src=febf::1) / tcp => drop
//> ethernet / ipv6(src=fec0::1) / tcp => pass
//> ethernet / ipv6(src=2001:db8:0:1::5) / tcp => drop
//> ethernet / ipv6(src=2001:db8:0:2::5) / tcp => pass
//> ethernet / ipv6(src=::1) / tcp => drop

program p(pkt) on xdp otherwise pass {
    if pkt.ipv6?.src in { fe80::/10, 2001:db8:0:1::/64, ::1 } { return drop; }
}
