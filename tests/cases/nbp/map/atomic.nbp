//# map.atomic map.at
//> ethernet / ipv4(src=10.0.0.1) / tcp => pass
//> ethernet / ipv4(src=10.0.0.1) / tcp => pass
//> ethernet / ipv4(src=10.0.0.1) / tcp => drop

struct Counter { packets: u32, bytes: u64 }
map per_source: hash<ipv4addr, Counter>(max_entries = 1024);

program p(pkt) on xdp otherwise pass {
    let c = per_source.at(pkt.ipv4?.src);
    atomic c.packets += 2;
    atomic c.packets -= 1;
    atomic c.bytes += pkt.len;
    if c.packets == 3 { return drop; }
}
