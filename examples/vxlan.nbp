// Takes packets of one VXLAN network out of their tunnel; those of others are dropped.
param network: u32 = 7;

program decapsulate(pkt) on xdp otherwise pass {
    let tunnel = pkt.vxlan?;
    if !tunnel.valid || tunnel.vni != network { return drop; }
    if let ip = pkt.ipv4 {
        pkt.pop(ethernet, ipv4, udp, vxlan);
    } else {
        pkt.pop(ethernet, ipv6, udp, vxlan);
    }
}

test "out of the tunnel" {
    run decapsulate with ethernet / ipv4 / udp(dst_port = 4789) / vxlan(vni = 7) / ethernet / ipv4 / tcp(dst_port = 80)
        expect pass, packet ethernet / ipv4 / tcp(dst_port = 80);
    run decapsulate with ethernet / ipv6 / udp(dst_port = 4789) / vxlan(vni = 7) / ethernet / arp
        expect pass, packet ethernet / arp;
    run decapsulate with ethernet / ipv4 / udp(dst_port = 4789) / vxlan(vni = 8) / ethernet / arp expect drop;
    run decapsulate with ethernet / ipv4 / udp(dst_port = 53) expect pass;
}
