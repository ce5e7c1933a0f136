//# kernel.socket fn.call
//@ xdp xdp.frags tc.ingress tc.egress cgroup_skb.ingress cgroup_skb.egress
//* udp 127.0.0.1 28578
//* tcp 127.0.0.1 28579
// A function that finds a socket gives it to who calls; what else it holds it gives back, whichever way it leaves.
//> ethernet / ipv4(src=10.0.0.1, dst=127.0.0.1) / tcp(src_port=9, dst_port=28579) => pass
//> ethernet / ipv4(src=10.0.0.1, dst=127.0.0.1) / tcp(src_port=9, dst_port=28580) => drop
//> ethernet / ipv4(src=10.0.0.1, dst=127.0.0.1) / udp(src_port=9, dst_port=28578) => pass
//> ethernet / ipv4(src=10.0.0.1, dst=127.0.0.1) / udp(src_port=9, dst_port=28579) => drop
//> ethernet / ipv4(src=10.0.0.1, dst=127.0.0.1, ttl=3) / udp(src_port=9, dst_port=28579) => pass
//> ethernet / ipv4(src=10.0.0.1, dst=127.0.0.1, ttl=4) / udp(src_port=9, dst_port=28578) => drop
//> ethernet / ipv6(src=2001:db8::1, dst=2001:db8::2) / tcp(src_port=9, dst_port=28471) => drop
map kept: hash<u16, u32>(max_entries = 8);
fn of_udp(ip: ipv4, port: u16) -> socket? { lookup_udp(ip.src, ip.dst, 9, port) }
fn of_tcp(ip: ipv4, port: u16) -> socket? {
    let sk = lookup_tcp(ip.src, ip.dst, 9, port)?;
    if sk.state != 10 { return none; }
    sk
}
fn never() -> socket? { none }
fn find(pkt: packets) -> socket? {
    let ip = pkt.ipv4?;
    if let tcp = pkt.tcp {
        let other = lookup_tcp(ip.src, 127.0.0.1, 9, 28579)?;
        let sk = of_tcp(ip, tcp.dst_port)?;
        if other.src_port == 1 { return none; }
        for i in 0..3 {
            if i == 2 && sk.mark == 0 { return sk; }
        }
        return none;
    }
    if let sk = never() { return sk; }
    if ip.ttl == 3 { return of_udp(ip, 28578); }
    if ip.ttl == 4 {
        let sk = of_udp(ip, 28578)?;
        kept.insert(sk.src_port, 1);
        sk.release();
        return none;
    }
    of_udp(ip, pkt.udp?.dst_port)
}
program p(pkt) on xdp otherwise drop {
    let sk = find(pkt) else { return drop; };
    if sk.src_port != 28578 && sk.type != 1 { return drop; }
    if let again = find(pkt) {
        if again.src_port != sk.src_port { return drop; }
    }
    let third = find(pkt)?;
    third.release();
    if sk.family == 2 { return pass; }
}
