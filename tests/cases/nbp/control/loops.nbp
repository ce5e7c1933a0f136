//# loop.for loop.break loop.complexity
// 0 + 1 + 3 + 4 without 2, then the loop is left.
//> ethernet / ipv4(ttl=8) / tcp => drop
//> ethernet / ipv4(ttl=9) / tcp => pass

program p(pkt) on xdp otherwise pass {
    let ttl = pkt.ipv4?.ttl;
    let mut sum = 0;
    for i in 0..10 {
        if i == 2 { continue; }
        if i == 5 { break; }
        sum += i;
    }
    if sum == ttl { return drop; }
}
