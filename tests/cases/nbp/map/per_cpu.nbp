//# map.element
//> ethernet / ipv4 / tcp => pass
//> ethernet / arp => pass

map packets: percpu_array<u64>(max_entries = 1);
map sources: percpu_hash<ipv4addr, u64>(max_entries = 8);
map recent: lru_percpu_hash<ipv4addr, u64>(max_entries = 8);

program p(pkt) on xdp otherwise pass {
    packets.at(0) += 1;
    sources.at(pkt.ipv4?.src) += 1;
    recent.at(pkt.ipv4?.dst) += 1;
    if packets[0]? == 0 { return drop; }
}
