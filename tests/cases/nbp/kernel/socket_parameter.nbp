//# kernel.socket fn.call
//@ xdp tc.ingress cgroup_skb.ingress
//* udp 127.0.0.1 28472
// A function is shown a socket that its caller holds, and may show it to others.
//> ethernet / ipv4(src=10.0.0.1, dst=127.0.0.1) / udp(src_port=9, dst_port=28472) => pass
//> ethernet / ipv4(src=10.0.0.1, dst=127.0.0.1, ttl=3) / udp(src_port=9, dst_port=28472) => drop
//> ethernet / ipv4(src=10.0.0.1, dst=127.0.0.1) / udp(src_port=9, dst_port=28473) => drop
fn is_bound(sk: socket, port: u16) -> bool {
    sk.src_port == port
}
fn same<T>(sk: socket, other: T, udp: udp) -> bool {
    is_bound(sk, udp.dst_port) && other == 5
}
program p(pkt) on xdp otherwise drop {
    let ip = pkt.ipv4?;
    let udp = pkt.udp?;
    let sk = lookup_udp(ip.src, ip.dst, udp.src_port, udp.dst_port)?;
    if ip.ttl == 3 && is_bound(sk, 28472) { return drop; }
    if same(sk, pkt.len - pkt.len + 5, udp) { return pass; }
}
