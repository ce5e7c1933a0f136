//# loop.complexity
program p(pkt) on xdp otherwise pass {
    let len = pkt.len;
    let mut n = 0;
    for i in 0..1000 {
        for j in 0..100 {
//~ E0404 more ways through the program than the kernel's verifier follows
            if (len ^ i) == j { n += 1; }
        }
    }
    if n == 5 { return drop; }
}
