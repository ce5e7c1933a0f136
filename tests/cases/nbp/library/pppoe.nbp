//# header.inner
//@ xdp xdp.frags tc.ingress tc.egress socket
//> ethernet(ethertype=0x8864) / hex(11, 00, 00, 07, 00, 2a, 00, 21) / ipv4 / tcp(dst_port=23) => drop
//> ethernet(ethertype=0x8864) / hex(11, 00, 00, 07, 00, 2a, 00, 57) / ipv6 / tcp(dst_port=23) => drop
//> ethernet(ethertype=0x8864) / hex(11, 09, 00, 07, 00, 2a, 00, 21) / ipv4 / tcp(dst_port=23) => pass
//> ethernet(ethertype=0x8864) / hex(11, 00, 00, 08, 00, 2a, 00, 21) / ipv4 / tcp(dst_port=23) => pass
//> ethernet(ethertype=0x8863) / hex(11, 00, 00, 07, 00, 2a, 00, 21) / ipv4 / tcp(dst_port=23) => pass

program p(pkt) on xdp otherwise pass {
    let session = pkt.pppoe?;
    if session.session == 7 && session.inner.tcp?.dst_port == 23 { return drop; }
}
