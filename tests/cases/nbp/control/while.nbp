//# loop.while loop.bound
//> ethernet / ipv4(ttl=64) / tcp(dst_port=6) => drop
//> ethernet / ipv4(ttl=1) / tcp(dst_port=0) => drop
//> ethernet / ipv4(ttl=255) / tcp(dst_port=7) => drop
//> ethernet / ipv4(ttl=255) / tcp(dst_port=8) => pass

program p(pkt) on xdp otherwise pass {
    let mut n = pkt.ipv4?.ttl;
    let mut log = 0;
    while n > 1 limit 16 {
        n >>= 1;
        log += 1;
    }
    if log == pkt.tcp?.dst_port { return drop; }
}
