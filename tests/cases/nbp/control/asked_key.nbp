//# loop.complexity
//@ xdp tc.ingress socket cgroup_skb.ingress
//> ethernet / ipv4 / udp / "xxabcd" => pass
//> ethernet / ipv4 / tcp => pass
// Newer kernels compare the key that an array is asked for, which keeps the loops' ways apart.
struct E { a: u64, b: u32 }
map m: array<E>(max_entries = 300);
program p(pkt) on xdp otherwise pass {
    let mut acc: u32 = 0;
    if let udp = pkt.udp {}
    for i in 0..8 {
        for j in 0..3 { if pkt.udp?.payload[2..6] == "abcd" { acc += 5; } }
        acc += acc;
        if let e = m[acc] { e.a += 1; e.b ^= pkt.len; }
    }
}
