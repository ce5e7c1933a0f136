//# map.element map.at map.place
// The third packet of a source is one too many; packets are seen in this order.
//> ethernet / ipv4(src=10.0.0.1) / tcp => pass
//> ethernet / ipv4(src=10.0.0.2) / tcp => pass
//> ethernet / ipv4(src=10.0.0.1) / tcp => pass
//> ethernet / ipv4(src=10.0.0.1) / tcp => drop
//> ethernet / ipv4(src=10.0.0.2) / tcp => pass

struct Counter { packets: u64, bytes: u64 }
map per_source: lru_hash<ipv4addr, Counter>(max_entries = 1024);

program p(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    let c = per_source.at(ip.src);
    c.packets += 1;
    c.bytes += pkt.len;
    if c.packets > 2 && c.bytes > 100 { return drop; }
}
