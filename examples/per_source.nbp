// Counts what each source sends, and drops what a source sends beyond its share.
struct Counter { packets: u64, bytes: u64 }
map per_source: lru_hash<ipv4addr, Counter>(max_entries = 65536);

const LIMIT = 1000;

program count_sources(pkt) on tc.ingress otherwise ok {
    let c = per_source.at(pkt.ipv4?.src);  // finds, or inserts zeros
    atomic c.packets += 1;
    atomic c.bytes += pkt.len;
    if c.packets > LIMIT { return shot; }
}

test "packets and bytes of a source" {
    for i in 0..3 {
        run count_sources with ethernet / ipv4(src = 10.0.0.1) / udp / "payload" expect ok;
    }
    expect per_source[10.0.0.1].packets == 3 && per_source[10.0.0.1].bytes == 3 * 49;
    expect per_source[10.0.0.2] == none;
    per_source[10.0.0.2] = Counter(packets = LIMIT);
    run count_sources with ethernet / ipv4(src = 10.0.0.2) / udp expect shot;
}
