//# write.field
//@ xdp tc.ingress
// What follows a header is looked for in the packet as it is then: behind a change as it was changed.
//> ethernet / ipv4(protocol=254) / hex(10, 00, 00, 50, 00, 09, 00, 00, 01) => pass: ethernet / ipv4(protocol=17) / hex(10, 00, 00, 51, 00, 09, 00, 00, 01)
//> ethernet / ipv4(protocol=254) / hex(10, 00, 00, 35) => drop: ethernet / ipv4(protocol=17) / hex(10, 00, 00, 35)
//> ethernet / ipv4 / udp(dst_port=80, checksum=0) / "x" => drop: ethernet / ipv4 / udp(dst_port=81, checksum=0) / "x"
//> ethernet / ipv4 / tcp => drop: ethernet / ipv4 / tcp

program p(pkt) on xdp otherwise drop {
    let ip = pkt.ipv4?;
    let before = pkt.udp;
    if ip.protocol == 254 { ip.protocol = 17; }
    let udp = pkt.udp?;
    udp.dst_port += 1;
    if let same = before { return drop; }
    return pass;
}
