// Drops what a source sends beyond its share. Who loads it says how much that is:
// nbpfc load limit.o --set limit=50
param limit: u64 = 1000;
map per_source: lru_hash<ipv4addr, u64>(max_entries = 65536);

program share(pkt) on tc.ingress otherwise ok {
    let packets = per_source.at(pkt.ipv4?.src);
    atomic packets += 1;
    if packets > limit { return shot; }
}

test "the third packet of a source" {
    limit = 2;
    for i in 0..2 { run share with ethernet / ipv4(src = 10.0.0.1) / udp expect ok; }
    run share with ethernet / ipv4(src = 10.0.0.1) / udp expect shot;
    run share with ethernet / ipv4(src = 10.0.0.2) / udp expect ok;
}
