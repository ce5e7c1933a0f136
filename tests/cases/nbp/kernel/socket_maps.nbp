//# kernel.socket_maps
//@ xdp tc.ingress tc.egress
//* udp 127.0.0.1 28576
//* tcp 127.0.0.1 28577
// A socket that was found is kept under its port, and found there again.
//> ethernet / ipv4(src=10.0.0.1, dst=127.0.0.1) / udp(src_port=9, dst_port=28575) => drop
//> ethernet / ipv4(src=10.0.0.1, dst=127.0.0.1, ttl=2) / udp(src_port=9, dst_port=28576) => pass
//> ethernet / ipv4(src=10.0.0.1, dst=127.0.0.1, ttl=1) / udp(src_port=9, dst_port=28576) => pass
//> ethernet / ipv4(src=10.0.0.1, dst=127.0.0.1, ttl=2) / udp(src_port=9, dst_port=28576) => drop
//> ethernet / ipv4(src=10.0.0.1, dst=127.0.0.1, ttl=3) / udp(src_port=9, dst_port=28576) => pass
//> ethernet / ipv4(src=10.0.0.1, dst=127.0.0.1, ttl=1) / udp(src_port=9, dst_port=28576) => drop
//> ethernet / ipv4(src=10.0.0.1, dst=127.0.0.1) / tcp(src_port=9, dst_port=28577) => pass
//> ethernet / ipv4(src=10.0.0.1, dst=127.0.0.1) / tcp(src_port=9, dst_port=28577) => drop
map numbered: sockmap(max_entries = 2);
map named: sockhash<u16>(max_entries = 4);
fn keep(sk: socket, port: u16) -> bool {
    named.insert(port, sk, flags = NOEXIST)
}
program p(pkt) on xdp otherwise drop {
    let ip = pkt.ipv4?;
    if let tcp = pkt.tcp {
        let sk = lookup_tcp(ip.src, ip.dst, tcp.src_port, tcp.dst_port)?;
        // It has two places, and is replaced only where something is.
        if numbered.insert(2, sk) || numbered.insert(1, sk, flags = EXIST) { return drop; }
        if !numbered.insert(0, sk, NOEXIST) || !numbered.insert(0, sk, flags = EXIST) { return drop; }
        sk.release();
        let found = numbered[0]?;
        if found.state == 10 && found.src_port == tcp.dst_port { return pass; }
        return drop;
    }
    let udp = pkt.udp?;
    if ip.ttl == 1 {
        let sk = named[udp.dst_port]?;
        if sk.type == 2 && sk.src_port == udp.dst_port { return pass; }
        return drop;
    }
    if ip.ttl == 3 {
        if named.delete(udp.dst_port) && !named.delete(udp.dst_port) && !numbered.delete(1) { return pass; }
        return drop;
    }
    let sk = lookup_udp(ip.src, ip.dst, udp.src_port, udp.dst_port)?;
    if keep(sk, udp.dst_port) { return pass; }
}
