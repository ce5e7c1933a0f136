// The packet that a stack of labels carries, however many they are.
//# header.inner header.repeat
//@ xdp tc.ingress socket
//> ethernet(ethertype=0x8847) / hex(00, 01, 91, 40) / ipv4(src=10.0.0.1) / tcp(dst_port=23) => drop
//> ethernet(ethertype=0x8847) / hex(00, 01, 90, 40, 00, 02, 01, 40) / ipv4(src=10.0.0.1) / tcp(dst_port=23) => drop
//> ethernet(ethertype=0x8847) / hex(00, 01, 90, 40, 00, 02, 00, 40, 00, 03, 00, 40, 00, 04, 01, 40) / ipv6 / tcp(dst_port=23) => drop
//> ethernet(ethertype=0x8847) / hex(00, 01, 90, 40, 00, 02, 00, 40, 00, 03, 00, 40, 00, 04, 01, 40) / ipv6 / tcp(dst_port=22) => pass
//> ethernet(ethertype=0x8847) / hex(00, 01, 90, 40, 00, 02, 01, 40) / ipv4(src=10.0.0.2) / udp(dst_port=23) => drop
//> ethernet(ethertype=0x8847) / hex(00, 01, 90, 40, 00, 02, 00, 40) / ipv4(src=10.0.0.1) / tcp(dst_port=23) => pass
//> ethernet / ipv4(src=10.0.0.2) / tcp(dst_port=23) => pass

program p(pkt) on xdp otherwise pass {
    let labels = pkt.mpls?;
    if let ip = labels.inner.ipv4 { if ip.src == 10.0.0.2 { return drop; } }
    if labels.inner.tcp?.dst_port == 23 { return drop; }
}

test "up to nine labels" {
    run p with ethernet / mpls / mpls / mpls / mpls / mpls / mpls / mpls / mpls / mpls / ipv4 / tcp(dst_port = 23) expect drop;
    run p with ethernet / mpls / mpls / mpls / mpls / mpls / mpls / mpls / mpls / mpls / mpls / ipv4 / tcp(dst_port = 23)
        expect pass;
}
