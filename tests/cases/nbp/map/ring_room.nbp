//# map.emit map.query
// How full a ring buffer is: each record has eight bytes in front.
//> ethernet / ipv4(ttl=1) / tcp => drop
//> ethernet / ipv4(ttl=2) / tcp => drop
//> ethernet / ipv4(ttl=9) / tcp => pass

map events: ringbuf<u64>(4KiB);

program p(pkt) on xdp otherwise pass {
    let ttl = u64(pkt.ipv4?.ttl);
    let before = (ttl - 1) * 16;
    if events.query(1) != 4096 || events.query(0) != before || events.query(2) != 0 { return pass; }
    // User space is not woken for it.
    if !events.output(ttl, 1) { return pass; }
    if events.output(ttl, 64) { return pass; }
    if events.query(3) == before + 16 { return drop; }
}
