//# header.find
// What was found on the way to another header is the same header.
//> ethernet / ipv4(ttl=1) / tcp(dst_port=23) => drop
//> ethernet / vlan / ipv4(ttl=1) / tcp(dst_port=23) => drop
//> ethernet / ipv6 / tcp(dst_port=23) => pass
//> ethernet / ipv4(ttl=2) / tcp(dst_port=23) => pass

program p(pkt) on xdp otherwise pass {
    let tcp = pkt.tcp?;
    if tcp.dst_port != 23 { return pass; }
    let ip = pkt.ipv4?;
    let again = pkt.ipv4?;
    if ip.ttl == 1 && again.ttl == ip.ttl { return drop; }
}
