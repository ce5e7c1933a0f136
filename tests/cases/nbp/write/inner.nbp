//# write.checksum write.found header.inner
//@ xdp xdp.frags tc.ingress tc.egress
// What is inside of a tunnel has its own checksums, and is covered by that of the tunnel's UDP.
//> ethernet / ipv4 / udp(dst_port=4789) / hex(08, 00, 00, 00, 00, 00, 07, 00) / ethernet / ipv4(ttl=9, src=10.0.0.2) / tcp / "odd" => pass: ethernet / ipv4 / udp(dst_port=4789) / hex(08, 00, 00, 00, 00, 00, 07, 00) / ethernet(dst=02:00:00:00:00:09) / ipv4(ttl=8, src=192.0.2.7) / tcp / "odd"
//> ethernet / ipv4 / udp(dst_port=4789, checksum=0) / hex(08, 00, 00, 00, 00, 00, 07, 00) / ethernet / ipv4(ttl=9, src=10.0.0.2) / tcp / "odd" => pass: ethernet / ipv4 / udp(dst_port=4789, checksum=0) / hex(08, 00, 00, 00, 00, 00, 07, 00) / ethernet(dst=02:00:00:00:00:09) / ipv4(ttl=8, src=192.0.2.7) / tcp / "odd"
//> ethernet / ipv6 / udp(dst_port=4789) / hex(08, 00, 00, 00, 00, 00, 07, 00) / ethernet / ipv4(ttl=9, src=10.0.0.2) / udp(src_port=7, checksum=0) / "odd" => pass: ethernet / ipv6 / udp(dst_port=4789) / hex(08, 00, 00, 00, 00, 00, 07, 00) / ethernet(dst=02:00:00:00:00:09) / ipv4(ttl=8, src=192.0.2.7) / udp(src_port=77, checksum=0) / "odd"
//> ethernet / ipv4(ihl=6) / udp(dst_port=4789) / hex(08, 00, 00, 00, 00, 00, 07, 00) / ethernet / vlan / ipv4(ttl=9, src=10.0.0.2) / udp(src_port=7) / "odd" => pass: ethernet / ipv4(ihl=6) / udp(dst_port=4789) / hex(08, 00, 00, 00, 00, 00, 07, 00) / ethernet(dst=02:00:00:00:00:09) / vlan / ipv4(ttl=8, src=192.0.2.7) / udp(src_port=77) / "odd"
//> ethernet / ipv4 / udp(dst_port=4789) / hex(08, 00, 00, 00, 00, 00, 07, 00) / ethernet / ipv6(src=2001:db8::2) / tcp => pass: ethernet / ipv4 / udp(dst_port=4789) / hex(08, 00, 00, 00, 00, 00, 07, 00) / ethernet(dst=02:00:00:00:00:09) / ipv6(src=fd00::9) / tcp

program p(pkt) on xdp otherwise drop {
    let inside = pkt.vxlan?.inner;
    inside.ethernet?.dst = 02:00:00:00:00:09;
    if let ip = inside.ipv4 {
        ip.src = 192.0.2.7;
        ip.ttl -= 1;
    }
    if let ip = inside.ipv6 { ip.src = fd00::9; }
    if let udp = inside.udp { udp.src_port = 77; }
    return pass;
}
