//# write.field write.checksum fn.call
//@ xdp xdp.frags tc.ingress tc.egress
// Functions write the header that they are given, wherever that was found.
//> ethernet / ipv4(ttl=9, dst=10.0.0.2) / tcp(dst_port=80) / "odd" => pass: ethernet / ipv4(ttl=8, dst=192.0.2.7) / tcp(dst_port=8080) / "odd"
//> ethernet / vlan / ipv4(ttl=9, dst=10.0.0.2, ihl=6) / udp(dst_port=80) => pass: ethernet / vlan / ipv4(ttl=8, dst=192.0.2.7, ihl=6) / udp(dst_port=80)
//> ethernet / ipv4(ttl=9, dst=10.0.0.2) / ipv4(ttl=5, dst=10.0.0.3) / tcp => pass: ethernet / ipv4(ttl=8, dst=192.0.2.7) / ipv4(ttl=4, dst=192.0.2.7) / tcp
//> ethernet / ipv4(ttl=9, dst=10.0.0.2) / tcp(dst_port=81) => drop: ethernet / ipv4(ttl=8, dst=192.0.2.7) / tcp(dst_port=81)

fn aimed(ip: ipv4, at: u32) {
    ip.ttl -= 1;
    ip.dst = ipv4addr(at);
}

fn moved(t: tcp, from: u16, to: u16) -> bool {
    if t.dst_port != from { return false; }
    t.dst_port = to;
    true
}

program p(pkt) on xdp otherwise drop {
    let ip = pkt.ipv4?;
    aimed(ip, 0xc0000207);
    if let inner = ip.inner.ipv4 { aimed(inner, 0xc0000207); }
    if let t = pkt.tcp { if !moved(t, 80, 8080) { return drop; } }
    return pass;
}
