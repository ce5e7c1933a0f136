//# type.array array.index
// What elements were before and what they are take one place on the stack.
//> ethernet / ipv4(ttl=41) / tcp => drop
//> ethernet / ipv4(ttl=41, ecn=1) / tcp => pass
//> ethernet / ipv4(ttl=138, ecn=1) / tcp => drop
struct Pair { number: u32, sum: u64 }
program p(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    let mut a = [0; 48];
    for i in 0..10 { a[(u32(ip.ttl) + i) % 48] += i; }
    if a[u32(ip.ecn)] == 7 { return drop; }
    let mut pairs = [Pair(number = 1); 16];
    for i in 0..10 {
        pairs[i % 16].sum += ip.ttl;
        pairs[(i + 1) % 16].number = pairs[i % 16].number + 1;
    }
    if pairs[9].number != 10 || pairs[3].sum != u64(ip.ttl) { return drop; }
    return pass;
}
