//# loop.for
// A loop may end with the greatest number of its type, known or not.
//> ethernet / ipv4(ttl=3) / tcp => pass

program p(pkt) on xdp otherwise drop {
    let ttl = u32(pkt.ipv4?.ttl);
    let mut rounds = 0;
    for i in 4294967290..=4294967295 limit 10 { rounds += 1; }
    for i in (0 - ttl)..=(ttl | 0xffffffff) limit 10 { rounds += 1; }
    for i in ttl..=5 limit 10 { rounds += 1; }
    for i in (i32(ttl) + 2147483643)..=2147483647 limit 10 { rounds += 1; }
    for i in ttl..=2 limit 10 { rounds += 1; }
    if rounds != 14 { return drop; }
    return pass;
}
