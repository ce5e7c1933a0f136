//# loop.complexity
program p(pkt) on xdp otherwise pass {
    let mut n = pkt.len;
    for i in 0..1000 {
//~ E0402 1000 rounds are more than the kernel's verifier follows
        n += i;
        for j in 0..500 { if n == j { n ^= 3; } }
    }
    if n == 5 { return drop; }
}
