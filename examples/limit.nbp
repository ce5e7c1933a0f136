// Drops what a source sends beyond its share. Who loads it says how much that is:
// nbpfc load limit.o --set limit=50
param limit: u64 = 1000;
map per_source: lru_hash<ipv4addr, u64>(max_entries = 65536);

program share(pkt) on tc.ingress otherwise ok {
    let packets = per_source.at(pkt.ipv4?.src);
    atomic packets += 1;
    if packets > limit { return shot; }
}
