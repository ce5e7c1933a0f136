// Drops whoever is on a list that others keep: prefixes in a file, one a line, as many as there are.
const BLOCKED: set<ipv4prefix> = file "blocklist.txt";
map dropped: lru_hash<ipv4addr, u64>(max_entries = 4096);

program blocklist(pkt) on xdp otherwise pass {
    let source = pkt.ipv4?.src;
    if source in BLOCKED {
        atomic dropped.at(source) += 1;
        return drop;
    }
}

test "who is on the list" {
    run blocklist with ethernet / ipv4(src = 203.0.113.77) / udp expect drop;
    run blocklist with ethernet / ipv4(src = 198.51.100.8) / udp expect pass;
    run blocklist with ethernet / arp expect pass;
    expect dropped[203.0.113.77] == 1;
}
