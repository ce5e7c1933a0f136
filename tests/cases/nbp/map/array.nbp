//# map.element map.at
//> ethernet / ipv4(ttl=3) / tcp => pass
//> ethernet / ipv4(ttl=3) / tcp => drop
//> ethernet / ipv4(ttl=2) / tcp => pass
//> ethernet / ipv4(ttl=200) / tcp => drop

map seen: array<u8>(max_entries = 16);

program p(pkt) on xdp otherwise drop {
    let ttl = pkt.ipv4?.ttl;
    let n = seen[ttl]?;
    n += 1;
    if seen.at(ttl) == 1 { return pass; }
}
