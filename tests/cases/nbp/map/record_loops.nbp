//# map.reserve
// Each round has a record of its own.
//> ethernet / ipv4(ttl=3) / tcp => drop
//> ethernet / ipv4(ttl=1) / tcp => pass

map numbers: ringbuf<u32>(4KiB);

program p(pkt) on xdp otherwise pass {
    let ttl = u32(pkt.ipv4?.ttl);
    let mut sent = 0;
    let outer = numbers.reserve()?;
    outer = 100;
    for i in 0..8 {
        let n = numbers.reserve() else { break; };
        n = i;
        if i == 2 { continue; }
        if i > ttl { break; }
        n.submit();
        sent += 1;
    }
    let mut left = ttl;
    while let n = numbers.reserve() limit 4 {
        n = 50 + left;
        if left == 0 { break; }
        left -= 1;
        n.submit();
    }
    outer += sent;
    outer.submit();
    if sent == 3 { return drop; }
}
