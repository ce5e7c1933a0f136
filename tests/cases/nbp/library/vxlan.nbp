//# header.after header.inner
//> ethernet / ipv4 / udp(dst_port=4789) / hex(08, 00, 00, 00, 00, 00, 07, 00) / ethernet / ipv4 / tcp(dst_port=23) => drop
//> ethernet / ipv6 / udp(dst_port=4789) / hex(08, 00, 00, 00, 00, 00, 07, 00) / ethernet / vlan / ipv6 / tcp(dst_port=23) => drop
//> ethernet / ipv4 / udp(dst_port=4790) / hex(08, 00, 00, 00, 00, 00, 07, 00) / ethernet / ipv4 / tcp(dst_port=23) => pass
//> ethernet / ipv4 / udp(dst_port=4789) / hex(00, 00, 00, 00, 00, 00, 07, 00) / ethernet / ipv4 / tcp(dst_port=23) => pass
//> ethernet / ipv4 / udp(dst_port=4789) / hex(08, 00, 00, 00, 00, 00) => pass

program p(pkt) on xdp otherwise pass {
    let vxlan = pkt.vxlan?;
    if vxlan.valid && vxlan.vni == 7 && vxlan.inner.tcp?.dst_port == 23 { return drop; }
}
