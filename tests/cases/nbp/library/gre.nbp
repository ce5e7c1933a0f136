//# header.condition header.inner
// Fields that may be missing, and what is inside: a packet, or a frame.
//> ethernet / ipv4(protocol=47) / hex(00, 00, 08, 00) / ipv4 / tcp(dst_port=23) => pass
//> ethernet / ipv4(protocol=47) / hex(20, 00, 08, 00, 00, 00, 00, 09) / ipv4 / tcp(dst_port=23) => drop
//> ethernet / ipv4(protocol=47) / hex(b0, 00, 86, dd, 12, 34, 00, 00, 00, 00, 00, 09, 00, 00, 00, 01) / ipv6 / tcp(dst_port=23) => drop
//> ethernet / ipv6(next_header=47) / hex(20, 00, 65, 58, 00, 00, 00, 09) / ethernet / vlan / ipv4 / tcp(dst_port=23) => drop
//> ethernet / ipv4(protocol=47) / hex(20, 01, 08, 00, 00, 00, 00, 09) / ipv4 / tcp(dst_port=23) => pass
//> ethernet / ipv4(protocol=47) / hex(20, 00, 08, 00, 00, 00) => pass

program p(pkt) on xdp otherwise pass {
    let gre = pkt.gre?;
    if gre.key? == 9 && gre.inner.tcp?.dst_port == 23 { return drop; }
}
