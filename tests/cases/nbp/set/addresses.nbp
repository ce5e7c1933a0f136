//# set.in set.const
// A set of addresses is asked as one of prefixes is.
//> ethernet / ipv4(src=1.1.1.1) / tcp => drop
//> ethernet / ipv4(src=1.1.1.2) / tcp => pass
//> ethernet / ipv4(src=2.2.2.2) / tcp => drop
//> ethernet / ipv6(src=2001:db8::9) / tcp => drop
//> ethernet / ipv6(src=2001:db8::a) / tcp => pass

const A4: set<ipv4addr> = { 1.1.1.1, 2.2.2.2 };
const A6: set<ipv6addr> = { 2001:db8::1, 2001:db8::9 };

program p(pkt) on xdp otherwise pass {
    if let ip = pkt.ipv4 {
        if ip.src in A4 { return drop; }
    }
    if let ip = pkt.ipv6 {
        if ip.src in A6 { return drop; }
    }
}
