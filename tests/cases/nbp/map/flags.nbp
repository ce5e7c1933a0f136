//# map.insert map.element
// Only what is not there, only what is there; and what another processor has.
//> ethernet / ipv4(ttl=1) / tcp => drop
//> ethernet / ipv4(ttl=1) / tcp => pass
//> ethernet / ipv4(ttl=2) / tcp => pass

map counts: hash<u8, u32>(max_entries = 4);
map per: percpu_array<u64>(max_entries = 2);

program p(pkt) on xdp otherwise pass {
    let ttl = pkt.ipv4?.ttl;
    per.at(1) += 1;
    if per.of_cpu(1, cpu())? == 0 { return pass; }
    if counts.insert(2, 2, flags = EXIST) { return pass; }
    if counts.insert(ttl, 1, flags = NOEXIST) && ttl == 1 { return drop; }
}
