//# array.index map.place type.array
// Elements of arrays in memory are places.
//> ethernet / ipv4(ttl=6) / tcp => pass
//> ethernet / ipv4(ttl=2) / tcp => pass
//> ethernet / ipv4(ttl=2) / tcp => drop
struct Slots { count: u32, bytes: [u64; 4] }
map slots: hash<ipv4addr, Slots>(max_entries = 4);
var totals: [u32; 8];
program p(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    let own = slots.at(ip.src);
    let at = ip.ttl % 4;
    own.bytes[at] += 10;
    own.count += 1;
    totals[at] += 1;
    totals[7] = own.count;
    if own.bytes[2] == 30 && totals[2] == 3 && totals[7] == 3 && own.bytes[at] == 30 { return drop; }
}
