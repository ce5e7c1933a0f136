//# fn.generic fn.default module.whole
//> ethernet / ipv4(ttl=2, src=10.0.0.1) / udp(dst_port=53) => pass
//> ethernet / ipv4(ttl=2, src=10.0.0.1) / udp(dst_port=53) => pass
//> ethernet / ipv4(ttl=2, src=10.0.0.1) / udp(dst_port=53) => drop
//> ethernet / ipv4(ttl=2, src=10.0.0.3) / udp(dst_port=53) => pass
use shared;
struct Seen { packets: u32, least: u8 = 255 }
map sources: hash<ipv4addr, Seen>(max_entries = 16);
map ports: lru_hash<u16, Seen>(max_entries = 16);
map kinds: array<u32>(max_entries = 4);
fn note<K>(in_map: map<K, Seen>, key: K, ttl: u8, most: u32 = 2) -> bool? {
    let seen = in_map.at(key);
    seen.packets += 1;
    seen.packets <= most
}
fn greatest<T, N>(all: [T; N], least: T) -> T {
    let mut most = least;
    for x in all { if x > most { most = x; } }
    if N == 1 { least } else { most }
}
fn same<T>(a: T, b: T) -> bool { a == b }
fn count(kinds: array<u32>, index: u32, by: u32 = 1) -> u32 { if let k = kinds[index] { k += by; k } else { 0 } }
program p(pkt) on xdp otherwise drop {
    let ip = pkt.ipv4?;
    if greatest([1, 5, 3], 2) != 5 || greatest([u64(1), 0x1_0000_0000], 0) != 0x1_0000_0000 { return drop; }
    if same(ip.src, ip.dst) || !same(ip.ttl, 2) || !same(shared.Kind.small, shared.kind(4)) { return drop; }
    if count(kinds, 1) + count(kinds, 1, by = 2) != 4 { return drop; }
    kinds.insert(1, 0);
    let bounds = shared.Span(low = shared.LIMIT);
    if bounds.high != 200 { return drop; }
    let few = note(sources, ip.src, ip.ttl)?;
    let port = note(ports, pkt.udp?.dst_port, ip.ttl, most = 100)?;
    if !few || !port { return drop; }
    return pass;
}
