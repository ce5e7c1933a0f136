//# loop.complexity
// The verifier comes to the loop with 128 different sums: 100 rounds are not too much for it.
//> ethernet / ipv4(ttl=9) / udp => drop
//> ethernet / ipv4(ttl=1) / tcp => pass
//> ethernet / ipv4(ttl=1, dscp=2, ecn=1) / tcp => pass

program p(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    let mut sum = 0;
    if ip.ttl == 1 { sum += 1; }
    if ip.dscp == 2 { sum += 2; }
    if ip.protocol == 6 { sum += 4; }
    if ip.src == 10.0.0.1 { sum += 8; }
    if ip.dst == 10.0.0.2 { sum += 16; }
    if ip.id == 5 { sum += 32; }
    if ip.ecn == 1 { sum += 64; }
    let mut n = 0;
    for i in 0..100 {
        if i == sum { n += 1; }
        if i * 2 == sum { n += 2; }
    }
    if n == 3 { return drop; }
}
