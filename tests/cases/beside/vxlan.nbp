// One end of a VXLAN tunnel between 10.9.0.1 and 10.9.0.2, for what goes to 10.7.0.0/24.
program out(pkt) on tc.egress otherwise ok {
    if pkt.ipv4?.dst in 10.7.0.0/24 {
        pkt.push(
            ethernet(src = 02:00:00:00:00:0a, dst = 02:00:00:00:00:0b),
            ipv4(src = 10.9.0.1, dst = 10.9.0.2),
            udp(src_port = 4789, dst_port = 4789),
            vxlan(vni = 42),
        );
    }
}

program back(pkt) on tc.ingress otherwise ok {
    if pkt.vxlan?.vni == 42 { pkt.pop(ethernet, ipv4, udp, vxlan); }
}
