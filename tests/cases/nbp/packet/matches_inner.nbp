//# packet.matches
//> ethernet / ipv4 / udp(dst_port=4789) / hex(08, 00, 00, 00, 00, 00, 07, 00) / ethernet / ipv4(src=10.9.9.9) / tcp(dst_port=80) => drop
//> ethernet / ipv4 / udp(dst_port=4789) / hex(08, 00, 00, 00, 00, 00, 07, 00) / ethernet / ipv4(src=10.9.9.9) / tcp(dst_port=81) => pass
//> ethernet / ipv4 / udp(dst_port=4789) / hex(08, 00, 00, 00, 00, 00, 07, 00) / ethernet / ipv4(src=10.9.9.8) / tcp(dst_port=80) => pass
//> ethernet / ipv4 / tcp(dst_port=80) => pass
program p(pkt) on xdp otherwise pass {
    let tunnel = pkt.vxlan?;
    if tunnel.inner matches "src host 10.9.9.9 and tcp dst port 80 and len >= 54" && pkt matches "udp" { return drop; }
}
