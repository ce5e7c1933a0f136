//# header.next
// What follows a later fragment is no header.
//> ethernet / ipv4(mf) / tcp(dst_port=23) => drop
//> ethernet / ipv4(fragment_offset=1) / tcp(dst_port=23) => pass

program p(pkt) on xdp otherwise pass {
    if pkt.tcp?.dst_port == 23 { return drop; }
}
