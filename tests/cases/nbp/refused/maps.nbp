//# map.element map.at map.insert map.delete map.key map.atomic map.place map.trie var.global map.bloom
map counts: hash<ipv4addr, u32>(max_entries = 4);
map slots: array<u16>(max_entries = 4);
map none: nothing<u32, u32>(max_entries = 4);
//~ E0101 this is no type of map
map queues: queue<u32, u32>(max_entries = 4);
//~ E0207 `queue` has other types between `<` and `>`: V
map many: hash<u32, u32>(4, 5);
//~ E0207 a map of type `hash` takes `max_entries` only
map bare: hash<u32, u32>;
//~ E0207 `bare` does not say how many elements it has
map heads: hash<u32, tcp>(max_entries = 4);
//~ E0104 a map cannot hold tcp
map nets: hash<ipv4prefix, u32>(max_entries = 4);
//~ E0104 ipv4prefix is no key of this map
map trie: lpm_trie<ipv4prefix, u32>(max_entries = 4);
map seen: bloom_filter<u32>(max_entries = 4);
//~ E0401 `bloom_filter` needs Linux 5.16
var name: set<u16>;
//~ E0104 a variable cannot hold set<u16>
program p(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    if counts[ip.src] == 1 { return drop; }
//~ E0301 may be absent, so it cannot be compared
    if counts[ip.ttl]? == 1 { return drop; }
//~ E0205 expected ipv4addr, found u8
    slots.delete(1);
//~ E0103 maps of type `array` have no `delete`
    counts.insert(ip.src);
//~ E0207 `insert` needs `value`
    counts.clear();
//~ E0103 maps of type `hash` have no `clear`
    atomic slots.at(1) += 1;
//~ E0205 u16 is not changed atomically
    let x = atomic counts.at(ip.src) += 1;
//~ E0401 this needs Linux 5.12
    let mut y = 5;
    atomic y += 1;
//~ E0104 only what other programs see is changed atomically
    if seen[1]? == 1 { return drop; }
//~ E0103 `seen` is a bloom_filter: it has no elements by keys
    let m = counts;
//~ E0104 a map is not a value
    trie.at(ip.src);
//~ E0103 maps of type `lpm_trie` have no `at`
    trie.insert(ipv4prefix(ip.src, 33), 1);
//~ E0202 a prefix of this address has at most 32 bits
}
program q(pkt) on xdp {
    counts.at(pkt.ipv4?.src) += 1;
//~ E0303 `?` needs a verdict to leave with
    pass
}
const C = counts;
//~ E0206 only the running program has this
