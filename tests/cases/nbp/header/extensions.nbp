//# header.repeat header.next
//> ethernet / ipv6 / ext / tcp(dst_port=23) => drop
//> ethernet / ipv6 / ext(size=3) / ext / fragment / tcp(dst_port=23) => drop
//> ethernet / ipv6 / ext / ext / ext / ext / ext / ext / ext / ext / tcp(dst_port=23) => drop
//> ethernet / ipv6 / ext / ext / ext / ext / ext / ext / ext / ext / ext / tcp(dst_port=23) => pass
//> ethernet / ipv6 / fragment(fragment_offset=1) / tcp(dst_port=23) => pass
//> ethernet / ipv6 / ext / udp(dst_port=23) => pass

program p(pkt) on xdp otherwise pass {
    if pkt.tcp?.dst_port == 23 { return drop; }
}
