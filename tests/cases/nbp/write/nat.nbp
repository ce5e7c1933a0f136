//# write.field write.checksum
//@ xdp xdp.frags tc.ingress tc.egress
// One-to-one NAT: both checksums follow, that of IPv4 and that of what it carries.
//> ethernet / ipv4(dst=10.0.0.2) / tcp(dst_port=80) / "odd" => pass: ethernet / ipv4(dst=192.0.2.7) / tcp(dst_port=8080) / "odd"
//> ethernet / vlan / ipv4(dst=10.0.0.2, ihl=6) / tcp(dst_port=80) => pass: ethernet / vlan / ipv4(dst=192.0.2.7, ihl=6) / tcp(dst_port=8080)
//> ethernet / ipv4(dst=10.0.0.2) / udp(dst_port=80) / "data" => pass: ethernet / ipv4(dst=192.0.2.7) / udp(dst_port=80) / "data"
//> ethernet / ipv4(dst=10.0.0.2) / udp(dst_port=80, checksum=0) => pass: ethernet / ipv4(dst=192.0.2.7) / udp(dst_port=80, checksum=0)
//> ethernet / ipv4(dst=10.0.0.2) / icmp => pass: ethernet / ipv4(dst=192.0.2.7) / icmp
//> ethernet / ipv4(dst=10.0.0.3) / tcp => drop: ethernet / ipv4(dst=10.0.0.3) / tcp

program p(pkt) on xdp otherwise drop {
    let ip = pkt.ipv4?;
    if ip.dst != 10.0.0.2 { return drop; }
    ip.dst = 192.0.2.7;
    if let tcp = pkt.tcp {
        if tcp.dst_port == 80 { tcp.dst_port = 8080; }
    }
    return pass;
}
