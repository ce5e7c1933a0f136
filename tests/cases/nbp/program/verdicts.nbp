//# program.hook program.verdict
//> ethernet / ipv4 / tcp => drop
//> ethernet / ipv4 / udp => pass
//> ethernet / ipv6 / tcp => drop
//> ethernet / arp => pass

program p(pkt) on xdp otherwise pass {
    if let tcp = pkt.tcp { return drop; }
}
