//# absent.else
//> ethernet / ipv4 / udp(dst_port=5) => drop
//> ethernet / ipv4 / udp(dst_port=6) => pass
//> ethernet / ipv6 / tcp => drop

program p(pkt) on xdp otherwise pass {
    let udp = pkt.udp else { return drop; };
    if udp.dst_port == 5 { return drop; }
}
