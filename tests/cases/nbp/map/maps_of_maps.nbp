//# map.maps
// Which map counts depends on the packet.
//> ethernet / ipv4(src=10.0.0.1, ttl=0) / tcp => pass
//> ethernet / ipv4(src=10.0.0.1, ttl=1) / tcp => pass
//> ethernet / ipv4(src=10.0.0.1, ttl=0) / tcp => drop
//> ethernet / ipv4(src=10.0.0.1, ttl=2) / tcp => aborted
//> ethernet / ipv4(src=10.0.0.1, ttl=77) / tcp => pass
//> ethernet / ipv4(src=10.0.0.1, ttl=77) / tcp => drop
//@ xdp xdp.frags

map first: hash<ipv4addr, u32>(max_entries = 8);
map second: hash<ipv4addr, u32>(max_entries = 8);
map all: array_of_maps<first>(max_entries = 4) = { 0 => first, 1 => second };
map one: array<u64>(max_entries = 2);
map named: hash_of_maps<u32, one>(max_entries = 4) = { 77 => one };

program p(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    if ip.ttl == 77 {
        let m = named[77]?;
        m.at(1) += 1;
        if m[1]? == 2 { return drop; }
        return pass;
    }
    let counts = all[ip.ttl] else { return aborted; };
    let n = counts.at(ip.src);
    n += 1;
    if n == 2 { counts.delete(ip.src); counts.insert(10.0.0.9, n); return drop; }
}
