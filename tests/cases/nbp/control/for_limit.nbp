//# loop.for loop.bound
// As many rounds as the TTL says, and never more than 5.
//> ethernet / ipv4(ttl=3) / tcp(dst_port=3) => drop
//> ethernet / ipv4(ttl=5) / tcp(dst_port=5) => drop
//> ethernet / ipv4(ttl=200) / tcp(dst_port=5) => drop
//> ethernet / ipv4(ttl=200) / tcp(dst_port=6) => pass
//> ethernet / ipv4(ttl=0) / tcp(dst_port=0) => drop

program p(pkt) on xdp otherwise pass {
    let mut rounds = 0;
    for i in 0..pkt.ipv4?.ttl limit 5 { rounds += 1; }
    if rounds == pkt.tcp?.dst_port { return drop; }
}
