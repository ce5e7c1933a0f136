//# program.otherwise absent.try
// Both ways to `otherwise`: nothing behind `?`, and the end of the program.
//> ethernet / arp => drop
//> ethernet / ipv4(ttl=1) / tcp => drop
//> ethernet / ipv4(ttl=2) / tcp => pass

program p(pkt) on xdp otherwise drop {
    let ip = pkt.ipv4?;
    if ip.ttl == 2 { return pass; }
}
