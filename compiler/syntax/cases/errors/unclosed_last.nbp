program b(pkt) on xdp otherwise pass {
    for i in 0..8 {
        f(i);
}
