//# header.repeat header.inner
//@ xdp xdp.frags tc.ingress tc.egress socket
//> ethernet(ethertype=0x8847) / hex(00, 01, 91, 40) / ipv4 / tcp(dst_port=23) => drop
//> ethernet(ethertype=0x8847) / hex(00, 01, 90, 40, 00, 02, 01, 40) / ipv6 / tcp(dst_port=23) => drop
//> ethernet(ethertype=0x8847) / hex(00, 01, 90, 40, 00, 02, 11, 40) / ipv6 / tcp(dst_port=23) => pass
//> ethernet(ethertype=0x8847) / hex(00, 01, 91, 40) / ipv4 / udp(dst_port=23) => pass
//> ethernet / ipv4 / tcp(dst_port=23) => pass

program p(pkt) on xdp otherwise pass {
    let outer = pkt.mpls?;
    if outer.label != 25 || outer.ttl != 64 { return pass; }
    if outer.bottom {
        if outer.inner.tcp?.dst_port == 23 { return drop; }
    } else {
        let second = outer.inner.mpls?;
        if second.label == 32 && second.inner.tcp?.dst_port == 23 { return drop; }
    }
}

test "the last label says that it is, and what follows says what it is" {
    run p with ethernet / mpls(label = 25) / ipv4 / tcp(dst_port = 23) expect drop,
        packet ethernet / mpls(label = 25, bottom = true) / ip / ipv4 / tcp(dst_port = 23);
    run p with ethernet / mpls(label = 25) / mpls(label = 32) / ipv6 / tcp(dst_port = 23) expect drop;
}
