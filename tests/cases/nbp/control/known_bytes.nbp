//# loop.complexity
//@ xdp
//> ethernet / ipv6 / tcp(dst_port=53) / "acbd" => pass
//> ethernet / ipv6 / tcp(dst_port=53) / "abcd" => drop
//> ethernet / arp => pass
// Newer kernels know the range of a number whose bytes were reversed.
struct E { a: u64, b: u32 }
map m: array<E>(max_entries = 300);
var out: u32;
program p(pkt) on xdp otherwise pass {
    let mut acc: u32 = 0;
    if let b = pkt.tcp?.payload.u16_at(acc % 27) { acc += b; }
    for i in 0..5 {
        if acc > 635 { acc -= 7; }
        for e in pkt.ipv6?.extensions { if e.size == 4 { acc += 66; continue; } }
    }
    if pkt matches "ip6 and port 53" { acc ^= 77; }
    if let e = m[acc] { e.a += 1; e.b ^= pkt.len; }
    if acc > 568 { acc -= 7; }
    out = acc;
    if acc & 1 == 1 { return drop; }
}
