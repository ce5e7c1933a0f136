//# header.after header.length
// What is first tells a long header from a short one.
//> ethernet / ipv4 / udp(dst_port=443) / hex(c3, 00, 00, 00, 01, 08, aa, bb) => drop
//> ethernet / ipv4 / udp(dst_port=443) / hex(e3, 00, 00, 00, 01, 08, aa, bb) => pass
//> ethernet / ipv6 / udp(src_port=443, dst_port=999) / hex(60, aa, bb) => drop
//> ethernet / ipv6 / udp(src_port=443, dst_port=999) / hex(40, aa, bb) => pass
//> ethernet / ipv4 / udp(dst_port=442) / hex(c3, 00, 00, 00, 01, 08, aa, bb) => pass

program p(pkt) on xdp otherwise pass {
    if let long = pkt.quic_long { if long.type == 0 && long.version == 1 && long.destination_length == 8 { return drop; } }
    if pkt.quic_short?.spin { return drop; }
}
