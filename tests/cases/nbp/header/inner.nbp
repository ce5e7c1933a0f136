//# header.inner
// `pkt.ipv4` is the outer one; what a tunnel carries is asked for by name.
//> ethernet / ipv4(ttl=1) / ipv4(ttl=2) / tcp(dst_port=23) => drop
//> ethernet / ipv4(ttl=2) / ipv4(ttl=1) / tcp(dst_port=23) => pass
//> ethernet / ipv4(ttl=1) / ipv6 / tcp(dst_port=23) => pass
//> ethernet / ipv4(ttl=1) / tcp(dst_port=23) => pass

program p(pkt) on xdp otherwise pass {
    let outer = pkt.ipv4?;
    let inner = outer.inner.ipv4?;
    let tcp = outer.inner.tcp?;
    if outer.ttl == 1 && inner.ttl == 2 && tcp.dst_port == 23 { return drop; }
}
