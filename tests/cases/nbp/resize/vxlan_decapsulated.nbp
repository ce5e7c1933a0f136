//# packet.pop
//@ xdp xdp.frags tc.ingress tc.egress
//> ethernet / ipv4(ihl=6) / udp(dst_port=4789) / hex(08, 00, 00, 00, 00, 00, 07, 00) / ethernet(src=02:00:00:00:00:09) / ipv4(ttl=7) / tcp => pass: ethernet(src=02:00:00:00:00:09) / ipv4(ttl=7) / tcp
//> ethernet / ipv4 / udp(dst_port=4789) / hex(08, 00, 00, 00, 00, 00, 07, 00) / ethernet(src=02:00:00:00:00:09) / ipv6 / udp / "abc" => pass: ethernet(src=02:00:00:00:00:09) / ipv6 / udp / "abc"
//> ethernet / ipv4 / udp(dst_port=4789) / hex(08, 00, 00, 00, 00, 00, 08, 00) / ethernet / ipv4 / tcp => drop: ethernet / ipv4 / udp(dst_port=4789) / hex(08, 00, 00, 00, 00, 00, 08, 00) / ethernet / ipv4 / tcp
//> ethernet / ipv4 / udp(dst_port=4790) / hex(08, 00, 00, 00, 00, 00, 07, 00) / ethernet / ipv4 / tcp => drop
//> ethernet / ipv4 / udp(dst_port=4789) / hex(08, 00, 00, 00, 00, 00, 07, 00) / hex(01, 02) => drop
header vx {
    flags: u8 = 8,  reserved: u24,  vni: u24,  more: u8,
    after udp if dst_port == 4789
    next => ethernet
}
program decapsulate(pkt) on xdp otherwise drop {
    if pkt.vx?.vni != 7 { return drop; }
    pkt.pop(ethernet, ipv4, udp, vx);
    if pkt.ethernet?.src != 02:00:00:00:00:09 { return drop; }
    return pass;
}
