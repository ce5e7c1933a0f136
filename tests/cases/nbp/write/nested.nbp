//# write.checksum write.found header.inner
//@ xdp tc.ingress
// A tunnel in a tunnel: the checksums of both are made to fit.
//> ethernet / ipv4 / udp(dst_port=4789) / hex(08, 00, 00, 00, 00, 00, 07, 00) / ethernet / ipv4 / udp(dst_port=4789) / hex(08, 00, 00, 00, 00, 00, 09, 00) / ethernet / ipv4(ttl=9) / "x" => pass: ethernet / ipv4 / udp(dst_port=4789) / hex(08, 00, 00, 00, 00, 00, 07, 00) / ethernet / ipv4 / udp(dst_port=4789) / hex(08, 00, 00, 00, 00, 00, 0a, 00) / ethernet(src=02:00:00:00:00:09) / ipv4(ttl=8) / "x"
//> ethernet / ipv4 / udp(dst_port=4789, checksum=0) / hex(08, 00, 00, 00, 00, 00, 07, 00) / ethernet / ipv4 / udp(dst_port=4789) / hex(08, 00, 00, 00, 00, 00, 09, 00) / ethernet / ipv4(ttl=9) / "x" => pass: ethernet / ipv4 / udp(dst_port=4789, checksum=0) / hex(08, 00, 00, 00, 00, 00, 07, 00) / ethernet / ipv4 / udp(dst_port=4789) / hex(08, 00, 00, 00, 00, 00, 0a, 00) / ethernet(src=02:00:00:00:00:09) / ipv4(ttl=8) / "x"
//> ethernet / ipv4 / udp(dst_port=4789) / hex(08, 00, 00, 00, 00, 00, 07, 00) / ethernet / ipv4 / udp(dst_port=4789, checksum=0) / hex(08, 00, 00, 00, 00, 00, 09, 00) / ethernet / ipv4(ttl=9) / "x" => pass: ethernet / ipv4 / udp(dst_port=4789) / hex(08, 00, 00, 00, 00, 00, 07, 00) / ethernet / ipv4 / udp(dst_port=4789, checksum=0) / hex(08, 00, 00, 00, 00, 00, 0a, 00) / ethernet(src=02:00:00:00:00:09) / ipv4(ttl=8) / "x"
//> ethernet / ipv4 / udp(dst_port=4789) / hex(08, 00, 00, 00, 00, 00, 07, 00) / ethernet / ipv4(ttl=9) / "x" => drop

program p(pkt) on xdp otherwise drop {
    let outer = pkt.vxlan?;
    let middle = outer.inner.vxlan?;
    middle.vni += 1;
    middle.inner.ethernet?.src = 02:00:00:00:00:09;
    middle.inner.ipv4?.ttl -= 1;
    return pass;
}
