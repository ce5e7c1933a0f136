//# write.checksum
//@ xdp tc.ingress
// In a tunnel, whose checksum covers the address itself; and what an extension comes before.
//> ethernet / ipv6 / udp(dst_port=4789) / hex(08, 00, 00, 00, 00, 00, 07, 00) / ethernet / ipv6(dst=2001:db8::2) / routing(left=1) / tcp => pass: ethernet / ipv6 / udp(dst_port=4789) / hex(08, 00, 00, 00, 00, 00, 07, 00) / ethernet / ipv6(dst=fd00::9) / routing(left=1) / tcp
//> ethernet / ipv6 / udp(dst_port=4789) / hex(08, 00, 00, 00, 00, 00, 07, 00) / ethernet / ipv6(dst=2001:db8::2) / tcp => pass: ethernet / ipv6 / udp(dst_port=4789) / hex(08, 00, 00, 00, 00, 00, 07, 00) / ethernet / ipv6(dst=fd00::9) / tcp
//> ethernet / ipv6(dst=2001:db8::2) / ext / tcp => pass: ethernet / ipv6(dst=2001:db8::2, next_header=0) / ext / tcp

program p(pkt) on xdp otherwise drop {
    if let tunnel = pkt.vxlan {
        tunnel.inner.ipv6?.dst = fd00::9;
        return pass;
    }
    let ip = pkt.ipv6?;
    if ip.next_header == 60 { ip.next_header = 0; }
    return pass;
}
