//# map.maps fn.generic
// Functions take a map that another one holds, as they take one of the module.
//> ethernet / ipv4(src=10.0.0.1, ttl=0) / tcp => pass
//> ethernet / ipv4(src=10.0.0.1, ttl=1) / tcp => pass
//> ethernet / ipv4(src=10.0.0.1, ttl=0) / tcp => drop
//> ethernet / ipv4(src=10.0.0.1, ttl=7) / tcp => pass
//> ethernet / ipv4(src=10.0.0.1, ttl=7) / tcp => aborted
//@ xdp xdp.frags
map first: hash<ipv4addr, u32>(max_entries = 8);
map second: hash<ipv4addr, u32>(max_entries = 8);
map all: array_of_maps<first>(max_entries = 4) = { 0 => first, 1 => second };
map lists: array<u64>(max_entries = 4);
map named: hash_of_maps<u8, lists>(max_entries = 4) = { 7 => lists };
fn count(m: map<ipv4addr, u32>, key: ipv4addr) -> u32? { let n = m.at(key); n += 1; n }
fn seen<K, V>(m: hash<K, V>, key: K) -> V? { m[key]? }
fn raise(m: array<u64>, by: u64) -> u64? { let n = m.at(2); n += by; n }
fn of_all(maps: array_of_maps<first>, ttl: u8, key: ipv4addr) -> u32? { let m = maps[ttl]?; count(m, key) }
program p(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    if let m = named[ip.ttl] {
        if raise(m, 1)? == 3 { return aborted; }
        raise(lists, 1)?;
        return pass;
    }
    let n = of_all(all, ip.ttl, ip.src)?;
    let m = all[0]?;
    if n == 2 && seen(m, ip.src)? == 2 && seen(second, ip.src)? == 1 { m.delete(ip.src); return drop; }
}
