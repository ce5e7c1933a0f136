//# map.bloom
//> ethernet / ipv4(src=10.0.0.1) / tcp => pass
//> ethernet / ipv4(src=10.0.0.1) / tcp => drop

map seen: bloom_filter<ipv4addr>(max_entries = 1000);

program p(pkt) on xdp otherwise pass {
    let src = pkt.ipv4?.src;
    if seen.has(src) { return drop; }
    seen.push(src);
}
