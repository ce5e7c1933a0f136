//# kernel.socket fn.call
//@ xdp xdp.frags tc.ingress tc.egress cgroup_skb.ingress cgroup_skb.egress
//* udp 127.0.0.1 28578
//* tcp 127.0.0.1 28579
// A function gives the socket that one of several ways finds; on each what else it holds is given back.
//> ethernet / ipv4(src=10.0.0.1, dst=127.0.0.1, ttl=1) / tcp(src_port=9, dst_port=28579) => pass
//> ethernet / ipv4(src=10.0.0.1, dst=127.0.0.1, ttl=1) / tcp(src_port=9, dst_port=28580) => drop
//> ethernet / ipv4(src=10.0.0.1, dst=127.0.0.1, ttl=1) / udp(src_port=9, dst_port=28578) => pass
//> ethernet / ipv4(src=10.0.0.1, dst=127.0.0.1, ttl=2) / udp(src_port=9, dst_port=28578) => drop
//> ethernet / ipv4(src=10.0.0.1, dst=127.0.0.1, ttl=3) / udp(src_port=9, dst_port=28578) => pass
//> ethernet / ipv4(src=10.0.0.1, dst=127.0.0.1, ttl=4) / udp(src_port=9, dst_port=28578) => pass
//> ethernet / ipv4(src=10.0.0.1, dst=127.0.0.1, ttl=5) / udp(src_port=9, dst_port=28578) => drop
fn of_port(ip: ipv4, port: u16, tcp: bool) -> socket? {
    if tcp { lookup_tcp(ip.src, ip.dst, 9, port) } else { lookup_udp(ip.src, ip.dst, 9, port) }
}
fn by_ttl(ip: ipv4, port: u16) -> socket? {
    let other = of_port(ip, 28579, true)?;
    match ip.ttl {
        2 => none,
        3 | 5 => {
            let sk = of_port(ip, port, false)?;
            let third = of_port(ip, port, false)?;
            if ip.ttl == 5 { none } else if third.src_port == sk.src_port { sk } else { none }
        }
        4 => { other.release(); return of_port(ip, port, false); }
        _ => of_port(ip, port, false),
    }
}
fn find(pkt: packets) -> socket? {
    let ip = pkt.ipv4?;
    if let tcp = pkt.tcp { of_port(ip, tcp.dst_port, true) } else { by_ttl(ip, pkt.udp?.dst_port) }
}
program p(pkt) on xdp otherwise drop {
    let sk = find(pkt)?;
    if sk.family == 2 { return pass; }
}
