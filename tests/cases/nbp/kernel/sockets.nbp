//# kernel.socket
//@ xdp xdp.frags tc.ingress tc.egress cgroup_skb.ingress cgroup_skb.egress
//* tcp 127.0.0.1 28471
//* udp 127.0.0.1 28472
// Only what somebody waits for comes through. Sockets are released on every way.
//> ethernet / ipv4(src=10.0.0.1, dst=127.0.0.1) / tcp(src_port=9, dst_port=28471) => pass
//> ethernet / ipv4(src=10.0.0.1, dst=127.0.0.1) / tcp(src_port=9, dst_port=28473) => drop
//> ethernet / ipv4(src=10.0.0.1, dst=127.0.0.1) / udp(src_port=9, dst_port=28472) => drop
//> ethernet / ipv4(src=10.0.0.1, dst=127.0.0.1, ttl=9) / udp(src_port=9, dst_port=28472) => pass
//> ethernet / ipv4(src=10.0.0.1, dst=127.0.0.1, ttl=9) / udp(src_port=9, dst_port=28471) => drop
//> ethernet / ipv6(src=2001:db8::1, dst=2001:db8::2) / tcp(src_port=9, dst_port=28471) => drop

map opened: hash<u16, u32>(max_entries = 16);

program p(pkt) on xdp otherwise drop {
    if let ip = pkt.ipv6 {
        let tcp = pkt.tcp?;
        let sk = lookup_tcp6(ip.src, ip.dst, tcp.src_port, tcp.dst_port)?;
        if sk.src6 == 2001:db8::2 { return pass; }
        return drop;
    }
    let ip = pkt.ipv4?;
    if let udp = pkt.udp {
        if let sk = lookup_udp(ip.src, ip.dst, udp.src_port, udp.dst_port) {
            if ip.ttl != 9 { return drop; }
            if sk.type == 2 && sk.protocol == 17 && sk.src_port == 28472 { return pass; }
        }
        return drop;
    }
    let tcp = pkt.tcp?;
    let sk = lookup_tcp(src = ip.src, dst = ip.dst, src_port = tcp.src_port, dst_port = tcp.dst_port) else { return drop; };
    if sk.state != 10 || sk.family != 2 || sk.src != 127.0.0.1 || sk.dst_port != 0 { return drop; }
    let port = sk.src_port;
    sk.release();
    opened.at(port) += 1;
    return pass;
}
