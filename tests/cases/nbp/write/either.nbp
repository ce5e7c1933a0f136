//# write.checksum write.found header.inner
//@ xdp tc.ingress
// Where a header lies only the packet decides: what covers it is seen by where it is.
//> ethernet / ipv4 / udp(dst_port=4789) / hex(08, 00, 00, 00, 00, 00, 07, 00) / ethernet / ipv6(dst=2001:db8::2) / tcp => pass: ethernet / ipv4 / udp(dst_port=4789) / hex(08, 00, 00, 00, 00, 00, 07, 00) / ethernet / ipv6(dst=2001:db8::2, hop_limit=3) / tcp
//> ethernet / ipv4 / udp(dst_port=4789, checksum=0) / hex(08, 00, 00, 00, 00, 00, 07, 00) / ethernet / ipv6 / tcp => pass: ethernet / ipv4 / udp(dst_port=4789, checksum=0) / hex(08, 00, 00, 00, 00, 00, 07, 00) / ethernet / ipv6(hop_limit=3) / tcp
//> ethernet / ipv6 / udp(dst_port=4789) / hex(08, 00, 00, 00, 00, 00, 07, 00) / ethernet / ipv6 / tcp => pass: ethernet / ipv6(hop_limit=3) / udp(dst_port=4789) / hex(08, 00, 00, 00, 00, 00, 07, 00) / ethernet / ipv6 / tcp
//> ethernet / ipv6 / udp => pass: ethernet / ipv6(hop_limit=3) / udp

fn any(outer: ipv6?, inner: ipv6?) -> ipv6? {
    if let ip = outer { return ip; }
    inner
}

program p(pkt) on xdp otherwise drop {
    let mut inner: ipv6? = none;
    if let tunnel = pkt.vxlan { inner = tunnel.inner.ipv6; }
    let ip = any(pkt.ipv6, inner)?;
    ip.hop_limit = 3;
    return pass;
}
