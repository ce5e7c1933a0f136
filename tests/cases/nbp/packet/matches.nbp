//# packet.matches
//> ethernet / ipv4(ttl=1) / tcp(dst_port=23) => drop
//> ethernet / ipv4(ttl=2) / tcp(dst_port=23) => pass
//> ethernet / ipv4(ttl=1) / udp(dst_port=23) => pass
//> ethernet / ipv6 / tcp(dst_port=23) => pass

program p(pkt) on xdp otherwise pass {
    if pkt matches "tcp dst port 23" && pkt.ipv4?.ttl == 1 { return drop; }
}
