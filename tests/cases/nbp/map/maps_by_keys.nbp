//# map.maps
// Maps of maps that begin with some under other keys than numbers.
//> ethernet / ipv4(src=10.0.0.1, ttl=1) / tcp => pass
//> ethernet / ipv4(src=10.0.0.1, ttl=1) / tcp => drop
//> ethernet / ipv4(src=10.0.0.2, ttl=1) / tcp => pass
//> ethernet / ipv4(src=10.0.0.3, ttl=1) / tcp => aborted
//> ethernet / ipv4(src=10.0.0.3, ttl=9) / tcp => tx
//@ xdp xdp.frags

struct Place { tenant: u16, zone: u8 }
map first: array<u64>(max_entries = 4);
map second: array<u64>(max_entries = 4);
map by_address: hash_of_maps<ipv4addr, first>(max_entries = 4) = { 10.0.0.1 => first, 10.0.0.2 => second };
map by_place: hash_of_maps<Place, first>(max_entries = 4) = {
    Place(tenant = 7, zone = 1) => second,
    Place(tenant = 7, zone = 2) => first,
};

program p(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    if ip.ttl == 9 {
        let there = by_place[Place(tenant = 7, zone = 1)]?;
        if there[1]? == 1 { return tx; }
        return pass;
    }
    let counts = by_address[ip.src] else { return aborted; };
    counts.at(1) += 1;
    if counts[1]? == 2 { return drop; }
}
