//# header.length header.inner
// Options between the header and what is inside.
//> ethernet / ipv4 / udp(dst_port=6081) / hex(00, 00, 65, 58, 00, 00, 07, 00) / ethernet / ipv4 / tcp(dst_port=23) => drop
//> ethernet / ipv4 / udp(dst_port=6081) / hex(02, 00, 65, 58, 00, 00, 07, 00, 01, 02, 03, 04, 05, 06, 07, 08) / ethernet / ipv4 / tcp(dst_port=23) => drop
//> ethernet / ipv4 / udp(dst_port=6081) / hex(01, 00, 08, 00, 00, 00, 07, 00, 01, 02, 03, 04) / ipv4 / tcp(dst_port=23) => drop
//> ethernet / ipv4 / udp(dst_port=6081) / hex(00, 00, 65, 58, 00, 00, 08, 00) / ethernet / ipv4 / tcp(dst_port=23) => pass
//> ethernet / ipv4 / udp(dst_port=6081) / hex(3f, 00, 65, 58, 00, 00, 07, 00) / ethernet / ipv4 / tcp(dst_port=23) => pass

program p(pkt) on xdp otherwise pass {
    let geneve = pkt.geneve?;
    if geneve.vni == 7 && geneve.inner.tcp?.dst_port == 23 { return drop; }
}
